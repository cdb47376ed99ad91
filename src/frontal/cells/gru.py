"""The gated recurrent unit."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, sigmoid, tanh
from torch.nn.functional import linear

from frontal.cell import Cell


class GRU(Cell):
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

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        *,
        bias: bool = True,
        device: Any = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__(input_size, hidden_size)
        self.add_gate_weights(bias=bias, device=device, dtype=dtype)

    def step(self, x: Tensor, h: Tensor) -> Tensor:
        """Return the new h, (B, H)."""
        x_r, x_z, x_n = linear(x, self.weight_ih, self.bias_ih).chunk(3, -1)  # each (B, H)
        h_r, h_z, h_n = linear(h, self.weight_hh, self.bias_hh).chunk(3, -1)
        r, z = sigmoid(x_r + h_r), sigmoid(x_z + h_z)
        n = tanh(x_n + r * h_n)
        return (1 - z) * n + z * h
