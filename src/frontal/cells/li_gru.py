"""The light gated recurrent unit."""

from __future__ import annotations

from torch import Tensor, relu, sigmoid

from frontal.cell import GatedCell


class LiGRU(GatedCell):
    """Ravanelli et al., Light gated recurrent units for speech recognition, 2018 (arXiv 1803.10225).

    z = σ(W_z x + U_z h),  n = relu(W_n x + U_n h),  h' = z h + (1 - z) n

    Deviations: biases in place of the paper's batch normalisation of W x.

    Args:
        input_size, hidden_size: features of the input, I, and of each state, H.
        bias: with `bias_ih` and `bias_hh`.
        device, dtype: of the parameters.
    """

    gates = ("z", "n")

    def step(self, x: Tensor, h: Tensor) -> Tensor:
        """Return the new h, (B, H)."""
        z, n = self.sums(x, h)
        z = sigmoid(z)
        return z * h + (1 - z) * relu(n)
