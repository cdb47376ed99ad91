"""The bistable recurrent cell, whose units remember for ever."""

from __future__ import annotations

from typing import Any

from torch import Tensor, sigmoid, tanh

from frontal.cell import InputGatedCell


class BRCell(InputGatedCell):
    """Vecoven, Ernst & Drion, A bio-inspired bistable recurrent cell, 2021 (arXiv 2006.05252).

    a = 1 + tanh(W_a x + w_a h),  c = σ(W_c x + w_c h),  h' = c h + (1 - c) tanh(W_n x + a h)

    with vectors w_a, w_c: a unit sees only itself.

    Deviations: with biases.

    Args:
        input_size, hidden_size: features of the input, I, and of each state, H.
        bias: with `bias_ih`.
        device, dtype: of the parameters.
    """

    gates = ("a", "c", "n")
    own_a: Tensor
    own_c: Tensor

    def add_own_weights(self, **factory: Any) -> None:
        """Make the weights from each unit to itself, (H,)."""
        self.add_weight("own_a", self.hidden_size, **factory)
        self.add_weight("own_c", self.hidden_size, **factory)

    def step(self, x: Tensor, h: Tensor) -> Tensor:
        """Return the new h, (B, H)."""
        x_a, x_c, x_n = self.of_input(x)
        a, c = 1 + tanh(x_a + self.own_a * h), sigmoid(x_c + self.own_c * h)
        return c * h + (1 - c) * tanh(x_n + a * h)
