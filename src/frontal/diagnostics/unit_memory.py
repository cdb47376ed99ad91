"""How long each unit of a network remembers, and how often it stands at its ends, from a capture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from frontal.diagnostics.capture_index import Signal
from frontal.diagnostics.capture_read import Capture

BLOCK = 64  # units at a time
LONGEST = 1000  # steps up to which a correlation is looked for
END = 0.1  # share of a range that counts as its end
LEAST = 1e-6  # of what a gate keeps in a step

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class UnitMemory:
    """The units of one state or gate.

    Attributes:
        signal: its name.
        half_life: steps after which half of a unit's state is left, by the gate that keeps it, (U,); infinite
            where nothing is lost, NaN where the cell has no such gate.
        correlation: steps after which a unit's correlation with itself has fallen below one half, (U,);
            infinite where it has not within 1000 steps, NaN for a unit that never changes.
        low, high: share of the steps at which a unit stands in the lowest and in the highest tenth of its
            range, (U,): 0 .. 1 and -1 .. 1 for gates, -1 .. 1 for a state that never leaves it, NaN for others.
    """

    signal: str
    half_life: Floats
    correlation: Floats
    low: Floats
    high: Floats


def unit_memory(capture: Capture, signal: str, units: slice = slice(None)) -> UnitMemory:
    """Return how long units of a signal remember, and how often they are saturated.

    The half-life is ln ½ / mean(ln k), where k is what the gate keeps of the state in a step: products
    of many steps follow the geometric mean. A sequence that begins anew does not go on from the one before.
    """
    known = capture.signal(signal)
    gate = _keeper(capture, known)
    parts: list[tuple[Floats, ...]] = []
    fresh = np.flatnonzero(capture.track("fresh"))
    start, stop, _ = units.indices(known.units)
    for first in range(start, stop, BLOCK):
        block = slice(first, min(first + BLOCK, stop))
        values = capture.values(known.name, block).astype(np.float64)
        kept = None if gate is None else capture.values(gate.name, block)
        parts.append((_half_life(kept, gate, len(values)), _correlation(values, fresh), *_ends(values, known)))
    return UnitMemory(known.name, *(np.concatenate(part) for part in zip(*parts, strict=True)))


def half_lives(capture: Capture, signal: str) -> tuple[str | None, Floats]:
    """Return the gate that keeps the states of a signal's layer, and the half-life by it as `unit_memory` does, (U,).

    None, and NaN, where the cell has no such gate.
    """
    known = capture.signal(signal)
    gate = _keeper(capture, known)
    if gate is None:
        return None, np.full(known.units, np.nan)
    blocks = [slice(first, min(first + BLOCK, known.units)) for first in range(0, known.units, BLOCK)]
    parts = [_half_life(capture.values(gate.name, units), gate, units.stop - units.start) for units in blocks]
    return gate.name, np.concatenate(parts)


def _keeper(capture: Capture, known: Signal) -> Signal | None:
    """Return the gate that keeps the states of a signal's layer; None where there is not one for each unit."""
    gates = [s for s in capture.signals if s.layer == known.layer and s.keeping and s.units == known.units]
    return gates[0] if len(gates) == 1 else None


def _half_life(values: NDArray[Any] | None, gate: Signal | None, units: int) -> Floats:
    if values is None or gate is None:
        return np.full(units, np.nan)
    keeps = values if gate.keeping > 0 else 1 - values
    lost = np.log(np.clip(keeps, LEAST, 1).astype(np.float64)).mean(1)
    with np.errstate(divide="ignore"):
        return np.where(lost < 0, np.log(0.5) / lost, np.inf)


def _correlation(values: Floats, fresh: NDArray[np.integer[Any]]) -> Floats:
    """Return the first lag at which the correlation of each unit with itself is below one half."""
    longest = min(LONGEST, values.shape[1] - 1)
    covariances = _of_one(values, longest) if len(fresh) <= 1 else _of_many(values, fresh, longest)
    power = np.where(covariances[:, :1] > 0, covariances[:, :1], np.nan)  # NaN for a unit that never changes
    fallen = covariances[:, 1:] < power / 2
    first = np.where(fallen.any(1), fallen.argmax(1) + 1.0, np.inf)
    return np.where(np.isnan(power[:, 0]), np.nan, first)


def _of_one(values: Floats, longest: int) -> Floats:
    """Return the covariance of each unit with itself at lags 0 .. longest, (U, longest + 1), of one sequence."""
    n = values.shape[1]
    size = 1 << (n + longest).bit_length()
    found = np.empty((len(values), longest + 1))
    for unit, row in enumerate(values):
        spectrum = np.fft.rfft(row - row.mean(), size)
        found[unit] = np.fft.irfft(np.abs(spectrum) ** 2, size)[: longest + 1]
    found[np.ptp(values, axis=1) == 0] = 0  # not the rounding errors of a constant
    return found / (n - np.arange(longest + 1))


def _of_many(values: Floats, fresh: NDArray[np.integer[Any]], longest: int) -> Floats:
    """Return the same of sequences that begin at `fresh`, over pairs of steps within one."""
    n = values.shape[1]
    sequence = np.searchsorted(fresh, np.arange(n), side="right")
    lags = min(longest, int(np.diff(np.append(fresh, n)).max()) - 1)
    centred = values - values.mean(1, keepdims=True)
    found = np.empty((len(values), lags + 1))
    for lag in range(lags + 1):
        same = sequence[lag:] == sequence[: n - lag]
        found[:, lag] = (centred[:, lag:] * centred[:, : n - lag])[:, same].mean(1)
    return found


def _ends(values: Floats, known: Signal) -> tuple[Floats, Floats]:
    low, high = known.bounds
    if known.function is None and known.lowest >= -1 and known.highest <= 1:
        low, high = -1.0, 1.0
    if low is None or high is None:
        nothing = np.full(len(values), np.nan)
        return nothing, nothing
    margin = END * (high - low)
    return (values < low + margin).mean(1), (values > high - margin).mean(1)
