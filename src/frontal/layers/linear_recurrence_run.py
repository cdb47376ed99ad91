"""One cell that is linear in its states, along a sequence, all steps at once."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

import torch
from torch import Tensor

from frontal.cell import Cell
from frontal.layers.scan import COMPLEX, REAL, Method, scan

Finals = tuple[Tensor, ...]


@runtime_checkable
class Linear(Protocol):
    """What a cell declares whose states advance as s' = a s + b, with a and b of the input alone.

    Where the first state is not of that kind but only read out of the others, the cell also has
    `read_out(x, *others)`, which returns it, (…, size).
    """

    def coefficients(self, x: Tensor) -> tuple[Any, Any]:
        """Return a and b for x, (…, I).

        For one state each is a tensor, b (…, H) and a the like or what broadcasts to it. For two, which
        are the real and the imaginary part of one, each is a pair of such tensors.
        """
        ...


def run_linear(
    cell: Cell,
    x: Tensor,
    states: tuple[Tensor, ...] | None,
    *,
    lengths: Tensor | None = None,
    reset: Tensor | None = None,
    reverse: bool = False,
    method: Method = "auto",
) -> tuple[Tensor, Finals]:
    """Run a cell that is `Linear`; arguments and results as those of `reference.run`, for any `method` of `scan`."""
    assert isinstance(cell, Linear)
    T, B, _ = x.shape
    if states is None:
        states = cell.initial_states(B, x)
    live = None if lengths is None else (torch.arange(T, device=x.device)[:, None] < lengths)[..., None]  # (T, B, 1)
    if live is not None:
        x = torch.where(live, x, 0.0)  # nobody knows what stands in the padding
    read_out = getattr(cell, "read_out", None)
    carried = states if read_out is None else states[1:]
    a, b = (_side_by_side(part) for part in cell.coefficients(x))
    initial = _side_by_side(carried)
    numbers = COMPLEX if len(carried) == 2 else REAL
    a, b = a.to(initial.dtype), b.to(initial.dtype)  # autocast may have changed them
    s = scan(a, b, initial, lengths=lengths, reset=reset, reverse=reverse, numbers=numbers, method=method)
    parts = s.chunk(len(carried), -1)
    every = parts if read_out is None else (read_out(x, *parts).to(initial.dtype), *parts)
    outputs = every[0] if live is None or read_out is None else torch.where(live, every[0], 0.0)
    return outputs, tuple([_last(state, lengths, reverse=reverse) for state in every])


def _side_by_side(parts: Tensor | tuple[Tensor, ...]) -> Tensor:
    """Return one tensor of a tensor or of parts."""
    if isinstance(parts, Tensor):
        return parts
    return parts[0] if len(parts) == 1 else torch.cat(parts, -1)


def _last(state: Tensor, lengths: Tensor | None, *, reverse: bool) -> Tensor:
    """Return the state after each sequence's last step, (B, size), of one at every step."""
    if reverse:
        return state[0]
    if lengths is None:
        return state[-1]
    return state[lengths - 1, torch.arange(state.shape[1], device=state.device)]
