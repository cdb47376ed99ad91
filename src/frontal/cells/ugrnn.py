"""The network with one update gate."""

from __future__ import annotations

from torch import Tensor, sigmoid, tanh

from frontal.cell import GatedCell


class UGRNN(GatedCell):
    """Collins et al., Capacity and trainability in recurrent neural networks, 2016 (arXiv 1611.09913).

    z = σ(W_z x + U_z h),  n = tanh(W_n x + U_n h),  h' = z h + (1 - z) n

    Deviations: two biases, as in torch.nn.

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
        return z * h + (1 - z) * tanh(n)
