"""What the labels must be, and what they were before they became texts."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from frontal.data.labelled import Labelled
from frontal.errors import FrontalError


def labelled_only(data: Labelled) -> tuple[Labelled, list[str]]:
    """Leave out what has no label at all, and say so."""
    if data.labels is None:
        raise FrontalError(f"{data.name} has no labels to learn from; give y, or name their column with label=")
    has = np.array([bool(np.any(np.asarray(label) != "")) for label in data.labels])
    if has.all():
        return data, []
    return data.select(has), [f"{int((~has).sum())} sequences have no label; they were left out of training."]


def check_classes(data: Labelled, classes: tuple[str, ...]) -> None:
    """Refuse what a classifier cannot learn from."""
    if len(classes) < 2:
        raise FrontalError(f"{data.name}: all labels are {', '.join(classes)!r}; there must be two classes at least")
    if len(data) < 4:
        raise FrontalError(f"{data.name}: {len(data)} sequences are too few to learn from; give at least 4")


def as_given(classes: tuple[str, ...], y: Any) -> NDArray[Any]:
    """Return the classes in the type of `y`, (K,)."""
    if y is None:
        return np.array(classes)
    values = np.unique(np.concatenate([np.atleast_1d(np.asarray(label)) for label in y]))
    by_text = {str(value): value for value in values.tolist()}
    return np.array([by_text[name] for name in classes]) if set(classes) <= set(by_text) else np.array(classes)
