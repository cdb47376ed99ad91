"""The forecaster: a series in, forecasts with intervals out, in scikit-learn's verbs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from os import PathLike
from pathlib import Path
from time import perf_counter
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from frontal.cells import named
from frontal.data.frequency import Frequency
from frontal.data.representation import Representation
from frontal.data.series import Series, read_series
from frontal.diagnostics import accuracy as acc
from frontal.diagnostics.backtest import Backtest, Forecast
from frontal.errors import FrontalError
from frontal.layers.threads import threads_for
from frontal.tasks.forecast_guesses import LEAST_VALUES, complete
from frontal.tasks.forecast_model import ForecastModel, represent
from frontal.tasks.forecast_settings import ForecastSettings
from frontal.training.progress import Progress
from frontal.training.run_directory import Run, read_run, save_run

KIND = "forecaster"
_ARRAYS = ("center", "scale", "error", "factor")  # of ForecastModel, in the run


class Forecaster:
    """Forecast a series with an ensemble of recurrent networks.

    The networks read windows of the series relative to their last value, of its logarithm or
    seasonal difference where the training part calls for them, and answer with all steps of the
    horizon at once. Each member holds out a different part of the windows for early stopping; the
    errors on those parts give the intervals.

    Args:
        settings: a `ForecastSettings`; or instead
        preset, **options: a preset's name and single settings of `ForecastSettings`.

    Example:
        >>> import frontal
        >>> model = frontal.Forecaster(horizon=3, members=2, epochs=3).fit("airline")
        >>> model.predict().mean.shape
        (3,)
    """

    settings: ForecastSettings
    """what was asked for"""
    chosen: ForecastSettings
    """after `fit`: the settings with every guess filled in"""
    series: Series
    """after `fit`: the series that was learned"""
    notes: list[str]
    """after `fit`: everything that was guessed or repaired"""
    log: list[dict[str, Any]]
    """after `fit`: one dictionary a member and epoch"""
    seconds: float
    """after `fit`: how long training took"""
    interrupted: bool = False
    """after `fit`: whether Ctrl-C ended it, with the members and epochs so far"""

    def __init__(self, settings: ForecastSettings | None = None, *, preset: str | None = None, **options: Any) -> None:
        if settings is not None and (preset is not None or options):
            raise FrontalError("give either settings or single options, not both; settings.replace(...) changes some")
        self.settings = settings or ForecastSettings.from_options(preset, **options)
        named(self.settings.cell)  # an unknown name is told now, not after the data were read

    def fit(self, data: Any, *, whole: Series | None = None, progress: Progress | None = None) -> Self:
        """Train on all of `data`: a path, built-in name, frame, dict, array (T,), list or `Series`.

        Args:
            whole: the series that `data` is a part of; only scaling="minmax-all" looks at it.
            progress: told about every batch.
        """
        series = self._read_anew(data)
        self.chosen, guesses = complete(self.settings, series)
        representation = represent(self.chosen, series.values, (whole or series).values)
        self._model = ForecastModel.untrained(self.chosen, representation, series.features)
        self.series, self.notes = series, [*series.notes, *guesses]
        began = perf_counter()
        with threads_for((self.chosen.batch_size or 1) * self.chosen.hidden):
            histories = self._model.train(self.chosen, series, progress)
        self.seconds = perf_counter() - began
        self.log = [
            {"member": member, **line}
            for member, history in enumerate(histories, start=1)
            for line in history.as_dicts()
        ]
        self.interrupted = any(history.interrupted for history in histories)
        if self.interrupted:
            self.notes.append(f"Training was interrupted: {len(histories)} of {self.chosen.members} members are kept.")
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
        horizon = horizon or model.horizon
        series = self.series if data is None else self.read(data)
        if len(series) < model.least_values:
            raise FrontalError(
                f"{series.name}: {len(series)} values are too few to continue; this model reads {model.least_values}"
            )
        mean, lower, upper = model.paths(
            series, np.array([len(series) - 1]), horizon, shift=_shift(self.series, series)
        )
        last, frequency = None if series.times is None else series.times[-1], series.frequency
        times = None if last is None or frequency is None else frequency.after(last, horizon)
        low, high = ({level: rows[0] for level, rows in side.items()} for side in (lower, upper))
        return Forecast(series.target, mean[0], low, high, times)

    def backtest(self, data: Any, *, progress: Progress | None = None) -> Backtest:
        """Fit on the first part of `data` (settings.test says how much is left), and measure on the rest."""
        series = self._read_anew(data)
        start = int(len(series) * (1 - self.settings.test))
        if start < LEAST_VALUES or start == len(series):
            raise FrontalError(
                f"{series.name}: {len(series)} values cannot be split into a training part of at least {LEAST_VALUES} "
                f"and a test part (test={self.settings.test:g}); give a longer series or another test"
            )
        return self.fit(series.head(start), whole=series, progress=progress).measure(series, start)

    def measure(self, data: Any, start: int | None = None) -> Backtest:
        """Forecast `data` from the past of each step, without training: one step ahead and over the horizon.

        Args:
            start: index of the first value that counts as test; None for the first with enough past.
        """
        model = self._fitted()
        series = self.read(data)
        least = max(model.least_values, model.period)
        start = least if start is None else start
        if not least <= start < len(series):
            raise FrontalError(
                f"{series.name}: {len(series)} values are too few to measure; the model reads {least} before each"
            )
        shift = _shift(self.series, series)
        one_step = np.arange(model.least_values - 1, len(series) - 1)
        fitted = np.full(len(series), np.nan)
        fitted[one_step + 1] = model.paths(series, one_step, 1, shift=shift)[0][:, 0]
        origins = np.arange(start - 1, len(series) - model.horizon)
        return Backtest(
            series.target, series.values, start, model.period, acc.naive_scale(self.series.values, model.period),
            fitted, origins, *model.paths(series, origins, model.horizon, shift=shift), series.times,
        )  # fmt: skip

    def examples(self, data: Any) -> tuple[nn.ModuleList, torch.Tensor, torch.Tensor]:
        """Return the networks, windows of `data` (N, context, C), and what follows each (N, horizon) or NaN."""
        model, series = self._fitted(), self.read(data)
        if len(series) <= (least := model.least_values):
            raise FrontalError(f"{series.name}: {len(series)} values are too few; the model reads {least} before each")
        return model.networks, *model.examples(series, _shift(self.series, series))[:2]

    def has_seen(self, series: Series) -> bool:
        """Whether some of the values to forecast in `series` are among those that were fitted."""
        ours, first = self.series, self._fitted().least_values
        if ours.times is not None and series.times is not None:
            return bool(np.isin(series.times[first:], ours.times).any())
        shared = min(len(ours), len(series))
        return shared > first and bool(np.array_equal(ours.values[:shared], series.values[:shared]))

    def continue_from(self, data: Any) -> Self:
        """Let `predict` continue another series, whose start must fit the fitted one, without training."""
        self._fitted()
        series = self.read(data)
        if _shift(self.series, series) == 0:
            self.series = series
            return self
        raise FrontalError(f"{series.name} does not start where the fitted series starts; give it to predict instead")

    def save(
        self, path: str | PathLike[str], *, metrics: Mapping[str, Any] | None = None,
        files: Mapping[str, bytes] | None = None,
    ) -> Path:  # fmt: skip
        """Write a run directory with settings, weights, log, `metrics` and `files`; `frontal.load` reads it."""
        model, series = self._fitted(), self.series
        settings = {
            "settings": self.settings.to_dict(),
            "chosen": self.chosen.to_dict(),
            "representation": asdict(model.representation),
            "members": len(model.networks),
            "series": {
                "name": series.name, "target": series.target, "time": series.time,
                "features": list(series.feature_names),
                "frequency": None if series.frequency is None else asdict(series.frequency),
            },
            "notes": self.notes,
        }  # fmt: skip
        arrays = {f"model.{name}": getattr(model, name) for name in _ARRAYS}
        arrays |= {f"series.{name}": getattr(series, name) for name in ("values", "features", "observed")}
        if series.times is not None:
            arrays["series.times"] = series.times.astype(np.int64)
        tensors = {name: torch.from_numpy(np.ascontiguousarray(array)) for name, array in arrays.items()}
        tensors |= {f"networks.{name}": tensor for name, tensor in model.networks.state_dict().items()}
        figures = {"seconds_train": self.seconds, **(metrics or {})}
        return save_run(path, kind=KIND, settings=settings, tensors=tensors, metrics=figures, log=self.log, files=files)

    @classmethod
    def load(cls, run: str | PathLike[str] | Run) -> Self:
        """Read a saved forecaster; a changed, foreign or half-written run raises `FrontalError`."""
        run = run if isinstance(run, Run) else read_run(run)
        if run.kind != KIND:
            raise FrontalError(f"{run.path} holds a {run.kind}, not a {KIND}")
        try:
            return cls._restored(run)
        except (KeyError, TypeError, RuntimeError) as error:
            raise FrontalError(f"{run.path} is not a complete {KIND}: {error}") from error

    @classmethod
    def _restored(cls, run: Run) -> Self:
        saved = run.settings
        self = cls(ForecastSettings.from_dict(saved["settings"]))
        self.chosen = ForecastSettings.from_dict(saved["chosen"])
        self.series = _restored_series(run)
        self.notes, self.log = saved["notes"], run.log
        self.seconds = float(run.metrics["seconds_train"])
        model = ForecastModel.untrained(self.chosen, Representation(**saved["representation"]), self.series.features)
        for name in _ARRAYS:
            setattr(model, name, _array(run, f"model.{name}", getattr(model, name).shape))
        model.networks = nn.ModuleList(model.build(self.chosen) for _ in range(saved["members"])).eval()
        start = len(prefix := "networks.")
        model.networks.load_state_dict({k[start:]: v for k, v in run.tensors.items() if k.startswith(prefix)})
        self._model = model
        return self

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

    def _read_anew(self, data: Any) -> Series:
        """Read a series with the columns that the settings name, as `fit` and `backtest` do."""
        return _series(data, self.settings.target, self.settings.time, self.settings.features)


def _series(data: Any, target: str | None, time: str | None, features: tuple[str, ...]) -> Series:
    return data if isinstance(data, Series) else read_series(data, target=target, time=time, features=features)


def _restored_series(run: Run) -> Series:
    about = run.settings["series"]
    T, features = len(run.tensors["series.values"]), tuple(about["features"])
    times = _array(run, "series.times", (T,)) if "series.times" in run.tensors else None
    return Series(
        values=_array(run, "series.values", (T,)),
        features=_array(run, "series.features", (T, len(features))),
        observed=_array(run, "series.observed", (T,)),
        times=None if times is None else times.astype("datetime64[s]"),
        target=str(about["target"]),
        time=about["time"],
        feature_names=features,
        frequency=None if about["frequency"] is None else Frequency(**about["frequency"]),
        notes=[],
        name=str(about["name"]),
    )


def _array(run: Run, name: str, shape: tuple[int, ...]) -> NDArray[Any]:
    """A tensor of the run as an array, which must have this shape."""
    array = run.tensors[name].numpy()
    if array.shape != shape:
        raise FrontalError(f"{run.path}: {name} has shape {array.shape}, expected {shape}")
    return array


def _shift(fitted: Series, other: Series) -> int:
    """Steps from the start of the fitted series to the start of another one, by their times; 0 without times."""
    if fitted.frequency is None or fitted.times is None or other.times is None:
        return 0
    first, last = sorted((fitted.times[0], other.times[0]))
    if first == last:
        return 0
    moved = fitted.frequency.positions(np.array([first, last]))
    if moved is None:
        raise FrontalError(
            f"{other.name} starts at {other.times[0]}, which is no step of the {fitted.frequency} series that was "
            f"fitted from {fitted.times[0]}"
        )
    return int(moved[-1]) if other.times[0] > fitted.times[0] else -int(moved[-1])
