"""How a series is shown to a network and how the network's answer becomes a forecast again."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import Self

import numpy as np
from numpy.typing import NDArray

from frontal.errors import FrontalError

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Representation:
    """series → logarithm → change against one period earlier → windows around an anchor, scaled.

    Attributes:
        log: work on the natural logarithm, so that errors are proportional to the level.
        season: period of the seasonal difference in steps, 0 for none.
        anchored: subtract each window's last value (else `center`).
        center: what is subtracted where windows are not anchored.
        scale: what everything is divided by.
    """

    log: bool
    season: int
    anchored: bool
    center: float
    scale: float

    def __post_init__(self) -> None:
        fits = {
            "log": isinstance(self.log, bool),
            "season": isinstance(self.season, int) and self.season >= 0,
            "anchored": isinstance(self.anchored, bool),
            "center": isinstance(self.center, float) and isfinite(self.center),
            "scale": isinstance(self.scale, float) and isfinite(self.scale) and self.scale > 0,
        }
        for name in (name for name, good in fits.items() if not good):
            raise FrontalError(f"representation: {name} cannot be {getattr(self, name)!r}")

    @classmethod
    def anchor(cls, values: Floats, *, log: bool, season: int) -> Self:
        """Windows relative to their last value, in units of the typical one-step change."""
        plain = cls(log, season, anchored=True, center=0.0, scale=1.0)
        return cls(log, season, True, 0.0, positive(np.std(np.diff(plain.flatten(values)))))

    @classmethod
    def minmax(cls, values: Floats, *, log: bool, season: int) -> Self:
        """Values mapped to 0…1 by the smallest and the largest of `values`."""
        flat = cls(log, season, anchored=False, center=0.0, scale=1.0).flatten(values)
        return cls(log, season, False, float(flat.min()), positive(np.ptp(flat)))

    def flatten(self, values: Floats) -> Floats:
        """Logarithm and seasonal difference: (T,) → (T - season,)."""
        if self.log and values.min() <= 0:
            row = int(np.argmin(values))
            raise FrontalError(
                f"the logarithm needs values above 0, but value {row + 1} is {values[row]:g}; set log=false"
            )
        flat = self.working(values)
        return flat[self.season :] - flat[: len(flat) - self.season] if self.season else flat

    def anchors(self, windows: Floats) -> Floats:
        """What each of the windows (N, context) is relative to: (N, 1)."""
        return windows[:, -1:] if self.anchored else np.full((len(windows), 1), self.center)

    def recent(self, values: Floats, ends: NDArray[np.intp]) -> Floats:
        """The working values of the last season up to each of `ends`, (N, season), NaN before the first."""
        return cut(self.working(values), ends, 1 - self.season, 1)

    def working(self, values: Floats) -> Floats:
        """The series, or its logarithm."""
        return np.log(values) if self.log else values

    def back(self, worked: Floats) -> Floats:
        """From working values to the unit of the series."""
        return np.exp(worked) if self.log else worked


def cut(series: Floats, ends: NDArray[np.intp], start: int, stop: int) -> Floats:
    """Stretches of a series around each of `ends` (N,): (N, stop - start), NaN outside the series.

    Positions are relative: `cut(series, ends, 1 - context, 1)` are the windows that end at `ends`,
    `cut(series, ends, 1, 1 + horizon)` is what follows them.
    """
    at = ends[:, None] + np.arange(start, stop)
    inside = (at >= 0) & (at < len(series))
    return np.where(inside, series[np.clip(at, 0, len(series) - 1)], np.nan)


def undone(recent: Floats, path: Floats) -> Floats:
    """Undo the seasonal difference: add a path of changes up to working values.

    Args:
        recent: the last period before the path, (N, period); (N, 0) for no seasonal difference.
        path: changes, (N, horizon).
    """
    period = recent.shape[1]
    if not period:
        return path
    joined = np.hstack([recent, path])
    for step in range(path.shape[1]):
        joined[:, period + step] += joined[:, step]
    return joined[:, period:]


def based(recent: Floats, anchors: Floats, horizon: int) -> Floats:
    """What values after each window are relative to where no answer builds on another: (N, horizon).

    The anchor; with a seasonal difference, the last known value of the same season and the anchor
    once for every season since.

    Args:
        recent: the last period of working values, (N, period); (N, 0) for no seasonal difference.
        anchors: of the windows, (N, 1).
    """
    period, steps = recent.shape[1], np.arange(horizon)
    if not period:
        return np.repeat(anchors, horizon, axis=1)
    return anchors * (steps // period + 1) + recent[:, steps % period]


def spread_grows(values: Floats, period: int) -> bool:
    """Whether the spread of steps grows with the level, so that the logarithm evens it out.

    Blocks of one period (or an eighth of the series) are compared: the slope of
    log(spread) on log(level) is 0 for an additive and 1 for a multiplicative series.
    """
    if values.min() <= 0:
        return False
    size = max(period, 4) if 1 < period <= len(values) // 5 else max(4, len(values) // 8)
    count = len(values) // size
    if count < 2:
        return False
    blocks = values[: count * size].reshape(count, size)
    level, spread = blocks.mean(1), np.diff(blocks, axis=1).std(1)
    if level.max() < 1.2 * level.min() or spread.min() <= 0:
        return False
    return bool(np.polyfit(np.log(level), np.log(spread), 1)[0] > 0.5)


def season_steadies(values: Floats, period: int, *, log: bool) -> bool:
    """Whether the seasonal difference makes the steps at least a tenth smaller (needs three periods)."""
    if period < 2 or len(values) < 3 * period:
        return False
    worked = np.log(values) if log else values
    plain = np.diff(worked)[period:]
    seasonal = np.diff(worked[period:] - worked[:-period])
    return bool(seasonal.std() < 0.9 * plain.std())


def positive(scale: np.floating | float) -> float:
    """A scale that can be divided by: 1 where there is no spread."""
    return float(scale) if scale > 0 else 1.0
