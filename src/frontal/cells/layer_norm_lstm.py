"""The long short-term memory with layer normalisation."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn, sigmoid, tanh
from torch.nn.functional import linear

from frontal.cell import Cell


class LayerNormLSTM(Cell):
    """Ba, Kiros & Hinton, Layer normalization, 2016 (arXiv 1607.06450), equations 20 to 22.

    i, f, g, o = LN(W_ih x; γ_ih, β_ih) + LN(W_hh h; γ_hh, β_hh)  (over all 4 H at once)
    c' = σ(f) c + σ(i) tanh(g),  h' = σ(o) tanh(LN(c'; γ_c, β_c))

    Deviations: the bias of the paper is β_ih + β_hh.

    Args:
        input_size, hidden_size: features of the input, I, and of each state, H.
        device, dtype: of the parameters.
    """

    states = ("h", "c")
    gates = ("i", "f", "g", "o")

    def __init__(
        self, input_size: int, hidden_size: int, *, device: Any = None, dtype: torch.dtype | None = None
    ) -> None:
        super().__init__(input_size, hidden_size)
        factory = {"device": device, "dtype": dtype}
        self.add_gate_weights(bias=False, **factory)
        self.norm_ih = nn.LayerNorm(4 * hidden_size, **factory)
        self.norm_hh = nn.LayerNorm(4 * hidden_size, **factory)
        self.norm_c = nn.LayerNorm(hidden_size, **factory)

    def reset_parameters(self) -> None:
        """Draw the weights anew, uniformly within ±1/√H; norms start as 1 and 0."""
        for weight in (self.weight_ih, self.weight_hh):
            self._draw(weight)
        for norm in (self.norm_ih, self.norm_hh, self.norm_c):
            norm.reset_parameters()

    def step(self, x: Tensor, h: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
        """Return the new h and c, each (B, H)."""
        a = self.norm_ih(linear(x, self.weight_ih)) + self.norm_hh(linear(h, self.weight_hh))  # (B, 4H)
        i, f, g, o = a.chunk(4, -1)
        c = sigmoid(f) * c + sigmoid(i) * tanh(g)
        return sigmoid(o) * tanh(self.norm_c(c)), c
