"""Cells in layers and directions, along a sequence."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.compiler import is_compiling, is_exporting

from frontal.cell import Cell
from frontal.compiler.choose import Backend, choose
from frontal.compiler.operator import run_whole
from frontal.compiler.recompute import run_in_parts
from frontal.layers.around import Around
from frontal.layers.dropout import drop
from frontal.layers.sequence import Inputs


def run_stack(
    cells: list[Cell],
    inputs: Inputs,
    initial: tuple[Tensor, ...] | None,
    *,
    directions: int,
    dropout: float,
    residual: bool,
    backend: Backend,
    recompute: bool,
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Run every layer forwards and, with two directions, backwards.

    Args:
        cells: one a layer and direction: layer 0 forwards, layer 0 backwards, layer 1 forwards …
        inputs: the checked input.
        initial: states, each (layers · directions, B, size); None for the cells' own.
        directions: 1 or 2.
        dropout: share of the features zeroed between layers; 0 when not training.
        residual: each layer but the first adds its input to its output.
        backend: what runs each cell.
        recompute: keep little for the gradient, and run the sequence once more for it.

    Returns:
        The last layer's outputs, (T, B, directions · size), and the final states in the form of `initial`.
    """
    x = inputs.x
    finals: list[tuple[Tensor, ...]] = []
    for first in range(0, len(cells), directions):
        below = x
        if first and dropout:
            x = drop(x, dropout)
        outputs: list[Tensor] = []
        for k in range(first, first + directions):
            cell = cells[k]
            states = _initial(cell, x) if initial is None else tuple([s[k] for s in initial])
            read = cell.extended(x) if isinstance(cell, Around) else x
            how: Any = {"lengths": inputs.lengths, "reset": inputs.reset, "reverse": k > first}
            if is_compiling() and not is_exporting():
                output, final = run_whole(cell, backend, read, states, **how)
            else:
                run = choose(cell, backend, read).run
                if recompute and torch.is_grad_enabled():
                    run = partial(run_in_parts, run)
                output, final = run(cell, read, states, **how)
            outputs.append(output)
            finals.append(final)
        x = outputs[0] if directions == 1 else torch.cat(outputs, -1)  # (T, B, directions · size)
        if first and residual:
            x = below + x
    if len(finals) == 1:
        return x, tuple([state.unsqueeze(0) for state in finals[0]])
    return x, tuple([torch.stack(state) for state in zip(*finals, strict=True)])


def _initial(cell: Cell, x: Tensor) -> tuple[Tensor, ...] | None:
    """Return the states that the cell itself begins with; None if they are zeros."""
    if type(cell).initial_states is Cell.initial_states:
        return None
    return cell.initial_states(x.shape[1], x)
