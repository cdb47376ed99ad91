"""The training loop. It knows a model, batches and a loss; it knows no task."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sized
from contextlib import contextmanager
from math import isfinite
from time import perf_counter
from typing import Any

import torch
from torch import nn

from frontal.errors import FrontalError
from frontal.training.best import Best
from frontal.training.history import Epoch, History, TrainingDiverged
from frontal.training.interrupt import Interrupts
from frontal.training.progress import Progress, SilentProgress
from frontal.training.schedule import follows_batches
from frontal.training.seed import seeded
from frontal.training.settings import TrainingSettings
from frontal.training.step import Loss, NotFiniteError, Step

Batch = tuple[Any, Any]
Batches = Iterable[Batch] | Callable[[int], Iterable[Batch]]


def train(
    model: nn.Module,
    batches: Batches,
    loss: Loss,
    settings: TrainingSettings,
    *,
    validate: Callable[[], float] | None = None,
    progress: Progress | None = None,
) -> History:
    """Train `model` in place.

    With `validate` the model ends with the weights of its best epoch. Without, it ends with the last
    ones, unless training was cut short: then with those of the epoch with the lowest training loss.
    Ctrl-C ends training after the batch at hand (a second one at once) and sets
    `History.interrupted`. Training and evaluation modes and torch's global random state are as
    before; gradients are None.

    Args:
        model: its parameters with `requires_grad` are trained.
        batches: (inputs, targets) pairs: something that can be iterated anew every epoch, or a
            function from the epoch (counted from 1) to such. The schedules "cosine" and "linear"
            need its `len()`.
        loss: `loss(model, inputs, targets)`, a scalar; the model is in training mode.
        settings: how to train. `batch_size` concerns only who makes the batches.
        validate: called after every epoch in evaluation mode without gradients; lower is better.
        progress: told about every batch and epoch.

    Raises:
        TrainingDiverged: a loss or gradient is infinite or NaN; that step was not applied, and the
            model has its best weights so far.
        FrontalError: nothing to train, nothing to train on, or a loss that is not a scalar.
    """
    steps = _steps_per_epoch(batches, settings)
    if settings.patience is not None and validate is None:
        raise FrontalError(f"patience={settings.patience} needs `validate`: give it, or leave patience out")
    step = Step(model, loss, settings, steps)
    progress = progress or SilentProgress()
    history, best = History(), Best(model)
    with Interrupts() as interrupts, torch.enable_grad(), seeded(settings.seed), _modes_kept(model):
        try:
            with interrupts.urgent():
                progress.start(settings.epochs, "training")
                for epoch in range(1, settings.epochs + 1):
                    began = perf_counter()
                    losses: list[float] = []
                    norms: list[float] = []
                    model.train()
                    for batch, (inputs, targets) in enumerate(_of_epoch(batches, epoch), start=1):
                        interrupts.check()
                        step(epoch, batch, inputs, targets)
                        losses.append(step.loss)
                        norms.append(step.gradient_norm)
                        progress.update(1 / steps if steps else 0)
                    mean = _mean(losses, epoch)
                    validation = _validated(model, validate, epoch)
                    seconds = perf_counter() - began
                    history.epochs.append(Epoch(epoch, mean, validation, step.rate, max(norms), seconds))
                    step.observer.epoch(history.epochs[-1])
                    best.offer(epoch, mean if validation is None else validation)
                    progress.update(0 if steps else 1, epoch=epoch, loss=mean, validation=validation)
                    interrupts.check()
                    if settings.patience is not None and epoch - best.epoch >= settings.patience:
                        history.stopped = "early stopping"
                        break
                if validate is None:
                    best.take(settings.epochs)
        except KeyboardInterrupt:
            history.stopped = "interrupted"
        except NotFiniteError as error:
            history.stopped = "diverged"
            step.observer.failed(str(error))
            raise TrainingDiverged(f"{error} The model has {best}.", history) from None
        finally:
            best.restore()
            history.best_epoch = best.epoch
            step.observer.end(history)
            model.zero_grad(set_to_none=True)
            progress.stop()
    if interrupts.asked:
        history.stopped = "interrupted"
    return history


def _steps_per_epoch(batches: Batches, settings: TrainingSettings) -> int | None:
    if not isinstance(batches, Iterable) and not callable(batches):
        raise FrontalError(f"batches must be iterable or a function of the epoch, got {type(batches).__name__}")
    if isinstance(batches, Iterator):
        raise FrontalError("batches can be read only once: give a list, or a function from the epoch to batches")
    steps = len(batches) if isinstance(batches, Sized) else None
    if steps is None and follows_batches(settings):
        raise FrontalError(
            f"schedule={settings.schedule!r} needs the number of batches an epoch: give `batches` a "
            "__len__, as Minibatches has, or choose schedule='step' or 'constant'"
        )
    return steps


def _of_epoch(batches: Batches, epoch: int) -> Iterable[Batch]:
    return batches if isinstance(batches, Iterable) else batches(epoch)


def _mean(losses: list[float], epoch: int) -> float:
    if not losses:
        raise FrontalError(f"nothing to train on: `batches` gave no batch in epoch {epoch}")
    return sum(losses) / len(losses)


def _validated(model: nn.Module, validate: Callable[[], float] | None, epoch: int) -> float | None:
    if validate is None:
        return None
    model.eval()
    with torch.no_grad():
        score = float(validate())
    if not isfinite(score):
        raise NotFiniteError(
            f"training diverged: the validation loss after epoch {epoch} is {score}. "
            "Try a smaller learning_rate, or clip_norm=1."
        )
    return score


@contextmanager
def _modes_kept(model: nn.Module) -> Iterator[None]:
    modes = [(module, module.training) for module in model.modules()]
    try:
        yield
    finally:
        for module, training in modes:
            module.training = training
