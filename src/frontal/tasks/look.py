"""The recipes behind `frontal read` and `frontal neurons`: a saved model along data, looked at from inside."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from frontal.diagnostics.capture import capture
from frontal.diagnostics.capture_read import Capture
from frontal.diagnostics.capture_truths import truths_of
from frontal.diagnostics.neurons import Neurons, neurons
from frontal.diagnostics.reading import Reading, read_unit
from frontal.diagnostics.subject import Subject
from frontal.errors import FrontalError
from frontal.training.progress import Progress


def read_run(model: Any, text: Any, *, signal: str, unit: int | None, most: int, progress: Progress) -> Reading:
    """Read a text with a unit of a fitted model; without a number, with the one that varies most."""
    with captured(model, text, most, progress) as found:
        if unit is None:
            values = found.values(signal)
            unit = int(np.abs(np.diff(values, axis=1)).mean(1).argmax()) if values.shape[1] > 1 else 0
        return read_unit(found, signal, unit)


def neurons_run(model: Any, data: Any, *, signals: list[str] | None, most: int, progress: Progress) -> Neurons:
    """Find out what the units of a fitted model watch in a text, a series, or sequences of classes."""
    with captured(model, data, most, progress) as found:
        return neurons(found, truths_of(found), signals=signals)


@contextmanager
def captured(model: Any, data: Any, most: int, progress: Progress) -> Iterator[Capture]:
    """Yield a capture of a model along the first `most` steps of data; it is gone after the block."""
    if not hasattr(model, "subject"):
        raise FrontalError(
            f"a {type(model).__name__} cannot be looked at step by step; what frontal language, forecast, "
            "classify, translate, answer and chat save can. In Python, frontal.diagnostics.watch looks into any network"
        )
    if most < 2:
        raise FrontalError(f"{most} steps are too few to look at; give 2 or more")
    subject: Subject = model.subject(data, most=most)
    with TemporaryDirectory(prefix="frontal-") as folder:
        progress.start(1, f"reading {subject.name}")
        try:
            done = 0

            def tell(steps: int) -> None:
                nonlocal done
                progress.update((steps - done) / len(subject))
                done = steps

            found = capture(subject, Path(folder) / "capture", progress=tell)
        finally:
            progress.stop()
        yield found
