"""The head for quantiles: how low and how high a value may be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import final

import torch
from torch import Tensor
from torch.nn.functional import softplus

from frontal.errors import FrontalError
from frontal.layers.head import checked_like
from frontal.layers.head_distribution import DistributionHead
from frontal.layers.head_gaussian import UNIT
from frontal.layers.quantile_distribution import QuantileDistribution
from frontal.layers.sequence import Lengths


@final
class Quantiles(DistributionHead):
    """Quantiles of each value, by the pinball loss (Koenker & Bassett 1978), averaged over steps, values and levels.

        loss of level τ = max(τ (y - q), (τ - 1) (y - q))

    They never cross: the lowest is free, each further one is a softplus above the one before.

    Args:
        features: F.
        levels: τ, Q of them, rising, each within 0 .. 1.
        size: values of a target, D.

    Example:
        >>> import torch
        >>> from frontal.layers import Quantiles
        >>> head = Quantiles(8, (0.1, 0.5, 0.9))
        >>> outputs = head(torch.randn(4, 8))  # (B, D, Q)
        >>> outputs.shape, bool((outputs.diff() > 0).all()), head.predict(outputs).shape
        (torch.Size([4, 1, 3]), True, torch.Size([4, 1]))
    """

    def __init__(self, features: int, levels: Sequence[float] = (0.1, 0.5, 0.9), size: int = 1) -> None:
        taus = [float(level) for level in levels]
        if not taus or not all(0 < tau < 1 for tau in taus) or sorted(set(taus)) != taus:
            raise FrontalError(f"Quantiles: levels must rise within 0 .. 1, such as (0.1, 0.5, 0.9); got {levels}")
        super().__init__(features, size, len(taus))
        self.levels = tuple(taus)
        self.middle = min(range(len(taus)), key=lambda k: abs(taus[k] - 0.5))

    def forward(self, features: Tensor, lengths: Lengths | None = None) -> Tensor:
        """Return quantiles, (…, D, Q), rising along the last dimension, of features, (…, F)."""
        raw = super().forward(features, lengths)
        return torch.cat([raw[..., :1], softplus(raw[..., 1:])], -1).cumsum(-1)

    def distribution(self, outputs: Tensor) -> QuantileDistribution:
        """Return a distribution with the quantiles (…, D, Q); needs two levels or more."""
        return QuantileDistribution(self.levels, self.checked_outputs(outputs))

    def plain(self) -> list[float]:
        """Return what makes the middle quantile 0, and each 1 above the one before."""
        gaps = len(self.levels) - 1
        return [-float(self.middle), *[UNIT] * gaps]

    def moved(self, outputs: Tensor, by: Tensor) -> Tensor:
        """Return quantiles moved by (…, D)."""
        return outputs + by[..., None]

    def losses(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Return the pinball loss, averaged over levels, of each of targets (…, D)."""
        over = checked_like(targets, outputs, "Quantiles")[..., None] - outputs
        levels = outputs.new_tensor(self.levels)
        return torch.maximum(levels * over, (levels - 1) * over).mean(-1)

    def predict(self, outputs: Tensor) -> Tensor:
        """Return the quantile whose level is nearest to 0.5, (…, D)."""
        return self.checked_outputs(outputs)[..., self.middle]
