"""A sound cell, and cells that each spoil one thing of it."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import linear

from frontal.cell import GatedCell


class Sound(GatedCell):
    gates = ("h",)

    def __init__(self, input_size: int = 3, hidden_size: int = 4, **options: Any) -> None:
        super().__init__(input_size, hidden_size, **options)

    def step(self, x: Tensor, h: Tensor) -> Any:
        return torch.tanh(linear(x, self.weight_ih, self.bias_ih) + linear(h, self.weight_hh, self.bias_hh))


class TooWide(Sound):
    def step(self, x: Tensor, h: Tensor) -> Tensor:
        return super().step(x, h).repeat(1, 2)


class OneStateTooMany(Sound):
    def step(self, x: Tensor, h: Tensor) -> tuple[Tensor, Tensor]:
        return (super().step(x, h),) * 2


class Detached(Sound):
    def step(self, x: Tensor, h: Tensor) -> Tensor:
        return super().step(x, 0.5 * h + 0.5 * h.detach())


class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        return gradients[0] * 2 * ctx.saved_tensors[0].detach()


class FirstGradientOnly(Sound):
    def step(self, x: Tensor, h: Tensor) -> Tensor:
        return super().step(x, Square.apply(h))  # type: ignore[arg-type]


class SeesBatchSize(Sound):
    def step(self, x: Tensor, h: Tensor) -> Tensor:
        return super().step(x, h) / len(x)


class SeesBatchMean(Sound):
    def step(self, x: Tensor, h: Tensor) -> Tensor:
        return super().step(x - x.mean(0), h)


class SecretMemory(Sound):
    """Keeps something outside its states."""

    secret: float = 0.0

    def step(self, x: Tensor, h: Tensor) -> Tensor:
        self.secret = 0.5 * self.secret + float(x.detach().mean())
        return super().step(x + self.secret, h)


class RoundsToFloat32(Sound):
    def step(self, x: Tensor, h: Tensor) -> Tensor:
        return super().step(x.float().to(x.dtype), h)
