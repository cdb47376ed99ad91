"""Which unit watches what: quotes, brackets, the weekday … found by itself, scored on data it was not chosen on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from frontal.diagnostics.auc import areas
from frontal.diagnostics.capture_read import Capture
from frontal.diagnostics.frame import frame_of
from frontal.diagnostics.neurons_plot import draw
from frontal.diagnostics.predicate import Truth
from frontal.diagnostics.unit_memory import unit_memory
from frontal.errors import FrontalError

BLOCK = 64  # units at a time
RARE = 20  # steps of each half at which something must hold, and must not
SHIFTS = 8  # of the labels, for the control

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Watcher:
    """A unit, and what it tells.

    Attributes:
        signal: layer and state, "layers.0/h".
        unit: its number.
        predicate: what it watches best.
        area: under the ROC curve on the second half of the data; the unit was chosen on the first.
        control: the same with labels that were moved along the data, the mean of 8 times: near 0.5.
        sign: 1 if the unit is greater where the predicate holds, -1 if it is smaller.
        share: of the steps at which the predicate holds.
        half_life: steps after which half of the unit's state is left, by the gate that keeps it; NaN without one.
        correlation: steps after which its correlation with itself has fallen below one half.
        saturated: share of the steps at which it stands in the lowest or highest tenth of its range; NaN without one.
    """

    signal: str
    unit: int
    predicate: str
    area: float
    control: float
    sign: int
    share: float
    half_life: float
    correlation: float
    saturated: float


@dataclass(frozen=True)
class Neurons:
    """What the units of a network watch.

    Attributes:
        best: for each predicate the unit that tells it best, by area.
        units: for each unit the predicate that it tells best, by area.
        rare: predicates that hold, or fail, too seldom to be told.
    """

    best: tuple[Watcher, ...]
    units: tuple[Watcher, ...]
    rare: tuple[str, ...]

    def of(self, predicate: str) -> Watcher:
        """Return the unit that tells a predicate best; an unknown or rare one raises `FrontalError`."""
        for watcher in self.best:
            if watcher.predicate == predicate:
                return watcher
        why = "holds, or fails, too seldom here" if predicate in self.rare else "was not asked for"
        raise FrontalError(f"{predicate!r} {why}; there are {', '.join(repr(w.predicate) for w in self.best)}")

    def to_frame(self) -> Any:
        """Return a table, a row a unit."""
        return frame_of({name: np.array([getattr(w, name) for w in self.units]) for name in Watcher.__annotations__})

    def plot(self) -> Figure:
        """Draw the best unit of each predicate, its area beside the control's."""
        return draw(self.best)

    def __str__(self) -> str:
        width = max((len(w.predicate) for w in self.best), default=0)
        return "\n".join(
            f"{w.predicate:<{width}}  {w.signal} {w.unit:>4} {'+' if w.sign > 0 else '-'}  "
            f"area {w.area:.3f}  control {w.control:.3f}  holds at {w.share:.1%}"
            for w in self.best
        )


def neurons(
    capture: Capture, truths: Mapping[str, Truth], *, signals: Sequence[str] | None = None, seed: int = 0
) -> Neurons:
    """Rank the units of a capture by how well each tells where predicates hold.

    The unit is chosen, and its sign, on the first half of the steps, and scored on the second. The
    control keeps everything but where the predicate holds: its labels are moved along the second
    half, so that they are as long and as many as before.

    Args:
        capture: of a model along data.
        truths: where each predicate holds, bool (N,), by name.
        signals: names of states or gates; by default every layer's states.
        seed: of the control.

    Raises:
        FrontalError: nothing to ask, or all of it too rare.
    """
    chosen = [capture.signal(name) for name in signals or [s.name for s in capture.signals if s.function is None]]
    half = len(capture) // 2
    parts = slice(0, half), slice(half, 2 * half)
    frequent = [name for name, held in truths.items() if all(_frequent(held[part]) for part in parts)]
    rare = tuple(name for name in truths if name not in frequent)
    if not frequent:
        raise FrontalError(
            f"{capture.index.name}: nothing that was asked for holds often enough to be told; each needs {RARE} steps "
            f"in either half of the {len(capture)}, and as many without"
        )
    labels = np.stack([truths[name] for name in frequent])  # (P, N)
    shifted = _shifted(labels[:, parts[1]], np.random.default_rng(seed))  # (SHIFTS · P, half)
    kept: list[tuple[str, int]] = []
    memories: list[tuple[float, float, float]] = []
    scores: list[tuple[Floats, Floats, Floats]] = []
    for signal in chosen:
        memory = unit_memory(capture, signal.name)
        memories += zip(memory.half_life, memory.correlation, memory.low + memory.high, strict=True)
        for first in range(0, signal.units, BLOCK):
            units = slice(first, min(first + BLOCK, signal.units))
            earlier, later = (capture.values(signal.name, units, part).astype(np.float16) for part in parts)
            control = areas(later, shifted).reshape(len(later), SHIFTS, -1).mean(1)
            scores.append((areas(earlier, labels[:, parts[0]]), areas(later, labels[:, parts[1]]), control))
            kept += [(signal.name, unit) for unit in range(units.start, units.stop)]
    learned, scored, control = (np.concatenate(part) for part in zip(*scores, strict=True))  # (U, P)
    strength = np.abs(learned - 0.5)

    def watcher(unit: int, predicate: int) -> Watcher:
        sign = 1 if learned[unit, predicate] >= 0.5 else -1
        area, other = (a if sign > 0 else 1 - a for a in (scored[unit, predicate], control[unit, predicate]))
        name = frequent[predicate]
        return Watcher(
            *kept[unit], name, float(area), float(other), sign, float(truths[name].mean()), *map(float, memories[unit])
        )

    by_predicate = [watcher(int(strength[:, p].argmax()), p) for p in range(len(frequent))]
    by_unit = [watcher(u, int(strength[u].argmax())) for u in range(len(kept))]
    return Neurons(_sorted(by_predicate), _sorted(by_unit), rare)


def _sorted(watchers: list[Watcher]) -> tuple[Watcher, ...]:
    return tuple(sorted(watchers, key=lambda watcher: -watcher.area))


def _frequent(held: Truth) -> bool:
    return RARE <= int(held.sum()) <= len(held) - RARE


def _shifted(labels: NDArray[np.bool_], generator: np.random.Generator) -> NDArray[np.bool_]:
    """Return labels, (P, n), moved round by far, several times: (SHIFTS · P, n)."""
    n = labels.shape[1]
    return np.concatenate([np.roll(labels, int(generator.integers(n // 4, n - n // 4)), 1) for _ in range(SHIFTS)])
