"""What the estimators of all recipes have in common: settings, what training left behind, the way back from a run."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import fields
from os import PathLike
from pathlib import Path
from typing import Any, ClassVar, Generic, Self, TypeVar

from torch import Tensor

from frontal.cells import named
from frontal.errors import FrontalError
from frontal.training.history import History, log_of
from frontal.training.run_directory import Run, read_run, save_run
from frontal.training.task_settings import TaskSettings

Settings = TypeVar("Settings", bound=TaskSettings)


class Estimator(ABC, Generic[Settings]):
    """A recipe in scikit-learn's verbs.

    Args:
        settings: an object of `settings_type`; or instead
        preset, **options: a preset's name and single settings.
    """

    kind: ClassVar[str]
    """of its runs"""
    settings_type: ClassVar[type[TaskSettings]]
    settings: Settings
    """what was asked for"""
    chosen: Settings
    """after `fit`: the settings with every guess filled in"""
    notes: list[str]
    """after `fit`: everything that was guessed or repaired"""
    log: list[dict[str, Any]]
    """after `fit`: one dictionary a member and epoch"""
    seconds: float
    """after `fit`: how long training took"""
    interrupted: bool = False
    """after `fit`: whether Ctrl-C ended it, with the members and epochs so far"""

    def __init__(self, settings: Settings | None = None, *, preset: str | None = None, **options: Any) -> None:
        if settings is not None and (preset is not None or options):
            raise FrontalError("give either settings or single options, not both; settings.replace(...) changes some")
        chosen: Any = settings or self.settings_type.from_options(preset, **options)
        named(chosen.cell)  # an unknown name is told now, not after the data were read
        self.settings = chosen

    @classmethod
    def load(cls, run: str | PathLike[str] | Run) -> Self:
        """Read what was saved; a changed, foreign or half-written run raises `FrontalError`."""
        run = run if isinstance(run, Run) else read_run(run)
        if run.kind != cls.kind:
            raise FrontalError(f"{run.path} holds a {run.kind}, not a {cls.kind}")
        try:
            saved: Any = [cls.settings_type.from_dict(run.settings[name]) for name in ("settings", "chosen")]
            self = cls(saved[0])
            self.chosen = saved[1]
            self.notes, self.log = run.settings["notes"], run.log
            self.seconds = float(run.metrics["seconds_train"])
            self.restore(run)
        except (KeyError, TypeError, RuntimeError, ValueError, IndexError) as error:
            if isinstance(error, FrontalError):
                raise
            raise FrontalError(f"{run.path} is not a complete {cls.kind}: {error}") from error
        return self

    @abstractmethod
    def restore(self, run: Run) -> None:
        """Take what was learned from a run that `load` reads."""

    def save(
        self, path: str | PathLike[str], *, metrics: Mapping[str, Any] | None = None,
        files: Mapping[str, bytes] | None = None,
    ) -> Path:  # fmt: skip
        """Write a run directory with settings, weights, log, `metrics` and `files`; `frontal.load` reads it."""
        learned, tensors = self.contents()
        asked = {"settings": self.settings.to_dict(), "chosen": self.chosen.to_dict(), "notes": self.notes}
        figures = {"seconds_train": self.seconds, **(metrics or {})}
        return save_run(
            path, kind=self.kind, settings=asked | learned, tensors=tensors, metrics=figures, log=self.log, files=files
        )

    @abstractmethod
    def contents(self) -> tuple[dict[str, Any], dict[str, Tensor]]:
        """Return what was learned: facts as JSON can hold them, and tensors; not fitted yet raises `FrontalError`."""

    def trained(self, histories: Sequence[History], members: int) -> None:
        """Keep the log of a training of so many members; say so if it was interrupted."""
        self.log = log_of(histories)
        self.interrupted = any(history.interrupted for history in histories)
        if self.interrupted:
            self.notes.append(f"Training was interrupted: {len(histories)} of {members} members are kept.")

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the settings by name, as scikit-learn asks for them."""
        return {field.name: getattr(self.settings, field.name) for field in fields(self.settings)}

    def set_params(self, **params: Any) -> Self:
        """Change settings, as scikit-learn does; the next `fit` uses them."""
        self.settings = self.settings.replace(**params)
        named(self.get_params()["cell"])
        return self
