"""A user's own cell, as somebody who has only read the README would write it."""

from __future__ import annotations

from torch import Tensor, cos, sigmoid, tanh
from torch.nn.functional import linear

import frontal


class CosineLSTM(frontal.Cell):
    """An LSTM whose candidate is a cosine."""

    states, gates = ("h", "c"), ("i", "f", "g", "o")

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size)
        self.add_gate_weights()

    def step(self, x: Tensor, h: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
        a = linear(x, self.weight_ih, self.bias_ih) + linear(h, self.weight_hh, self.bias_hh)  # (B, 4H)
        i, f, g, o = a.chunk(4, -1)
        c = sigmoid(f) * c + sigmoid(i) * cos(g)
        return sigmoid(o) * tanh(c), c
