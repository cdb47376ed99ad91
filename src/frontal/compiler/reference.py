"""The judge: a plain loop over time, slow and obvious, differentiable any number of times."""

from __future__ import annotations

import torch
from torch import Tensor

from frontal.cell import Cell


def run(
    cell: Cell,
    x: Tensor,
    states: tuple[Tensor, ...],
    *,
    lengths: Tensor | None = None,
    reset: Tensor | None = None,
    reverse: bool = False,
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Run a cell along a sequence.

    Args:
        cell: any cell.
        x: inputs, (T, B, I).
        states: initial states, each (B, size).
        lengths: valid steps of each sequence, (B,), in any order; steps beyond are never read.
        reset: (T, B), True where a new sequence begins: that step starts from zero states.
        reverse: run from the last valid step to the first.

    Returns:
        The first state at every step, (T, B, size), zero beyond the lengths; and the states
        after each sequence's last step, each (B, size).
    """
    T, B, _ = x.shape
    rows_at = _rows_at(lengths, T, B)
    outputs: list[Tensor] = []
    for t in reversed(range(T)) if reverse else range(T):
        rows = rows_at[t]
        begins = _begins(reset, t, reverse)
        if begins is not None:
            states = tuple(torch.where(begins[:, None], torch.zeros_like(s), s) for s in states)
        if rows is None:
            states = cell(x[t], *states)
            outputs.append(states[0])
        else:
            new = cell(x[t, rows], *(s[rows] for s in states))
            states = tuple(s.index_copy(0, rows, n) for s, n in zip(states, new, strict=True))
            outputs.append(torch.zeros_like(states[0]).index_copy(0, rows, new[0]))
    if reverse:
        outputs.reverse()
    return torch.stack(outputs), states


def _rows_at(lengths: Tensor | None, T: int, B: int) -> list[Tensor | None]:
    """For each step the sequences that have one, or None where all of them do."""
    if lengths is None:
        return [None] * T
    live = torch.arange(T, device=lengths.device)[:, None] < lengths  # (T, B)
    full = live.all(1).tolist()
    return [None if full[t] else live[t].nonzero()[:, 0] for t in range(T)]


def _begins(reset: Tensor | None, t: int, reverse: bool) -> Tensor | None:
    """Sequences whose state is cleared before step t: backwards, those that begin at t + 1."""
    if reset is None:
        return None
    if not reverse:
        return reset[t]
    return reset[t + 1] if t + 1 < len(reset) else None
