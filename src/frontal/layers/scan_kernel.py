"""The scan by a compiled kernel: a cell whose step is a h + b, and which is given a and b as they are."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import lru_cache

import torch
from torch import Tensor
from torch.nn.functional import linear

from frontal.cell import Cell
from frontal.compiler.choose import choose
from frontal.compiler.cpu.driver import Driver, Inputs
from frontal.layers.scan_numbers import Numbers


class _Step(Cell, ABC):
    """h' = a h + b with b = x.

    For the compiler a is a product that it computes before the loop, a sequence of its own; here the
    caller hands over another one in its place. So a and b need not be copied side by side.
    """

    def __init__(self, width: int, dtype: torch.dtype) -> None:
        super().__init__(width, width)
        self.register_buffer("weight", torch.ones(width, 1, dtype=dtype))

    def step(self, x: Tensor, h: Tensor) -> Tensor:
        """Return the new h."""
        return self.rule(linear(-x[:, :1], self.get_buffer("weight")), h, x)

    @abstractmethod
    def rule(self, a: Tensor, h: Tensor, b: Tensor) -> Tensor:
        """Return a h + b in operations that a kernel does fast."""


class _Real(_Step):
    def rule(self, a: Tensor, h: Tensor, b: Tensor) -> Tensor:
        return a * h + b


class _Complex(_Step):
    def rule(self, a: Tensor, h: Tensor, b: Tensor) -> Tensor:
        (p, q), (u, v), (s, t) = (each.chunk(2, -1) for each in (a, h, b))
        return torch.cat([p * u - q * v + s, p * v + q * u + t], -1)


class _Log(_Step):
    def rule(self, a: Tensor, h: Tensor, b: Tensor) -> Tensor:
        """Return log(exp(a + h) + exp(b)), where a = -inf lets nothing of h through, not even NaN."""
        p = torch.where(a == -torch.inf, a, a + h)
        apart = torch.where(p == b, 0.0, (p - b).abs())  # both may be -inf
        return torch.maximum(p, b) + torch.log1p(torch.exp(-apart))


_STEPS: dict[str, type[_Step]] = {"real": _Real, "complex": _Complex, "log": _Log}


def scan_kernel(numbers: Numbers, a: Tensor, b: Tensor, h: Tensor, cut: Tensor | None, *, reverse: bool) -> Tensor:
    """Return h after every step, without a gradient; arguments as for `scan_loop`, in float32 or float64."""
    _, B, width = b.shape
    reset = None
    if cut is not None and numbers.zero == 0:  # the kernel's own resets set the state to 0
        reset = cut.roll(1, 0) if reverse else cut  # backwards, a sequence that begins at t + 1 is cut off before t
    driver = _driver(numbers.name, width, b.dtype, alone=2 * torch.get_num_threads() > B)
    inputs = Inputs(_dense(b), [_dense(a)], [h.contiguous()], [], None, reset, reverse)
    return driver.forward(inputs, record=False)[0]


def has_kernel(like: Tensor) -> bool:
    """Whether `scan_kernel` can run on tensors such as `like`."""
    known = like.dtype in (torch.float32, torch.float64)
    return known and choose(_cell("real", 1, like.dtype, alone=True), "auto", like).program is not None


@lru_cache(maxsize=64)
def _driver(name: str, width: int, dtype: torch.dtype, *, alone: bool) -> Driver:
    """Return what runs the kernel; `alone` on one thread, since a team on the same rows waits at every step."""
    program = choose(_cell(name, width, dtype, alone=alone), "cpu", torch.empty(0, dtype=dtype)).program
    assert program is not None
    program.driver.single = alone
    return program.driver


@lru_cache(maxsize=64)
def _cell(name: str, width: int, dtype: torch.dtype, *, alone: bool) -> Cell:
    return _STEPS[name](width, dtype)


def _dense(a: Tensor) -> Tensor:
    """Return a sequence whose features lie next to each other; it may be the same at every step."""
    return a if a.stride(-1) == 1 else a.contiguous()
