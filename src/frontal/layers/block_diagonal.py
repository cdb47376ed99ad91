"""Heads: a cell whose state falls into blocks that do not see one another."""

from __future__ import annotations

from typing import Any, final

import torch
from torch import Tensor, nn

from frontal.cell import Cell
from frontal.errors import FrontalError
from frontal.layers.wrapped import wrap


@final
class BlockDiagonal(Cell):
    """Several cells side by side, which all read x: recurrent weights in blocks, as the heads of an xLSTM.

    Each state is the heads' states one after another. With k heads the recurrent weights are k
    times fewer than those of one cell of that size.

    Args:
        input_size: features of the input, I.
        hidden_size: features of all heads together, H, a multiple of `heads`.
        of: class of the heads.
        heads: how many, k.
        cell_kwargs: whatever that class takes by name.

    Example:
        >>> import torch, frontal
        >>> from frontal.cells import named
        >>> from frontal.layers import BlockDiagonal
        >>> rnn = frontal.Recurrent(BlockDiagonal, 3, 8, of=named("lstm"), heads=4, num_layers=2)
        >>> rnn(torch.zeros(5, 2, 3))[0].shape
        torch.Size([5, 2, 8])
    """

    def __init__(
        self, input_size: int, hidden_size: int, *, of: type[nn.Module], heads: int, **cell_kwargs: Any
    ) -> None:
        super().__init__(input_size, hidden_size)
        self.heads = self.checked_size("heads", heads)
        if hidden_size % heads:
            raise FrontalError(f"BlockDiagonal: hidden_size {hidden_size} does not fall into {heads} heads of one size")
        self.cells = nn.ModuleList(wrap(of(input_size, hidden_size // heads, **cell_kwargs)) for _ in range(heads))
        self.states = self._head(0).states  # pyright: ignore[reportAttributeAccessIssue] - of this very cell

    @property
    def state_sizes(self) -> tuple[int, ...]:
        """Features of each state, all heads together."""
        return tuple(self.heads * size for size in self._head(0).state_sizes)

    def initial_states(self, batch_size: int, like: Tensor) -> tuple[Tensor, ...]:
        """Return those of the heads, side by side."""
        each = [self._head(k).initial_states(batch_size, like) for k in range(self.heads)]
        return tuple(torch.cat(states, -1) for states in zip(*each, strict=True))

    def reset_parameters(self) -> None:
        """Let every head draw its parameters anew."""
        for k in range(self.heads):
            self._head(k).reset_parameters()

    def step(self, x: Tensor, *states: Tensor) -> tuple[Tensor, ...]:
        """Advance every head by one step."""
        parts = zip(*(state.chunk(self.heads, -1) for state in states), strict=True)
        new = [self._head(k)(x, *part) for k, part in enumerate(parts)]
        return tuple(torch.cat(blocks, -1) for blocks in zip(*new, strict=True))

    def _head(self, k: int) -> Cell:
        cell = self.cells[k]
        assert isinstance(cell, Cell)
        return cell
