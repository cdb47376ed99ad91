"""The head for real values."""

from __future__ import annotations

from typing import final

from torch import Tensor
from torch.nn.functional import mse_loss

from frontal.layers.attention import checked_size
from frontal.layers.head import StepHead, checked_like


@final
class Regression(StepHead):
    """The mean of each target, by the squared error, averaged over steps and values.

    Args:
        features: F.
        size: values of a target, D.

    Example:
        >>> import torch
        >>> from frontal.layers import Regression
        >>> head, features = Regression(8, 2), torch.randn(3, 5, 8)
        >>> head.loss(head(features), torch.randn(3, 5, 2), lengths=[5, 2, 4]).shape
        torch.Size([])
    """

    def __init__(self, features: int, size: int = 1) -> None:
        checked_size(self, "size", size)
        super().__init__(features, (size,), (size,))

    def mean_loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Return the mean squared error of (N, D)."""
        return mse_loss(outputs, checked_like(targets, outputs, "Regression"))

    def predict(self, outputs: Tensor) -> Tensor:
        """Return the outputs, (…, D)."""
        return self.checked_outputs(outputs)
