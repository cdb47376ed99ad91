"""The minimal gated unit."""

from __future__ import annotations

from torch import Tensor, sigmoid, tanh
from torch.nn.functional import linear

from frontal.cell import GatedCell


class MGU(GatedCell):
    """Zhou et al., Minimal gated unit for recurrent neural networks, 2016 (arXiv 1603.09420).

    f = σ(W_f x + U_f h),  n = tanh(W_n x + U_n (f h)),  h' = (1 - f) h + f n

    Deviations: two biases, as in torch.nn.

    Args:
        input_size, hidden_size: features of the input, I, and of each state, H.
        bias: with `bias_ih` and `bias_hh`.
        device, dtype: of the parameters.
    """

    gates = ("f", "n")

    def step(self, x: Tensor, h: Tensor) -> Tensor:
        """Return the new h, (B, H)."""
        x_f, x_n = self.of_input(x)
        (weight_f, weight_n), bias = self.weight_hh.chunk(2), self.bias_hh
        bias_f, bias_n = (None, None) if bias is None else bias.chunk(2)
        f = sigmoid(x_f + linear(h, weight_f, bias_f))
        n = tanh(x_n + linear(f * h, weight_n, bias_n))
        return (1 - f) * h + f * n
