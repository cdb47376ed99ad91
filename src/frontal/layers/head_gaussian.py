"""The head for values with an error of their own: a Gaussian."""

from __future__ import annotations

from dataclasses import dataclass
from math import expm1, isfinite, log, pi
from typing import final

import torch
from torch import Tensor
from torch.nn.functional import softplus

from frontal.errors import FrontalError
from frontal.layers.distribution import Distribution, checked_level
from frontal.layers.head import checked_like
from frontal.layers.head_distribution import DistributionHead

UNIT = log(expm1(1.0))  # softplus of it is 1


@final
@dataclass(frozen=True)
class GaussianDistribution(Distribution):
    """Gaussians.

    Attributes:
        location: μ, (…, D).
        scale: σ, (…, D).
    """

    location: Tensor
    scale: Tensor

    @property
    def mean(self) -> Tensor:
        """μ."""
        return self.location

    def log_density(self, values: Tensor) -> Tensor:
        """Return log N(values; μ, σ)."""
        return -0.5 * ((values - self.location) / self.scale).square() - self.scale.log() - 0.5 * log(2 * pi)

    def cdf(self, values: Tensor) -> Tensor:
        """Return Φ((values - μ) / σ)."""
        return torch.special.ndtr((values - self.location) / self.scale)

    def survival(self, values: Tensor) -> Tensor:
        """Return Φ((μ - values) / σ)."""
        return torch.special.ndtr((self.location - values) / self.scale)

    def quantile(self, level: float) -> Tensor:
        """Return μ + σ Φ⁻¹(level)."""
        z = torch.special.ndtri(torch.tensor(checked_level(level), dtype=torch.float64))
        return self.location + self.scale * float(z)

    def sample(self, count: int) -> Tensor:
        """Draw `count` times."""
        return self.location + self.scale * torch.randn(count, *self.location.shape).to(self.location)


@final
class Gaussian(DistributionHead):
    """A mean and a standard deviation for each value, by the negative log-likelihood (Nix & Weigend 1994).

        μ = μ̂,  σ = softplus(σ̂) + min_scale,  loss = ½ ((y - μ) / σ)² + log σ + ½ log 2π

    Args:
        features: F.
        size: values of a target, D.
        min_scale: floor of σ, > 0, in the unit of the target: where targets repeat a value exactly, a
            smaller one would make the likelihood grow without bound.

    Example:
        >>> import torch
        >>> from frontal.layers import Gaussian
        >>> head = Gaussian(8, size=3)
        >>> outputs = head(torch.randn(4, 8))  # (B, D, 2)
        >>> head.loss(outputs, torch.randn(4, 3)).shape, head.quantile(outputs, 0.9).shape
        (torch.Size([]), torch.Size([4, 3]))
    """

    def __init__(self, features: int, size: int = 1, *, min_scale: float = 1e-3) -> None:
        super().__init__(features, size, 2)
        self.min_scale = checked_scale(self, min_scale)

    def distribution(self, outputs: Tensor) -> GaussianDistribution:
        """Return what outputs, (…, D, 2), stand for."""
        location, spread = self.checked_outputs(outputs).unbind(-1)
        return GaussianDistribution(location, softplus(spread) + self.min_scale)

    def plain(self) -> list[float]:
        """Return μ̂ and σ̂ of the standard normal distribution."""
        return [0.0, UNIT]

    def losses(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Return the negative log-likelihood, in nats, of each of targets (…, D)."""
        return -self.distribution(outputs).log_density(checked_like(targets, outputs, "Gaussian"))


def checked_scale(head: DistributionHead, min_scale: float) -> float:
    """Return a floor of a scale; raise `FrontalError` unless it is a number above 0."""
    if not (isfinite(min_scale) and min_scale > 0):
        raise FrontalError(f"{type(head).__name__}: min_scale must be a number > 0, got {min_scale!r}")
    return float(min_scale)
