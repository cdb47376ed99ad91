"""The bistable recurrent cell whose units modulate each other."""

from __future__ import annotations

from typing import Any

from torch import Tensor, sigmoid, tanh
from torch.nn.functional import linear

from frontal.cell import InputGatedCell


class NBRCell(InputGatedCell):
    """Vecoven, Ernst & Drion, A bio-inspired bistable recurrent cell, 2021 (arXiv 2006.05252).

    a = 1 + tanh(W_a x + U_a h),  c = σ(W_c x + U_c h),  h' = c h + (1 - c) tanh(W_n x + a h)

    Deviations: with biases.

    Args:
        input_size, hidden_size: features of the input, I, and of each state, H.
        bias: with `bias_ih`.
        device, dtype: of the parameters.
    """

    gates = ("a", "c", "n")

    def add_own_weights(self, **factory: Any) -> None:
        """Make the weights from the state to a and c, (2 H, H)."""
        self.add_weight("weight_hh", 2 * self.hidden_size, self.hidden_size, **factory)

    def step(self, x: Tensor, h: Tensor) -> Tensor:
        """Return the new h, (B, H)."""
        x_a, x_c, x_n = self.of_input(x)
        h_a, h_c = linear(h, self.weight_hh).chunk(2, -1)
        a, c = 1 + tanh(x_a + h_a), sigmoid(x_c + h_c)
        return c * h + (1 - c) * tanh(x_n + a * h)
