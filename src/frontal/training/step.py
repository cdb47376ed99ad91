"""One step of training: loss, gradients, clipping, optimizer; nothing is applied that is not finite."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite
from typing import Any

from torch import Tensor, nn, optim

from frontal.errors import FrontalError
from frontal.training.clip import clip
from frontal.training.observer import observer
from frontal.training.schedule import learning_rate
from frontal.training.settings import TrainingSettings

Loss = Callable[[nn.Module, Any, Any], Tensor]


class NotFiniteError(Exception):
    """A loss or gradient is infinite or NaN; `train` adds what became of the model."""


class Step:
    """Called once a batch; afterwards its figures describe that batch.

    Args:
        model: its parameters with `requires_grad` are trained; none raises `FrontalError`.
        loss: as in `train`.
        settings: as in `train`.
        steps: batches an epoch, None where unknown.
    """

    def __init__(self, model: nn.Module, loss: Loss, settings: TrainingSettings, steps: int | None) -> None:
        self._model, self._loss, self._settings, self._steps = model, loss, settings, steps
        self._parameters = [p for p in model.parameters() if p.requires_grad]
        if not self._parameters:
            raise FrontalError(f"nothing to train: {type(model).__name__} has no parameter with requires_grad=True")
        self._optimizer = optimizer_for(self._parameters, settings)
        self._taken = 0
        self.rate = settings.learning_rate
        self.loss = 0.0
        self.gradient_norm = 0.0
        self.observer = observer(model, settings, steps)

    def __call__(self, epoch: int, batch: int, inputs: Any, targets: Any) -> None:
        """Take the step for one batch, counted from 1 as the epochs are; raise `NotFiniteError` instead."""
        fraction = min(1.0, (batch - 1) / self._steps) if self._steps else 0.0
        self.rate = learning_rate(self._settings, self._taken, epoch, fraction)
        for group in self._optimizer.param_groups:
            group["lr"] = self.rate
        self.observer.before()
        self._optimizer.zero_grad(set_to_none=True)
        loss = _scalar(self._loss(self._model, inputs, targets))
        self.loss = loss.item()
        if not isfinite(self.loss):
            raise self._not_finite(f"the loss is {self.loss}", epoch, batch)
        loss.backward()
        self.observer.gradients()
        self.gradient_norm = clip(self._parameters, self._settings)
        if not isfinite(self.gradient_norm):
            raise self._not_finite(f"the loss is {self.loss:.4g}, but its gradient is not finite", epoch, batch)
        self._optimizer.step()
        self._taken += 1
        self.observer.after(epoch, batch, self.loss, self.gradient_norm, self.rate)

    def _not_finite(self, what: str, epoch: int, batch: int) -> NotFiniteError:
        norm = 1.0 if self._settings.clip_norm is None else self._settings.clip_norm / 10
        data = "" if self._taken else ", or look for NaN and infinite values in the data"
        return NotFiniteError(
            f"training diverged in epoch {epoch}, batch {batch}: {what} (learning rate {self.rate:.3g}, "
            f"last gradient norm {self.gradient_norm:.3g}); the step was not applied. "
            f"Try clip_norm={norm:g} or learning_rate={self._settings.learning_rate / 10:.3g}{data}."
        )


def optimizer_for(parameters: list[nn.Parameter], settings: TrainingSettings) -> optim.Optimizer:
    """Return torch's optimizer of that name, in its fused form where there is one."""
    rate, decay = settings.learning_rate, settings.weight_decay
    fused = all(p.is_floating_point() and p.device.type in ("cpu", "cuda") for p in parameters)
    if settings.optimizer == "adam":
        return optim.Adam(parameters, rate, weight_decay=decay, fused=fused)
    if settings.optimizer == "adamw":
        return optim.AdamW(parameters, rate, weight_decay=decay, fused=fused)
    if settings.optimizer == "rmsprop":
        return optim.RMSprop(parameters, rate, weight_decay=decay)
    return optim.SGD(parameters, rate, momentum=settings.momentum or 0.0, weight_decay=decay, fused=fused)


def _scalar(loss: object) -> Tensor:
    if not isinstance(loss, Tensor) or loss.dim() != 0:
        given = f"shape {tuple(loss.shape)}" if isinstance(loss, Tensor) else type(loss).__name__
        raise FrontalError(f"the loss must be a scalar tensor, got {given}; take its mean()")
    if not loss.requires_grad:
        raise FrontalError("the loss does not depend on any trained parameter; was it computed without gradients?")
    return loss
