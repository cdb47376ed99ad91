"""A fitted forecast: windows, networks and interval widths; from a past to paths with bounds."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Self

import numpy as np
import torch
from torch import Tensor, nn

from frontal.cells import named
from frontal.data.representation import Floats, based, cut, undone
from frontal.data.series import Series
from frontal.diagnostics.conformal import adaptive_radius
from frontal.diagnostics.probabilistic import Certainty
from frontal.errors import FrontalError
from frontal.layers import initialise
from frontal.layers.head_distribution import DistributionHead
from frontal.layers.window_forecast import Located, WindowForecast
from frontal.tasks.forecast_intervals import LEVELS, Calibration, grown, outside
from frontal.tasks.forecast_likelihood import Beliefs, head_for
from frontal.tasks.forecast_losses import LikelihoodLoss, path_loss
from frontal.tasks.forecast_settings import COUNTS, ForecastSettings
from frontal.tasks.forecast_windows import Indices, Windows
from frontal.training.ensemble import answer, train_ensemble
from frontal.training.history import History
from frontal.training.progress import Progress
from frontal.training.settings import TrainingSettings

Bounds = dict[int, Floats]


@dataclass
class Said:
    """What the networks say about the steps after N origins.

    Attributes:
        worked: the forecast in working units, (N, steps).
        beliefs: the distributions of the first `horizon` steps; None where values are answered.
    """

    worked: Floats
    beliefs: Beliefs | None

    def bounds(self, level: int, horizon: int) -> tuple[Floats, Floats]:
        """What the distributions say of a level in percent, (N, horizon), working units; or the forecast itself."""
        if self.beliefs is None:
            return self.worked[:, :horizon], self.worked[:, :horizon]
        tail = (1 - level / 100) / 2
        return self.beliefs.worked_quantile(tail), self.beliefs.worked_quantile(1 - tail)


@dataclass
class ForecastModel:
    """What turns the past of a series into its future.

    Attributes:
        chosen: the settings, every guess filled in.
        windows: what the networks read and answer.
        learned: values of the series that were learned.
        networks: the ensemble, whose answers are averaged; of distributions, parameter by parameter.
        calibration: what the errors on held-out parts say.
    """

    chosen: ForecastSettings
    windows: Windows
    learned: int
    networks: nn.ModuleList
    calibration: Calibration

    @classmethod
    def untrained(cls, chosen: ForecastSettings, windows: Windows, learned: int) -> Self:
        """A model without networks."""
        return cls(chosen, windows, learned, nn.ModuleList(), Calibration.empty(windows.horizon))

    @property
    def likely(self) -> bool:
        """Whether the networks answer with distributions."""
        return self.chosen.likelihood != "none"

    def build(self) -> WindowForecast:
        """An untrained network."""
        chosen, windows = self.chosen, self.windows
        head = partial(head_for, chosen.likelihood, windows.horizon) if self.likely else None
        network = WindowForecast(
            named(chosen.cell), windows.channels, windows.context, windows.horizon, hidden=chosen.hidden,
            layers=chosen.layers, dropout=chosen.dropout, head=head,
            linear=chosen.linear and windows.representation.anchored,
        )  # fmt: skip
        if chosen.initialisation == "keras":
            initialise.keras(network)
        return network

    def train(self, series: Series, progress: Progress | None) -> list[History]:
        """Train the ensemble on a series and learn the widths of the intervals from what members held out."""
        inputs, targets, anchors, origins = self.lessons(series)
        ensemble = train_ensemble(
            self.build,
            inputs,
            targets,
            LikelihoodLoss(self.windows.representation.scale) if self.likely else path_loss,
            _training(self.chosen),
            members=self.chosen.members,
            validation=self.chosen.validation,
            progress=progress,
            description=f"training on {len(series)} values",
        )
        self.networks = ensemble.members
        held = ~torch.isnan(ensemble.held_out.flatten(1)[:, 0])
        rows = np.flatnonzero(held.numpy())
        self._calibrate(series, origins[rows], anchors[rows], ensemble.held_out[held])
        return ensemble.histories

    def lessons(self, series: Series) -> tuple[Tensor, Tensor, Floats, Indices]:
        """What is learned of a series: as `Windows.examples`, with the targets of the likelihood.

        Windows relative to a value that was filled in are left out: no forecast starts from one, and
        what was filled in comes from both sides. So are those that nothing known follows.
        """
        inputs, targets, anchors, origins = self.windows.examples(series)
        if self.chosen.likelihood == COUNTS:
            targets = self.windows.counted_targets(series, origins, anchors)
        elif self.likely:
            targets = self.windows.likely_targets(series, origins, anchors)
        started = self.windows.known(series)[origins - self.windows.representation.season] > 0
        known = ~torch.isnan(targets.flatten(1)).all(1) & torch.from_numpy(started)
        rows = np.flatnonzero(known.numpy())
        return inputs[known], targets[known], anchors[rows], origins[rows]

    def answering(self) -> nn.ModuleList:
        """The networks as such that answer with one value a step."""
        if not self.likely:
            return self.networks
        return nn.ModuleList(Located(network) for network in self.networks if isinstance(network, WindowForecast))

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
        if horizon > self.windows.horizon and len(self.windows.center):
            raise FrontalError(
                f"horizon {horizon}: features are not known ahead, so this model answers {self.windows.horizon} steps "
                f"at most; train again with --horizon {horizon}"
            )
        representation, trained = self.windows.representation, self.windows.horizon
        said = self.say(series, origins, max(horizon, trained), shift)
        worked = said.worked[:, :horizon]
        further = np.sqrt(np.arange(trained + 1, horizon + 1) / trained)
        lower: Bounds = {}
        upper: Bounds = {}
        below = above = np.zeros_like(worked)
        for level, reach in self._reach(said, series, origins, shift).items():
            wide = [np.hstack([side, side[:, -1:] * further])[:, :horizon] for side in reach]
            below, above = np.maximum(below, wide[0]), np.maximum(above, wide[1])  # a higher level holds the lower ones
            lower[level], upper[level] = representation.back(worked - below), representation.back(worked + above)
        return representation.back(worked), lower, upper

    def means(self, series: Series, origins: Indices, horizon: int, *, shift: int) -> Floats:
        """Forecast as `paths` does, without bounds: (N, horizon)."""
        return self.windows.representation.back(self.say(series, origins, horizon, shift).worked)[:, :horizon]

    def examples(self, series: Series, shift: int) -> tuple[Tensor, Tensor]:
        """Return windows of a series, (N, context, C), and what networks that answer with values are to say."""
        inputs, targets, anchors, origins = self.windows.examples(series, shift)
        if self.likely:
            targets = self.windows.likely_targets(series, origins, anchors)
        return inputs, targets

    def certainty(self, series: Series, origins: Indices, *, shift: int) -> Certainty | None:
        """What the distributions of `paths` said of what came; None where values are answered."""
        if not self.likely:
            return None
        beliefs = self.say(series, origins, self.windows.horizon, shift).beliefs
        return None if beliefs is None else beliefs.certainty(self.windows.futures(series, origins))

    def say(self, series: Series, origins: Indices, steps: int, shift: int) -> Said:
        """What the networks say about at least `steps` steps after each origin."""
        windows, representation = self.windows, self.windows.representation
        seen = cut(representation.flatten(series.values), origins - representation.season, 1 - windows.context, 1)
        recent = representation.recent(series.values, origins)
        first: Said | None = None
        path = np.empty((len(origins), 0))
        for done in range(0, steps, windows.horizon):
            read = seen[:, -windows.context :]
            outputs = self._outputs(windows.inputs(read, series, origins + done, shift))
            said = self._understood(outputs, recent, representation.anchors(read))
            first = first or said
            path, joined = np.hstack([path, said.worked]), np.hstack([recent, said.worked])
            changes = joined[:, recent.shape[1] :] - joined[:, : windows.horizon] if recent.shape[1] else said.worked
            seen, recent = np.hstack([seen, changes]), joined[:, windows.horizon :]
        assert first is not None
        return Said(path, first.beliefs)

    def surprises(self, series: Series, origins: Indices, actual: Floats, shift: int) -> tuple[Floats, Floats]:
        """How far the value after each origin is from what was expected.

        Args:
            series: what the networks read.
            origins: index of the last value read, (N,).
            actual: what came, (N,).
            shift: as for `paths`.

        Returns:
            What was expected, and the error in typical errors or -log p of the distribution, (N,) each.
        """
        said = self.say(series, origins, 1, shift)
        return self.windows.representation.back(said.worked[:, 0]), self._surprise(said, actual)

    def _surprise(self, said: Said, actual: Floats) -> Floats:
        if said.beliefs is None:
            error = np.abs(said.worked[:, 0] - self.windows.representation.working(actual))
            return error / (self.calibration.error[0] or 1.0)
        values = np.repeat(actual[:, None], self.windows.horizon, axis=1)
        return -np.log(np.maximum(said.beliefs.surprise(values)[:, 0], 1e-300))

    def _outputs(self, inputs: Tensor) -> Tensor:
        """The members' mean answer, (N, horizon) or (N, horizon, P)."""
        if not len(inputs):
            return torch.empty(0, *self._head.output_shape) if self.likely else torch.empty(0, self.windows.horizon)
        return torch.stack([answer(network, inputs) for network in self.networks]).mean(0)

    @property
    def _head(self) -> DistributionHead:
        head = self.networks[0].head
        assert isinstance(head, DistributionHead)
        return head

    def _understood(self, outputs: Tensor, recent: Floats, anchors: Floats) -> Said:
        """What outputs say about the steps after windows with these anchors (N, 1)."""
        representation = self.windows.representation
        if not self.likely:
            return Said(undone(recent, outputs.double().numpy() * representation.scale + anchors), None)
        beliefs = Beliefs(representation, self._head, outputs, based(recent, anchors, self.windows.horizon))
        return Said(beliefs.worked_mean(), beliefs)

    def _calibrate(self, series: Series, origins: Indices, anchors: Floats, held: Tensor) -> None:
        """Learn the widths from what members said about windows (N, horizon, …) that they had held out."""
        windows, calibration = self.windows, self.calibration
        said = self._understood(held, windows.representation.recent(series.values, origins), anchors)
        values = windows.futures(series, origins)
        worked = windows.representation.working(values)
        calibration.learn_errors(said.worked - worked)
        if self.chosen.interval_kind in ("conformal", "adaptive"):
            calibration.scores = self._scores(said, worked)
        surprises = self._surprise(said, values[:, 0])
        calibration.ordinary = surprises[~np.isnan(surprises)]

    def _scores(self, said: Said, worked: Floats) -> Floats:
        """How far values (N, horizon) lie outside the bounds of each level, (L, N, horizon)."""
        return np.stack([outside(worked, *said.bounds(level, self.windows.horizon)) for level in LEVELS])

    def _reach(self, said: Said, series: Series, origins: Indices, shift: int) -> dict[int, tuple[Floats, Floats]]:
        """How far the bounds of each level lie below and above the forecast, two (N, horizon), working units."""
        horizon, kind, calibration = self.windows.horizon, self.chosen.interval_kind, self.calibration
        middle = said.worked[:, :horizon]
        if kind == "errors":
            widths = calibration.factor[:, None] * np.broadcast_to(calibration.error, middle.shape)[:, None]
            return {level: (widths[:, k], widths[:, k]) for k, level in enumerate(LEVELS)}
        extra = {"likelihood": np.zeros(len(LEVELS)), "conformal": calibration.radius[:, None]}.get(kind)
        if extra is None:
            extra = self._followed(series, origins, shift)
        found: dict[int, tuple[Floats, Floats]] = {}
        for level, radius in zip(LEVELS, extra, strict=True):
            lower, upper = said.bounds(level, horizon)
            found[level] = middle - lower + radius, upper - middle + radius
        return found

    def _followed(self, series: Series, origins: Indices, shift: int) -> Floats:
        """Adaptive radii at each origin, (L, N, horizon), from the errors since the values that were learned."""
        windows, steps = self.windows, np.arange(1, self.windows.horizon + 1)
        if not len(origins):
            return np.empty((len(LEVELS), 0, windows.horizon))
        first = max(self.learned - 1 - shift, windows.least_values - 1)
        rows = np.arange(min(first, origins.min()), origins.max() + 1)
        said = self.say(series, rows, windows.horizon, shift)
        futures = np.where(series.observed[rows, None], windows.futures(series, rows), np.nan)
        scores = self._scores(said, windows.representation.working(futures))
        radii = [
            adaptive_radius(past, now, level / 100, delays=steps)[origins - rows[0]]
            for level, past, now in zip(LEVELS, self.calibration.scores, scores, strict=True)
        ]
        return np.apply_along_axis(grown, -1, np.stack(radii))


def _training(chosen: ForecastSettings) -> TrainingSettings:
    return TrainingSettings(
        optimizer=chosen.optimizer, learning_rate=chosen.learning_rate, weight_decay=chosen.weight_decay,
        epochs=chosen.epochs, batch_size=chosen.batch_size or 1, clip_norm=chosen.clip_norm,
        patience=chosen.patience, seed=chosen.seed,
    )  # fmt: skip
