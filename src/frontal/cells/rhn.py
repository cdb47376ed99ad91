"""The recurrent highway network: several layers within one step."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, sigmoid, tanh
from torch.nn.functional import linear

from frontal.cell import Cell


class RHN(Cell):
    """Zilly et al., Recurrent highway networks, 2016 (arXiv 1607.03474).

    s = h; for each of `depth` layers k:  n, t = U_k s + b_k, for the first one + W x
    s ← tanh(n) σ(t) + s (1 - σ(t));  h' = s

    Deviations: the carry gate is 1 - σ(t), as in the paper's experiments.

    Args:
        input_size, hidden_size: features of the input, I, and of the state, H.
        depth: layers within a step.
        device, dtype: of the parameters.
    """

    gates = ("n", "t")

    def __init__(
        self, input_size: int, hidden_size: int, *, depth: int = 3,
        device: Any = None, dtype: torch.dtype | None = None,
    ) -> None:  # fmt: skip
        super().__init__(input_size, hidden_size)
        self.depth = self.checked_size("depth", depth)
        factory = {"device": device, "dtype": dtype}
        self.add_weight("weight_ih", 2 * hidden_size, input_size, **factory)
        for k in range(self.depth):
            self.add_weight(f"weight_{k}", 2 * hidden_size, hidden_size, **factory)
            self.add_weight(f"bias_{k}", 2 * hidden_size, **factory)

    def step(self, x: Tensor, h: Tensor) -> Tensor:
        """Return the new h, (B, H)."""
        of_x = linear(x, self.weight_ih)  # (B, 2H)
        for k in range(self.depth):
            a = linear(h, getattr(self, f"weight_{k}"), getattr(self, f"bias_{k}"))
            n, t = (a + of_x if k == 0 else a).chunk(2, -1)
            t = sigmoid(t)
            h = tanh(n) * t + h * (1 - t)
        return h
