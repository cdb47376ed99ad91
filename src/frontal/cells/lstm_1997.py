"""The long short-term memory as it began, without a forget gate."""

from __future__ import annotations

from torch import Tensor, sigmoid, tanh

from frontal.cell import GatedCell


class LSTM1997(GatedCell):
    """Hochreiter & Schmidhuber, Long short-term memory, Neural Computation 9, 1997.

    i, g, o = W_ih x + b_ih + W_hh h + b_hh  (in this order)
    c' = c + σ(i) tanh(g),  h' = σ(o) tanh(c')

    Deviations: tanh in place of the paper's scaled logistic functions; gradients are not cut at the gates.

    Args:
        input_size, hidden_size: features of the input, I, and of each state, H.
        bias: with `bias_ih` and `bias_hh`.
        device, dtype: of the parameters.
    """

    states = ("h", "c")
    gates = ("i", "g", "o")

    def step(self, x: Tensor, h: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
        """Return the new h and c, each (B, H)."""
        i, g, o = self.sums(x, h)
        c = c + sigmoid(i) * tanh(g)
        return sigmoid(o) * tanh(c), c
