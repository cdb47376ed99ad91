"""A long series through a reservoir, in pieces side by side."""

from __future__ import annotations

from math import ceil
from typing import cast

import torch
from torch import Tensor

from frontal.layers.recurrent import Recurrent
from frontal.layers.threads import threads_for

PIECES = 8
FADING = 50  # units of 1/leak in which an old state is hoped to fade
ROUNDS = 2
ROUNDING = 16  # roundings by which the end of a piece may differ from the beginning of the next


def run_series(reservoir: Recurrent, x: Tensor, h: Tensor, leak: float) -> tuple[Tensor, Tensor]:
    """Run one series through a reservoir; what comes out is that of one step after the other, but for rounding.

    One series is a matrix times a vector at each step, which waits for memory. So the series is cut into
    pieces that run as a batch. A state fades, so a piece that begins a little earlier, from zeros, soon has
    the right one: the echo state property (Jaeger 2001). Whether it has is checked: every piece must begin
    as the one before ends. If not, all begin anew from those ends; if that does not do either, since the
    states do not fade, the series is run step after step.

    Args:
        reservoir: a layer with one state, its output.
        x: (T, 1, I).
        h: the state to begin with, (1, 1, N).
        leak: of the units, which says how fast they can forget.

    Returns:
        The outputs, (T, 1, N), and the last state, (1, 1, N).
    """
    N, length, warm_up = h.shape[2], len(x) // PIECES, ceil(FADING / leak)
    cut = PIECES * length if length >= 2 * warm_up else 0
    parts: list[Tensor] = []
    if cut:
        with threads_for(N * N):
            found = _side_by_side(reservoir, x[:cut].view(PIECES, length, -1).transpose(0, 1), h, warm_up)
        if found is None:
            cut = 0
        else:
            outputs, h = found
            parts.append(outputs)
    if cut < len(x):
        with threads_for(N):
            outputs, h = _whole(reservoir, x[cut:], h)
        parts.append(outputs)
    return parts[0] if len(parts) == 1 else torch.cat(parts), h


def _side_by_side(reservoir: Recurrent, x: Tensor, h: Tensor, warm_up: int) -> tuple[Tensor, Tensor] | None:
    """Run pieces of a series, (length, PIECES, I), as a batch; None if the states do not fade."""
    begins = reservoir(x[-warm_up:, :-1])[1]  # (1, PIECES - 1, N)
    for _ in range(ROUNDS):
        outputs, ends = _whole(reservoir, x, torch.cat([h, begins], 1))
        if (ends[:, :-1] - begins).abs().max() <= ROUNDING * torch.finfo(x.dtype).eps:
            return outputs.transpose(0, 1).reshape(-1, 1, outputs.shape[2]), ends[:, -1:]
        begins = ends[:, :-1]
    return None


def _whole(reservoir: Recurrent, x: Tensor, h: Tensor) -> tuple[Tensor, Tensor]:
    outputs, final = reservoir(x, h)
    return cast(Tensor, outputs), cast(Tensor, final)
