"""What happened during a training, epoch by epoch."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from frontal.errors import FrontalError

Stopped = Literal["finished", "early stopping", "interrupted", "diverged"]


@dataclass(frozen=True)
class Epoch:
    """One complete pass over the training part."""

    epoch: int
    """Counted from 1."""
    train_loss: float
    """Mean over the batches, each measured before its own step."""
    validation_loss: float | None
    """After the epoch; None without validation."""
    learning_rate: float
    """Of the last batch."""
    gradient_norm: float
    """Largest of the epoch, all parameters together, before clipping."""
    seconds: float
    """Wall-clock time, validation included."""


@dataclass
class History:
    """All complete epochs, which one the model's weights are from, and why training ended."""

    epochs: list[Epoch] = field(default_factory=list)
    best_epoch: int = 0
    """Epoch whose weights the model now has; 0 if they are those from before the training."""
    stopped: Stopped = "finished"
    """"diverged" is seen only on the `history` of a `TrainingDiverged`."""

    @property
    def interrupted(self) -> bool:
        """Whether Ctrl-C ended the training."""
        return self.stopped == "interrupted"

    def as_dicts(self) -> list[dict[str, Any]]:
        """One dictionary an epoch: the lines of `log.jsonl`."""
        return [asdict(epoch) for epoch in self.epochs]


def log_of(members: Iterable[History]) -> list[dict[str, Any]]:
    """Return one dictionary a member, counted from 1, and epoch."""
    return [
        {"member": member, **line} for member, history in enumerate(members, start=1) for line in history.as_dicts()
    ]


class TrainingDiverged(FrontalError):  # noqa: N818 - says what happened
    """A loss or gradient became infinite or NaN; the model has its best weights so far.

    `history` tells what came before.
    """

    def __init__(self, message: str, history: History) -> None:
        super().__init__(message)
        self.history = history
