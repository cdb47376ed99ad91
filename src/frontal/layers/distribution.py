"""What a network believes about values: a distribution each, with density, tails, quantiles and samples."""

from __future__ import annotations

from abc import ABC, abstractmethod

from torch import Tensor

from frontal.errors import FrontalError


class Distribution(ABC):
    """A distribution for each of (…, D) values; independent of each other.

    Densities have gradients; `cdf`, `survival`, `quantile` and `sample` need none and may have none.
    """

    @property
    @abstractmethod
    def mean(self) -> Tensor:
        """The expected values, (…, D)."""

    @abstractmethod
    def log_density(self, values: Tensor) -> Tensor:
        """Return the log of the density, or of the probability of counts, at values (…, D); (…, D)."""

    @abstractmethod
    def cdf(self, values: Tensor) -> Tensor:
        """Return the probability of at most `values`, (…, D)."""

    @abstractmethod
    def survival(self, values: Tensor) -> Tensor:
        """Return the probability of at least `values`, (…, D), exact far out, where 1 - cdf would be 0."""

    @abstractmethod
    def quantile(self, level: float) -> Tensor:
        """Return the smallest values that are not exceeded with probability `level`, 0 to 1; (…, D)."""

    @abstractmethod
    def sample(self, count: int) -> Tensor:
        """Draw `count` times, (count, …, D), from torch's generator."""

    def surprise(self, values: Tensor) -> Tensor:
        """Return the probability of something at least as far out, to both sides, (…, D), within 0 .. 1."""
        return (2 * self.cdf(values).minimum(self.survival(values))).clamp(max=1)


def checked_level(level: float) -> float:
    """Return a level of a quantile; raise `FrontalError` unless it lies between 0 and 1."""
    if not 0 < level < 1:
        raise FrontalError(f"the level of a quantile lies between 0 and 1, such as 0.9; got {level!r}")
    return level
