"""The long short-term memory whose weights depend on the input."""

from __future__ import annotations

from typing import Any

from torch import Tensor, sigmoid, tanh
from torch.nn.functional import linear

from frontal.cell import GatedCell


class MultiplicativeLSTM(GatedCell):
    """Krause et al., Multiplicative LSTM for sequence modelling, 2016 (arXiv 1609.07959).

    m = (W_mx x) (W_mh h),  i, f, g, o = W_ih x + b_ih + W_hh m + b_hh  (in this order)
    c' = σ(f) c + σ(i) tanh(g),  h' = σ(o) tanh(c')

    Deviations: two biases, as in torch.nn.LSTM.

    Args:
        input_size, hidden_size: features of the input, I, and of each state, H.
        bias: with `bias_ih` and `bias_hh`.
        device, dtype: of the parameters.
    """

    states = ("h", "c")
    gates = ("i", "f", "g", "o")
    weight_mx: Tensor
    weight_mh: Tensor

    def add_own_weights(self, **factory: Any) -> None:
        """Make the two weights of the intermediate state m."""
        self.add_weight("weight_mx", self.hidden_size, self.input_size, **factory)
        self.add_weight("weight_mh", self.hidden_size, self.hidden_size, **factory)

    def step(self, x: Tensor, h: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
        """Return the new h and c, each (B, H)."""
        m = linear(x, self.weight_mx) * linear(h, self.weight_mh)  # (B, H)
        i, f, g, o = self.sums(x, m)
        c = sigmoid(f) * c + sigmoid(i) * tanh(g)
        return sigmoid(o) * tanh(c), c
