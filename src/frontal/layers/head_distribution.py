"""What the heads of distributions share: a likelihood for a loss, a mean for a prediction."""

from __future__ import annotations

from abc import abstractmethod

import torch
from torch import Tensor, nn

from frontal.layers.attention import checked_size
from frontal.layers.distribution import Distribution
from frontal.layers.head import StepHead


class DistributionHead(StepHead):
    """P parameters of a distribution for each of D values; loss: the negative log-likelihood in nats.

    The loss is averaged over steps and values. Outputs are (…, D, P), the first parameter being the
    location: what moves the whole distribution.

    Args:
        features: F.
        size: values of a target, D.
        parameters: P.
    """

    def __init__(self, features: int, size: int, parameters: int) -> None:
        self.size = checked_size(self, "size", size)
        super().__init__(features, (size, parameters), (size,))

    @abstractmethod
    def distribution(self, outputs: Tensor) -> Distribution:
        """Return what outputs, (…, D, P), stand for."""

    @abstractmethod
    def plain(self) -> list[float]:
        """Return the parameters, P, of the plainest distribution: location 0, spread about 1."""

    def start(self) -> None:
        """Make the untrained head answer the plainest distribution to everything."""
        with torch.no_grad():
            nn.init.zeros_(self.linear.weight)
            self.linear.bias.copy_(torch.tensor(self.plain()).repeat(self.size))

    def moved(self, outputs: Tensor, by: Tensor) -> Tensor:
        """Return outputs with the location moved by (…, D)."""
        return torch.cat([outputs[..., :1] + by[..., None], outputs[..., 1:]], -1)

    def losses(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Return the loss of each of targets (…, D) under outputs (…, D, P); (…, D)."""
        return -self.distribution(outputs).log_density(targets)

    def mean_loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Return the mean of `losses` over N steps, a scalar."""
        return self.losses(outputs, targets).mean()

    def predict(self, outputs: Tensor) -> Tensor:
        """Return the mean of the distribution, (…, D)."""
        return self.distribution(outputs).mean

    def quantile(self, outputs: Tensor, level: float) -> Tensor:
        """Return the values not exceeded with probability `level`, (…, D)."""
        return self.distribution(outputs).quantile(level)

    def sample(self, outputs: Tensor) -> Tensor:
        """Draw values, (…, D)."""
        return self.distribution(outputs).sample(1)[0]
