"""The labels in a column of a table: as texts, and refused when they cannot be classes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from frontal.data.labelled_clean import label_text, listed
from frontal.data.table import Table
from frontal.errors import FrontalError

_UNKNOWN = {"", "?", "nan", "na", "n/a", "<na>", "null"}  # "none" and "-" may well be classes
MOST_CLASSES = 1000
_FEW = 20


def label_column(table: Table, name: str) -> NDArray[Any]:
    """(rows,) str objects, "" where the label is unknown."""
    column = table.column(name)
    if column.dtype.kind == "O":
        texts = {cell: "" if cell.strip().casefold() in _UNKNOWN else cell.strip() for cell in set(column.tolist())}
        return np.array([texts[cell] for cell in column.tolist()], dtype=object)
    values, places = np.unique(column, return_inverse=True)
    shown = np.array([label_text(value) for value in values.tolist()], dtype=object)
    return shown[places]


def refuse_too_many(table: Table, name: str, labels: NDArray[Any], *, given: bool, per_step: bool) -> None:
    """Raise FrontalError when a column has too many different values to be a column of classes.

    Args:
        table: where it is.
        name: of the column.
        labels: (N,) one a sequence, or one a step.
        given: the user named the column, so only what cannot be learnt is refused.
        per_step: what N counts.
    """
    classes = np.unique(labels[labels != ""]).tolist()
    count, what = len(labels), "steps" if per_step else "sequences"
    most = count // 2 if given else min(count // 5, MOST_CLASSES)
    if len(classes) <= max(_FEW, most):
        return
    other = [column for column in table.columns if column != name]
    advice = (
        "too few of each to learn from: name a column of classes, or put the values into classes first"
        if given
        else f"is it a number to predict, or a name? Type label={name} if these are classes, or label=COL with another "
        f"column: {listed(other, 8)}"
    )
    raise FrontalError(
        f"{table.name}: column {name!r}, taken for the label, has {len(classes):,} different values "
        f"({listed(classes)}) in {count:,} {what}; {advice}"
    )
