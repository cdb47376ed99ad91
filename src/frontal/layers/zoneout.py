"""Zoneout: a unit keeps its old state now and then."""

from __future__ import annotations

from typing import final

import torch
from torch import Tensor

from frontal.cell import Cell
from frontal.errors import FrontalError
from frontal.layers.around import Around


@final
class Zoneout(Around):
    """A cell whose units each keep their old state with some probability (Krueger et al. 2017).

        s_t = m ⊙ s_{t-1} + (1 - m) ⊙ step(x_t, s_{t-1}),  m drawn anew at every step

    Args:
        inner: the cell.
        rate: the probability, 0 .. 1; one for all states, or one a state in their order.
        sampling: draw; False takes the expectation, for use after training.
    """

    def __init__(self, inner: Cell, rate: float | tuple[float, ...], sampling: bool = True) -> None:
        super().__init__(inner)
        rates = rate if isinstance(rate, tuple) else (rate,) * len(inner.states)
        if len(rates) != len(inner.states):
            raise FrontalError(
                f"zoneout of {type(inner).__name__} must be one rate, or one for each of its states "
                f"{', '.join(inner.states)}; got {len(rates)}"
            )
        self.rates = tuple(self.checked("zoneout", r, 0, 1) for r in rates)
        self.sampling = sampling

    def step(self, x: Tensor, *states: Tensor) -> tuple[Tensor, ...]:
        """Advance one step."""
        new = self.inner(x, *states)
        return tuple(self._mixed(r, s, n) for r, s, n in zip(self.rates, states, new, strict=True))

    def _mixed(self, rate: float, old: Tensor, new: Tensor) -> Tensor:
        if rate == 0:
            return new
        if self.sampling:
            return torch.where(torch.rand_like(old) < rate, old, new)
        return rate * old + (1 - rate) * new
