"""The gated recurrent unit."""

from __future__ import annotations

from torch import Tensor, sigmoid, tanh

from frontal.cell import GatedCell


class GRU(GatedCell):
    """Cho et al., Learning phrase representations using RNN encoder-decoder, 2014 (arXiv 1406.1078).

    r = σ(W_ir x + b_ir + W_hr h + b_hr),  z = σ(W_iz x + b_iz + W_hz h + b_hz)
    n = tanh(W_in x + b_in + r (W_hn h + b_hn)),  h' = (1 - z) n + z h

    Deviations: the reset gate acts after the product with W_hn, as in version 1 of the paper and
    in torch.nn.GRU, not on h before it, as in version 3; two biases, as in torch.nn.GRU.

    Args:
        input_size: features of the input, I.
        hidden_size: features of the state, H.
        bias: with `bias_ih` and `bias_hh`.
        device, dtype: of the parameters.
    """

    gates = ("r", "z", "n")

    def step(self, x: Tensor, h: Tensor) -> Tensor:
        """Return the new h, (B, H)."""
        x_r, x_z, x_n = self.of_input(x)
        h_r, h_z, h_n = self.of_state(h)
        r, z = sigmoid(x_r + h_r), sigmoid(x_z + h_z)
        n = tanh(x_n + r * h_n)
        return (1 - z) * n + z * h
