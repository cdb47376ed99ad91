"""The network with slow context units."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, sigmoid
from torch.nn.functional import linear

from frontal.cell import Cell


class SCRN(Cell):
    """Mikolov et al., Learning longer memory in recurrent neural networks, 2014 (arXiv 1412.7753).

    s' = (1 - α) B x + α s,  h' = σ(P s' + A x + R h)

    Deviations: the output is h; the paper's output layer sees s as well, which is a state here.

    Args:
        input_size, hidden_size: features of the input, I, and of h, H.
        context_size: features of s; H by default.
        slowness: α.
        device, dtype: of the parameters.
    """

    states = ("h", "s")
    weight_xs: Tensor
    weight_sh: Tensor
    weight_xh: Tensor
    weight_hh: Tensor

    def __init__(
        self, input_size: int, hidden_size: int, *, context_size: int | None = None, slowness: float = 0.95,
        device: Any = None, dtype: torch.dtype | None = None,
    ) -> None:  # fmt: skip
        super().__init__(input_size, hidden_size)
        self.context_size = self.checked_size("context_size", hidden_size if context_size is None else context_size)
        self.slowness = self.checked("slowness", slowness, 0, 1)
        I, H, S = input_size, hidden_size, self.context_size  # noqa: E741
        shapes = {"weight_xs": (S, I), "weight_sh": (H, S), "weight_xh": (H, I), "weight_hh": (H, H)}
        for name, shape in shapes.items():
            self.add_weight(name, *shape, device=device, dtype=dtype)

    @property
    def state_sizes(self) -> tuple[int, int]:
        """Features of h and of s."""
        return self.hidden_size, self.context_size

    def step(self, x: Tensor, h: Tensor, s: Tensor) -> tuple[Tensor, Tensor]:
        """Return the new h, (B, H), and s, (B, context_size)."""
        s = (1 - self.slowness) * linear(x, self.weight_xs) + self.slowness * s
        a = linear(s, self.weight_sh) + linear(x, self.weight_xh) + linear(h, self.weight_hh)
        return sigmoid(a), s
