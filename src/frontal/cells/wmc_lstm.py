"""The long short-term memory with working memory connections."""

from __future__ import annotations

from typing import Any

from torch import Tensor, sigmoid, tanh
from torch.nn.functional import linear

from frontal.cell import GatedCell


class WMCLSTM(GatedCell):
    """Landi et al., Working memory connections for LSTM, 2021 (arXiv 2109.00020).

    i = σ(W_i x + U_i h + tanh(V_i c)),  f = σ(W_f x + U_f h + tanh(V_f c)),  g = tanh(W_g x + U_g h)
    c' = f c + i g,  o = σ(W_o x + U_o h + tanh(V_o c')),  h' = o tanh(c')

    Deviations: two biases, as in torch.nn.LSTM.

    Args:
        input_size, hidden_size: features of the input, I, and of each state, H.
        bias: with `bias_ih` and `bias_hh`.
        device, dtype: of the parameters.
    """

    states = ("h", "c")
    gates = ("i", "f", "g", "o")
    memory_i: Tensor
    memory_f: Tensor
    memory_o: Tensor

    def add_own_weights(self, **factory: Any) -> None:
        """Make the weights from the memory to the gates, each (H, H)."""
        for name in ("memory_i", "memory_f", "memory_o"):
            self.add_weight(name, self.hidden_size, self.hidden_size, **factory)

    def step(self, x: Tensor, h: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
        """Return the new h and c, each (B, H)."""
        i, f, g, o = self.sums(x, h)
        i, f = sigmoid(i + tanh(linear(c, self.memory_i))), sigmoid(f + tanh(linear(c, self.memory_f)))
        c = f * c + i * tanh(g)
        return sigmoid(o + tanh(linear(c, self.memory_o))) * tanh(c), c
