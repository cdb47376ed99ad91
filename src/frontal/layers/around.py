"""A cell around another one: the same states, something more done at every step."""

from __future__ import annotations

from abc import ABC
from typing import Any, Self

from torch import Tensor

from frontal.cell import Cell


class Around(Cell, ABC):
    """A cell with the states of another one, whose `step` it calls.

    Args:
        inner: the other cell.
        further: features that a step reads beyond those of the inner cell; `extended` supplies them.
    """

    def __init__(self, inner: Cell, further: int = 0) -> None:
        super().__init__(inner.input_size + further, inner.hidden_size)
        self.inner = inner
        self.states = inner.states  # pyright: ignore[reportAttributeAccessIssue] - of this very cell
        self.gates = inner.gates  # pyright: ignore[reportAttributeAccessIssue]

    @classmethod
    def of(cls, inner: Cell, *options: Any) -> Self:
        """Return a cell around `inner`; what is compiled for it is kept beside the inner one."""
        known: Self | None = inner.kept.get((cls, options))
        if known is None:
            known = inner.kept[cls, options] = cls(inner, *options)
        if known.inner is inner:
            return known
        copy = object.__new__(cls)
        vars(copy).update(vars(known), _modules={"inner": inner})
        return copy

    @property
    def state_sizes(self) -> tuple[int, ...]:
        """Those of the inner cell."""
        return self.inner.state_sizes

    def initial_states(self, batch_size: int, like: Tensor) -> tuple[Tensor, ...]:
        """Return those of the inner cell."""
        return self.inner.initial_states(batch_size, like)

    def reset_parameters(self) -> None:
        """Draw the parameters of the inner cell anew."""
        self.inner.reset_parameters()

    def extended(self, x: Tensor) -> Tensor:
        """Return a whole input of the inner cell, (T, B, I), with the further features that a step reads."""
        return self.inner.extended(x) if isinstance(self.inner, Around) else x
