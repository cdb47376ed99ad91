"""The gate and the candidate that share their weights."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn, sigmoid, tanh
from torch.nn.functional import linear

from frontal.cell import Cell


class FastGRNN(Cell):
    """Kusupati et al., FastGRNN: a fast, accurate, stable and tiny gated recurrent network, 2018 (arXiv 1901.02358).

    a = W_ih x + W_hh h,  z = σ(a + b_z),  n = tanh(a + b_n),  h' = (σ(ζ) (1 - z) + σ(ν)) n + z h

    Deviations: full matrices, where the paper's are of low rank and sparse.

    Args:
        input_size, hidden_size: features of the input, I, and of the state, H.
        device, dtype: of the parameters.
    """

    weight_ih: Tensor
    weight_hh: Tensor
    bias_z: Tensor
    bias_n: Tensor
    zeta: Tensor
    nu: Tensor

    def __init__(
        self, input_size: int, hidden_size: int, *, device: Any = None, dtype: torch.dtype | None = None
    ) -> None:
        super().__init__(input_size, hidden_size)
        H = hidden_size
        shapes = {"weight_ih": (H, input_size), "weight_hh": (H, H), "bias_z": (H,), "bias_n": (H,)}
        for name, shape in {**shapes, "zeta": (), "nu": ()}.items():
            self.add_weight(name, *shape, device=device, dtype=dtype)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the weights uniformly within ±1/√H; ζ begins as 1, ν as -4."""
        super().reset_parameters()
        nn.init.constant_(self.zeta, 1.0)
        nn.init.constant_(self.nu, -4.0)

    def step(self, x: Tensor, h: Tensor) -> Tensor:
        """Return the new h, (B, H)."""
        a = linear(x, self.weight_ih) + linear(h, self.weight_hh)  # (B, H)
        z, n = sigmoid(a + self.bias_z), tanh(a + self.bias_n)
        return (sigmoid(self.zeta) * (1 - z) + sigmoid(self.nu)) * n + z * h
