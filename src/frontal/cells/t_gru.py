"""The strongly-typed gated recurrent unit."""

from __future__ import annotations

from typing import Any

from torch import Tensor, sigmoid, tanh
from torch.nn.functional import linear

from frontal.cell import InputGatedCell


class TGRU(InputGatedCell):
    """Balduzzi & Ghifary, Strongly-typed recurrent neural networks, 2016 (arXiv 1602.02218).

    z, f, o = W x + V p + b, with the previous input p as a second state
    h' = σ(f) h + z tanh(o),  p' = x

    Deviations: none.

    Args:
        input_size, hidden_size: features of the input, I, and of each state, H.
        bias: with `bias_ih`.
        device, dtype: of the parameters.
    """

    states = ("h", "p")
    weight_previous: Tensor
    gates = ("z", "f", "o")

    def add_own_weights(self, **factory: Any) -> None:
        """Make the weights of the previous input, (3 H, I)."""
        self.add_weight("weight_previous", 3 * self.hidden_size, self.input_size, **factory)

    @property
    def state_sizes(self) -> tuple[int, ...]:
        """Features of each state."""
        return self.hidden_size, self.input_size

    def step(self, x: Tensor, h: Tensor, p: Tensor) -> tuple[Tensor, Tensor]:
        """Return the new h, (B, H), and p, (B, I)."""
        a = linear(x, self.weight_ih, self.bias_ih) + linear(p, self.weight_previous)  # (B, 3H)
        z, f, o = a.chunk(3, -1)
        return sigmoid(f) * h + z * tanh(o), x
