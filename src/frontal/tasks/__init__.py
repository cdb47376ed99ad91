"""End-to-end recipes, one a file, and the door back to what they saved."""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from frontal.tasks.forecaster import Forecaster


def load(run: str | PathLike[str]) -> Forecaster:
    """Read a run directory back into the fitted estimator that was saved.

    Raises:
        FrontalError: not a run, half written, changed since (the file is named), or from a newer version.
    """
    from frontal.tasks.forecaster import Forecaster
    from frontal.training.run_directory import read_run

    return Forecaster.load(read_run(run))
