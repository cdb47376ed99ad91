"""The judge: a plain loop over time, slow and obvious, differentiable any number of times."""

from __future__ import annotations

import torch
from torch import Tensor

from frontal.cell import Cell
from frontal.errors import FrontalError


def run(
    cell: Cell,
    x: Tensor,
    states: tuple[Tensor, ...] | None,
    *,
    lengths: Tensor | None = None,
    reset: Tensor | None = None,
    reverse: bool = False,
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Run a cell along a sequence.

    Args:
        cell: any cell.
        x: inputs, (T, B, I).
        states: initial states, each (B, size); None for the cell's own.
        lengths: valid steps of each sequence, (B,), in any order; steps beyond are never read,
            neither in `x` nor in `reset`.
        reset: (T, B), True where a new sequence begins: that step starts from zero states.
        reverse: run from the last valid step to the first; a sequence that begins at a step
            then ends there, and the step before it starts from zero states.

    Returns:
        The first state at every step, (T, B, size), zero beyond the lengths; and the states
        after each sequence's last step, each (B, size).

    Raises:
        FrontalError: the step changes the number, the shape or the dtype of its states.
    """
    T = len(x)
    if states is None:
        states = cell.initial_states(x.shape[1], x)
    live = None if lengths is None else torch.arange(T, device=lengths.device)[:, None] < lengths  # (T, B)
    rows_at = _rows_at(live, T)
    if reset is not None and live is not None:
        reset = reset & live
    outputs: list[Tensor] = []
    for t in reversed(range(T)) if reverse else range(T):
        begins = _begins(reset, t, reverse)
        if begins is not None:
            states = tuple(torch.where(begins[:, None], torch.zeros_like(s), s) for s in states)
        rows = rows_at[t]
        if rows is None:
            states = _advance(cell, x[t], states)
            outputs.append(states[0])
        elif not len(rows):
            outputs.append(torch.zeros_like(states[0]))
        else:
            new = _advance(cell, x[t, rows], tuple(s[rows] for s in states))
            states = tuple(s.index_copy(0, rows, n) for s, n in zip(states, new, strict=True))
            outputs.append(torch.zeros_like(states[0]).index_copy(0, rows, new[0]))
    if reverse:
        outputs.reverse()
    return torch.stack(outputs), states


def _rows_at(live: Tensor | None, T: int) -> list[Tensor | None]:
    """For each step the sequences that have one, or None where all of them do."""
    if live is None:
        return [None] * T
    full = live.all(1).tolist()
    return [None if full[t] else live[t].nonzero()[:, 0] for t in range(T)]


def _begins(reset: Tensor | None, t: int, reverse: bool) -> Tensor | None:
    """Sequences whose state is cleared before step t: backwards, those that begin at t + 1."""
    if reset is None:
        return None
    if not reverse:
        return reset[t]
    return reset[t + 1] if t + 1 < len(reset) else None


def _advance(cell: Cell, x: Tensor, states: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """Return the cell's new states, which must be like the old ones."""
    new = cell(x, *states)
    if len(new) != len(states):
        raise FrontalError(
            f"{type(cell).__name__}.step must return {len(states)} states {cell.states}, it returned {len(new)}"
        )
    return tuple(_alike(cell, *facts) for facts in zip(cell.states, states, new, strict=True))


def _alike(cell: Cell, name: str, old: Tensor, new: Tensor) -> Tensor:
    """Return the new state if shape and dtype are the old one's; autocast alone may change the dtype."""
    if new.dtype != old.dtype and torch.is_autocast_enabled(old.device.type):
        new = new.to(old.dtype)
    if new.shape != old.shape or new.dtype != old.dtype:
        raise FrontalError(
            f"{type(cell).__name__}.step was given {name} {tuple(old.shape)} of {old.dtype} "
            f"and must return the like; it returned {tuple(new.shape)} of {new.dtype}"
        )
    return new
