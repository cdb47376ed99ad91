"""Three kinds of numbers in which h' = a h + b can be computed: real, complex, and logarithms of positive ones."""

from __future__ import annotations

from abc import ABC, abstractmethod
from math import inf
from typing import NamedTuple, final

import torch
from torch import Tensor


class Back(NamedTuple):
    """How the gradient of h becomes that of the rest; each times the whole gradient g of h at its step.

    Attributes:
        numbers: in which g' = state · g + (what comes from outside) is computed, against the direction of the scan.
        state, a, b: factors for the state before, for a and for b; None for 1.
    """

    numbers: Numbers
    state: Tensor
    a: Tensor
    b: Tensor | None


class Numbers(ABC):
    """Products and sums; `zero` is what adds nothing, and the state of a sequence that begins."""

    name: str
    zero: float = 0.0

    @abstractmethod
    def one(self, like: Tensor) -> Tensor:
        """Return the number that changes no other by a product, broadcastable to `like`, (…, features)."""

    @abstractmethod
    def times(self, a: Tensor, b: Tensor) -> Tensor:
        """Return a · b."""

    @abstractmethod
    def advance(self, a: Tensor, h: Tensor, b: Tensor) -> Tensor:
        """Return a · h + b."""

    @abstractmethod
    def back(self, a: Tensor, b: Tensor, before: Tensor, h: Tensor) -> Back:
        """Return the factors of the gradient of h = a · before + b."""


@final
class Real(Numbers):
    """Features are real numbers."""

    name = "real"

    def one(self, like: Tensor) -> Tensor:
        """Return 1."""
        return like.new_ones(())

    def times(self, a: Tensor, b: Tensor) -> Tensor:
        """Return a b."""
        return a * b

    def advance(self, a: Tensor, h: Tensor, b: Tensor) -> Tensor:
        """Return a h + b."""
        return a * h + b

    def back(self, a: Tensor, b: Tensor, before: Tensor, h: Tensor) -> Back:
        """Return a for the state and the state for a."""
        return Back(self, a, before, None)


@final
class Complex(Numbers):
    """Features are complex numbers: all real parts, then all imaginary parts, (…, 2 H)."""

    name = "complex"

    def one(self, like: Tensor) -> Tensor:
        """Return 1 + 0 i for each feature."""
        H = like.shape[-1] // 2
        return torch.cat([like.new_ones(H), like.new_zeros(H)])

    def times(self, a: Tensor, b: Tensor) -> Tensor:
        """Return a b."""
        (p, q), (u, v) = a.chunk(2, -1), b.chunk(2, -1)
        return torch.cat([p * u - q * v, p * v + q * u], -1)

    def advance(self, a: Tensor, h: Tensor, b: Tensor) -> Tensor:
        """Return a h + b."""
        return self.times(a, h) + b

    def back(self, a: Tensor, b: Tensor, before: Tensor, h: Tensor) -> Back:
        """Return the conjugates of a and of the state."""
        return Back(self, _conjugate(a), _conjugate(before), None)


@final
class Log(Numbers):
    """Features are logarithms of numbers >= 0; log 0 = -inf."""

    name = "log"
    zero = -inf

    def one(self, like: Tensor) -> Tensor:
        """Return log 1."""
        return like.new_zeros(())

    def times(self, a: Tensor, b: Tensor) -> Tensor:
        """Return the logarithm of the product."""
        return a + b

    def advance(self, a: Tensor, h: Tensor, b: Tensor) -> Tensor:
        """Return the logarithm of a h + b."""
        return torch.logaddexp(a + h, b)

    def back(self, a: Tensor, b: Tensor, before: Tensor, h: Tensor) -> Back:
        """Return the shares that the state and b have in h."""
        kept, added = (torch.where(part == -inf, 0.0, (part - h).exp()) for part in (a + before, b))
        return Back(REAL, kept, kept, added)


def _conjugate(a: Tensor) -> Tensor:
    p, q = a.chunk(2, -1)
    return torch.cat([p, -q], -1)


REAL, COMPLEX, LOG = Real(), Complex(), Log()
