"""What some units do together: their mean trace, and how well each follows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from frontal.diagnostics.capture_read import Capture

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class UnitBlock:
    """K units at n steps.

    Attributes:
        mean: of the units at each step, each turned by its sign, (n,).
        means: of each unit over the steps, not turned, (K,).
        spreads: standard deviation of each, (K,).
        following: Pearson's r of each, turned, with the mean of all, (K,); NaN for one that does not change here.
    """

    mean: Floats
    means: Floats
    spreads: Floats
    following: Floats

    @property
    def agreement(self) -> float:
        """Variance of the mean trace by the mean variance of the units: 1 if all do the same, 1 / K if none do."""
        own = float((self.spreads**2).mean())
        return float(self.mean.var()) / own if own > 0 else float("nan")


def unit_block(capture: Capture, signal: str, units: Sequence[int], steps: slice, signs: Sequence[int]) -> UnitBlock:
    """Describe some units of a signal at some steps, each turned by a sign; reads one unit at a time."""
    turned = list(zip(units, signs, strict=True))
    mean = np.zeros(len(range(*steps.indices(len(capture)))))
    for unit, sign in turned:
        mean += sign * capture.unit(signal, unit, steps) / len(units)
    centred = mean - mean.mean()
    facts: list[tuple[float, float, float]] = []
    for unit, sign in turned:
        values = capture.unit(signal, unit, steps).astype(np.float64)
        power = float(values.std()) * float(centred.std())
        together = sign * float((centred * (values - values.mean())).mean())
        facts.append((float(values.mean()), float(values.std()), together / power if power > 0 else float("nan")))
    return UnitBlock(mean, *np.array(facts).T)
