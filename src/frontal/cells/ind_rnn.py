"""The network whose units see only themselves."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, relu
from torch.nn.functional import linear

from frontal.cell import Cell


class IndRNN(Cell):
    """Li et al., Independently recurrent neural network, 2018 (arXiv 1803.04831).

    h' = relu(W_ih x + b + u h), with one recurrent weight u a unit

    Deviations: none.

    Args:
        input_size, hidden_size: features of the input, I, and of each state, H.
        bias: with the bias b.
        device, dtype: of the parameters.
    """

    weight_ih: Tensor
    recurrent: Tensor
    bias: Tensor | None

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
        self.add_weight("weight_ih", hidden_size, input_size, device=device, dtype=dtype)
        self.add_weight("recurrent", hidden_size, device=device, dtype=dtype)
        self.register_parameter("bias", None)
        if bias:
            self.add_weight("bias", hidden_size, device=device, dtype=dtype)

    def step(self, x: Tensor, h: Tensor) -> Tensor:
        """Return the new h, (B, H)."""
        return relu(linear(x, self.weight_ih, self.bias) + self.recurrent * h)
