"""The head for one class out of several."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import final

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from frontal.errors import FrontalError
from frontal.layers.attention import checked_size
from frontal.layers.head import StepHead, checked_whole


@final
class Softmax(StepHead):
    """Probabilities of C classes, by the cross-entropy.

        loss = -Σ_n w_{y_n} log p_n(y_n) / Σ_n w_{y_n}

    With label smoothing ε the goal is 1 - ε for the right class, plus ε / C for every class
    (Szegedy et al. 2016).

    Args:
        features: F.
        classes: C.
        class_weights: w, one a class, > 0; by default equal.
        label_smoothing: ε, 0 .. 1.
    """

    def __init__(
        self,
        features: int,
        classes: int,
        *,
        class_weights: Sequence[float] | Tensor | None = None,
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__(features, (checked_size(self, "classes", classes),), ())
        self.classes = classes
        if isinstance(label_smoothing, bool) or not 0 <= label_smoothing <= 1:
            raise FrontalError(f"Softmax: label_smoothing must be within 0 .. 1, got {label_smoothing!r}")
        self.label_smoothing = float(label_smoothing)
        weights = None if class_weights is None else torch.as_tensor(class_weights, dtype=self.linear.weight.dtype)
        if weights is not None and (weights.shape != (classes,) or not all(w > 0 and isfinite(w) for w in weights)):
            raise FrontalError(f"Softmax: class_weights must be {classes} numbers > 0, got {class_weights}")
        self.register_buffer("class_weights", weights)

    def mean_loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Return the cross-entropy of logits (N, C) and classes (N,)."""
        goals = checked_whole(targets, 0, self.classes - 1, "Softmax")
        return cross_entropy(outputs, goals, self.get_buffer("class_weights"), label_smoothing=self.label_smoothing)

    def probabilities(self, outputs: Tensor) -> Tensor:
        """Return the probability of each class, (…, C)."""
        return self.checked_outputs(outputs).softmax(-1)

    def predict(self, outputs: Tensor) -> Tensor:
        """Return the likeliest class, (…)."""
        return self.checked_outputs(outputs).argmax(-1)

    def sample(self, outputs: Tensor, temperature: float = 1.0) -> Tensor:
        """Draw a class, (…), from the probabilities of logits / temperature, temperature > 0."""
        if not temperature > 0:
            raise FrontalError(f"Softmax: temperature must be > 0, got {temperature!r}; predict gives the likeliest")
        p = self.probabilities(outputs / temperature)
        return torch.multinomial(p.reshape(-1, self.classes), 1).view(p.shape[:-1])
