"""A fitted forecast: representation, networks and interval widths; from a past to paths with bounds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import mse_loss

from frontal.cells import named
from frontal.data.representation import Floats, Representation, cut
from frontal.data.series import Series
from frontal.errors import FrontalError
from frontal.layers import initialise
from frontal.layers.window_forecast import WindowForecast
from frontal.tasks.forecast_settings import ForecastSettings
from frontal.training.ensemble import answer, train_ensemble
from frontal.training.history import History
from frontal.training.progress import Progress
from frontal.training.settings import TrainingSettings

LEVELS = (80, 95)  # percent of coming values that the intervals should cover
Indices = NDArray[np.intp]
Bounds = dict[int, Floats]


@dataclass
class ForecastModel:
    """What turns the past of a series into its future.

    Attributes:
        context, horizon: steps read and steps answered.
        period: of the season, 1 for none.
        representation: how the series is shown to the networks.
        phase: whether the networks are told the phase of the season.
        center, scale: mean and spread of each feature, (F,).
        networks: the ensemble, whose answers are averaged.
        error: typical error by step ahead, in working units, (horizon,).
        factor: half-width of the interval of each of `LEVELS`, in typical errors.
    """

    context: int
    horizon: int
    period: int
    representation: Representation
    phase: bool
    center: Floats
    scale: Floats
    networks: nn.ModuleList
    error: Floats
    factor: Floats

    @classmethod
    def untrained(cls, chosen: ForecastSettings, representation: Representation, features: Floats) -> Self:
        """A model without networks; `features` (T, F) set their scale."""
        spread = features.std(0)
        period = chosen.period or 1
        return cls(
            context=chosen.context or 1, horizon=chosen.horizon or 1, period=period, representation=representation,
            phase=period > 1 and not representation.season and representation.anchored,
            center=features.mean(0), scale=np.where(spread > 0, spread, 1.0),
            networks=nn.ModuleList(), error=np.zeros(chosen.horizon or 1), factor=np.zeros(len(LEVELS)),
        )  # fmt: skip

    @property
    def least_values(self) -> int:
        """Values of the past that a forecast needs."""
        return self.context + self.representation.season

    def build(self, chosen: ForecastSettings) -> nn.Module:
        """An untrained network."""
        channels = 1 + len(self.center) + 2 * self.phase
        network = WindowForecast(
            named(chosen.cell), channels, self.context, self.horizon, hidden=chosen.hidden, layers=chosen.layers,
            dropout=chosen.dropout, linear=chosen.linear and self.representation.anchored,
        )  # fmt: skip
        if chosen.initialisation == "keras":
            initialise.keras(network)
        return network

    def train(self, chosen: ForecastSettings, series: Series, progress: Progress | None) -> list[History]:
        """Train the ensemble on a series and learn the widths of the intervals from what members held out."""
        representation = self.representation
        inputs, targets, anchors, origins = self.examples(series)
        ensemble = train_ensemble(
            lambda: self.build(chosen),
            inputs,
            targets,
            path_loss,
            _training(chosen),
            members=chosen.members,
            validation=chosen.validation,
            progress=progress,
            description=f"training on {len(series)} values",
        )
        self.networks = ensemble.members
        held_out = ensemble.held_out.double().numpy() * representation.scale + anchors
        worked = representation.restore(series.values, origins, held_out)
        self._calibrate(worked - cut(representation.working(series.values), origins, 1, 1 + self.horizon))
        return ensemble.histories

    def examples(self, series: Series, shift: int = 0) -> tuple[Tensor, Tensor, Floats, Indices]:
        """Return every window of a series that something follows, as the networks see it.

        Args:
            series: long enough for one window.
            shift: steps from the start of the fitted series to the start of this one.

        Returns:
            Windows (N, context, C), what follows (N, horizon), NaN where that is unknown, both scaled;
            what each is relative to (N, 1), and the index of the last value of each window (N,).
        """
        representation = self.representation
        flat = representation.flatten(series.values)
        ends = np.arange(self.context - 1, len(flat) - 1)
        windows = cut(flat, ends, 1 - self.context, 1)  # (N, context)
        anchors = representation.anchors(windows)  # (N, 1)
        futures = cut(flat, ends, 1, 1 + self.horizon)  # (N, horizon)
        origins = ends + representation.season
        targets = torch.from_numpy((futures - anchors) / representation.scale).float()
        return self._inputs(windows, series, origins, shift), targets, anchors, origins

    def paths(self, series: Series, origins: Indices, horizon: int, *, shift: int) -> tuple[Floats, Bounds, Bounds]:
        """Forecast from several points of a series.

        Args:
            series: T values, of which each forecast reads `least_values` up to its origin.
            origins: index of the last value that each forecast knows, (N,).
            horizon: steps; beyond the trained ones the forecast is fed back as if it had happened.
            shift: steps from the start of the fitted series to the start of this one.

        Returns:
            Means, lower and upper bounds by level in percent, each (N, horizon).
        """
        representation, context = self.representation, self.context
        if horizon > self.horizon and len(self.center):
            raise FrontalError(
                f"horizon {horizon}: features are not known ahead, so this model answers {self.horizon} steps at "
                f"most; train again with --horizon {horizon}"
            )
        flat = representation.flatten(series.values)
        seen = cut(flat, origins - representation.season, 1 - context, 1)  # (N, context), grows by the answers
        for done in range(0, horizon, self.horizon):
            windows = seen[:, -context:]
            answers = self._answers(self._inputs(windows, series, origins + done, shift))
            seen = np.hstack([seen, answers * representation.scale + representation.anchors(windows)])
        path = seen[:, context : context + horizon]
        worked = representation.restore(series.values, origins, path)
        ahead = np.arange(horizon)
        error = self.error[np.minimum(ahead, self.horizon - 1)] * np.sqrt(np.maximum(1, (ahead + 1) / self.horizon))
        widths = dict(zip(LEVELS, self.factor, strict=True))
        return (
            representation.back(worked),
            {level: representation.back(worked - factor * error) for level, factor in widths.items()},
            {level: representation.back(worked + factor * error) for level, factor in widths.items()},
        )

    def _inputs(self, windows: Floats, series: Series, origins: Indices, shift: int) -> Tensor:
        """What the networks read, (N, context, C): scaled windows, features, sine and cosine of the phase."""
        representation = self.representation
        channels = [(windows - representation.anchors(windows)) / representation.scale]
        for feature, center, scale in zip(series.features.T, self.center, self.scale, strict=True):
            channels.append((cut(feature, origins, 1 - self.context, 1) - center) / scale)
        if self.phase:
            steps = origins[:, None] + np.arange(1 - self.context, 1) + shift  # (N, context)
            turn = 2 * np.pi * steps / self.period
            channels += [np.sin(turn), np.cos(turn)]
        return torch.from_numpy(np.stack(channels, axis=2)).float()

    def _answers(self, inputs: Tensor) -> Floats:
        """The members' mean answer, (N, horizon)."""
        if not len(inputs):
            return np.empty((0, self.horizon))
        return torch.stack([answer(network, inputs) for network in self.networks]).mean(0).double().numpy()

    def _calibrate(self, errors: Floats) -> None:
        """Learn the widths from errors (N, horizon), NaN where unknown: split-conformal, scaled by step ahead.

        The first step is always known; one too far ahead to be known grows from the last known with √steps.
        """
        known = ~np.isnan(errors)
        steps = known.any(axis=0).sum()
        self.error[:steps] = np.maximum.accumulate(np.sqrt(np.nanmean(errors[:, :steps] ** 2, axis=0)))
        self.error[steps:] = self.error[steps - 1] * np.sqrt(np.arange(steps + 1, self.horizon + 1) / steps)
        relative = np.abs(errors) / np.where(self.error > 0, self.error, 1.0)
        count = known[:, 0].sum()
        shares = [min(1.0, level / 100 * (count + 1) / count) for level in LEVELS]
        self.factor = np.nanquantile(relative, shares)


def path_loss(network: nn.Module, inputs: Tensor, targets: Tensor) -> Tensor:
    """Mean squared error over the known targets (N, horizon); step h weighs 1/h, NaN marks an unknown one.

    The first step is always known.
    """
    if targets.shape[1] == 1:
        return mse_loss(network(inputs), targets)
    known = ~torch.isnan(targets)
    errors = torch.where(known, network(inputs) - targets.nan_to_num(), 0)
    weights = 1 / torch.arange(1, targets.shape[1] + 1)
    return (errors**2 * weights).sum() / known.sum()


def represent(chosen: ForecastSettings, values: Floats, whole: Floats) -> Representation:
    """The representation that the settings ask for, by the training part; `whole` only where they say it leaks."""
    season = (chosen.period or 0) if chosen.seasonal_difference else 0
    if chosen.scaling == "window":
        return Representation.anchor(values, log=bool(chosen.log), season=season)
    values = whole if chosen.scaling == "minmax-all" else values
    return Representation.minmax(values, log=bool(chosen.log), season=season)


def _training(chosen: ForecastSettings) -> TrainingSettings:
    return TrainingSettings(
        optimizer=chosen.optimizer, learning_rate=chosen.learning_rate, weight_decay=chosen.weight_decay,
        epochs=chosen.epochs, batch_size=chosen.batch_size or 1, clip_norm=chosen.clip_norm,
        patience=chosen.patience, seed=chosen.seed,
    )  # fmt: skip
