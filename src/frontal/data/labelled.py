"""One door for every source of labelled sequences: what it is decides who reads it."""

from __future__ import annotations

from typing import Any

import numpy as np

from frontal.data.labelled_set import Labelled
from frontal.errors import FrontalError

__all__ = ["Labelled", "read_labelled"]


def read_labelled(
    source: Any,
    *,
    label: str | None = None,
    time: str | None = None,
    id: str | None = None,
    per_step: bool = False,
    rate: float | None = None,
) -> Labelled:
    """Read sequences with their labels.

    Args:
        source: a Labelled, or what `Labelled.from_arrays` takes as X.
        label: the column of labels.
        time: the column that orders the rows of a sequence.
        id: the column that tells the sequences apart.
        per_step: every row has a label of its own.
        rate: samples a second to which sound is resampled.

    Raises:
        FrontalError: the source is of no known kind.
    """
    if isinstance(source, Labelled):
        return source
    if isinstance(source, (list, tuple, np.ndarray)):
        return Labelled.from_arrays(source)
    raise FrontalError(f"no reader for {source!r} yet ({label}, {time}, {id}, {per_step}, {rate})")
