"""The gated recurrent unit whose reset gate acts before the product."""

from __future__ import annotations

from torch import Tensor, sigmoid, tanh
from torch.nn.functional import linear

from frontal.cell import GatedCell


class ResetBeforeGRU(GatedCell):
    """Cho et al., Learning phrase representations using RNN encoder-decoder, 2014 (arXiv 1406.1078, version 3).

    r = σ(W_r x + U_r h),  z = σ(W_z x + U_z h),  n = tanh(W_n x + U_n (r h)),  h' = (1 - z) n + z h

    Deviations: two biases, as in torch.nn.GRU.

    Args:
        input_size, hidden_size: features of the input, I, and of each state, H.
        bias: with `bias_ih` and `bias_hh`.
        device, dtype: of the parameters.
    """

    gates = ("r", "z", "n")

    def step(self, x: Tensor, h: Tensor) -> Tensor:
        """Return the new h, (B, H)."""
        H = self.hidden_size
        x_r, x_z, x_n = self.of_input(x)
        weight, bias = self.weight_hh, self.bias_hh
        h_r, h_z = linear(h, weight[: 2 * H], None if bias is None else bias[: 2 * H]).chunk(2, -1)
        r, z = sigmoid(x_r + h_r), sigmoid(x_z + h_z)
        n = tanh(x_n + linear(r * h, weight[2 * H :], None if bias is None else bias[2 * H :]))
        return (1 - z) * n + z * h
