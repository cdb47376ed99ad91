"""The forecaster: a series in, forecasts with intervals out, in scikit-learn's verbs."""

from __future__ import annotations

from time import perf_counter
from typing import Any, ClassVar, Self, final

import numpy as np
import torch
from torch import nn

from frontal.data.series import Series, read_series
from frontal.data.shift import shift_between
from frontal.diagnostics import accuracy as acc
from frontal.diagnostics.anomalies import Anomalies
from frontal.diagnostics.backtest import Backtest, Forecast
from frontal.diagnostics.subject_series import Series as Windowed
from frontal.errors import FrontalError
from frontal.layers.threads import threads_to_train
from frontal.tasks.forecast_anomalies import find_anomalies
from frontal.tasks.forecast_guesses import LEAST_VALUES, complete
from frontal.tasks.forecast_model import ForecastModel
from frontal.tasks.forecast_saved import facts, restored, tensors
from frontal.tasks.forecast_settings import ForecastSettings
from frontal.tasks.forecast_stages import checked_refit, joined, learnable, stretch
from frontal.tasks.forecast_stream import ForecastStream
from frontal.tasks.forecast_windows import Windows, represent
from frontal.training.estimator import Estimator
from frontal.training.progress import Progress
from frontal.training.run_directory import Run


@final
class Forecaster(Estimator[ForecastSettings]):
    """Forecast a series with an ensemble of recurrent networks.

    The networks read windows of the series relative to their last value, of its logarithm or
    seasonal difference where the training part calls for them, and answer with all steps of the
    horizon at once. Each member holds out a different part of the windows for early stopping; the
    errors on those parts, or a likelihood, give the intervals.

    Args:
        settings: a `ForecastSettings`; or instead
        preset, **options: a preset's name and single settings of `ForecastSettings`.

    Example:
        >>> import frontal
        >>> model = frontal.Forecaster(horizon=3, members=2, epochs=3).fit("airline")
        >>> model.predict().mean.shape
        (3,)
    """

    kind: ClassVar = "forecaster"
    settings_type: ClassVar = ForecastSettings
    series: Series
    """after `fit`: the series that was learned"""

    def fit(self, data: Any, *, whole: Series | None = None, progress: Progress | None = None) -> Self:
        """Train on all of `data`: a path, built-in name, frame, dict, array (T,), list or `Series`.

        Args:
            whole: the series that `data` is a part of; only scaling="minmax-all" looks at it.
            progress: told about every batch.
        """
        series = self._read_anew(data)
        self.chosen, guesses = complete(self.settings, series)
        representation = represent(self.chosen, series.values, (whole or series).values)
        windows = Windows.of(self.chosen, representation, series.features, masked=not series.observed.all())
        self._model = ForecastModel.untrained(self.chosen, windows, len(series))
        self.series, self.notes = series, [*series.notes, *guesses]
        began = perf_counter()
        with threads_to_train((self.chosen.batch_size or 1) * self.chosen.hidden):
            histories = self._model.train(series, progress)
        self.seconds = perf_counter() - began
        self.trained(histories, self.chosen.members)
        return self

    def predict(self, horizon: int | None = None, data: Any = None) -> Forecast:
        """Forecast what follows the series that was fitted, or `data`.

        Args:
            horizon: steps; None for as many as were trained. Beyond them the forecast is fed
                back as if it had happened, and the intervals widen with √steps.
            data: another past to continue, with the columns of the fitted one.
        """
        model = self._fitted()
        if horizon is not None and (not isinstance(horizon, int) or isinstance(horizon, bool) or horizon < 1):
            raise FrontalError(f"horizon must be a whole number of steps >= 1, got {horizon!r}")
        horizon = horizon or model.windows.horizon
        series = self.series if data is None else self.read(data)
        if len(series) < (least := model.windows.least_values):
            raise FrontalError(f"{series.name}: {len(series)} values are too few to continue; this model reads {least}")
        mean, lower, upper = model.paths(
            series, np.array([len(series) - 1]), horizon, shift=shift_between(self.series, series)
        )
        last, frequency = None if series.times is None else series.times[-1], series.frequency
        times = None if last is None or frequency is None else frequency.after(last, horizon)
        low, high = ({level: rows[0] for level, rows in side.items()} for side in (lower, upper))
        return Forecast(series.target, mean[0], low, high, times)

    def stream(self, horizon: int | None = None) -> ForecastStream:
        """Go on with the fitted series value by value: `step` adds one and forecasts what follows."""
        return ForecastStream(self, horizon)

    def backtest(self, data: Any, *, refit: int | bool | None = None, progress: Progress | None = None) -> Backtest:
        """Fit on the first part of `data` (settings.test says how much is left), and measure on the rest.

        Args:
            refit: test steps after which to train again on all before them, or False for once; None for
                settings.refit_every. Nothing that is forecast depends on what came later. The settings
                guessed from the first part stay; the last of the models is kept.
        """
        series = self._read_anew(data)
        start = int(len(series) * (1 - self.settings.test))
        if start < LEAST_VALUES or start == len(series):
            raise FrontalError(
                f"{series.name}: {len(series)} values cannot be split into a training part of at least {LEAST_VALUES} "
                f"and a test part (test={self.settings.test:g}); give a longer series or another test"
            )
        return self.backtest_from(series, learnable(series, start), start, refit=refit, progress=progress)

    def backtest_from(
        self, series: Series, training: Series, start: int, *,
        refit: int | bool | None = None, progress: Progress | None = None,
    ) -> Backtest:  # fmt: skip
        """Fit on `training` and measure on `series` from index `start` on; for `refit` see `backtest`."""
        every = checked_refit(self.settings.refit_every if refit is None else refit)
        self.fit(training, whole=series, progress=progress)
        if every is None:
            return self.measure(series, start)
        horizon, stages = self._fitted().windows.horizon, list[Backtest]()
        for first in range(start, len(series), every):
            if first > start:
                self._learn_anew(learnable(series, first), progress)
            stages.append(self.measure(stretch(series, first, every, horizon), first))
        self.notes.append(f"The backtest trained {len(stages)} times, every {every} steps.")
        return joined(series, stages, every)

    def _learn_anew(self, series: Series, progress: Progress | None) -> None:
        """Take over what a forecaster with the same guesses learns of a longer series, unless interrupted."""
        if self.interrupted:
            return
        other = Forecaster(self.chosen).fit(series, progress=progress)
        self._model, self.series, self.log = other._model, other.series, other.log
        self.seconds, self.interrupted = self.seconds + other.seconds, other.interrupted

    def measure(self, data: Any, start: int | None = None) -> Backtest:
        """Forecast `data` from the past of each step, without training: one step ahead and over the horizon.

        Args:
            start: index of the first value that counts as test; None for the first with enough past.
        """
        model = self._fitted()
        series = self.read(data)
        least = max(model.windows.least_values, model.windows.period)
        start = least if start is None else start
        if not least <= start < len(series):
            raise FrontalError(
                f"{series.name}: {len(series)} values are too few to measure; the model reads {least} before each"
            )
        shift, horizon = shift_between(self.series, series), model.windows.horizon
        one_step = np.arange(model.windows.least_values - 1, len(series) - 1)
        one_step = one_step[series.observed[one_step]]
        fitted = np.full(len(series), np.nan)
        fitted[one_step + 1] = model.means(series, one_step, 1, shift=shift)[:, 0]
        origins = np.arange(start - 1, len(series) - horizon)
        origins = origins[series.observed[origins]]
        scale = acc.naive_scale(self.series.values, model.windows.period)
        return Backtest(
            series.target, series.values, start, model.windows.period, scale,
            fitted, origins, *model.paths(series, origins, horizon, shift=shift), series.times, series.observed,
            model.certainty(series, origins, shift=shift),
        )  # fmt: skip

    def anomalies(self, data: Any = None, *, false_alarms: float | None = None) -> Anomalies:
        """Say which steps were not to be expected one step before.

        A step's p-value is the rank of its error, or of its -log p where there is a likelihood, among those
        of values that members of the ensemble had held out.

        Args:
            data: a series with the columns of the fitted one; None for that one itself, whose errors are
                smaller than those on values that were not learned.
            false_alarms: share of ordinary steps to flag, not below 1 / (held-out values + 1); by default 0.01,
                or the smallest there can be.
        """
        model, series = self._fitted(), self._read_enough(self.series if data is None else data)
        return find_anomalies(model, series, false_alarms, shift_between(self.series, series))

    def examples(self, data: Any) -> tuple[nn.ModuleList, torch.Tensor, torch.Tensor]:
        """Return the networks, windows of `data` (N, context, C), and what follows each (N, horizon) or NaN."""
        model, series = self._fitted(), self._read_enough(data)
        return model.answering(), *model.examples(series, shift_between(self.series, series))

    def subject(self, data: Any, *, most: int | None = None, member: int = 0) -> Windowed:
        """Return a network of the ensemble along a series, for `frontal.diagnostics.capture`.

        Args:
            data: as for `fit`.
            most: steps at the end of the series that are looked at.
            member: number of the network.
        """
        model, series = self._fitted(), self._read_enough(data)
        if not 0 <= member < len(model.networks):
            raise FrontalError(f"there is no member {member}; the members are 0 to {len(model.networks) - 1}")
        inputs, targets, _, places = model.windows.examples(series, shift_between(self.series, series))
        last = slice(None if most is None else -max(most, model.windows.context), None)
        return Windowed(
            model.answering()[member], inputs[last], followed=targets[last, 0], places=places[last],
            values=series.values, times=None if series.times is None else [str(t) for t in series.times],
            channels=model.windows.channel_names(series), name=series.name,
        )  # fmt: skip

    def has_seen(self, series: Series) -> bool:
        """Whether some of the values to forecast in `series` are among those that were fitted."""
        ours, first = self.series, self._fitted().windows.least_values
        if ours.times is not None and series.times is not None:
            return bool(np.isin(series.times[first:], ours.times).any())
        shared = min(len(ours), len(series))
        return shared > first and bool(np.array_equal(ours.values[:shared], series.values[:shared]))

    def continue_from(self, data: Any) -> Self:
        """Let `predict` continue another series, whose start must fit the fitted one, without training."""
        self._fitted()
        series = self.read(data)
        if shift_between(self.series, series) == 0:
            self.series = series
            return self
        raise FrontalError(f"{series.name} does not start where the fitted series starts; give it to predict instead")

    def contents(self) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
        """The networks, and the series that `predict` continues."""
        model = self._fitted()
        return facts(model, self.series), tensors(model, self.series)

    def restore(self, run: Run) -> None:
        """Take networks and series."""
        self.series, self._model = restored(run, self.chosen)

    def _fitted(self) -> ForecastModel:
        if not hasattr(self, "_model"):
            raise FrontalError("this Forecaster is not fitted yet; call fit(data) first, or frontal.load(run)")
        return self._model

    def read(self, data: Any) -> Series:
        """Read a series with the columns that were fitted, as `predict` and `measure` do."""
        known = self.series
        if isinstance(data, (list, np.ndarray)):  # no names
            return self._read_anew(data)
        return _series(data, known.target, known.time, known.feature_names)

    def _read_enough(self, data: Any) -> Series:
        """Read a series, more than a window of it."""
        series, least = self.read(data), self._fitted().windows.least_values
        if len(series) <= least:
            raise FrontalError(f"{series.name}: {len(series)} values are too few; the model reads {least} before each")
        return series

    def _read_anew(self, data: Any) -> Series:
        """Read a series with the columns that the settings name, as `fit` and `backtest` do."""
        return _series(data, self.settings.target, self.settings.time, self.settings.features)


def _series(data: Any, target: str | None, time: str | None, features: tuple[str, ...]) -> Series:
    return data if isinstance(data, Series) else read_series(data, target=target, time=time, features=features)
