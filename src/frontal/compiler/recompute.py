"""Less memory for more time: a sequence in parts, of which only the states between them are kept.

Backwards, each part runs forwards once more (Chen et al., Training deep nets with sublinear memory
cost, 2016, arXiv 1604.06174).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, sqrt
from typing import Any

import torch
from torch import Tensor

from frontal.cell import Cell, bound, tensors_by_path
from frontal.compiler.draws import seeded
from frontal.errors import FrontalError

States = tuple[Tensor, ...]


@dataclass(frozen=True)
class Parts:
    """A run of one cell, cut into parts of about √T steps.

    Args:
        run: with the signature of `reference.run`.
        cell: any cell.
        names: paths of its tensors.
        lengths, reset, reverse: of the whole run.
        seed: of what is drawn at random; part k draws from seed + k.
    """

    run: Callable[..., tuple[Tensor, States]]
    cell: Cell
    names: tuple[str, ...]
    lengths: Tensor | None
    reset: Tensor | None
    reverse: bool
    seed: int

    def spans(self, T: int) -> list[tuple[int, int]]:
        """Return first and last step + 1 of each part, in the order in which they run."""
        n = ceil(sqrt(T))
        spans = [(a, min(a + n, T)) for a in range(0, T, n)]
        return spans[::-1] if self.reverse else spans

    def part(self, k: int, span: tuple[int, int], x: Tensor, states: States, tensors: Sequence[Tensor]) -> Any:
        """Run part k on its x from the states before it."""
        a, b = span
        states = self._cleared(b, states)
        lengths = None if self.lengths is None else (self.lengths - a).clamp(0, b - a)
        reset = None if self.reset is None else self.reset[a:b]
        if reset is not None and lengths is not None:  # a sequence that is over does not begin again
            reset = reset & (torch.arange(b - a)[:, None] < lengths)
        cell = bound(self.cell, dict(zip(self.names, tensors, strict=True)))
        with seeded(self.seed + k):
            return self.run(cell, x, states, lengths=lengths, reset=reset, reverse=self.reverse)

    def _cleared(self, b: int, states: States) -> States:
        """Backwards, clear the states of sequences that begin at the first step of the part behind this one."""
        if not self.reverse or self.reset is None or b == len(self.reset):
            return states
        begins = self.reset[b] if self.lengths is None else self.reset[b] & (b < self.lengths)
        return tuple(torch.where(begins[:, None], torch.zeros_like(s), s) for s in states)


def run_in_parts(
    run: Callable[..., tuple[Tensor, States]],
    cell: Cell,
    x: Tensor,
    states: States | None,
    *,
    lengths: Tensor | None = None,
    reset: Tensor | None = None,
    reverse: bool = False,
) -> tuple[Tensor, States]:
    """Do what `run(cell, x, states, …)` does, keeping for the gradient only every √T-th state."""
    if states is None:
        states = cell.initial_states(x.shape[1], x)
    tensors = tensors_by_path(cell)
    parts = Parts(run, cell, tuple(tensors), lengths, reset, reverse, seed=int(torch.randint(2**62, ())))
    outputs, *finals = _InParts.apply(parts, len(states), x, *states, *tensors.values())  # pyright: ignore[reportGeneralTypeIssues]
    return outputs, tuple(finals)


class _InParts(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, parts: Parts, count: int, x: Tensor, *rest: Tensor) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        states, tensors = rest[:count], rest[count:]
        pieces: list[Tensor] = []
        before: list[Tensor] = []
        for k, span in enumerate(parts.spans(len(x))):
            before += states
            piece, states = parts.part(k, span, x[slice(*span)], states, tensors)
            pieces.append(piece)
        ctx.parts, ctx.count, ctx.between = parts, count, len(before)
        ctx.save_for_backward(x, *before, *tensors)
        outputs = torch.cat(pieces[::-1] if parts.reverse else pieces)
        return outputs, *(state.clone() for state in states)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        if torch.is_grad_enabled():
            raise FrontalError("recompute=True gives no gradient of a gradient; use recompute=False for that")
        parts: Parts = ctx.parts
        x, *rest = ctx.saved_tensors
        before, tensors = rest[: ctx.between], rest[ctx.between :]
        d_outputs, *d_states = gradients
        d_x, d_tensors = torch.empty_like(x), [torch.zeros_like(t) for t in tensors]
        for k, (a, b) in reversed(list(enumerate(parts.spans(len(x))))):
            states = before[k * ctx.count : (k + 1) * ctx.count]
            d_x[a:b], d_states, found = _part_back(
                parts, k, (a, b), (x[a:b], *states, *tensors), (d_outputs[a:b], *d_states)
            )
            d_tensors = [total + part for total, part in zip(d_tensors, found, strict=True)]
        of_tensors = [d if d.is_floating_point() else None for d in d_tensors]
        return None, None, d_x, *d_states, *of_tensors


def _part_back(
    parts: Parts, k: int, span: tuple[int, int], given: States, gradients: States
) -> tuple[Tensor, list[Tensor], list[Tensor]]:
    """Run part k once more; return the gradients of x, of the states before it, and of the tensors."""
    leaves = [t.detach().requires_grad_(t.is_floating_point()) for t in given]
    s = len(gradients)  # x and the states are as many as the outputs and the states
    with torch.enable_grad():
        piece, finals = parts.part(k, span, leaves[0], tuple(leaves[1:s]), leaves[s:])
    pairs = [(y, g) for y, g in zip((piece, *finals), gradients, strict=True) if y.requires_grad]
    wanted = [leaf for leaf in leaves if leaf.requires_grad]
    found = iter(
        torch.autograd.grad(
            [y for y, _ in pairs], wanted, [g for _, g in pairs], allow_unused=True, materialize_grads=True
        )
    )
    d_x, *d = [next(found) if leaf.requires_grad else torch.zeros_like(leaf) for leaf in leaves]
    return d_x, d[: s - 1], d[s - 1 :]
