"""Windows of a panel as a network sees them: scaled by their own past, missing values marked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from frontal.data.calendar import CalendarCode, calendar
from frontal.data.panel import Panel
from frontal.errors import FrontalError

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class WindowPlan:
    """How windows are cut and scaled; plain data that a run can keep.

    Attributes:
        context, horizon: steps read and steps answered.
        season: steps after which the naive forecast repeats the past; 0 for the level instead.
        log: work on the logarithm.
        calendar: names of calendar features.
        calendar_code: how they are written.
        center, scale: of the known, past and static features, in this order, (K + P + C,).
    """

    context: int
    horizon: int
    season: int
    log: bool
    calendar: tuple[str, ...]
    calendar_code: CalendarCode
    center: tuple[float, ...]
    scale: tuple[float, ...]


class Window(NamedTuple):
    """B windows.

    Attributes:
        past: (B, context, X): the scaled value, 1 where it is known and else 0, then the features of the step.
        ahead: (B, horizon, K): the features of the coming steps that are known.
        static: (B, C): the features of the series.
        naive: (B, horizon): the naive forecast, scaled.
    """

    past: Tensor
    ahead: Tensor
    static: Tensor
    naive: Tensor


class Scaled(NamedTuple):
    """A batch, and how it goes back: value = level + spread · scaled, both (B, 1), on the logarithm if so planned.

    Where no value of a window is known, level and spread are NaN, and so are the targets.
    """

    window: Window
    target: Tensor
    level: Tensor
    spread: Tensor


class Windows:
    """All windows of a panel, cut when asked for.

    Args:
        panel: S series.
        plan: how windows look.

    Raises:
        FrontalError: the plan works on logarithms and a value is not above 0; a past known feature is missing.
    """

    def __init__(self, panel: Panel, plan: WindowPlan) -> None:
        self.plan = plan
        self.panel = panel = panel.ahead(plan.horizon)
        values = panel.values
        if plan.log:
            self._refuse_below_zero()
            values = np.log(values)
        K, P = panel.known.shape[1], panel.past.shape[1]
        center, scale = np.array(plan.center), np.array(plan.scale)
        known = (panel.known - center[:K]) / scale[:K]
        past = (panel.past - center[K : K + P]) / scale[K : K + P]
        dates = np.empty((len(values), 0)) if panel.times is None else _calendar(panel, plan)
        self.values = torch.from_numpy(np.ascontiguousarray(values))  # (N,) float64
        self.known = torch.from_numpy(np.hstack([known, dates])).float().nan_to_num(0.0)  # (N, K)
        self.past = torch.from_numpy(past).float().nan_to_num(0.0)  # (N, P)
        self.static = torch.from_numpy((panel.static - center[K + P :]) / scale[K + P :]).float()  # (S, C)
        self.starts = torch.from_numpy(panel.starts[:-1])

    @property
    def channels(self) -> int:
        """Features of a past step, X."""
        return 2 + self.known.shape[1] + self.past.shape[1]

    def at(self, series: Tensor, ends: Tensor) -> Scaled:
        """Cut windows.

        Args:
            series: (B,) which series.
            ends: (B,) the last step that each window has seen, counted from 0 in its series.
        """
        plan = self.plan
        first = self.starts[series]  # (B,)
        back = ends[:, None] + torch.arange(1 - plan.context, 1)  # (B, context)
        rows = first[:, None] + back.clamp_min(0)
        seen = torch.where(back >= 0, self.values[rows], torch.nan)
        present = ~seen.isnan()
        level, spread = _level(seen, plan.season), _spread(seen)  # (B, 1), NaN where nothing is known
        scaled = (seen - level) / spread
        coming = (first + ends)[:, None] + torch.arange(1, plan.horizon + 1)  # (B, horizon)
        value = torch.stack([scaled.nan_to_num(0.0), present], 2).float()  # (B, context, 2)
        window = Window(
            past=torch.cat([value, self.known[rows], self.past[rows]], 2), ahead=self.known[coming],
            static=self.static[series], naive=_naive(scaled, plan.season, plan.horizon).float(),
        )  # fmt: skip
        return Scaled(window, ((self.values[coming] - level) / spread).float(), level, spread)

    def restored(self, answer: Tensor, cut: Scaled) -> Floats:
        """Scaled answers (B, horizon) in the unit of the series."""
        path = (cut.level + cut.spread * answer.double()).numpy()
        return np.exp(path) if self.plan.log else path

    def _refuse_below_zero(self) -> None:
        bad = np.flatnonzero(self.panel.values <= 0)
        if len(bad):
            series = self.panel.ids[int(self.panel.rows_of()[bad[0]])]
            raise FrontalError(
                f"{self.panel.name}: the logarithm needs values above 0, but series {series!r} has "
                f"{self.panel.values[bad[0]]:g} at {self.panel.label(int(bad[0]))}; set log=false"
            )


class RandomWindows:
    """Batches for training: every window once an epoch where that is little, else as many as asked for, drawn anew.

    A drawn window belongs to each series with the same probability.

    Args:
        windows: where they are cut.
        least: steps of past that a window needs.
        batch_size: windows of a batch.
        most: batches of an epoch.
    """

    def __init__(self, windows: Windows, least: int, batch_size: int, most: int) -> None:
        self.windows, self.least, self.batch_size = windows, least, batch_size
        self.counts = torch.from_numpy(windows.panel.lengths) - least  # (S,) windows that something follows
        self.total = int(self.counts.sum())
        self.batches = min(most, -(-self.total // batch_size))
        self.all = self.total <= most * batch_size

    def __len__(self) -> int:
        return self.batches

    def __iter__(self) -> Iterator[tuple[Window, Tensor]]:
        order = torch.randperm(self.total) if self.all else None
        offsets = self.counts.cumsum(0) - self.counts
        for batch in range(self.batches):
            if order is None:
                series = torch.randint(len(self.counts), (self.batch_size,))
                places = (torch.rand(self.batch_size, dtype=torch.float64) * self.counts[series]).long()
            else:
                chosen = order[batch * self.batch_size : (batch + 1) * self.batch_size]
                series = torch.searchsorted(offsets, chosen, right=True) - 1
                places = chosen - offsets[series]
            cut = self.windows.at(series, places + self.least - 1)
            yield cut.window, cut.target


def last_windows(panel: Panel, held_out: NDArray[np.int64], horizon: int, most: int) -> tuple[Tensor, Tensor]:
    """Origins of forecasts over the last `held_out` (S,) steps of each series, one behind the other.

    Returns:
        The series and the last step seen of each, (W,); of many, `most` are taken evenly.
    """
    series: list[int] = []
    ends: list[int] = []
    for s, (length, span) in enumerate(zip(panel.lengths, held_out, strict=True)):
        for end in range(int(length - horizon - 1), int(length - max(span, horizon) - 2), -horizon):
            series.append(s)
            ends.append(end)
    chosen = np.unique(np.linspace(0, len(ends) - 1, min(most, len(ends))).round().astype(int))
    return torch.tensor(series)[chosen], torch.tensor(ends)[chosen]


def _level(seen: Tensor, season: int) -> Tensor:
    """Mean of the last season, or the last value without one, (B, 1); of the whole window where that is missing."""
    last = seen[:, -max(season, 1) :].nanmean(1, keepdim=True)
    return torch.where(last.isnan(), seen.nanmean(1, keepdim=True), last)


def _spread(seen: Tensor) -> Tensor:
    """Standard deviation of each window, (B, 1); the size of its values where it is constant, NaN where unknown."""
    mean = seen.nanmean(1, keepdim=True)
    spread = (seen - mean).square().nanmean(1, keepdim=True).sqrt()
    size = mean.abs()
    return torch.where(spread > 1e-6 * size, spread, torch.where(size == 0, 1.0, size))


def _naive(scaled: Tensor, season: int, horizon: int) -> Tensor:
    """The latest known value of the same season, (B, horizon); the level, 0, where there is none."""
    context = scaled.shape[1]
    path = torch.zeros(len(scaled), horizon, dtype=scaled.dtype)
    if not season:
        return path
    found = torch.zeros(len(scaled), horizon, dtype=torch.bool)
    ahead = torch.arange(horizon)
    for turn in range(1, context // season + horizon // season + 2):
        place = context + ahead - turn * season  # (horizon,)
        value = scaled[:, place.clamp(0, context - 1)]
        usable = ((place >= 0) & (place < context)) & ~value.isnan() & ~found
        path = torch.where(usable, value, path)
        found |= usable
        if found.all():
            break
    return path


def _calendar(panel: Panel, plan: WindowPlan) -> Floats:
    assert panel.times is not None
    return calendar(panel.times, plan.calendar, plan.calendar_code)
