"""Limits on gradients: by value, by norm, and by the size of the weights they belong to."""

from __future__ import annotations

from collections.abc import Iterable
from math import hypot

import torch
from torch import Tensor, nn
from torch.linalg import vector_norm

from frontal.training.settings import TrainingSettings

LEAST_WEIGHT = 1e-3  # norm that weights are taken to have at least, so that those that begin at zero can grow


def clip(parameters: Iterable[nn.Parameter], settings: TrainingSettings) -> float:
    """Clip gradients in place: by value, then adaptively, then by norm; return the norm of all before."""
    parameters = [p for p in parameters if p.grad is not None]
    norm = total_norm([p.grad for p in parameters if p.grad is not None])
    if settings.clip_value is not None:
        nn.utils.clip_grad_value_(parameters, settings.clip_value)
    if settings.clip_adaptive is not None:
        clip_adaptively(parameters, settings.clip_adaptive)
    if settings.clip_norm is not None:
        nn.utils.clip_grad_norm_(parameters, settings.clip_norm)
    return norm


@torch.no_grad()
def clip_adaptively(parameters: Iterable[nn.Parameter], ratio: float) -> None:
    """Shorten the gradient of each row of weights to at most `ratio` times the norm of the row (Brock et al. 2021).

    Args:
        parameters: those with a gradient; a vector, such as a bias, counts as one row.
        ratio: above 0; 0.01 is usual.
    """
    for parameter in parameters:
        gradient = parameter.grad
        if gradient is None:
            continue
        longest = ratio * _rows(parameter).clamp(min=LEAST_WEIGHT)
        gradient.mul_((longest / _rows(gradient).clamp(min=1e-12)).clamp(max=1))


def total_norm(gradients: list[Tensor]) -> float:
    """Return the norm of all numbers together; by one sum a tensor on a CPU, where a small model feels more."""
    if all(g.device.type == "cpu" for g in gradients):
        return hypot(*[vector_norm(g).item() for g in gradients])
    return nn.utils.get_total_norm(gradients).item()


def _rows(x: Tensor) -> Tensor:
    """Return the norm of each row, in a shape that broadcasts with x."""
    return vector_norm(x) if x.dim() < 2 else vector_norm(x, dim=tuple(range(1, x.dim())), keepdim=True)
