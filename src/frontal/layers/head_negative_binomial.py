"""The head for counts: the negative binomial distribution."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor
from torch.distributions import Gamma
from torch.nn.functional import softplus

from frontal.errors import FrontalError
from frontal.layers.distribution import Distribution, checked_level
from frontal.layers.head_distribution import DistributionHead
from frontal.layers.head_gaussian import UNIT
from frontal.layers.incomplete_beta import incomplete_beta, lgamma_rise

SMALLEST, LARGEST = -20.0, 40.0  # the log of the mean stays between
LEAST_DISPERSION, MOST_DISPERSION = 1e-6, 1e6


@final
@dataclass(frozen=True)
class CountDistribution(Distribution):
    """Negative binomial distributions: counts whose variance is μ + α μ².

    Attributes:
        log_mean: log μ, (…, D), float64.
        dispersion: α, (…, D), float64; near 0 the counts are Poisson's.
    """

    log_mean: Tensor
    dispersion: Tensor

    @property
    def mean(self) -> Tensor:
        """μ."""
        return self.log_mean.exp()

    def log_density(self, values: Tensor) -> Tensor:
        """Return the log of the probability of counts."""
        k, shape = values.double(), 1 / self.dispersion
        share = torch.log1p(self.dispersion * self.mean)  # log (1 + α μ)
        ways = torch.where(k > 0, lgamma_rise(shape, k.clamp(min=0.5)), 0.0) - torch.lgamma(k + 1)
        return ways + k * (self.log_mean + self.dispersion.log() - share) - shape * share

    def cdf(self, values: Tensor) -> Tensor:
        """Return the probability of at most `values`."""
        k = values.double().floor()
        failure, success = self._chances()
        return torch.where(k < 0, 0.0, incomplete_beta(1 / self.dispersion, k.clamp(min=0) + 1, failure, success))

    def survival(self, values: Tensor) -> Tensor:
        """Return the probability of at least `values`."""
        k = values.double().ceil()
        failure, success = self._chances()
        return torch.where(k < 1, 1.0, incomplete_beta(k.clamp(min=1), 1 / self.dispersion, success, failure))

    def quantile(self, level: float) -> Tensor:
        """Return the smallest counts whose `cdf` reaches `level`."""
        level = checked_level(level)
        high = (self.mean.detach() + 1).ceil()
        while bool((short := self.cdf(high) < level).any()):
            high = torch.where(short, 2 * high, high)
        low = torch.full_like(high, -1)  # never enough; high always is
        while bool(((high - low) > (high * 1e-15).clamp(min=1)).any()):
            middle = ((low + high) / 2).floor()
            enough = self.cdf(middle) >= level
            low, high = torch.where(enough, low, middle), torch.where(enough, middle, high)
        return high

    def sample(self, count: int) -> Tensor:
        """Draw `count` times: Poisson counts whose rates are Gamma."""
        shape = 1 / self.dispersion.detach()
        return torch.poisson(Gamma(shape, shape / self.mean.detach()).sample((count,)))

    def _chances(self) -> tuple[Tensor, Tensor]:
        """1 / (1 + α μ) and α μ / (1 + α μ)."""
        odds = self.dispersion * self.mean
        return 1 / (1 + odds), odds / (1 + odds)


@final
class NegativeBinomial(DistributionHead):
    """A mean and a dispersion for each count, by the negative log-likelihood (Salinas et al. 2020).

        μ = exp(μ̂),  α = softplus(α̂) + 1e-6,  variance = μ + α μ²

    The location is log μ̂, so that `moved` multiplies the mean: counts are best given relative to a
    level of their own. Everything is computed in float64, whose logarithms of factorials are exact
    enough for counts up to 1e12.

    Args:
        features: F.
        size: counts of a target, D.
    """

    def __init__(self, features: int, size: int = 1) -> None:
        super().__init__(features, size, 2)

    def distribution(self, outputs: Tensor) -> CountDistribution:
        """Return what outputs, (…, D, 2), stand for."""
        location, spread = self.checked_outputs(outputs).double().unbind(-1)
        dispersion = (softplus(spread) + LEAST_DISPERSION).clamp(max=MOST_DISPERSION)
        return CountDistribution(location.clamp(SMALLEST, LARGEST), dispersion)

    def plain(self) -> list[float]:
        """Return μ̂ and α̂ of a mean of 1 and a dispersion of 1."""
        return [0.0, UNIT]

    def losses(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Return the negative log-likelihood, in nats, of each of targets (…, D), whole numbers from 0 on."""
        wrong = ~((targets >= 0) & (targets == targets.floor()))
        if bool(wrong.any()):
            raise FrontalError(f"NegativeBinomial: targets must be counts, 0, 1, 2 …; got {float(targets[wrong][0]):g}")
        return -self.distribution(outputs).log_density(targets).to(outputs.dtype)
