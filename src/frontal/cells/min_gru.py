"""The gated recurrent unit whose gates see the input alone."""

from __future__ import annotations

from torch import Tensor, sigmoid

from frontal.cell import InputGatedCell


class MinGRU(InputGatedCell):
    """Feng et al., Were RNNs all we needed?, 2024 (arXiv 2410.01201).

    z = σ(W_z x + b_z),  n = W_n x + b_n,  h' = (1 - z) h + z n

    Deviations: none from the paper's plain form; its log-space form keeps n positive.

    Args:
        input_size, hidden_size: features of the input, I, and of each state, H.
        bias: with `bias_ih`.
        device, dtype: of the parameters.
    """

    gates = (
        "z",
        "n",
    )

    def coefficients(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return a and b of h' = a h + b, each (…, H), for x, (…, I)."""
        z, n = self.of_input(x)
        z = sigmoid(z)
        return 1 - z, z * n

    def step(self, x: Tensor, h: Tensor) -> Tensor:
        """Return the new h, (B, H)."""
        a, b = self.coefficients(x)
        return a * h + b
