"""How a model is trained: one home for every setting. Free of torch, so a command line can show it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite
from typing import Any, Literal, get_args

from frontal.errors import FrontalError, did_you_mean

Optimizer = Literal["adam", "adamw", "rmsprop", "sgd"]
Schedule = Literal["constant", "cosine", "linear", "step"]


@dataclass(frozen=True)
class TrainingSettings:
    """Everything the training loop can be told; a value that cannot be used raises `FrontalError`."""

    optimizer: Optimizer = "adam"
    """Rule that turns gradients into steps."""

    learning_rate: float = 1e-3
    """Size of a step, before warm-up and schedule."""

    momentum: float | None = None
    """Part of the last step that is repeated, 0 to below 1; for optimizer "sgd" only."""

    weight_decay: float = 0.0
    """Pull of the weights towards zero: decoupled in "adamw", added to the gradient elsewhere."""

    schedule: Schedule = "constant"
    """How the learning rate falls over the training: to 0 along a cosine or a line, or in steps."""

    step_epochs: int | None = None
    """Epochs between two cuts of the learning rate; schedule "step" needs it, no other takes it."""

    step_factor: float | None = None
    """What each cut multiplies the learning rate by, between 0 and 1; as `step_epochs`."""

    warmup_steps: int = 0
    """Batches over which the learning rate first rises linearly to its value."""

    epochs: int = 100
    """Passes over the training part, at most."""

    batch_size: int = 32
    """Sequences in one batch; for whoever makes the batches, such as `Minibatches`."""

    clip_norm: float | None = None
    """Largest norm of all gradients together, after `clip_value`; None leaves them as they are."""

    clip_value: float | None = None
    """Largest magnitude of one entry of a gradient; None leaves them as they are."""

    clip_adaptive: float | None = None
    """Largest norm of the gradient of a row of weights, in norms of that row; None leaves them as they are."""

    patience: int | None = None
    """Epochs without a better validation loss after which training stops; None never stops early."""

    seed: int = 0
    """Start of the random numbers that training draws; the same seed gives the same model."""

    def __post_init__(self) -> None:
        self._one_of("optimizer", get_args(Optimizer))
        self._one_of("schedule", get_args(Schedule))
        for name, least in (("epochs", 1), ("batch_size", 1), ("warmup_steps", 0), ("seed", 0)):
            self._whole(name, least)
        self._number("learning_rate", "above 0", lambda value: value > 0)
        self._number("weight_decay", ">= 0", lambda value: value >= 0)
        for name in ("clip_norm", "clip_value", "clip_adaptive"):
            self._number(name, "above 0, or None for off", lambda value: value > 0, optional=True)
        self._number("momentum", ">= 0 and below 1", lambda value: 0 <= value < 1, optional=True)
        self._number("step_factor", "between 0 and 1", lambda value: 0 < value < 1, optional=True)
        self._whole("step_epochs", 1, optional=True)
        self._whole("patience", 1, optional=True)
        self._belong_together()

    def _belong_together(self) -> None:
        if self.seed >= 2**63:
            raise self._error("seed", "a whole number below 2**63")
        if self.momentum is not None and self.optimizer != "sgd":
            raise FrontalError(
                f"momentum={self.momentum} is for optimizer='sgd', not for {self.optimizer!r}: leave it out"
            )
        for name in ("step_epochs", "step_factor"):
            given = getattr(self, name) is not None
            if given and self.schedule != "step":
                raise FrontalError(f"{name} is for schedule='step', not for {self.schedule!r}: leave it out")
            if not given and self.schedule == "step":
                raise FrontalError(f"schedule='step' needs {name}, such as step_epochs=30, step_factor=0.1")

    def _error(self, name: str, expected: str) -> FrontalError:
        return FrontalError(f"{name} must be {expected}, got {getattr(self, name)!r}")

    def _one_of(self, name: str, known: tuple[str, ...]) -> None:
        value: Any = getattr(self, name)
        if value not in known:
            raise FrontalError(f"unknown {name} {value!r}; {did_you_mean(str(value), known)}")

    def _whole(self, name: str, least: int, *, optional: bool = False) -> None:
        value: Any = getattr(self, name)
        if value is None and optional:
            return
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise self._error(name, f"a whole number >= {least}" + (", or None for off" if optional else ""))

    def _number(self, name: str, expected: str, fits: Callable[[float], bool], *, optional: bool = False) -> None:
        value: Any = getattr(self, name)
        if value is None and optional:
            return
        if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value) or not fits(value):
            raise self._error(name, f"a number {expected}")
