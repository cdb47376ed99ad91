"""The network of coupled oscillators."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, tanh
from torch.nn.functional import linear

from frontal.cell import Cell


class CoRNN(Cell):
    """Rusch & Mishra, Coupled oscillatory recurrent neural network, 2021 (arXiv 2010.00951).

    z' = z + Δt (tanh(W_ih x + W_y y + W_z z + b) - γ y - ε z),  y' = y + Δt z'

    Deviations: the damping is taken at the old z, the explicit one of the paper's two schemes.

    Args:
        input_size, hidden_size: features of the input, I, and of each state, H.
        time_step, frequency, damping: Δt, γ and ε.
        device, dtype: of the parameters.
    """

    states = ("y", "z")
    weight_ih: Tensor
    weight_y: Tensor
    weight_z: Tensor
    bias: Tensor

    def __init__(
        self, input_size: int, hidden_size: int, *, time_step: float = 0.042, frequency: float = 2.7,
        damping: float = 4.7, device: Any = None, dtype: torch.dtype | None = None,
    ) -> None:  # fmt: skip
        super().__init__(input_size, hidden_size)
        self.time_step = self.checked("time_step", time_step, 0, 1)
        self.frequency = self.checked("frequency", frequency, 0, 1000)
        self.damping = self.checked("damping", damping, 0, 1000)
        H = hidden_size
        for name, shape in (("weight_ih", (H, input_size)), ("weight_y", (H, H)), ("weight_z", (H, H)), ("bias", (H,))):
            self.add_weight(name, *shape, device=device, dtype=dtype)

    def step(self, x: Tensor, y: Tensor, z: Tensor) -> tuple[Tensor, Tensor]:
        """Return the new y and z, each (B, H)."""
        a = linear(x, self.weight_ih, self.bias) + linear(y, self.weight_y) + linear(z, self.weight_z)
        z = z + self.time_step * (tanh(a) - self.frequency * y - self.damping * z)
        return y + self.time_step * z, z
