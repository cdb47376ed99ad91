"""What the networks of a forecast are trained by; what is unknown counts for nothing."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import mse_loss

from frontal.layers.head_distribution import DistributionHead
from frontal.layers.window_forecast import WindowForecast


def path_loss(network: nn.Module, inputs: Tensor, targets: Tensor) -> Tensor:
    """Mean squared error over the known targets (N, horizon); step h weighs 1/h, NaN marks an unknown one."""
    if targets.shape[1] == 1:  # then all are known
        return mse_loss(network(inputs), targets)
    known = ~torch.isnan(targets)
    errors = torch.where(known, network(inputs) - targets.nan_to_num(), 0)
    weights = 1 / torch.arange(1, targets.shape[1] + 1)
    return (errors**2 * weights).sum() / known.sum()


@dataclass(frozen=True)
class LikelihoodLoss:
    """The loss of networks that answer with distributions: the mean over all known targets, NaN marking unknown ones.

    Attributes:
        scale: of the representation.
    """

    scale: float

    def __call__(self, network: nn.Module, inputs: Tensor, targets: Tensor) -> Tensor:
        """Return the mean loss of targets (N, horizon), or of counts beside their bases, (N, horizon, 2)."""
        assert isinstance(network, WindowForecast) and isinstance(network.head, DistributionHead)
        outputs = network(inputs)
        if targets.dim() == 3:
            targets, bases = targets.unbind(-1)
            outputs = placed(network.head, outputs, bases.nan_to_num(), self.scale)
        known = ~torch.isnan(targets)
        losses = network.head.losses(outputs, targets.nan_to_num())
        return torch.where(known, losses, 0).sum() / known.sum()


def placed(head: DistributionHead, outputs: Tensor, bases: Tensor, scale: float) -> Tensor:
    """Outputs (…, P) with the location times `scale`, plus bases (…)."""
    return head.moved(outputs, bases + (scale - 1) * outputs[..., 0])
