"""A cell as a user would write it."""

import torch
from torch import Tensor, nn

import frontal


class Cosine(frontal.Cell):
    states = ("h", "c")

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size)
        self.mix = nn.Linear(input_size + hidden_size, 4 * hidden_size)

    def step(self, x: Tensor, h: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
        i, f, g, o = self.mix(torch.cat([x, h], -1)).chunk(4, -1)
        c = f.sigmoid() * c + i.cos() * g.tanh()
        return o.sigmoid() * c.tanh(), c
