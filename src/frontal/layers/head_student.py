"""The head for values with rare large errors: Student's t."""

from __future__ import annotations

from dataclasses import dataclass
from math import log, pi
from typing import final

import torch
from torch import Tensor
from torch.distributions import StudentT as Draws
from torch.nn.functional import softplus

from frontal.layers.distribution import Distribution, checked_level
from frontal.layers.head import checked_like
from frontal.layers.head_distribution import DistributionHead
from frontal.layers.head_gaussian import UNIT, checked_scale
from frontal.layers.incomplete_beta import incomplete_beta, lgamma_rise

LEAST_FREEDOM = 2.01  # degrees of freedom: from 2 down there is no variance
START = 5.0  # what is added to it before training


@final
@dataclass(frozen=True)
class StudentDistribution(Distribution):
    """Student's t, moved and scaled.

    Attributes:
        location: μ, (…, D).
        scale: σ, (…, D); the standard deviation is σ √(ν / (ν - 2)).
        freedom: ν, (…, D), > 2.
    """

    location: Tensor
    scale: Tensor
    freedom: Tensor

    @property
    def mean(self) -> Tensor:
        """μ."""
        return self.location

    def log_density(self, values: Tensor) -> Tensor:
        """Return the log of the density."""
        v, z = self.freedom, (values - self.location) / self.scale
        constant = lgamma_rise(v / 2, torch.full_like(v, 0.5)) - 0.5 * (v.log() + log(pi)) - self.scale.log()
        return constant - (v + 1) / 2 * torch.log1p(z.square() / v)

    def cdf(self, values: Tensor) -> Tensor:
        """Return the probability of at most `values`."""
        return self._above((self.location - values) / self.scale)

    def survival(self, values: Tensor) -> Tensor:
        """Return the probability of at least `values`."""
        return self._above((values - self.location) / self.scale)

    def quantile(self, level: float) -> Tensor:
        """Return the values not exceeded with probability `level`."""
        tail = min(checked_level(level), 1 - level)
        far = _far(self.freedom.detach().double(), tail)
        return self.location + self.scale * (far if level > 0.5 else -far).to(self.scale)

    def sample(self, count: int) -> Tensor:
        """Draw `count` times."""
        return Draws(self.freedom, self.location, self.scale).sample((count,))

    def _above(self, z: Tensor) -> Tensor:
        """The probability of at least z, standardised."""
        tail = _tail(self.freedom.detach().double(), z.detach().double().abs())
        return torch.where(z > 0, tail, 1 - tail).to(z)


@final
class StudentT(DistributionHead):
    """A location, a scale and degrees of freedom for each value, by the negative log-likelihood.

        μ = μ̂,  σ = softplus(σ̂) + min_scale,  ν = softplus(ν̂) + 2.01

    The fewer degrees of freedom, the less a value far out surprises.

    Args:
        features: F.
        size: values of a target, D.
        min_scale: floor of σ, > 0, in the unit of the target.
    """

    def __init__(self, features: int, size: int = 1, *, min_scale: float = 1e-3) -> None:
        super().__init__(features, size, 3)
        self.min_scale = checked_scale(self, min_scale)

    def distribution(self, outputs: Tensor) -> StudentDistribution:
        """Return what outputs, (…, D, 3), stand for."""
        location, spread, freedom = self.checked_outputs(outputs).unbind(-1)
        return StudentDistribution(location, softplus(spread) + self.min_scale, softplus(freedom) + LEAST_FREEDOM)

    def plain(self) -> list[float]:
        """Return μ̂, σ̂ and ν̂ of a location of 0, a scale of 1 and about 7 degrees of freedom."""
        return [0.0, UNIT, START]

    def losses(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Return the negative log-likelihood, in nats, of each of targets (…, D)."""
        return -self.distribution(outputs).log_density(checked_like(targets, outputs, "StudentT"))


def _tail(v: Tensor, z: Tensor) -> Tensor:
    """The probability of at least z >= 0."""
    square = z * z
    return 0.5 * incomplete_beta(v / 2, torch.full_like(v, 0.5), v / (v + square), square / (v + square))


def _far(v: Tensor, tail: float) -> Tensor:
    """The z >= 0 that is exceeded with probability `tail`, by Newton's method on the log of the tail.

    The search starts from the Gaussian's z, which is too small, and stays between what was too small
    and what was too large.
    """
    z = -torch.special.ndtri(torch.tensor(tail, dtype=torch.float64)).expand_as(v)
    low, high = torch.zeros_like(v), torch.full_like(v, float("inf"))
    for _ in range(100):
        over = _tail(v, z)
        low, high = torch.where(over > tail, z, low), torch.where(over > tail, high, z)
        density = StudentDistribution(torch.zeros_like(v), torch.ones_like(v), v).log_density(z).exp()
        step = (over.log() - log(tail)) * over / density
        new = z + step
        new = torch.where((new >= low) & (new <= high), new, torch.where(high.isinf(), 2 * z + 1, (low + high) / 2))
        done = bool(((new - z).abs() <= 1e-13 * (1 + z)).all())
        z = new
        if done:
            break
    return z
