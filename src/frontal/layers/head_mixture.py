"""The head for real values that may lie here or there: a mixture of Gaussians."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, log, pi
from typing import final

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from frontal.errors import FrontalError
from frontal.layers.attention import checked_size
from frontal.layers.head import StepHead, checked_like


@dataclass(frozen=True)
class Mixture:
    """K Gaussians of D dimensions without correlation.

    Attributes:
        log_weights: log π, (…, K).
        means: μ, (…, K, D).
        log_scales: log σ, (…, K, D).
    """

    log_weights: Tensor
    means: Tensor
    log_scales: Tensor

    def log_density(self, values: Tensor) -> Tensor:
        """Return the log of the density at values (…, D), (…)."""
        z = (values[..., None, :] - self.means) * (-self.log_scales).exp()  # (…, K, D)
        each = (-0.5 * z.square() - self.log_scales - 0.5 * log(2 * pi)).sum(-1)
        return torch.logsumexp(self.log_weights + each, -1)


@final
class MixtureDensity(StepHead):
    """A mixture of K diagonal Gaussians, by the negative log-likelihood, averaged over steps (Graves 2013).

        π = softmax(π̂),  μ = μ̂,  σ = exp(σ̂) + min_scale,  loss = -log Σ_k π_k Π_d N(y_d; μ_kd, σ_kd)

    Args:
        features: F.
        size: values of a target, D.
        components: K.
        min_scale: floor of σ, in the units of the target, >= 0; without one, σ shrinks to nothing
            where targets repeat a value exactly, and the likelihood has no bound. 0 is Graves' own.
    """

    def __init__(self, features: int, size: int = 1, components: int = 5, *, min_scale: float = 1e-3) -> None:
        checked_size(self, "size", size)
        K = checked_size(self, "components", components)
        super().__init__(features, (K * (1 + 2 * size),), (size,))
        if not (isfinite(min_scale) and min_scale >= 0):
            raise FrontalError(f"MixtureDensity: min_scale must be a number >= 0, got {min_scale!r}")
        self.size, self.components = size, components
        self.log_floor = log(min_scale) if min_scale else float("-inf")

    def mixture(self, outputs: Tensor, bias: float = 0.0) -> Mixture:
        """Return the mixture that outputs, (…, K (1 + 2 D)), stand for.

        Args:
            outputs: of this head.
            bias: 0 or more; the more, the closer to the likeliest (Graves 2013): π̂ · (1 + bias), σ̂ - bias.
        """
        if not bias >= 0:
            raise FrontalError(f"MixtureDensity: bias must be >= 0, got {bias!r}")
        K, D = self.components, self.size
        weights, means, scales = self.checked_outputs(outputs).split([K, K * D, K * D], -1)
        scales = torch.logaddexp(scales - bias, scales.new_tensor(self.log_floor))
        means, scales = means.unflatten(-1, (K, D)), scales.unflatten(-1, (K, D))
        return Mixture((weights * (1 + bias)).log_softmax(-1), means, scales)

    def mean_loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Return the mean negative log-likelihood, in nats, of targets (N, D)."""
        return -self.mixture(outputs).log_density(checked_like(targets, outputs, "MixtureDensity")).mean()

    def predict(self, outputs: Tensor) -> Tensor:
        """Return the mean of the mixture, (…, D)."""
        mixture = self.mixture(outputs)
        return (mixture.log_weights.exp()[..., None] * mixture.means).sum(-2)

    def sample(self, outputs: Tensor, bias: float = 0.0) -> Tensor:
        """Draw values, (…, D); for bias see `mixture`."""
        mixture = self.mixture(outputs, bias)
        mean, log_scale = picked(mixture.log_weights, mixture.means, mixture.log_scales)
        return mean + log_scale.exp() * torch.randn_like(mean)


def picked(log_weights: Tensor, *parts: Tensor) -> list[Tensor]:
    """Draw one component by its weight, (…, K), and return its row of each part, (…, K, D), as (…, D)."""
    K = log_weights.shape[-1]
    drawn = torch.multinomial(log_weights.exp().reshape(-1, K), 1).view(log_weights.shape[:-1])
    chosen = one_hot(drawn, K).bool()
    return [part[chosen].view(*drawn.shape, *part.shape[drawn.dim() + 1 :]) for part in parts]
