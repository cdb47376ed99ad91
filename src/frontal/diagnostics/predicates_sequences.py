"""What a unit may watch in labelled sequences: the class, the answer so far, the place, loudness and pitch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from frontal.diagnostics.predicate import Predicate, Truth

Floats = NDArray[np.floating[Any]]
Holds = Callable[["Steps"], Truth]
SILENCE = 0.01  # of the loudest sample in all sounds: −40 dB
MANY = 30  # classes that are asked for, the most frequent ones


@dataclass(frozen=True)
class Steps:
    """The N steps of captured sequences.

    Attributes:
        labels: number of the right class, (N,); -1 where it is not known.
        answers: number of the likeliest class by then, (N,); -1 where the network does not say.
        position: of each step in its sequence, from 0, (N,).
        lengths: of its sequence, (N,).
        level: loudness of a frame, its greatest sample; mean of a row; value of the first channel; (N,).
        pitch: centre of a frame's spectrum, in bands, (N,).
    """

    labels: NDArray[np.integer[Any]]
    answers: NDArray[np.integer[Any]]
    position: NDArray[np.integer[Any]]
    lengths: NDArray[np.integer[Any]]
    level: Floats
    pitch: Floats

    @property
    def change(self) -> Floats:
        """Of the level from the step before; 0 at the first step of a sequence."""
        return np.where(self.position == 0, 0, np.diff(self.level, prepend=self.level[:1]))


def of_classes(names: Sequence[str], labels: NDArray[np.integer[Any]]) -> tuple[Predicate[Steps], ...]:
    """Ask for the most frequent classes."""
    counts = np.bincount(labels[labels >= 0], minlength=len(names))
    asked = np.sort(np.argsort(-counts, kind="stable")[:MANY]).tolist()
    return tuple(Predicate(f"of class {names[k]}", lambda s, k=k: s.labels == k) for k in asked)


def upper(part: float, of: Callable[[Steps], Floats]) -> Holds:
    """Hold above a quantile of all steps."""
    return lambda steps: of(steps) > np.quantile(of(steps), part)


def lower(part: float, of: Callable[[Steps], Floats]) -> Holds:
    """Hold below a quantile of all steps."""
    return lambda steps: of(steps) < np.quantile(of(steps), part)


def _level(steps: Steps) -> Floats:
    return steps.level


def _pitch(steps: Steps) -> Floats:
    return steps.pitch


def _change(steps: Steps) -> Floats:
    return steps.change


def _predicates(of: dict[str, Holds]) -> tuple[Predicate[Steps], ...]:
    return tuple(Predicate(name, holds) for name, holds in of.items())


ANY: Final = _predicates({
    "its answer is right": lambda s: (s.answers == s.labels) & (s.labels >= 0),
    "its answer is wrong": lambda s: (s.answers != s.labels) & (s.labels >= 0) & (s.answers >= 0),
    "first step of the sequence": lambda s: s.position == 0,
    "first tenth of the sequence": lambda s: s.position < s.lengths / 10,
    "first half of the sequence": lambda s: s.position < s.lengths / 2,
    "last tenth of the sequence": lambda s: s.position >= 9 * s.lengths / 10,
    "beyond the 10th step": lambda s: s.position >= 10,
    "beyond the 30th step": lambda s: s.position >= 30,
    "in a long sequence (upper half)": lambda s: s.lengths > np.median(s.lengths),
})  # fmt: skip

SOUND: Final = _predicates(
    {
        "louder than usual": upper(0.5, _level),
        "loud (highest tenth)": upper(0.9, _level),
        "quiet (lowest tenth)": lower(0.1, _level),
        "silence (below −40 dB)": lambda s: s.level < SILENCE * s.level.max(),
        "getting louder": lambda s: s.change > 0,
        "getting quieter": lambda s: s.change < 0,
        "suddenly louder (highest tenth)": upper(0.9, _change),
        "suddenly quieter (lowest tenth)": lower(0.1, _change),
        "higher than usual": upper(0.5, _pitch),
        "high (highest tenth)": upper(0.9, _pitch),
        "low (lowest tenth)": lower(0.1, _pitch),
    }
)

ROWS: Final = _predicates(
    {
        "an empty row": lambda s: s.level == s.level.min(),
        "much ink (upper half)": upper(0.5, _level),
        "much ink (highest tenth)": upper(0.9, _level),
        "more ink than the row above": lambda s: s.change > 0,
        "less ink than the row above": lambda s: s.change < 0,
    }
)

NUMBERS: Final = _predicates(
    {
        "level in the upper half": upper(0.5, _level),
        "level in the highest tenth": upper(0.9, _level),
        "level in the lowest tenth": lower(0.1, _level),
        "rising": lambda s: s.change > 0,
        "falling": lambda s: s.change < 0,
        "rising steeply (highest tenth)": upper(0.9, _change),
        "falling steeply (lowest tenth)": lower(0.1, _change),
    }
)
