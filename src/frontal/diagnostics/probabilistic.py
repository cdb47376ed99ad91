"""Measures of forecasts that say how sure they are: of intervals, quantiles, samples and densities."""

from __future__ import annotations

from dataclasses import dataclass
from math import pi
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from frontal.diagnostics.accuracy import Floats
from frontal.diagnostics.figure import new_figure
from frontal.errors import FrontalError

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def coverage(actual: Floats, lower: Floats, upper: Floats) -> float:
    """Share of the known values within the bounds; NaN without any."""
    known = ~np.isnan(actual)
    inside = (lower <= actual) & (actual <= upper)
    return float(inside[known].mean()) if known.any() else float("nan")


def interval_score(actual: Floats, lower: Floats, upper: Floats, level: float) -> Floats:
    """Width of intervals and, for each value outside, 2 / (1 - level) times its distance (Winkler 1972).

    In the unit of the series; lower is better, and the true quantiles are best (Gneiting & Raftery 2007).

    Args:
        actual, lower, upper: (…).
        level: of the intervals, 0 to 1.
    """
    outside = np.maximum(lower - actual, 0) + np.maximum(actual - upper, 0)
    return upper - lower + 2 / (1 - _checked(level)) * outside


def pinball(actual: Floats, quantile: Floats, level: float) -> Floats:
    """Loss of quantiles (…) of one level, 0 to 1, in the unit of the series (Koenker & Bassett 1978)."""
    over = actual - quantile
    return np.maximum(_checked(level) * over, (level - 1) * over)


def crps_samples(actual: ArrayLike, samples: ArrayLike) -> Floats:
    """Continuous ranked probability score of samples, in the unit of the series (Gneiting & Raftery 2007).

        CRPS = E|X - y| - ½ E|X - X'|

    That of the samples as they are: it is too large by a part in their number.

    Args:
        actual: (…).
        samples: (n, …).

    Returns:
        (…), 0 for all samples at the value itself; of one sample, the absolute error.
    """
    values, drawn = np.asarray(actual, np.float64), np.sort(np.asarray(samples, np.float64), axis=0)
    n = len(drawn)
    if n == 0 or drawn.shape[1:] != values.shape:
        raise FrontalError(f"samples must be (n, *{values.shape}) for these values, got {drawn.shape}")
    weights = (2 * np.arange(1, n + 1) - n - 1).reshape(-1, *[1] * values.ndim) / n**2  # of E|X - X'| / 2, sorted
    return np.abs(drawn - values).mean(0) - (weights * drawn).sum(0)


def crps_gaussian(actual: ArrayLike, mean: ArrayLike, scale: ArrayLike) -> Floats:
    """Continuous ranked probability score of Gaussians, in closed form (Gneiting et al. 2005).

    Args:
        actual, mean, scale: (…), standard deviations > 0.
    """
    spread = np.asarray(scale, np.float64)
    z = (np.asarray(actual, np.float64) - np.asarray(mean, np.float64)) / spread
    below = torch.special.ndtr(torch.from_numpy(np.array(z))).numpy()
    density = np.exp(-0.5 * z**2) / np.sqrt(2 * pi)
    return spread * (z * (2 * below - 1) + 2 * density - 1 / np.sqrt(pi))


@dataclass(frozen=True)
class Certainty:
    """What forecast distributions said of the values that came; each (N, horizon), NaN where a value is unknown.

    Attributes:
        log_density: of the values, in nats per unit of the series; of counts, the log of their probability.
        crps: continuous ranked probability score, in the unit of the series.
        below: P(Y < y).
        at_most: P(Y <= y); the same where values are not counts.
    """

    log_density: Floats
    crps: Floats
    below: Floats
    at_most: Floats

    def pit(self, step: int | None = None) -> PitHistogram:
        """The histogram of probability integral transforms, of one step ahead counted from 1, or of all."""
        rows = slice(None) if step is None else step - 1
        return pit_histogram(self.below[:, rows], self.at_most[:, rows])


@dataclass(frozen=True)
class PitHistogram:
    """How often each part of the forecast distributions came true; flat where they are calibrated (Dawid 1984).

    A hill says that they are too wide, a valley that they are too narrow, a slope that they lie too low
    or too high.

    Attributes:
        edges: of the bins, 0 … 1, (K + 1,).
        counts: of the values in each, (K,).
    """

    edges: Floats
    counts: NDArray[np.int64]

    @property
    def expected(self) -> float:
        """Values in each bin if the distributions are calibrated."""
        return float(self.counts.sum() / len(self.counts))

    def to_rows(self) -> list[dict[str, float]]:
        """One row a bin: from, to, count, expected."""
        return [
            {"from": float(low), "to": float(high), "count": int(count), "expected": self.expected}
            for low, high, count in zip(self.edges, self.edges[1:], self.counts, strict=False)
        ]

    def plot(self) -> Figure:
        """Bars, and the height at which 95 of 100 would lie if the distributions were calibrated."""
        figure = new_figure(6, 3.5)
        draw_pit(figure.subplots(), self)
        return figure


def draw_pit(axis: Any, found: PitHistogram) -> None:
    """Draw bars, and the height at which 95 of 100 would lie if the distributions were calibrated."""
    axis.bar(found.edges[:-1], found.counts, np.diff(found.edges), align="edge", color="#0072b2", edgecolor="white")
    share = 1 / len(found.counts)
    spread = 1.96 * np.sqrt(found.counts.sum() * share * (1 - share))
    low, high = found.expected - spread, found.expected + spread
    axis.axhspan(low, high, color="#4d4d4d", alpha=0.2, lw=0, label="calibrated")
    axis.axhline(found.expected, color="#4d4d4d", lw=1)
    axis.set_xlabel("level that came true")
    axis.set_ylabel("values")
    axis.set_xlim(0, 1)
    axis.spines[["top", "right"]].set_visible(False)
    axis.legend(fontsize=9, framealpha=0.8, edgecolor="none")


def pit_histogram(below: ArrayLike, at_most: ArrayLike | None = None, *, bins: int = 10, seed: int = 0) -> PitHistogram:
    """Count the probability integral transforms of values, P(Y <= y).

    Args:
        below: P(Y < y), or for continuous values P(Y <= y), any shape; NaN is left out.
        at_most: P(Y <= y) where values are counts: the transform is drawn between both.
        bins: K.
        seed: of what is drawn.
    """
    levels = np.asarray(below, np.float64).ravel()
    if at_most is not None:
        upper = np.asarray(at_most, np.float64).ravel()
        levels = levels + (upper - levels) * np.random.default_rng(seed).random(len(levels))
    known = levels[~np.isnan(levels)]
    if len(known) and not (known.min() >= 0 and known.max() <= 1):
        raise FrontalError(f"probabilities lie within 0 and 1, got {known.min():g} … {known.max():g}")
    counts, edges = np.histogram(known, bins, (0.0, 1.0))
    return PitHistogram(edges, counts.astype(np.int64))


def _checked(level: float) -> float:
    if not 0 < level < 1:
        raise FrontalError(f"a level lies between 0 and 1, such as 0.8; got {level!r}")
    return level
