"""Dropout between layers, with four features to a random number."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.compiler import is_compiling
from torch.nn.functional import dropout

from frontal.compiler.choose import is_transformed

STEPS = 1 << 16  # values of 16 random bits
_LOWEST_16, _LOWEST_64 = -(1 << 15), -(1 << 63)


def drop(x: Tensor, rate: float, training: bool = True) -> Tensor:
    """Zero each feature with probability `rate`, and scale the others by 1 / (1 - rate), while training.

    On CPU this is torch's dropout with the rate rounded to a multiple of 2**-16, which lets one
    64-bit number decide on four features: most of the time of torch's goes into drawing. Elsewhere,
    in torch.compile and in torch.func it is torch's.

    Args:
        x: of any shape.
        rate: 0 .. 1.
        training: False returns x.
    """
    if not training or rate == 0:
        return x
    if rate == 1 or x.device.type != "cpu" or is_compiling() or is_transformed():
        return dropout(x, rate)
    return x * _mask(x, min(max(round(rate * STEPS), 1), STEPS - 1))


def _mask(x: Tensor, dropped: int) -> Tensor:
    """Return 0 for `dropped` of `STEPS` features, and what keeps the mean of the others, in the shape of x."""
    count = x.numel()
    words = torch.empty(-(-count // 4), dtype=torch.int64).random_(_LOWEST_64, None)
    kept = words.view(torch.int16)[:count] >= _LOWEST_16 + dropped
    return kept.to(x.dtype).mul_(STEPS / (STEPS - dropped)).view(x.shape)
