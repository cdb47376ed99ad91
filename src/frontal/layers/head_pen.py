"""The head for handwriting: where the pen goes, and whether it is lifted."""

from __future__ import annotations

from dataclasses import dataclass
from math import log, pi
from typing import final

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid, softplus

from frontal.errors import FrontalError
from frontal.layers.attention import checked_size
from frontal.layers.head import StepHead, checked_like
from frontal.layers.head_mixture import picked


@dataclass(frozen=True)
class PenMixture:
    """K Gaussians of two correlated dimensions, and the end of a stroke.

    Attributes:
        log_weights: log π, (…, K).
        means: μ, (…, K, 2).
        log_scales: log σ, (…, K, 2).
        skew: ρ̂, (…, K), with the correlation ρ = tanh(ρ̂).
        lifted: logit of the end of a stroke, (…).
    """

    log_weights: Tensor
    means: Tensor
    log_scales: Tensor
    skew: Tensor
    lifted: Tensor

    def log_density(self, points: Tensor) -> Tensor:
        """Return the log of the density at points (…, 3): the move x and y, and 1 if the stroke ends; (…)."""
        z = (points[..., None, :2] - self.means) * (-self.log_scales).exp()  # (…, K, 2)
        x, y = z.unbind(-1)
        log_rest = self._log_rest()
        residual = (y - self.skew.tanh() * x) * (-0.5 * log_rest).exp()
        each = -0.5 * (x.square() + residual.square() + log_rest) - self.log_scales.sum(-1) - log(2 * pi)
        end = points[..., 2]
        pen = end * logsigmoid(self.lifted) + (1 - end) * logsigmoid(-self.lifted)
        return torch.logsumexp(self.log_weights + each, -1) + pen

    def _log_rest(self) -> Tensor:
        """Return log(1 - ρ²), (…, K), exact where ρ is almost 1."""
        return 2 * (log(2) - self.skew - softplus(-2 * self.skew))

    def sample(self) -> Tensor:
        """Draw points, (…, 3)."""
        mean, log_scale, rho, log_rest = picked(
            self.log_weights, self.means, self.log_scales, self.skew.tanh()[..., None], self._log_rest()[..., None]
        )
        x, noise = torch.randn_like(mean).split(1, -1)
        move = mean + log_scale.exp() * torch.cat([x, rho * x + (0.5 * log_rest).exp() * noise], -1)
        return torch.cat([move, torch.bernoulli(self.lifted.sigmoid())[..., None]], -1)


@final
class Pen(StepHead):
    """Moves of a pen as a mixture of K Gaussians with correlation, and a Bernoulli end of stroke (Graves 2013).

        π = softmax(π̂),  μ = μ̂,  σ = exp(σ̂),  ρ = tanh(ρ̂),  e = σ(ê)
        loss = -log Σ_k π_k N(x, y; μ_k, σ_k, ρ_k) - log(e or 1 - e), averaged over steps

    Graves' e is σ(-ê). Moves are best scaled to a standard deviation of 1.

    Args:
        features: F.
        components: K.
    """

    def __init__(self, features: int, components: int = 20) -> None:
        self.components = checked_size(self, "components", components)
        super().__init__(features, (6 * components + 1,), (3,))

    def mixture(self, outputs: Tensor, bias: float = 0.0) -> PenMixture:
        """Return what outputs, (…, 6 K + 1), stand for.

        Args:
            outputs: of this head.
            bias: 0 or more; the more, the tidier the writing: π̂ · (1 + bias), σ̂ - bias.
        """
        if not bias >= 0:
            raise FrontalError(f"Pen: bias must be >= 0, got {bias!r}")
        K = self.components
        weights, means, scales, skew, lifted = self.checked_outputs(outputs).split([K, 2 * K, 2 * K, K, 1], -1)
        means, scales = means.unflatten(-1, (K, 2)), scales.unflatten(-1, (K, 2)) - bias
        return PenMixture((weights * (1 + bias)).log_softmax(-1), means, scales, skew, lifted[..., 0])

    def mean_loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Return the mean negative log-likelihood, in nats, of points (N, 3)."""
        points = checked_like(targets, outputs, "Pen")
        if not bool(((points[:, 2] == 0) | (points[:, 2] == 1)).all()):
            raise FrontalError("Pen: the third value of a point must be 1 where a stroke ends, else 0")
        return -self.mixture(outputs).log_density(points).mean()

    def predict(self, outputs: Tensor) -> Tensor:
        """Return the mean move and the likelier end, (…, 3)."""
        mixture = self.mixture(outputs)
        move = (mixture.log_weights.exp()[..., None] * mixture.means).sum(-2)
        return torch.cat([move, (mixture.lifted > 0).to(move.dtype)[..., None]], -1)

    def sample(self, outputs: Tensor, bias: float = 0.0) -> Tensor:
        """Draw points, (…, 3); for bias see `mixture`."""
        return self.mixture(outputs, bias).sample()
