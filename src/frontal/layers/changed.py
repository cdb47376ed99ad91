"""A cell whose states are changed after every step."""

from __future__ import annotations

from collections.abc import Callable
from typing import final

import torch
from torch import Tensor

from frontal.cell import Cell
from frontal.errors import FrontalError
from frontal.layers.around import Around

Plan = Callable[[Tensor], tuple[Tensor, Tensor]]


@final
class Changed(Around):
    """A cell that multiplies its states after every step, and adds to them.

        s_t = k_t ⊙ step(x_t, s_{t-1}) + a_t,  and a_t where k_t is 0, whatever the step gives

    Both are read beside x: k and a of all states side by side, S features in all.

    Args:
        inner: the other cell.
    """

    def __init__(self, inner: Cell) -> None:
        super().__init__(inner, 2 * sum(inner.state_sizes))
        self.plans: list[Plan] = []

    @classmethod
    def by(cls, inner: Cell, plan: Plan) -> Changed:
        """Return a cell around `inner` that is changed as `plan` says.

        Args:
            inner: the cell.
            plan: from x, (T, B, I), to k and a, each (T, B, S).
        """
        known = cls.of(inner)
        copy = object.__new__(cls)
        vars(copy).update(vars(known), plans=[plan])
        return copy

    def extended(self, x: Tensor) -> Tensor:
        """Return x, (T, B, I), beside factors and terms, (T, B, I + 2 S)."""
        return torch.cat([super().extended(x), *self.plans[0](x)], -1)

    def step(self, x: Tensor, *states: Tensor) -> tuple[Tensor, ...]:
        """Advance one step; x is (B, I + 2 S)."""
        check_planned(self, x)
        sizes = list(self.inner.state_sizes)
        x, factors, terms = x.split([self.inner.input_size, sum(sizes), sum(sizes)], -1)
        parts = zip(self.inner(x, *states), factors.split(sizes, -1), terms.split(sizes, -1), strict=True)
        return tuple(torch.where(k == 0, a, k * new + a) for new, k, a in parts)


def check_planned(cell: Around, x: Tensor) -> None:
    """Raise `FrontalError` where a step, which reads x, (B, I), is not told what is to be changed at it."""
    if x.shape[-1] != cell.input_size:
        raise FrontalError(
            f"{type(cell.inner).__name__} runs step by step here, where nothing says at which step it is to be "
            "changed; run whole sequences"
        )
