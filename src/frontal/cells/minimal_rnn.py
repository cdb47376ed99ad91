"""The network that embeds its input and gates it in."""

from __future__ import annotations

from typing import Any

from torch import Tensor, sigmoid, tanh
from torch.nn.functional import linear

from frontal.cell import GatedCell


class MinimalRNN(GatedCell):
    """Chen, MinimalRNN: toward more interpretable and trainable recurrent neural networks, 2017 (arXiv 1711.06788).

    z = tanh(W_ih x + b_ih),  u = σ(W_hh h + W_zh z + b_hh),  h' = u h + (1 - u) z

    Deviations: none; the embedding Φ is one layer with tanh, as in the paper's experiments.

    Args:
        input_size, hidden_size: features of the input, I, and of each state, H.
        bias: with `bias_ih` and `bias_hh`.
        device, dtype: of the parameters.
    """

    gates = ("u",)
    weight_zh: Tensor

    def add_own_weights(self, **factory: Any) -> None:
        """Make the weights from the embedding to the gate, (H, H)."""
        self.add_weight("weight_zh", self.hidden_size, self.hidden_size, **factory)

    def step(self, x: Tensor, h: Tensor) -> Tensor:
        """Return the new h, (B, H)."""
        z = tanh(linear(x, self.weight_ih, self.bias_ih))
        u = sigmoid(linear(h, self.weight_hh, self.bias_hh) + linear(z, self.weight_zh))
        return u * h + (1 - u) * z
