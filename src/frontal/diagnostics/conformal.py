"""Conformal intervals: as wide as the errors made on values that were not learned say."""

from __future__ import annotations

import numpy as np

from frontal.diagnostics.accuracy import Floats, Indices
from frontal.errors import FrontalError

RATE = 0.02  # of adaptation; Gibbs & Candès use 0.005, for series of thousands of steps
REMEMBERED = 500  # scores of the past that an adaptive interval looks back on


def split_radius(scores: Floats, level: float) -> Floats:
    """The smallest radius that covers with probability `level`, per column (Papadopoulos et al. 2002).

    Of n scores, the ceil((n + 1) level)-th smallest: if the next score is exchangeable with these, it lies
    within with probability `level` to `level` + 1 / (n + 1), whatever the distribution. Where n is too small
    for the level to be reached at all, the largest score.

    Args:
        scores: (n, …), such as absolute errors; NaN is left out.
        level: 0 to 1.

    Returns:
        (…), NaN where a column has no score.
    """
    return _ranked(np.sort(np.asarray(scores, np.float64), axis=0), np.full(scores.shape[1:], _checked(level)))


def adaptive_radius(
    past: Floats, scores: Floats, level: float, *, delays: Indices | None = None, rate: float = RATE
) -> Floats:
    """Radii that follow a series: wider after a miss, narrower after a hit (Gibbs & Candès 2021).

        α ← α + rate (1 - level - missed)

    Over a long stretch the share of misses comes to 1 - level, whatever the series does, as long as
    the radius it takes is among the scores seen. Columns are independent. A score counts once it is
    known: the one of row i, column h from row i + delays[h] on.

    Args:
        past: (n, H) scores known before the first row, in the order of time, NaN where unknown.
        scores: (N, H) of the rows to find radii for, in the order of time; NaN where never known.
        level: 0 to 1.
        delays: rows until a score of each column is known, (H,), 1 or more; by default 1.
        rate: of adaptation; 0 for none.

    Returns:
        (N + 1, H): a radius for each row, and one for the row that comes next.
    """
    n, H = past.shape
    waits = np.ones(H, np.intp) if delays is None else delays
    alpha, radii = np.full(H, 1 - _checked(level)), np.empty((len(scores) + 1, H))
    whole = np.concatenate([past, scores])  # (n + N, H)
    columns = np.arange(H)
    for row in range(len(scores) + 1):
        known = row - waits  # the latest row whose score is known, by column
        at, fresh = np.maximum(known, 0), known >= 0
        if row:
            score = np.where(fresh, whole[n + at, columns], np.nan)
            missed = score > radii[at, columns]
            alpha = np.where(np.isnan(score), alpha, alpha + rate * (1 - level - missed))
        radii[row] = _ranked(_window(whole, n + np.maximum(known, -1)), 1 - alpha)
    return radii


def _window(whole: Floats, last: Floats) -> Floats:
    """The scores up to and with `last` (H,) in each column, sorted, at most REMEMBERED of them."""
    at = np.arange(1 - REMEMBERED, 1)[:, None] + last  # (REMEMBERED, H)
    seen = np.take_along_axis(whole, np.maximum(at, 0), 0) if len(whole) else np.empty((0, whole.shape[1]))
    return np.sort(np.where(at >= 0, seen, np.nan), axis=0)


def _ranked(ordered: Floats, level: Floats) -> Floats:
    """The ceil((n + 1) level)-th smallest of each column of sorted scores (n, …), NaN last; levels (…).

    A level out of reach has the largest, a level of 0 or less the smallest.
    """
    if not len(ordered):
        return np.full(ordered.shape[1:], np.nan)
    counts = (~np.isnan(ordered)).sum(0)
    rank = np.clip(np.ceil((counts + 1) * level - 1e-9), 1, np.maximum(counts, 1)).astype(np.intp)
    return np.take_along_axis(ordered, rank[None] - 1, 0)[0]


def _checked(level: float) -> float:
    if not 0 < level < 1:
        raise FrontalError(f"a level lies between 0 and 1, such as 0.8; got {level!r}")
    return level
