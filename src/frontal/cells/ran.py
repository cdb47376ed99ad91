"""The recurrent additive network."""

from __future__ import annotations

from typing import Any

from torch import Tensor, sigmoid, tanh
from torch.nn.functional import linear

from frontal.cell import GatedCell


class RAN(GatedCell):
    """Lee, Levy & Zettlemoyer, Recurrent additive networks, 2017 (arXiv 1705.07393).

    i = σ(W_i x + U_i h),  f = σ(W_f x + U_f h),  c' = i (W_n x) + f c,  h' = tanh(c')

    Deviations: two biases, as in torch.nn.

    Args:
        input_size, hidden_size: features of the input, I, and of each state, H.
        bias: with `bias_ih` and `bias_hh`.
        device, dtype: of the parameters.
    """

    states = ("h", "c")
    gates = ("i", "f")
    weight_n: Tensor

    def add_own_weights(self, **factory: Any) -> None:
        """Make the weights of what is taken in, (H, I)."""
        self.add_weight("weight_n", self.hidden_size, self.input_size, **factory)

    def step(self, x: Tensor, h: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
        """Return the new h and c, each (B, H)."""
        i, f = self.sums(x, h)
        c = sigmoid(i) * linear(x, self.weight_n) + sigmoid(f) * c
        return tanh(c), c
