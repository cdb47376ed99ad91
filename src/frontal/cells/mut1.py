"""The first of the three cells that an evolution found."""

from __future__ import annotations

from torch import Tensor, sigmoid, tanh
from torch.nn.functional import linear

from frontal.cell import GatedCell


class MUT1(GatedCell):
    """Jozefowicz, Zaremba & Sutskever, An empirical exploration of recurrent network architectures, ICML 2015.

    z = σ(W_z x),  r = σ(W_r x + U_r h),  n = tanh(U_n (r h) + tanh(W_n x)),  h' = z n + (1 - z) h

    Deviations: W_n x where the paper has x itself, so that I need not be H; two biases, as in torch.nn.

    Args:
        input_size, hidden_size: features of the input, I, and of each state, H.
        bias: with `bias_ih` and `bias_hh`.
        device, dtype: of the parameters.
    """

    gates = ("z", "r", "n")

    def step(self, x: Tensor, h: Tensor) -> Tensor:
        """Return the new h, (B, H)."""
        H, bias = self.hidden_size, self.bias_hh
        x_z, x_r, x_n = self.of_input(x)
        h_z, h_r, h_n = (None, None, None) if bias is None else bias.chunk(3)
        z = sigmoid(x_z if h_z is None else x_z + h_z)
        r = sigmoid(x_r + linear(h, self.weight_hh[H : 2 * H], h_r))
        n = tanh(linear(r * h, self.weight_hh[2 * H :], h_n) + tanh(x_n))
        return z * n + (1 - z) * h
