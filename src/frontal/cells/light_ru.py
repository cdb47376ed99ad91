"""The light recurrent unit."""

from __future__ import annotations

from typing import Any

from torch import Tensor, sigmoid, tanh
from torch.nn.functional import linear

from frontal.cell import InputGatedCell


class LightRU(InputGatedCell):
    """Ye et al., Light recurrent unit: towards an interpretable recurrent neural network for modeling long-range
    dependency, Electronics 13, 2024.

    n = tanh(W_n x),  f = σ(W_f x + b_f + U_f h),  h' = (1 - f) h + f n

    Deviations: n has a bias as well.

    Args:
        input_size, hidden_size: features of the input, I, and of each state, H.
        bias: with `bias_ih`.
        device, dtype: of the parameters.
    """

    gates = ("n", "f")

    def add_own_weights(self, **factory: Any) -> None:
        """Make the weights from the state to the gate f, (H, H)."""
        self.add_weight("weight_hh", self.hidden_size, self.hidden_size, **factory)

    def step(self, x: Tensor, h: Tensor) -> Tensor:
        """Return the new h, (B, H)."""
        n, f = self.of_input(x)
        f = sigmoid(f + linear(h, self.weight_hh))
        return (1 - f) * h + f * tanh(n)
