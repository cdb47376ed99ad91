"""The network whose context is its own output."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, tanh
from torch.nn.functional import linear

from frontal.cell import Cell


class Jordan(Cell):
    """Jordan, Serial order: a parallel distributed processing approach, ICS report 8604, 1986.

    n = tanh(W_ih x + b_ih + W_hh y + b_hh),  y' = W_hy n + b_y

    The state is the output y, of `output_size` features; the hidden layer n, of H, is not carried.

    Deviations: tanh in place of the logistic function; the context is y itself, not its decaying sum.

    Args:
        input_size, hidden_size: features of the input, I, and of the hidden layer, H.
        output_size: features of y; H by default.
        bias: with `bias_ih`, `bias_hh` and `bias_y`.
        device, dtype: of the parameters.
    """

    states = ("y",)
    gates = ("n",)
    weight_hy: Tensor
    bias_y: Tensor | None

    def __init__(
        self, input_size: int, hidden_size: int, *, output_size: int | None = None, bias: bool = True,
        device: Any = None, dtype: torch.dtype | None = None,
    ) -> None:  # fmt: skip
        super().__init__(input_size, hidden_size)
        self.fed_back = size = self.checked_size("output_size", hidden_size if output_size is None else output_size)
        self.add_gate_weights(bias=bias, device=device, dtype=dtype)
        self.add_weight("weight_hy", size, hidden_size, device=device, dtype=dtype)
        self.register_parameter("bias_y", None)
        if bias:
            self.add_weight("bias_y", size, device=device, dtype=dtype)

    @property
    def state_sizes(self) -> tuple[int]:
        """Features of y."""
        return (self.fed_back,)

    def step(self, x: Tensor, y: Tensor) -> Tensor:
        """Return the new y, (B, output_size)."""
        n = tanh(linear(x, self.weight_ih, self.bias_ih) + linear(y, self.weight_hh, self.bias_hh))  # (B, H)
        return linear(n, self.weight_hy, self.bias_y)
