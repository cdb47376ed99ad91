"""The regularised incomplete beta function, which torch lacks: the tails of Student's t and of counts."""

from __future__ import annotations

import torch
from torch import Tensor

LONGEST = 20_000  # terms of the continued fraction; about 5 √max(a, b) are needed
_TINY = 1e-300


def incomplete_beta(a: Tensor, b: Tensor, x: Tensor, rest: Tensor | None = None) -> Tensor:
    """Return I_x(a, b), float64, without gradients; within 1e-10 of the truth, relatively, down to 1e-300.

    By Gauss' continued fraction, on that side of the mean where it converges fast.

    Args:
        a, b: > 0, broadcast with x.
        x: 0 .. 1.
        rest: 1 - x, for those who know it more exactly; by default computed.
    """
    parts = (a, b, x, 1 - x if rest is None else rest)
    a, b, x, over = torch.broadcast_tensors(*(part.detach().double() for part in parts))
    swapped = x > (a + 1) / (a + b + 2)
    a, b = torch.where(swapped, b, a), torch.where(swapped, a, b)
    x, over = torch.where(swapped, over, x), torch.where(swapped, x, over)
    log_front = a * x.log() + b * over.log() - _log_beta(a, b) - a.log()
    side = torch.where(x > 0, log_front.exp() * _fraction(a, b, x), 0)
    return torch.where(swapped, 1 - side, side).clamp(0, 1)


def _log_beta(a: Tensor, b: Tensor) -> Tensor:
    """log B(a, b), also where one is so large that differences of lgamma would be rounded away."""
    small, large = torch.minimum(a, b), torch.maximum(a, b)
    return small.lgamma() - lgamma_rise(large, small)


def lgamma_rise(x: Tensor, by: Tensor) -> Tensor:
    """Return log Γ(x + by) - log Γ(x), for x, by > 0; where x is large, by Stirling's series."""
    big = x > 30
    safe = torch.where(big, x, 30.0)
    total = safe + by
    series = (safe - 0.5) * torch.log1p(by / safe) + by * (total.log() - 1) + _stirling(total) - _stirling(safe)
    return torch.where(big, series, (x + by).lgamma() - x.lgamma())


def _stirling(x: Tensor) -> Tensor:
    """What Stirling's formula leaves out of log Γ(x), x >= 30, within 1e-15."""
    square = x * x
    return (1 / 12 - (1 / 360 - (1 / 1260 - 1 / (1680 * square)) / square) / square) / x


def _fraction(a: Tensor, b: Tensor, x: Tensor) -> Tensor:
    """The continued fraction by Lentz' method; every few terms the elements that have settled are left out."""
    shape, (a, b, x) = a.shape, (part.reshape(-1) for part in (a, b, x))
    result, left = torch.empty_like(x), torch.arange(len(x))
    c, d = torch.ones_like(x), _away(1 - (a + b) * x / (a + 1)).reciprocal()
    value = d
    for m in range(1, LONGEST):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        d, c = _away(1 + even * d).reciprocal(), _away(1 + even / c)
        value = value * d * c
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        d, c = _away(1 + odd * d).reciprocal(), _away(1 + odd / c)
        factor = d * c
        value = value * factor
        if m % 8 == 0:
            settled = ~((factor - 1).abs() > 1e-14)  # NaN settles, too
            result[left[settled]] = value[settled]
            left, *parts = (part[~settled] for part in (left, a, b, x, c, d, value))
            a, b, x, c, d, value = parts
            if not len(left):
                break
    result[left] = value
    return result.reshape(shape)


def _away(x: Tensor) -> Tensor:
    """Away from zero, for divisions."""
    return torch.where(x.abs() < _TINY, _TINY, x)
