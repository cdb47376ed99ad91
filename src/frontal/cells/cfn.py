"""The chaos-free network."""

from __future__ import annotations

from typing import Any

from torch import Tensor, sigmoid, tanh
from torch.nn.functional import linear

from frontal.cell import GatedCell


class CFN(GatedCell):
    """Laurent & von Brecht, A recurrent neural network without chaos, 2016 (arXiv 1612.06212).

    θ = σ(W_θ x + U_θ h),  η = σ(W_η x + U_η h),  h' = θ tanh(h) + η tanh(W_n x)

    Deviations: two biases, as in torch.nn.

    Args:
        input_size, hidden_size: features of the input, I, and of each state, H.
        bias: with `bias_ih` and `bias_hh`.
        device, dtype: of the parameters.
    """

    gates = ("f", "i")
    weight_n: Tensor

    def add_own_weights(self, **factory: Any) -> None:
        """Make the weights of what is taken in, (H, I)."""
        self.add_weight("weight_n", self.hidden_size, self.input_size, **factory)

    def step(self, x: Tensor, h: Tensor) -> Tensor:
        """Return the new h, (B, H)."""
        f, i = self.sums(x, h)
        return sigmoid(f) * tanh(h) + sigmoid(i) * tanh(linear(x, self.weight_n))
