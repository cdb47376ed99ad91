"""The head for yes or no."""

from __future__ import annotations

from math import isfinite
from typing import final

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from frontal.errors import FrontalError
from frontal.layers.attention import checked_size
from frontal.layers.head import StepHead


@final
class Binary(StepHead):
    """The probability of yes to each of D independent questions.

    By the cross-entropy, averaged over steps and questions.

    Args:
        features: F.
        size: questions, D.
        positive_weight: what a yes in the targets counts, where a no counts 1; > 0.
    """

    def __init__(self, features: int, size: int = 1, *, positive_weight: float = 1.0) -> None:
        checked_size(self, "size", size)
        super().__init__(features, (size,), (size,))
        if not (isfinite(positive_weight) and positive_weight > 0):
            raise FrontalError(f"Binary: positive_weight must be a number > 0, got {positive_weight!r}")
        self.positive_weight = float(positive_weight)

    def mean_loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Return the cross-entropy of logits (N, D) and targets (N, D), bool or within 0 .. 1."""
        goals = targets.to(outputs.dtype)
        if not bool(((goals >= 0) & (goals <= 1)).all()):
            raise FrontalError("Binary: targets must be bool, or numbers within 0 .. 1")
        return binary_cross_entropy_with_logits(outputs, goals, pos_weight=outputs.new_tensor(self.positive_weight))

    def probabilities(self, outputs: Tensor) -> Tensor:
        """Return the probability of yes, (…, D)."""
        return self.checked_outputs(outputs).sigmoid()

    def predict(self, outputs: Tensor) -> Tensor:
        """Return True where yes is likelier than no, (…, D)."""
        return self.checked_outputs(outputs) > 0

    def sample(self, outputs: Tensor) -> Tensor:
        """Draw answers, bool (…, D)."""
        return torch.bernoulli(self.probabilities(outputs)).bool()
