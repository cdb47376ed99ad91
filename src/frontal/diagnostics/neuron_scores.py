"""How well every unit tells every predicate, on data that the sign was not chosen on, beside a control."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from frontal.diagnostics.auc import areas
from frontal.diagnostics.capture_read import Capture
from frontal.diagnostics.predicate import Truth
from frontal.diagnostics.unit_memory import unit_memory
from frontal.errors import FrontalError

BLOCK = 64  # units at a time
RARE = 20  # steps of each half at which something must hold, and must not
SHIFTS = 8  # of the labels, for the control
REMEMBERS = 10  # steps over which the values of a unit that holds something are alike
SURE, LEAD = 0.8, 0.2  # least area, and least lead over the control, with which a unit tells something

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

    @property
    def lead(self) -> float:
        """How far the area is above the control, or above chance where the control is below."""
        return self.area - max(self.control, 0.5)


@dataclass(frozen=True)
class Scores:
    """U units and P predicates.

    Attributes:
        places: signal and number of each unit.
        predicates: that hold, and fail, often enough.
        rare: those that do not.
        shares: of the steps at which each predicate holds, (P,).
        learned: areas under the ROC curve on the first half of the data, (U, P).
        scored: the same on the second half, (U, P).
        control: the same with labels that were moved along, (U, P).
        memories: half-life, correlation and saturation of each unit, (U, 3).
    """

    places: tuple[tuple[str, int], ...]
    predicates: tuple[str, ...]
    rare: tuple[str, ...]
    shares: Floats
    learned: Floats
    scored: Floats
    control: Floats
    memories: Floats

    @property
    def strength(self) -> Floats:
        """How far the first half's areas are from chance, either way, (U, P)."""
        return np.abs(self.learned - 0.5)

    def watcher(self, unit: int, predicate: int) -> Watcher:
        """Return what was found about a unit and a predicate, each by its index."""
        sign = 1 if self.learned[unit, predicate] >= 0.5 else -1
        both = (self.scored[unit, predicate], self.control[unit, predicate])
        area, control = (float(a if sign > 0 else 1 - a) for a in both)
        half_life, correlation, saturated = map(float, self.memories[unit])
        return Watcher(
            *self.places[unit], self.predicates[predicate], area, control, sign, float(self.shares[predicate]),
            half_life, correlation, saturated,
        )  # fmt: skip

    def ranking(self, predicate: str, most: int) -> tuple[Watcher, ...]:
        """Return the units that tell a predicate best on the first half; an unknown or rare one raises."""
        if predicate not in self.predicates:
            why = "holds, or fails, too seldom here" if predicate in self.rare else "was not asked for"
            raise FrontalError(f"{predicate!r} {why}; there are {', '.join(map(repr, self.predicates))}")
        p = self.predicates.index(predicate)
        return tuple(self.watcher(int(u), p) for u in np.argsort(-self.strength[:, p], kind="stable")[:most])

    def telling(self, signal: str | None = None) -> tuple[Watcher, ...]:
        """Return units that tell something, the most telling first, each once; of one signal, or of all.

        Each is the best of its predicate. Those whose values stay alike for ten steps and more come
        first: the others answer to what was just read.
        """
        among = [u for u, (name, _) in enumerate(self.places) if signal in (None, name)]
        best = [self.watcher(among[int(k)], p) for p, k in enumerate(self.strength[among].argmax(0))]
        sure = [watcher for watcher in best if watcher.area > SURE and watcher.lead > LEAD]
        sure.sort(key=lambda watcher: (watcher.correlation < REMEMBERS, -watcher.lead))
        firsts: dict[tuple[str, int], Watcher] = {}
        for watcher in sure:
            firsts.setdefault((watcher.signal, watcher.unit), watcher)
        return tuple(firsts.values())

    def of_unit(self, signal: str, unit: int) -> tuple[Watcher, ...]:
        """Return what a unit tells, the best on the first half first."""
        u = self.places.index((signal, unit))
        return tuple(self.watcher(u, int(p)) for p in np.argsort(-self.strength[u], kind="stable"))


def scores(
    capture: Capture, truths: Mapping[str, Truth], *, signals: Sequence[str] | None = None,
    units: slice = slice(None), seed: int = 0, progress: Callable[[float], None] | None = None,
) -> Scores:  # fmt: skip
    """Score units at telling where predicates hold; see `frontal.diagnostics.neurons.neurons`.

    Args:
        capture: of a model along data.
        truths: where each predicate holds, bool (N,), by name.
        signals: names of states or gates; by default every layer's states.
        units: of each signal.
        seed: of the control.
        progress: called with the share that is done.

    Raises:
        FrontalError: nothing to ask, or all of it too rare.
    """
    half = len(capture) // 2
    parts = slice(0, half), slice(half, 2 * half)
    frequent = [name for name, held in truths.items() if all(_frequent(held[part]) for part in parts)]
    if not frequent:
        raise FrontalError(
            f"{capture.index.name}: nothing that was asked for holds often enough to be told; each needs {RARE} steps "
            f"in either half of the {len(capture)}, and as many without"
        )
    labels = np.stack([truths[name] for name in frequent])  # (P, N)
    shifted = _shifted(labels[:, parts[1]], np.random.default_rng(seed))  # (SHIFTS · P, half)
    blocks = list(_blocks(capture, signals, units))
    kept: list[tuple[str, int]] = []
    found: list[tuple[Floats, Floats, Floats, Floats]] = []
    for done, (signal, block) in enumerate(blocks, 1):
        memory = unit_memory(capture, signal, block)
        memories = np.stack([memory.half_life, memory.correlation, memory.low + memory.high], 1)
        earlier, later = (capture.values(signal, block, part).astype(np.float16) for part in parts)
        control = areas(later, shifted).reshape(len(later), SHIFTS, -1).mean(1)
        found.append((areas(earlier, labels[:, parts[0]]), areas(later, labels[:, parts[1]]), control, memories))
        kept += [(signal, unit) for unit in range(block.start, block.stop)]
        if progress is not None:
            progress(done / len(blocks))
    learned, scored, control, memories = (np.concatenate(part) for part in zip(*found, strict=True))
    rare = tuple(name for name in truths if name not in frequent)
    return Scores(tuple(kept), tuple(frequent), rare, labels.mean(1), learned, scored, control, memories)


def _blocks(capture: Capture, signals: Sequence[str] | None, units: slice) -> Iterator[tuple[str, slice]]:
    for signal in [capture.signal(name) for name in signals or [s.name for s in capture.signals if s.function is None]]:
        first, stop, _ = units.indices(signal.units)
        for at in range(first, stop, BLOCK):
            yield signal.name, slice(at, min(at + BLOCK, stop))


def _frequent(held: Truth) -> bool:
    return RARE <= int(held.sum()) <= len(held) - RARE


def _shifted(labels: NDArray[np.bool_], generator: np.random.Generator) -> NDArray[np.bool_]:
    """Return labels, (P, n), moved round by far, several times: (SHIFTS · P, n)."""
    n = labels.shape[1]
    return np.concatenate([np.roll(labels, int(generator.integers(n // 4, n - n // 4)), 1) for _ in range(SHIFTS)])
