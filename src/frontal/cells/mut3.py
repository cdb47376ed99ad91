"""The third of the three cells that an evolution found."""

from __future__ import annotations

from torch import Tensor, sigmoid, tanh
from torch.nn.functional import linear

from frontal.cell import GatedCell


class MUT3(GatedCell):
    """Jozefowicz, Zaremba & Sutskever, An empirical exploration of recurrent network architectures, ICML 2015.

    z = σ(W_z x + U_z tanh(h)),  r = σ(W_r x + U_r h),  n = tanh(U_n (r h) + W_n x),  h' = z n + (1 - z) h

    Deviations: two biases, as in torch.nn.

    Args:
        input_size, hidden_size: features of the input, I, and of each state, H.
        bias: with `bias_ih` and `bias_hh`.
        device, dtype: of the parameters.
    """

    gates = ("z", "r", "n")

    def step(self, x: Tensor, h: Tensor) -> Tensor:
        """Return the new h, (B, H)."""
        x_z, x_r, x_n = self.of_input(x)
        weight_z, weight_r, weight_n = self.weight_hh.chunk(3)
        bias_z, bias_r, bias_n = (None, None, None) if self.bias_hh is None else self.bias_hh.chunk(3)
        z = sigmoid(x_z + linear(tanh(h), weight_z, bias_z))
        r = sigmoid(x_r + linear(h, weight_r, bias_r))
        n = tanh(linear(r * h, weight_n, bias_n) + x_n)
        return z * n + (1 - z) * h
