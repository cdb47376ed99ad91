"""Random operations written with draws that depend on a shape alone, so that they can be made before the loop."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import torch
from torch import Tensor

aten = torch.ops.aten


def _rand_like(x: Tensor, **kwargs: Any) -> Tensor:
    return torch.rand(x.shape, dtype=kwargs.get("dtype") or x.dtype)


def _randn_like(x: Tensor, **kwargs: Any) -> Tensor:
    return torch.randn(x.shape, dtype=kwargs.get("dtype") or x.dtype)


def _bernoulli(p: Tensor, **kwargs: Any) -> Tensor:
    return (torch.rand(p.shape, dtype=p.dtype) < p).to(p.dtype)


def _bernoulli_of(x: Tensor, p: float = 0.5, **kwargs: Any) -> Tensor:
    return (torch.rand(x.shape, dtype=x.dtype) < p).to(x.dtype)


def _dropout(x: Tensor, p: float, train: bool | None) -> tuple[Tensor, Tensor]:
    if train is False or p == 0:
        return x, torch.ones(x.shape, dtype=torch.bool)
    kept = torch.rand(x.shape, dtype=x.dtype) >= p
    return torch.where(kept, x / (1 - p) if p < 1 else x, 0.0), kept


DRAWS: Final[dict[Any, Any]] = {
    aten.rand_like.default: _rand_like,
    aten.randn_like.default: _randn_like,
    aten.bernoulli.default: _bernoulli,
    aten.bernoulli.p: _bernoulli_of,
    aten.bernoulli_.float: _bernoulli_of,
    aten.native_dropout.default: _dropout,
}


@contextmanager
def seeded(seed: int | None) -> Iterator[None]:
    """Draw from a seed, and leave torch's own generator as it was; None changes nothing."""
    if seed is None:
        yield
        return
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield
