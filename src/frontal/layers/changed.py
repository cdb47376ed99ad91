"""Cells in which something is changed at every step, as a plan says; here their states, after it."""

from __future__ import annotations

from abc import ABC
from collections.abc import Callable
from typing import Any, Self, final

import torch
from torch import Tensor

from frontal.cell import Cell
from frontal.errors import FrontalError
from frontal.layers.around import Around

Plan = Callable[[Tensor], tuple[Tensor, Tensor]]


class Planned(Around, ABC):
    """A cell that reads beside x, at each step, what is to be changed by how much.

    Args:
        inner: the other cell.
        features: that are changed, F.
    """

    def __init__(self, inner: Cell, features: int) -> None:
        super().__init__(inner, 2 * features)
        self.plans: list[Plan] = []

    @classmethod
    def by(cls, inner: Cell, plan: Plan, *options: Any) -> Self:
        """Return a cell around `inner` that is changed as `plan` says.

        Args:
            inner: the cell.
            plan: from x, (T, B, I), to factors and terms, each (T, B, F).
            options: what else the class takes.
        """
        known = cls.of(inner, *options)
        copy = object.__new__(cls)
        vars(copy).update(vars(known), plans=[plan])
        return copy

    def extended(self, x: Tensor) -> Tensor:
        """Return x, (T, B, I), beside factors and terms, (T, B, I + 2 F)."""
        return torch.cat([super().extended(x), *self.plans[0](x)], -1)

    def planned(self, x: Tensor) -> list[Tensor]:
        """Return x of a step, (B, I + 2 F), as x of the inner cell, factors and terms.

        Raises:
            FrontalError: x comes without a plan.
        """
        if x.shape[-1] != self.input_size:
            raise FrontalError(
                f"{type(self.inner).__name__} runs step by step here, where nothing says at which step it is to be "
                "changed; run whole sequences"
            )
        features = (self.input_size - self.inner.input_size) // 2
        return list(x.split([self.inner.input_size, features, features], -1))


@final
class Changed(Planned):
    """A cell that multiplies its states after every step, and adds to them.

        s_t = k_t ⊙ step(x_t, s_{t-1}) + a_t,  and a_t where k_t is 0, whatever the step gives

    Both are read beside x: k and a of all states side by side, S features in all.

    Args:
        inner: the other cell.
    """

    def __init__(self, inner: Cell) -> None:
        super().__init__(inner, sum(inner.state_sizes))

    def step(self, x: Tensor, *states: Tensor) -> tuple[Tensor, ...]:
        """Advance one step; x is (B, I + 2 S)."""
        x, factors, terms = self.planned(x)
        sizes = list(self.inner.state_sizes)
        parts = zip(self.inner(x, *states), factors.split(sizes, -1), terms.split(sizes, -1), strict=True)
        return tuple(torch.where(k == 0, a, k * new + a) for new, k, a in parts)
