"""A cell whose gates are changed within every step."""

from __future__ import annotations

from itertools import accumulate
from typing import final

import torch
from torch import Tensor

from frontal.cell import Cell
from frontal.diagnostics.gates import SquashingMode
from frontal.layers.changed import Planned

Calls = tuple[tuple[int, int], ...]  # number and features of each squashing function whose result is changed


@final
class ChangedGates(Planned):
    """A cell that multiplies some of its gates within every step, and adds to them.

        gate_t = k_t ⊙ σ(…) + a_t,  and a_t where k_t is 0; the step goes on with that

    Both are read beside x: k and a of all functions in `calls` side by side, G features in all.

    Args:
        inner: the other cell.
        calls: which squashing functions of its step, as `GatePlace` counts them, and the features of each.
    """

    def __init__(self, inner: Cell, calls: Calls) -> None:
        super().__init__(inner, sum(width for _, width in calls))
        self.calls = calls

    def step(self, x: Tensor, *states: Tensor) -> tuple[Tensor, ...]:
        """Advance one step; x is (B, I + 2 G)."""
        x, factors, terms = self.planned(x)
        widths = [width for _, width in self.calls]
        pairs = zip(factors.split(widths, -1), terms.split(widths, -1), strict=True)
        changes = {call: pair for (call, _), pair in zip(self.calls, pairs, strict=True)}
        with _Changing(x, states, changes):
            return self.inner(x, *states)


@final
class _Changing(SquashingMode):
    """Puts what a change makes of a gate in its place."""

    def __init__(self, x: Tensor, states: tuple[Tensor, ...], changes: dict[int, tuple[Tensor, Tensor]]) -> None:
        super().__init__(x, states)
        self.changes = changes

    def handed_on(self, call: int, result: Tensor) -> Tensor:
        """Return factor · result + term, where the function is one that is changed."""
        if call not in self.changes:
            return result
        k, a = (one.reshape(result.shape) for one in self.changes[call])
        return torch.where(k == 0, a, k * result + a)


def starts_of(calls: Calls) -> dict[int, int]:
    """Return by its number where each function's features begin."""
    starts = accumulate((width for _, width in calls), initial=0)
    return {call: start for (call, _), start in zip(calls, starts, strict=False)}
