"""A decoder one step at a time, with gradients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import torch
from torch import Tensor
from torch.nn.functional import dropout

from frontal.layers.around import Around
from frontal.layers.attention import Memory
from frontal.layers.decoder_look import Look
from frontal.layers.layer import Layer
from frontal.layers.sequence import TIME_FIRST, Inputs, read_states

LayerStates = tuple[tuple[Tensor, ...], ...]  # one tuple a layer, each state (N, size)


@dataclass(frozen=True)
class DecoderState:
    """What is known between two steps of N sequences.

    Attributes:
        states: of the recurrent layers.
        said: what input feeding feeds, (N, H); None without.
        weights: of the last look, (N, S).
        memory: what is looked at.
    """

    states: LayerStates
    said: Tensor | None
    weights: Tensor | None
    memory: Memory | None

    def rows(self, index: Tensor) -> DecoderState:
        """Return the state of the sequences in `index`; where their number stays, each has the memory it had."""
        states = tuple(tuple(state[index] for state in layer) for layer in self.states)
        said, weights = (None if part is None else part[index] for part in (self.said, self.weights))
        memory = self.memory
        if memory is not None and len(index) != len(memory.states):
            memory = memory.rows(index)
        return DecoderState(states, said, weights, memory)


@final
class Steps:
    """Recurrent layers in one direction, and their look at a memory, as they run along one sequence.

    Masks that hold for a whole sequence are drawn at its first step.

    Args:
        layer: in training or in evaluation mode.
        look: how to look; None not to.
        feeds: an input is what is written, beside what was said at the step before.
    """

    def __init__(self, layer: Layer, look: Look | None, feeds: bool) -> None:
        self.layer, self.look, self.feeds = layer, look, feeds
        self.cells = layer.as_they_run(training=layer.training)
        self.dropout = layer.dropout if layer.training else 0.0
        self._masks: list[Tensor | None] = [None] * len(self.cells)

    def begin(self, hx: Any, like: Tensor, memory: Memory | None) -> DecoderState:
        """Return the first state, from the layer's hx or the cells' own, for inputs like (N, I)."""
        given = read_states(
            hx, self.layer.bound_cells()[0], len(self.cells), Inputs(like[None], None, None, TIME_FIRST)
        )
        if given is None:
            states = tuple(cell.initial_states(len(like), like) for cell in self.cells)
        else:
            states = tuple(tuple(state[k] for state in given) for k in range(len(self.cells)))
        said = like.new_zeros(len(like), self.layer.output_size) if self.feeds else None
        return DecoderState(states, said, None, memory)

    def step(self, x: Tensor, state: DecoderState) -> tuple[Tensor, DecoderState]:
        """Return what is said, (N, H), and the next state, of what was written, (N, I)."""
        said, states = self._recur(x if state.said is None else torch.cat([x, state.said], -1), state.states)
        weights = None
        if self.look is not None and state.memory is not None:
            all_said, all_weights = self.look(said[:, None], state.memory, state.weights)
            said, weights = all_said[:, 0], all_weights[:, 0]
        return said, DecoderState(states, said if self.feeds else None, weights, state.memory)

    def _recur(self, x: Tensor, states: LayerStates) -> tuple[Tensor, LayerStates]:
        new: list[tuple[Tensor, ...]] = []
        for k, cell in enumerate(self.cells):
            read = dropout(x, self.dropout) if k else x
            if isinstance(cell, Around):
                mask = self._masks[k]
                if mask is None:
                    mask = self._masks[k] = cell.extended(read[None])[0, :, read.shape[-1] :]
                read = torch.cat([read, mask], -1)
            new.append(cell(read, *states[k]))
            x = x + new[k][0] if k and self.layer.residual else new[k][0]
        return x, tuple(new)
