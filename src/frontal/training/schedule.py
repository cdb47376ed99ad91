"""The learning rate of every step, as a formula."""

from __future__ import annotations

from math import cos, pi

from frontal.training.settings import TrainingSettings


def learning_rate(settings: TrainingSettings, step: int, epoch: int, fraction: float = 0.0) -> float:
    """Return learning_rate × warm-up × decay.

    With p = (epoch - 1 + fraction) / epochs, the part of the training that is done:
    warm-up = min(1, (step + 1) / warmup_steps); decay = 1 ("constant"), (1 + cos πp) / 2
    ("cosine"; Loshchilov & Hutter 2017, without restarts), 1 - p ("linear"),
    step_factor ** ⌊(epoch - 1) / step_epochs⌋ ("step").

    Args:
        settings: the schedule.
        step: batches before this one, over all epochs.
        epoch: counted from 1.
        fraction: part of this epoch that is done, 0 to 1.
    """
    warmup = min(1.0, (step + 1) / settings.warmup_steps) if settings.warmup_steps else 1.0
    return settings.learning_rate * warmup * _decay(settings, epoch, fraction)


def follows_batches(settings: TrainingSettings) -> bool:
    """Whether the schedule falls from batch to batch, and so must know how many make an epoch."""
    return settings.schedule in ("cosine", "linear")


def _decay(settings: TrainingSettings, epoch: int, fraction: float) -> float:
    done = (epoch - 1 + fraction) / settings.epochs
    if settings.schedule == "cosine":
        return (1 + cos(pi * done)) / 2
    if settings.schedule == "linear":
        return 1 - done
    if settings.step_epochs is not None and settings.step_factor is not None:
        return settings.step_factor ** ((epoch - 1) // settings.step_epochs)
    return 1.0
