"""The long short-term memory whose gates look at the memory."""

from __future__ import annotations

from typing import Any

from torch import Tensor, sigmoid, tanh

from frontal.cell import GatedCell


class PeepholeLSTM(GatedCell):
    """Gers & Schmidhuber, Recurrent nets that time and count, IJCNN 2000; as in Graves 2013 (arXiv 1308.0850).

    i = σ(W_i x + U_i h + p_i c),  f = σ(W_f x + U_f h + p_f c),  g = tanh(W_g x + U_g h)
    c' = f c + i g,  o = σ(W_o x + U_o h + p_o c'),  h' = o tanh(c')

    Deviations: two biases, as in torch.nn.LSTM; in the paper of 2000 the cell input and output are not squashed.

    Args:
        input_size, hidden_size: features of the input, I, and of each state, H.
        bias: with `bias_ih` and `bias_hh`.
        device, dtype: of the parameters.
    """

    states = ("h", "c")
    gates = ("i", "f", "g", "o")
    peep_i: Tensor
    peep_f: Tensor
    peep_o: Tensor

    def add_own_weights(self, **factory: Any) -> None:
        """Make the peepholes, each (H,)."""
        for name in ("peep_i", "peep_f", "peep_o"):
            self.add_weight(name, self.hidden_size, **factory)

    def step(self, x: Tensor, h: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
        """Return the new h and c, each (B, H)."""
        i, f, g, o = self.sums(x, h)
        i, f = sigmoid(i + self.peep_i * c), sigmoid(f + self.peep_f * c)
        c = f * c + i * tanh(g)
        return sigmoid(o + self.peep_o * c) * tanh(c), c
