"""Units that are active along a phrase and only there, and the other moments at which the same ones are.

The query of LSTMVis (Strobelt, Gehrmann, Pfister & Rush 2018), for states of either sign and any data.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from frontal.diagnostics.capture_index import BAND
from frontal.diagnostics.capture_read import Capture
from frontal.errors import FrontalError

CHUNK = 4096  # steps that are read at a time
ENOUGH = 3  # units

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Truth = NDArray[np.bool_]


@dataclass(frozen=True)
class Pattern:
    """Units that tell a phrase from what stands beside it.

    Attributes:
        signal: layer and state or gate.
        first, stop: the phrase.
        threshold: a unit is active at a value of at least this, or, where its sign is -1, of at most minus this.
        part: share of the phrase's steps at which a unit must be active.
        left, right: whether a unit must not be active at the step before the phrase, and at the one behind it.
        units, signs: the set, each (m,).
    """

    signal: str
    first: int
    stop: int
    threshold: float
    part: float
    left: bool
    right: bool
    units: Ints
    signs: Ints


@dataclass(frozen=True)
class Matches:
    """Runs of steps along which enough of a pattern's units are active, the best first.

    Attributes:
        first, stop: of each run, (M,).
        score: (share of the set that is active inside − share beside the run, on the sides that count) times how
            alike the lengths of run and phrase are, shorter / longer: 1 for the phrase again, (M,).
        counts: how many units of the set are active, (N,); of steps that were not read 0.
        read: steps that were read.
    """

    first: Ints
    stop: Ints
    score: Floats
    counts: Ints
    read: int

    def __len__(self) -> int:
        return len(self.first)

    def marked(self) -> Truth:
        """Return whether a step lies in a match, (N,)."""
        edges = np.zeros(len(self.counts) + 1, dtype=np.int64)
        np.add.at(edges, self.first, 1)
        np.add.at(edges, self.stop, -1)
        return edges.cumsum()[:-1] > 0


def pattern(
    capture: Capture, signal: str, phrase: slice, threshold: float, *, part: float = 1.0, left: bool = True,
    right: bool = True,
) -> Pattern:  # fmt: skip
    """Return the units that are active along a phrase, and only there.

    Args:
        capture: of a model along data.
        signal: name of a state or gate.
        phrase: steps within one sequence.
        threshold: above 0.
        part: share of the phrase's steps at which a unit must be active, above 0 and up to 1.
        left, right: whether the step before, and the one behind, must not be active; where a sequence begins or
            ends there is none.

    Raises:
        FrontalError: the phrase is empty or runs across the beginning of a sequence, the threshold is not above 0,
            or no unit is left.
    """
    first, stop, _ = phrase.indices(len(capture))
    if threshold <= 0:
        raise FrontalError(f"the threshold must be above 0, got {threshold:g}")
    inside, outside = _levels(capture, signal, first, stop, part, left=left, right=right)
    chosen = (inside >= threshold) & (outside < threshold)  # (2, U): as it is, and turned round
    signs, units = np.nonzero(chosen)
    if not len(units):
        known = capture.signal(signal)
        raise FrontalError(
            f"no unit of {known.name} is active at {threshold:.3g} along {part:.0%} of steps {first} to {stop - 1} and "
            f"not beside them; lower the threshold (the first unit is active at {float(inside.max()):.3g}) or the "
            "share, take another phrase, or let units be active on a side"
        )
    return Pattern(capture.signal(signal).name, first, stop, threshold, part, left, right, units, 1 - 2 * signs)


def likely_threshold(
    capture: Capture, signal: str, phrase: slice, *, part: float = 1.0, left: bool = True, right: bool = True
) -> float:
    """Return the greatest threshold at which a phrase has three units to itself, or as many as there ever are.

    Raises:
        FrontalError: as `pattern`, also where every threshold leaves no unit.
    """
    first, stop, _ = phrase.indices(len(capture))
    inside, outside = (x.ravel() for x in _levels(capture, signal, first, stop, part, left=left, right=right))
    found = inside[(inside > 0) & (outside < inside)]
    if not len(found):
        raise FrontalError(
            f"no unit of {capture.signal(signal).name} is more active along {part:.0%} of steps {first} to {stop - 1} "
            "than beside them; lower the share, take another phrase, or let units be active on a side"
        )
    levels = np.unique(found)[::-1]
    remaining = ((inside >= levels[:, None]) & (outside < levels[:, None])).sum(1)
    return float(levels[(remaining >= min(ENOUGH, remaining.max())).argmax()])


def matches(capture: Capture, wanted: Pattern, *, share: float = 1.0, bridge: int = 0, fast: bool = True) -> Matches:
    """Return all longest runs of steps at which at least a share of a pattern's units are active.

    A run ends where a sequence does, and reaches over gaps of `bridge` steps or fewer. Fast leaves out the
    bands of 64 steps whose least and greatest values say that too few units can be active; it finds the same.

    Args:
        capture: of a model along data; also of another one than the pattern's.
        wanted: what `pattern` returned.
        share: of the units that must be active, above 0 and up to 1.
        bridge: steps in a row, between two runs, at which fewer may be active.
        fast: whether to look at the overview first.
    """
    if not 0 < share <= 1:
        raise FrontalError(f"the share of the units must be above 0 and at most 1, got {share:g}")
    need = int(np.ceil(share * len(wanted.units) - 1e-9))
    N = len(capture)
    possible = _possible(capture, wanted) >= need if fast else np.ones(-(-N // BAND), dtype=bool)
    counts, read = np.zeros(N, dtype=np.int64), 0
    for first, stop in _ranges(possible, N, max(bridge, 1)):
        counts[first:stop] = active(capture, wanted, slice(first, stop))
        read += stop - first
    fresh = capture.track("fresh")
    begins, ends = _bridged(*_runs(counts >= need, fresh), fresh, bridge)
    score = _score(wanted, counts, begins, ends, fresh)
    order = np.lexsort((begins, -score.round(12)))
    return Matches(begins[order], ends[order], score[order], counts, read)


def active(capture: Capture, wanted: Pattern, steps: slice) -> Ints:
    """Return how many units of a pattern are active at some steps, (n,)."""
    low, high = int(wanted.units.min()), int(wanted.units.max()) + 1
    values = capture.values(wanted.signal, slice(low, high), steps)[wanted.units - low]
    return (values * wanted.signs[:, None] >= wanted.threshold).sum(0)


def _levels(
    capture: Capture, signal: str, first: int, stop: int, part: float, *, left: bool, right: bool
) -> tuple[Floats, Floats]:
    """Return up to which threshold units are active inside a phrase, and beside it, each (2, U): ± the values."""
    fresh = capture.track("fresh")
    if first >= stop:
        raise FrontalError(f"the phrase is empty: steps {first} to {stop}")
    if not 0 < part <= 1:
        raise FrontalError(f"the share of the phrase's steps must be above 0 and at most 1, got {part:g}")
    if fresh[first + 1 : stop].any():
        raise FrontalError(f"the phrase, steps {first} to {stop - 1}, runs across the beginning of a sequence")
    before = left and first > 0 and not fresh[first]
    behind = right and stop < len(capture) and not fresh[stop]
    values = capture.values(signal, slice(None), slice(first - before, stop + behind))
    both = np.stack([values, -values]).astype(np.float64)  # (2, U, n)
    needed = max(int(np.ceil(part * (stop - first) - 1e-9)), 1)  # steps
    inside = np.sort(both[..., before : both.shape[-1] - behind], -1)[..., -needed]
    beside = [both[..., 0]] * before + [both[..., -1]] * behind
    return inside, np.maximum.reduce(beside) if beside else np.full_like(inside, -np.inf)


def _possible(capture: Capture, wanted: Pattern) -> Ints:
    """Return how many units of a pattern may be active somewhere in each band, (N / 64,)."""
    low, high = capture.overview(wanted.signal)
    greatest = np.where(wanted.signs[:, None] > 0, high[wanted.units], -low[wanted.units])
    return (greatest >= wanted.threshold).sum(0)


def _ranges(bands: Truth, N: int, more: int) -> list[tuple[int, int]]:
    """Return steps of neighbouring bands and some more on either side, no more than 4096 at a time."""
    begins, ends = _runs(bands, np.zeros(len(bands), dtype=bool))
    found: list[tuple[int, int]] = []
    for begin, end in zip(begins * BAND - more, ends * BAND + more, strict=True):
        first, stop = max(int(begin), 0), min(int(end), N)
        found += [(at, min(at + CHUNK, stop)) for at in range(first, stop, CHUNK)]
    return found


def _runs(held: Truth, fresh: Truth) -> tuple[Ints, Ints]:
    """Return beginning and end of each longest run, cut where a sequence begins."""
    before, behind = np.r_[False, held[:-1]], np.r_[held[1:], False]
    begins = held & (~before | fresh)
    ends = held & (~behind | np.r_[fresh[1:], False])
    return np.flatnonzero(begins), np.flatnonzero(ends) + 1


def _bridged(begins: Ints, ends: Ints, fresh: Truth, bridge: int) -> tuple[Ints, Ints]:
    """Join runs of one sequence between which there are few steps."""
    sequence = fresh.cumsum()
    apart = (begins[1:] - ends[:-1] > bridge) | (sequence[begins[1:]] != sequence[ends[:-1] - 1])
    return begins[np.r_[True, apart][: len(begins)]], ends[np.r_[apart, True][: len(ends)]]


def _score(wanted: Pattern, counts: Ints, begins: Ints, ends: Ints, fresh: Truth) -> Floats:
    m, N = len(wanted.units), len(counts)
    total = np.r_[0, counts.cumsum()]
    lengths = ends - begins
    inside = (total[ends] - total[begins]) / (lengths * m)
    before = np.where((begins > 0) & ~fresh[begins], counts[begins - 1], 0) / m
    at = np.minimum(ends, N - 1)
    behind = np.where((ends < N) & ~fresh[at], counts[at], 0) / m
    sides = wanted.left + wanted.right
    beside = (wanted.left * before + wanted.right * behind) / max(sides, 1)
    phrase = wanted.stop - wanted.first
    return (inside - beside) * np.minimum(lengths, phrase) / np.maximum(lengths, phrase)
