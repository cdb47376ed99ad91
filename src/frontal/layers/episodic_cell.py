"""A gated recurrent unit that is told from outside how much of each step to take in."""

from __future__ import annotations

from typing import final

from torch import Tensor, sigmoid, tanh
from torch.nn.functional import linear

from frontal.cell import Cell


@final
class AttentionGRU(Cell):
    """Xiong, Merity & Socher, Dynamic memory networks for visual and textual question answering, 2016.

    r = σ(W_r f + U_r h + b_r),  n = tanh(W_n f + r (U_n h + b_hn) + b_n),  h' = g n + (1 - g) h

    The attention g, within 0 .. 1, stands where a gated recurrent unit has its update gate: a step with
    g = 0 changes nothing.

    Args:
        input_size: features of a step: those of f, and g as the last one.
        hidden_size: features of the state, H.
    """

    gates = ("r", "n")

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size)
        self.checked_size("input_size - 1", input_size - 1)
        self.add_weight("weight_ih", 2 * hidden_size, input_size - 1)
        self.add_weight("weight_hh", 2 * hidden_size, hidden_size)
        self.add_weight("bias_ih", 2 * hidden_size)
        self.add_weight("bias_hh", 2 * hidden_size)

    def step(self, x: Tensor, h: Tensor) -> Tensor:
        """Return the new h, (B, H); x is (B, input_size), g its last column."""
        f, g = x[:, :-1], x[:, -1:]
        f_r, f_n = linear(f, self.weight_ih, self.bias_ih).chunk(2, -1)
        h_r, h_n = linear(h, self.weight_hh, self.bias_hh).chunk(2, -1)
        n = tanh(f_n + sigmoid(f_r + h_r) * h_n)
        return g * n + (1 - g) * h
