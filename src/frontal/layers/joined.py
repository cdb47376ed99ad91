"""A cell whose states are one: all of them come out of every step, and the gradient of each can be had."""

from __future__ import annotations

from typing import final

import torch
from torch import Tensor

from frontal.cell import Cell
from frontal.layers.around import Around


@final
class Joined(Around):
    """A cell with one state, in which those of another one lie side by side.

    Along a sequence its outputs are all states after every step, (T, B, S), S features in all. A step
    reads S further features, nudges that are added to the states first. They are zero, but their
    gradient at step t is that of the states which step t begins with, through all that comes later.

    Args:
        inner: the other cell.
    """

    def __init__(self, inner: Cell) -> None:
        super().__init__(inner, sum(inner.state_sizes))
        self.states = ("states",)  # pyright: ignore[reportAttributeAccessIssue] - of this very cell

    @property
    def state_sizes(self) -> tuple[int, ...]:
        """All features in one state, (S,)."""
        return (sum(self.inner.state_sizes),)

    def initial_states(self, batch_size: int, like: Tensor) -> tuple[Tensor, ...]:
        """Return those of the inner cell, side by side."""
        return (torch.cat(self.inner.initial_states(batch_size, like), -1),)

    def extended(self, x: Tensor) -> Tensor:
        """Return x, (T, B, I), beside nudges of zero, (T, B, I + S)."""
        x = super().extended(x)
        return torch.cat([x, x.new_zeros(*x.shape[:2], *self.state_sizes)], -1)

    def step(self, x: Tensor, states: Tensor) -> Tensor:
        """Advance one step; x is (B, I + S)."""
        x, nudges = x.split([self.inner.input_size, *self.state_sizes], -1)
        return torch.cat(self.inner(x, *self.apart(states + nudges)), -1)

    def apart(self, states: Tensor) -> tuple[Tensor, ...]:
        """Return the states of the inner cell out of (…, S), each (…, size)."""
        return states.split(list(self.inner.state_sizes), -1)
