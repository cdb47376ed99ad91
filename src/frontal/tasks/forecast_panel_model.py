"""A fitted forecast of a panel: how windows are cut, the networks, and the widths of the intervals."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from frontal.cells import named
from frontal.data.calendar import calendar
from frontal.data.panel import Panel
from frontal.data.panel_windows import RandomWindows, Window, WindowPlan, Windows, last_windows
from frontal.errors import FrontalError
from frontal.layers.panel_forecast import AutoregressiveForecast, DirectForecast
from frontal.tasks.forecast_panel_guesses import least_past, season_of
from frontal.tasks.forecast_panel_settings import PanelSettings
from frontal.training.ensemble import LARGEST
from frontal.training.history import History
from frontal.training.loop import train
from frontal.training.progress import Progress, Share
from frontal.training.seed import seeded
from frontal.training.settings import TrainingSettings

LEVELS = (80, 95)  # percent of coming values that the intervals should cover
MOST_HELD_OUT = 2048  # windows that early stopping and the intervals look at
Floats = NDArray[np.float64]
Bounds = dict[int, Floats]
Paths = tuple[Floats, Bounds, Bounds]


@dataclass
class PanelModel:
    """What turns the past of series into their future.

    Attributes:
        plan: how windows are cut and scaled.
        sizes: features of a past step, of a coming one and of the series.
        networks: the ensemble, whose answers are averaged.
        error: typical error by step ahead, in spreads of the window, (horizon,).
        factor: half-width of the interval of each of `LEVELS`, in typical errors.
    """

    plan: WindowPlan
    sizes: tuple[int, int, int]
    networks: nn.ModuleList
    error: Floats
    factor: Floats

    @classmethod
    def untrained(cls, chosen: PanelSettings, panel: Panel) -> Self:
        """A model without networks, whose scales are those of a training panel."""
        center, scale = _scales(panel)
        horizon = chosen.horizon or 1
        plan = WindowPlan(
            context=chosen.context or 1, horizon=horizon, season=season_of(chosen, panel), log=bool(chosen.log),
            calendar=chosen.calendar or (), calendar_code=chosen.calendar_code, center=center, scale=scale,
        )  # fmt: skip
        return cls(plan, _sizes(plan, panel), nn.ModuleList(), np.zeros(horizon), np.zeros(len(LEVELS)))

    def build(self, chosen: PanelSettings) -> nn.Module:
        """An untrained network."""
        cell, plan = named(chosen.cell), self.plan
        same = {"hidden": chosen.hidden, "layers": chosen.layers, "dropout": chosen.dropout}
        if chosen.multi_step == "autoregressive":
            return AutoregressiveForecast(cell, self.sizes, plan.horizon, **same)
        return DirectForecast(
            cell, self.sizes, plan.context, plan.horizon, segment=chosen.segment or 1, linear=chosen.linear, **same
        )

    def train(self, chosen: PanelSettings, panel: Panel, progress: Progress) -> list[History]:
        """Train the ensemble; the last steps of each series are held out for early stopping and the intervals."""
        held_out = np.full(len(panel), chosen.validation or self.plan.horizon)
        windows = Windows(panel.until(panel.lengths - held_out), self.plan)
        batches = RandomWindows(windows, least_past(chosen), chosen.batch_size, chosen.batches)
        series, ends = last_windows(panel, held_out, self.plan.horizon, MOST_HELD_OUT)
        held = Windows(panel, self.plan).at(series, ends)
        squared = chosen.loss == "squared"

        def loss(network: nn.Module, window: Window, target: Tensor) -> Tensor:
            return path_loss(network, window, target, squared=squared)

        histories: list[History] = []
        for member in range(chosen.members):
            settings = _training(chosen, member)
            with seeded(settings.seed):
                network = self.build(chosen)
            history = train(
                network, batches, loss, settings, progress=Share(progress, settings.epochs),
                validate=lambda net=network: float(loss(net, held.window, held.target)),
            )  # fmt: skip
            self.networks.append(network.eval())
            histories.append(history)
            if history.interrupted:
                break
        self._calibrate((self._answers(held.window) - held.target).double().numpy())
        return histories

    def paths(self, panel: Panel, series: Tensor, ends: Tensor, horizon: int | None = None) -> Paths:
        """Forecast from several points of a panel.

        Args:
            panel: S series.
            series, ends: which series, and the last step of it that is seen, (W,).
            horizon: steps; None for the trained ones, and more only from the ends of all series in order.

        Returns:
            Means, lower and upper bounds by level in percent, each (W, horizon); NaN where no value of the
            window is known.
        """
        if horizon is not None and horizon != self.plan.horizon:
            return self._cut(panel, series, ends, horizon)
        windows = Windows(panel, self.plan)
        parts = [self._part(windows, s, e) for s, e in zip(series.split(LARGEST), ends.split(LARGEST), strict=True)]
        mean = np.vstack([part[0] for part in parts])
        lower, upper = (
            {level: np.vstack([part[side][level] for part in parts]) for level in LEVELS} for side in (1, 2)
        )
        return mean, lower, upper

    def _part(self, windows: Windows, series: Tensor, ends: Tensor) -> Paths:
        cut = windows.at(series, ends)
        answers = self._answers(cut.window)
        widths = {level: torch.from_numpy(f * self.error) for level, f in zip(LEVELS, self.factor, strict=True)}
        return (
            windows.restored(answers, cut),
            {level: windows.restored(answers - width, cut) for level, width in widths.items()},
            {level: windows.restored(answers + width, cut) for level, width in widths.items()},
        )

    def _cut(self, panel: Panel, series: Tensor, ends: Tensor, horizon: int) -> Paths:
        """Another horizon: fewer steps, or answers read as if they had happened, whose intervals widen with √steps."""
        own = self.plan.horizon
        if horizon > own and panel.past_names:
            raise FrontalError(
                f"horizon {horizon}: past features ({', '.join(panel.past_names)}) are not known ahead, so this model "
                f"answers {own} steps at most; train again with horizon={horizon}"
            )
        seen = panel.until(np.asarray(ends.numpy() + 1)) if horizon > own else panel
        mean, lower, upper = self.paths(seen, series, ends)
        for done in range(own, horizon, own):
            seen = _happened(seen, mean[:, -own:])
            more = self.paths(seen, series, ends + done)[0]
            ahead = np.sqrt(np.arange(done + 1, done + own + 1) / own)
            lower = {level: np.hstack([side, self._wider(mean, side, more, ahead)]) for level, side in lower.items()}
            upper = {level: np.hstack([side, self._wider(mean, side, more, ahead)]) for level, side in upper.items()}
            mean = np.hstack([mean, more])
        lower, upper = ({level: side[:, :horizon] for level, side in bounds.items()} for bounds in (lower, upper))
        return mean[:, :horizon], lower, upper

    def _wider(self, mean: Floats, bound: Floats, more: Floats, growth: Floats) -> Floats:
        """Bounds of further steps: as far from their means as that of the last trained step, times `growth`."""
        last = self.plan.horizon - 1
        if self.plan.log:
            return more * (bound[:, last:][:, :1] / mean[:, last:][:, :1]) ** growth
        return more + (bound[:, last:][:, :1] - mean[:, last:][:, :1]) * growth

    def _answers(self, window: Window) -> Tensor:
        """The members' mean answer, (B, horizon)."""
        with torch.inference_mode():
            return torch.stack([network(window) for network in self.networks]).mean(0)

    def _calibrate(self, errors: Floats) -> None:
        """Learn the widths from errors (W, horizon), NaN where unknown: split-conformal, scaled by step ahead."""
        known = ~np.isnan(errors)
        typical = np.sqrt(np.where(known, errors**2, 0.0).sum(0) / np.maximum(known.sum(0), 1))
        self.error = np.maximum.accumulate(typical)
        relative = np.abs(errors) / np.where(self.error > 0, self.error, 1.0)
        count = known.sum()
        self.factor = np.nanquantile(relative, [min(1.0, level / 100 * (count + 1) / count) for level in LEVELS])


def path_loss(network: nn.Module, window: Window, target: Tensor, *, squared: bool) -> Tensor:
    """Mean error over the known targets (B, horizon), NaN marking an unknown one."""
    teach = network.training and isinstance(network, AutoregressiveForecast)
    answers = network(window, target) if teach else network(window)
    known = ~target.isnan()
    errors = torch.where(known, answers - target.nan_to_num(0.0), 0.0)
    return (errors.square() if squared else errors.abs()).sum() / known.sum().clamp_min(1)


def _happened(panel: Panel, mean: Floats) -> Panel:
    """The panel as if the forecasts (S, horizon), one a series, had come true."""
    longer = panel.ahead(mean.shape[1])
    values = longer.values.copy()
    coming = longer.ends[:, None] + np.arange(1, mean.shape[1] + 1)
    values[coming] = mean
    return replace(longer, values=values, lengths=longer.lengths + mean.shape[1])


def _scales(panel: Panel) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and spread of the known, past and static features; 0 and 1 for those that are 0 or 1 anyway."""
    center: list[float] = []
    scale: list[float] = []
    for data in (panel.known, panel.past, panel.static):
        for column in data.T:
            values = column[~np.isnan(column)]
            spread = float(values.std()) if len(values) else 0.0
            binary = bool(np.isin(values, (0.0, 1.0)).all())
            center.append(0.0 if binary or not len(values) else float(values.mean()))
            scale.append(1.0 if binary or spread == 0 else spread)
    return tuple(center), tuple(scale)


def _sizes(plan: WindowPlan, panel: Panel) -> tuple[int, int, int]:
    dates = 0
    if panel.times is not None:
        dates = calendar(panel.times[:1], plan.calendar, plan.calendar_code).shape[1]
    ahead = panel.known.shape[1] + dates
    return 2 + ahead + panel.past.shape[1], ahead, panel.static.shape[1]


def _training(chosen: PanelSettings, member: int) -> TrainingSettings:
    return TrainingSettings(
        optimizer="adamw", learning_rate=chosen.learning_rate, weight_decay=chosen.weight_decay, schedule="cosine",
        epochs=chosen.epochs, batch_size=chosen.batch_size, clip_norm=chosen.clip_norm,
        patience=chosen.patience, seed=chosen.seed * chosen.members + member,
    )  # fmt: skip
