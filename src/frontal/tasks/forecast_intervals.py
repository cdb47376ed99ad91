"""How wide the intervals are, learned from values that the networks had not learned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from frontal.data.representation import Floats
from frontal.diagnostics.conformal import split_radius

LEVELS = (80, 95)  # percent of coming values that the intervals should cover


@dataclass
class Calibration:
    """What the errors on values that were not learned say about intervals and surprises.

    Attributes:
        error: typical error by step ahead, in working units, (horizon,).
        factor: half-width of the interval of each of `LEVELS`, in typical errors, (L,).
        scores: how far each value that was not learned lay outside the bounds of each level, negative
            within, in working units, (L, N, horizon) in the order of time, NaN where unknown; the bounds
            are those of the likelihood, or without one the forecast itself. N = 0 unless asked for.
        ordinary: one-step surprises of the values that were not learned, (N,).
    """

    error: Floats
    factor: Floats
    scores: Floats
    ordinary: Floats

    @classmethod
    def empty(cls, horizon: int) -> Self:
        """Before training."""
        levels = len(LEVELS)
        return cls(np.zeros(horizon), np.zeros(levels), np.empty((levels, 0, horizon)), np.empty(0))

    @property
    def radius(self) -> Floats:
        """Split-conformal: what the bounds of each level are moved outwards by, (L, horizon), working units."""
        found = [split_radius(scores, level / 100) for level, scores in zip(LEVELS, self.scores, strict=True)]
        return np.stack([grown(radius) for radius in found])

    def learn_errors(self, errors: Floats) -> None:
        """Learn the widths from errors (N, horizon), NaN where unknown: one factor for all steps, scaled by step.

        Steps that never were known take the nearest earlier one's error, those beyond all known ones
        grow with √steps.
        """
        known = ~np.isnan(errors)
        columns = known.any(axis=0)
        typical = np.full(errors.shape[1], np.nan)
        typical[columns] = np.sqrt(np.nanmean(errors[:, columns] ** 2, axis=0))
        self.error = grown(typical, rising=True)
        relative = np.abs(errors) / np.where(self.error > 0, self.error, 1.0)
        count = known.sum(axis=0).max()
        self.factor = np.nanquantile(relative, [min(1.0, level / 100 * (count + 1) / count) for level in LEVELS])


def grown(by_step: Floats, *, rising: bool = False) -> Floats:
    """Fill the NaN of widths by step ahead (horizon,): from the step before, at the end by √steps, all unknown 0.

    Args:
        by_step: NaN where unknown.
        rising: no step has less than the one before.
    """
    known = np.flatnonzero(~np.isnan(by_step))
    if not len(known):
        return np.zeros_like(by_step)
    steps = np.arange(len(by_step))
    latest = known[np.maximum(np.searchsorted(known, steps, side="right") - 1, 0)]
    filled = by_step[latest]
    if rising:
        filled = np.maximum.accumulate(filled)
    return filled * np.sqrt(np.maximum(1, (steps + 1) / (known[-1] + 1)))


def outside(worked: Floats, lower: Floats, upper: Floats) -> Floats:
    """How far values lie outside bounds, negative within: conformalised quantiles (Romano et al. 2019)."""
    return np.maximum(lower - worked, worked - upper)
