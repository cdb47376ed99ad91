"""A loop one can read in one sitting, its progress, and runs that survive a crash.

Names are looked up when first used: importing the settings does not start torch.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from frontal.training.batches import Minibatches
    from frontal.training.history import Epoch, History, TrainingDiverged
    from frontal.training.loop import train
    from frontal.training.progress import Progress, progress_for
    from frontal.training.run_directory import Run, check_run_target, read_run, save_run
    from frontal.training.seed import seeded
    from frontal.training.settings import TrainingSettings

__all__ = [
    "Epoch",
    "History",
    "Minibatches",
    "Progress",
    "Run",
    "TrainingDiverged",
    "TrainingSettings",
    "check_run_target",
    "progress_for",
    "read_run",
    "save_run",
    "seeded",
    "train",
]

_MODULES = {
    "Epoch": "history",
    "History": "history",
    "Minibatches": "batches",
    "Progress": "progress",
    "Run": "run_directory",
    "TrainingDiverged": "history",
    "TrainingSettings": "settings",
    "check_run_target": "run_directory",
    "progress_for": "progress",
    "read_run": "run_directory",
    "save_run": "run_directory",
    "seeded": "seed",
    "train": "loop",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
