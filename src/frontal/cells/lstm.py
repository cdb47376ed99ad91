"""The long short-term memory."""

from typing import Any

import torch
from torch import Tensor, sigmoid, tanh
from torch.nn.functional import linear

from frontal.cell import Cell
from frontal.errors import FrontalError


class LSTM(Cell):
    """Hochreiter & Schmidhuber 1997; forget gate, Gers et al. 2000; projection, Sak et al. 2014.

    i, f, g, o = W_ih x + b_ih + W_hh h + b_hh  (in this order)
    c' = σ(f) c + σ(i) tanh(g),  h' = σ(o) tanh(c'),  with `proj_size` h' = W_hr σ(o) tanh(c')

    Deviations: none from torch.nn.LSTM (two biases, no peepholes).

    Args:
        input_size, hidden_size, bias: features of the input, I, and of c, H; with both biases.
        proj_size: features of h, below H; 0 for no projection.
        device, dtype: of the parameters.
    """

    states = ("h", "c")
    gates = ("i", "f", "g", "o")
    weight_hr: Tensor

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        *,
        bias: bool = True,
        proj_size: int = 0,
        device: Any = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__(input_size, hidden_size)
        if not isinstance(proj_size, int) or not 0 <= proj_size < hidden_size:
            raise FrontalError(f"LSTM: proj_size must be within 0 .. hidden_size - 1, got {proj_size!r}")
        self.proj_size = proj_size
        self.add_gate_weights(bias=bias, device=device, dtype=dtype)
        if proj_size:
            self.add_weight("weight_hr", proj_size, hidden_size, device=device, dtype=dtype)

    @property
    def state_sizes(self) -> tuple[int, int]:
        """Features of h and of c."""
        return self.proj_size or self.hidden_size, self.hidden_size

    def step(self, x: Tensor, h: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
        """Return the new h, (B, proj_size or H), and c, (B, H)."""
        a = linear(x, self.weight_ih, self.bias_ih) + linear(h, self.weight_hh, self.bias_hh)  # (B, 4H)
        i, f, g, o = a.chunk(4, -1)
        c = sigmoid(f) * c + sigmoid(i) * tanh(g)
        h = sigmoid(o) * tanh(c)
        return linear(h, self.weight_hr) if self.proj_size else h, c
