"""How well the moments of a match tell something that is known: precision and recall, beside what luck gives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from frontal.errors import FrontalError

Truth = NDArray[np.bool_]


@dataclass(frozen=True)
class MatchVerdict:
    """Steps of matches against steps at which something holds, the phrase left out.

    Attributes:
        precision: share of the matched steps at which it holds; NaN without any.
        recall: share of the steps at which it holds that are matched; NaN without any.
        f1: their harmonic mean.
        share: of all steps at which it holds: the precision of as many steps taken by chance.
        marked: share of all steps that are matched: the recall of as many steps taken by chance.
        always: F1 of saying yes everywhere.
    """

    precision: float
    recall: float
    f1: float
    share: float
    marked: float
    always: float


def match_verdict(marked: Truth, holds: Truth, phrase: slice) -> MatchVerdict:
    """Compare matched steps with a track.

    Args:
        marked: whether a step is matched, (N,).
        holds: whether something holds there, (N,).
        phrase: steps on which the units were chosen, which do not count.

    Raises:
        FrontalError: the track is of another length.
    """
    if holds.shape != marked.shape:
        raise FrontalError(f"the track says yes or no at {len(holds)} steps, the data has {len(marked)}")
    counts = np.ones(len(marked), dtype=bool)
    counts[phrase] = False
    said, true = marked[counts], holds[counts]
    both, n = int((said & true).sum()), max(len(said), 1)
    precision, recall = _part(both, int(said.sum())), _part(both, int(true.sum()))
    return MatchVerdict(
        precision, recall, _part(2 * both, int(said.sum() + true.sum())), float(true.sum() / n), float(said.sum() / n),
        _part(2 * int(true.sum()), len(said) + int(true.sum())),
    )  # fmt: skip


def _part(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")
