"""The stackable recurrent cell."""

from __future__ import annotations

from typing import Any

from torch import Tensor, sigmoid, tanh
from torch.nn.functional import linear

from frontal.cell import InputGatedCell


class STAR(InputGatedCell):
    """Turkoglu et al., Gating revisited: deep multi-layer RNNs that can be trained, 2019 (arXiv 1911.11033).

    z = tanh(W_z x + b_z),  k = σ(W_k x + b_k + U_k h),  h' = tanh((1 - k) h + k z)

    Deviations: none.

    Args:
        input_size, hidden_size: features of the input, I, and of each state, H.
        bias: with `bias_ih`.
        device, dtype: of the parameters.
    """

    gates = ("z", "k")

    def add_own_weights(self, **factory: Any) -> None:
        """Make the weights from the state to the gate k, (H, H)."""
        self.add_weight("weight_hh", self.hidden_size, self.hidden_size, **factory)

    def step(self, x: Tensor, h: Tensor) -> Tensor:
        """Return the new h, (B, H)."""
        z, k = self.of_input(x)
        k = sigmoid(k + linear(h, self.weight_hh))
        return tanh((1 - k) * h + k * tanh(z))
