"""The network of undamped, independent oscillators."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, sigmoid, tanh
from torch.nn.functional import linear

from frontal.cell import Cell


class UnICORNN(Cell):
    """Rusch & Mishra, UnICORNN: a recurrent model for learning very long time dependencies, 2021 (arXiv 2103.05487).

    s = Δt σ(c),  z' = z - s (tanh(w y + W_ih x + b) + α y),  y' = y + s z'

    with vectors w and c: a unit sees only itself and has its own step.

    Deviations: none within a layer; the first state is y, the output.

    Args:
        input_size, hidden_size: features of the input, I, and of each state, H.
        time_step, frequency: Δt and α.
        device, dtype: of the parameters.
    """

    states = ("y", "z")
    weight_ih: Tensor
    bias: Tensor
    own: Tensor
    pace: Tensor

    def __init__(
        self, input_size: int, hidden_size: int, *, time_step: float = 0.1, frequency: float = 10.0,
        device: Any = None, dtype: torch.dtype | None = None,
    ) -> None:  # fmt: skip
        super().__init__(input_size, hidden_size)
        self.time_step = self.checked("time_step", time_step, 0, 1)
        self.frequency = self.checked("frequency", frequency, 0, 1000)
        self.add_weight("weight_ih", hidden_size, input_size, device=device, dtype=dtype)
        for name in ("bias", "own", "pace"):
            self.add_weight(name, hidden_size, device=device, dtype=dtype)

    def step(self, x: Tensor, y: Tensor, z: Tensor) -> tuple[Tensor, Tensor]:
        """Return the new y and z, each (B, H)."""
        s = self.time_step * sigmoid(self.pace)  # (H,)
        z = z - s * (tanh(self.own * y + linear(x, self.weight_ih, self.bias)) + self.frequency * y)
        return y + s * z, z
