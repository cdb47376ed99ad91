"""How often gates stand open and shut (Karpathy et al. 2015, arXiv 1506.02078), and which units do nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from frontal.diagnostics.capture_index import Signal
from frontal.diagnostics.capture_read import Capture

BLOCK = 64  # units at a time
LEFT, RIGHT = 0.1, 0.9  # of the range of a gate: below, and above, it counts as saturated
MOSTLY = 0.99  # share of the steps
STUCK = 0.01  # of the range, within which a stuck gate stays
DEAD = 0.001  # a state that never leaves ± this
UNCHANGED = 0.001  # of the greatest value of the state, within which a unit stays that never changes

Floats = NDArray[np.float64]

RULES = {
    "never opens": f"the gate is never above {LEFT}",
    "never closes": f"the gate is never below {RIGHT}",
    "stuck": f"all values of the gate lie within {STUCK:.0%} of its range",
    "almost always shut": f"the gate is below {LEFT} at {MOSTLY:.0%} of the steps or more",
    "almost always open": f"the gate is above {RIGHT} at {MOSTLY:.0%} of the steps or more",
    "dead": f"the state never leaves ±{DEAD}",
    "never changes": f"all values of the state lie within {UNCHANGED:.1%} of the layer's greatest",
}
"""what raises each alarm"""


@dataclass(frozen=True)
class GateUse:
    """How a gate, or a state, is used.

    Attributes:
        signal: its name.
        left, right: share of the steps at which each unit stands in the lowest and in the highest tenth of the
            gate's range, (U,): below 0.1 and above 0.9 for σ, below −0.8 and above 0.8 for tanh; NaN without ends.
        lowest, highest, mean: of each unit, (U,).
    """

    signal: str
    left: Floats
    right: Floats
    lowest: Floats
    highest: Floats
    mean: Floats


@dataclass(frozen=True)
class Alarm:
    """Something that a unit never does: `rule` is one of `RULES`."""

    rule: str
    signal: str
    unit: int


def gate_use(capture: Capture, signal: str) -> GateUse:
    """Return how often each unit of a gate is left- and right-saturated, and how far it moves."""
    known = capture.signal(signal)
    low, high = thresholds(known)
    parts: list[NDArray[Any]] = []
    for first in range(0, known.units, BLOCK):
        values = capture.values(known.name, slice(first, first + BLOCK))  # (u, N)
        left = np.full(len(values), np.nan) if low is None else (values < low).mean(1)
        right = np.full(len(values), np.nan) if high is None else (values > high).mean(1)
        parts.append(np.stack([left, right, values.min(1), values.max(1), values.mean(1, np.float64)]))
    return GateUse(known.name, *np.concatenate(parts, 1))


def thresholds(signal: Signal) -> tuple[float | None, float | None]:
    """Return below what, and above what, a gate counts as saturated; None at a state, or at an open end."""
    low, high = signal.bounds
    if low is None or high is None or signal.function is None:
        return None, None
    return low + LEFT * (high - low), low + RIGHT * (high - low)


def alarms(capture: Capture, layer: str) -> list[Alarm]:
    """Return what the gates and units of a layer never do, the gravest alone where several hold."""
    signals = [signal for signal in capture.signals if signal.layer == layer]
    return [alarm for signal in signals for alarm in alarms_of(signal, gate_use(capture, signal.name))]


def alarms_of(signal: Signal, use: GateUse) -> list[Alarm]:
    """Return what the units of one gate, or of one state, never do."""
    rules = _of_state(use) if signal.function is None else _of_gate(use, signal)
    return [Alarm(rule, signal.name, unit) for unit, rule in enumerate(rules) if rule]


def _of_gate(use: GateUse, signal: Signal) -> list[str]:
    low, high = signal.bounds
    if low is None or high is None:
        return [""] * len(use.lowest)
    below, above = thresholds(signal)
    opens = signal.bounds == (0, 1)  # only such a gate lets more or less through
    conditions = [
        ("never opens", opens & (use.highest <= (below or 0))),
        ("never closes", opens & (use.lowest >= (above or 0))),
        ("stuck", use.highest - use.lowest <= STUCK * (high - low)),
        ("almost always shut", opens & (use.left >= MOSTLY)),
        ("almost always open", opens & (use.right >= MOSTLY)),
    ]
    return _first(conditions, len(use.lowest))


def _of_state(use: GateUse) -> list[str]:
    greatest = np.abs([use.lowest, use.highest]).max(0)
    conditions = [
        ("dead", greatest <= DEAD),
        ("never changes", use.highest - use.lowest <= UNCHANGED * greatest.max()),
    ]
    return _first(conditions, len(use.lowest))


def _first(conditions: list[tuple[str, NDArray[np.bool_]]], units: int) -> list[str]:
    return [next((rule for rule, holds in conditions if holds[unit]), "") for unit in range(units)]
