"""The long short-term memory that forgets as much as it takes in."""

from __future__ import annotations

from torch import Tensor, sigmoid, tanh

from frontal.cell import GatedCell


class CoupledLSTM(GatedCell):
    """Greff et al., LSTM: a search space odyssey, 2015 (arXiv 1503.04069), there CIFG.

    f, g, o = W_ih x + b_ih + W_hh h + b_hh  (in this order)
    c' = σ(f) c + (1 - σ(f)) tanh(g),  h' = σ(o) tanh(c')

    Deviations: no peepholes, which the paper's base LSTM has; two biases, as in torch.nn.LSTM.

    Args:
        input_size, hidden_size: features of the input, I, and of each state, H.
        bias: with `bias_ih` and `bias_hh`.
        device, dtype: of the parameters.
    """

    states = ("h", "c")
    gates = ("f", "g", "o")

    def step(self, x: Tensor, h: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
        """Return the new h and c, each (B, H)."""
        f, g, o = self.sums(x, h)
        f = sigmoid(f)
        c = f * c + (1 - f) * tanh(g)
        return sigmoid(o) * tanh(c), c
