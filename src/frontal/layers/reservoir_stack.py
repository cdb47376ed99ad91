"""Reservoirs on top of one another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from typing import Any, cast, final

import torch
from torch import Tensor, nn

from frontal.errors import FrontalError
from frontal.layers.recurrent import Recurrent
from frontal.layers.reservoir import Reservoir
from frontal.layers.reservoir_pieces import run_series
from frontal.layers.threads import threads_for

HELD = 2**23  # numbers of states that are held at a time
NEXT_SEED = 1_000_003  # from one layer's to the next


@dataclass(frozen=True)
class Chunk:
    """Some steps of a run."""

    start: int
    seen: Tensor  # (steps, B, features)
    states: list[Tensor]  # of each reservoir after its last valid step, (1, B, N)


@final
class ReservoirStack(nn.Module):
    """Reservoirs, each reading the one below; what is seen of a step is all of their states.

    Args:
        input_size: features of the input, I.
        units: of each reservoir, N.
        layers: how many.
        see_input: whether the input is seen beside the states.
        seed: of the weights.
        reservoir: further options of `Reservoir`.
    """

    def __init__(
        self, input_size: int, units: int, *, layers: int = 1, see_input: bool = False, seed: int = 0, **reservoir: Any
    ) -> None:
        super().__init__()
        if isinstance(layers, bool) or not isinstance(layers, int) or layers < 1:
            raise FrontalError(f"layers must be a whole number >= 1, got {layers!r}")
        self.input_size, self.see_input = input_size, see_input
        widths = [input_size] + [units] * (layers - 1)
        cells = [Reservoir(width, units, seed=seed + NEXT_SEED * k, **reservoir) for k, width in enumerate(widths)]
        self.reservoirs = nn.ModuleList(Recurrent(cell) for cell in cells)
        self.features = units * layers + see_input * input_size

    @property
    def dtype(self) -> torch.dtype:
        """Of the weights and the states."""
        return self._cells()[0].weight_hh.dtype

    @torch.no_grad()
    def run(self, x: Tensor, states: list[Tensor] | None = None, lengths: Tensor | None = None) -> Iterator[Chunk]:
        """Read sequences chunk by chunk, so that not all states are held at a time.

        Args:
            x: (T, B, I).
            states: to begin with, of each reservoir (1, B, N); zeros by default.
            lengths: valid steps of each sequence, (B,); what is seen of others means nothing.
        """
        T, B, _ = x.shape
        if states is None:
            states = [x.new_zeros(1, B, cell.hidden_size) for cell in self._cells()]
        size = ceil(T / ceil(T * B * self.features / HELD))
        for start in range(0, T, size):
            current = x[start : start + size]
            seen, finals = [current] if self.see_input else [], list[Tensor]()
            for cell, layer, state in zip(self._cells(), self.reservoirs, states, strict=True):
                current, final = _run(cast(Recurrent, layer), cell, current, state)
                seen.append(current)
                finals.append(final if lengths is None else _last(current, state, lengths - start))
            states = finals
            yield Chunk(start, seen[0] if len(seen) == 1 else torch.cat(seen, -1), states)

    def _cells(self) -> list[Reservoir]:
        return [cast(Reservoir, cast(Recurrent, layer).bound_cells()[0]) for layer in self.reservoirs]


def _run(layer: Recurrent, cell: Reservoir, x: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
    if x.shape[1] == 1:
        return run_series(layer, x, state, cell.leak)
    with threads_for(x.shape[1] * cell.hidden_size):
        outputs, final = layer(x, state)
    return cast(Tensor, outputs), cast(Tensor, final)


def _last(outputs: Tensor, before: Tensor, lengths: Tensor) -> Tensor:
    """Return the state, which is the output, after the last valid step; `before` where there is none, (1, B, N)."""
    steps = (lengths - 1).clamp(max=len(outputs) - 1)
    last = outputs[steps.clamp(min=0), torch.arange(len(steps))]
    return torch.where((steps >= 0)[:, None], last, before[0])[None]
