"""The strongly-typed recurrent network."""

from __future__ import annotations

from torch import Tensor, sigmoid

from frontal.cell import InputGatedCell


class TRNN(InputGatedCell):
    """Balduzzi & Ghifary, Strongly-typed recurrent neural networks, 2016 (arXiv 1602.02218).

    z = W_z x,  f = σ(W_f x + b_f),  h' = f h + (1 - f) z

    Deviations: z has a bias as well.

    Args:
        input_size, hidden_size: features of the input, I, and of each state, H.
        bias: with `bias_ih`.
        device, dtype: of the parameters.
    """

    gates = (
        "z",
        "f",
    )

    def step(self, x: Tensor, h: Tensor) -> Tensor:
        """Return the new h, (B, H)."""
        z, f = self.of_input(x)
        f = sigmoid(f)
        return f * h + (1 - f) * z
