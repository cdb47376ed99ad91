"""The simple recurrent network."""

from __future__ import annotations

from typing import Any, Literal, get_args

import torch
from torch import Tensor
from torch.nn.functional import linear

from frontal.cell import Cell
from frontal.errors import FrontalError, did_you_mean

Nonlinearity = Literal["tanh", "relu"]


class Elman(Cell):
    """Elman, Finding structure in time, Cognitive Science 14, 1990.

    h' = φ(W_ih x + b_ih + W_hh h + b_hh), φ = tanh or relu

    Deviations: tanh or relu in place of the logistic function; two biases, as in torch.nn.RNN.

    Args:
        input_size: features of the input, I.
        hidden_size: features of the state, H.
        bias: with `bias_ih` and `bias_hh`.
        nonlinearity: "tanh" or "relu".
        device, dtype: of the parameters.
    """

    gates = ("h",)

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        *,
        bias: bool = True,
        nonlinearity: Nonlinearity = "tanh",
        device: Any = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__(input_size, hidden_size)
        if nonlinearity not in get_args(Nonlinearity):
            hint = did_you_mean(str(nonlinearity), get_args(Nonlinearity))
            raise FrontalError(f"Elman: unknown nonlinearity {nonlinearity!r}; {hint}")
        self.nonlinearity: Nonlinearity = nonlinearity
        self.add_gate_weights(bias=bias, device=device, dtype=dtype)

    def step(self, x: Tensor, h: Tensor) -> Tensor:
        """Return the new h, (B, H)."""
        a = linear(x, self.weight_ih, self.bias_ih) + linear(h, self.weight_hh, self.bias_hh)  # (B, H)
        return torch.tanh(a) if self.nonlinearity == "tanh" else torch.relu(a)
