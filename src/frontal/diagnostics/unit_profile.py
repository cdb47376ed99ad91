"""What one unit does along data: its values, its greatest and its least moments, how long it remembers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from frontal.diagnostics.capture_read import Capture
from frontal.diagnostics.unit_memory import unit_memory
from frontal.errors import FrontalError

BINS = 41
BLOCK = 64  # units at a time
ALIKE = 8  # symbols before a moment that make it another one

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class UnitProfile:
    """One unit of a signal along N steps.

    Attributes:
        signal: layer and state or gate.
        unit: its number.
        values: of the unit, (N,).
        counts, edges: histogram, (41,) and (42,).
        mean, spread: of the values; the spread is the standard deviation.
        half_life: steps after which half of its state is left, by the gate that keeps it; NaN without one.
        correlation: steps after which its correlation with itself has fallen below one half.
        low, high: share of the steps in the lowest and in the highest tenth of its range; NaN without a range.
        top, bottom: steps of the greatest and of the least values, one of each neighbourhood and, in a text, one of
            those behind the same 8 symbols; the most extreme first.
    """

    signal: str
    unit: int
    values: Floats
    counts: NDArray[np.int64]
    edges: Floats
    mean: float
    spread: float
    half_life: float
    correlation: float
    low: float
    high: float
    top: tuple[int, ...]
    bottom: tuple[int, ...]


def unit_profile(capture: Capture, signal: str, unit: int, *, most: int = 12, apart: int = 30) -> UnitProfile:
    """Return what a unit does.

    Args:
        capture: of a model along data.
        signal: name of a state or gate.
        unit: its number.
        most: moments at either end.
        apart: steps within which of two moments only the more extreme one counts.

    Raises:
        FrontalError: there is no such signal or unit.
    """
    known, values = capture.signal(signal), capture.unit(signal, unit)
    memory = unit_memory(capture, known.name, slice(unit, unit + 1))
    counts, edges = np.histogram(values, BINS)
    fresh = np.flatnonzero(capture.track("fresh"))
    symbols = capture.track("symbol") if "symbol" in capture.index.tracks else None
    return UnitProfile(
        known.name, unit, values, counts, edges, float(values.mean(dtype=np.float64)),
        float(values.std(dtype=np.float64)), float(memory.half_life[0]), float(memory.correlation[0]),
        float(memory.low[0]), float(memory.high[0]),
        peaks(values, fresh, most, apart, symbols), peaks(-values, fresh, most, apart, symbols),
    )  # fmt: skip


def peaks(
    values: Floats, fresh: NDArray[np.integer[Any]], most: int, apart: int, symbols: NDArray[Any] | None = None
) -> tuple[int, ...]:
    """Return the steps of the greatest values, none of which has a greater one within `apart` steps of its sequence.

    Args:
        values: (N,); equal ones count from left to right.
        fresh: steps at which sequences begin.
        most: that many at most.
        apart: steps.
        symbols: (N,); behind the same 8 of them only the first moment counts. None: all count.
    """
    if most < 1 or apart < 0:
        raise FrontalError(f"most must be 1 or more and apart 0 or more, got {most} and {apart}")
    left = np.array(values, dtype=np.float64)
    starts = np.unique([0, *fresh.tolist(), len(left)])
    found: list[int] = []
    seen: set[bytes] = set()
    while len(found) < most:
        at = int(left.argmax())
        if left[at] == -np.inf:
            break
        behind = None if symbols is None else symbols[max(at + 1 - ALIKE, 0) : at + 1].tobytes()
        if behind is None or behind not in seen:
            found.append(at)
        if behind is not None:
            seen.add(behind)
        k = int(np.searchsorted(starts, at, side="right"))
        left[max(at - apart, starts[k - 1]) : min(at + apart + 1, starts[k])] = -np.inf
    return tuple(found)


def nearest_units(capture: Capture, signal: str, unit: int, *, most: int = 8) -> tuple[tuple[str, int, float], ...]:
    """Return the units of all states whose values are most correlated with a unit's, either way: signal, unit, r.

    A unit that never changes has no correlation, and is near to none.
    """
    own = _unit_length(capture.unit(signal, unit)[None])[0]  # (N,)
    found: list[tuple[str, int, float]] = []
    for known in (s for s in capture.signals if s.function is None) if own.any() else ():
        for first in range(0, known.units, BLOCK):
            r = _unit_length(capture.values(known.name, slice(first, first + BLOCK))) @ own
            found += [(known.name, first + k, float(value)) for k, value in enumerate(r)]
    name = capture.signal(signal).name
    others = [one for one in found if one[:2] != (name, unit)]
    return tuple(sorted(others, key=lambda one: -abs(one[2]))[:most])


def _unit_length(values: Floats) -> Floats:
    """Return rows without their mean and of length 1, (U, N); a row that never changes becomes 0."""
    values = values - values.mean(1, keepdims=True)
    lengths = np.sqrt(np.einsum("un,un->u", values, values))
    constant = np.ptp(values, axis=1) == 0
    return values / np.where(constant, np.inf, lengths)[:, None]
