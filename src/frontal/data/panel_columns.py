"""Columns of a table as features: numbers stay, a text column becomes one column of 0 and 1 a category."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from frontal.data.numbers import looks_numeric, numbers
from frontal.data.table import Table, text_cells
from frontal.errors import FrontalError

Floats = NDArray[np.float64]
MOST_CATEGORIES = 64


@dataclass(frozen=True)
class Coded:
    """Features of the rows of a table: `data` (rows, F), `names` (F,), and the categories of text columns."""

    data: Floats
    names: tuple[str, ...]
    categories: dict[str, tuple[str, ...]]


def coded(table: Table, columns: Sequence[str], known: Mapping[str, tuple[str, ...]]) -> Coded:
    """Read columns as features.

    Args:
        table: where they are.
        columns: names.
        known: the categories of columns that were read before; others are found.

    Raises:
        FrontalError: no such column, an infinite number, too many categories, or one that is not among
            those that are known; row and column are named.
    """
    parts: list[Floats] = []
    names: list[str] = []
    categories: dict[str, tuple[str, ...]] = {}
    for column in columns:
        kind = table.column(column).dtype.kind
        if column in known or (kind == "O" and not looks_numeric(table.column(column))):
            categories[column] = known.get(column) or _categories(table, column)
            parts.append(_one_hot(table, column, categories[column]))
            names += [f"{column}={category}" for category in categories[column]]
        else:
            parts.append(finite(table, column)[:, None])
            names.append(column)
    data = np.hstack(parts) if parts else np.empty((table.rows, 0))
    return Coded(data, tuple(names), categories)


def finite(table: Table, column: str) -> Floats:
    """Return a column of numbers, (rows,), NaN where missing; an infinite one raises `FrontalError`."""
    values = numbers(table, column)
    for row in np.flatnonzero(np.isinf(values)):
        raise FrontalError(
            f"{table.name}, {table.where(int(row))}, column {column!r}: {values[row]} is not a finite number; "
            "leave the cell empty if the value is unknown"
        )
    return values


def texts(table: Table, column: str) -> list[str]:
    """Return the cells of a column as text, whole numbers without a point."""
    cells = table.column(column)
    if cells.dtype.kind == "O":
        return text_cells(cells)
    if cells.dtype.kind == "f":
        return [str(int(cell)) if cell == np.floor(cell) else str(cell) for cell in cells]
    return [str(cell) for cell in cells]


def _categories(table: Table, column: str) -> tuple[str, ...]:
    found = tuple(sorted(set(texts(table, column))))
    if len(found) > MOST_CATEGORIES:
        raise FrontalError(
            f"{table.name}: column {column!r} holds {len(found)} different texts, such as {found[0]!r}; a feature may "
            f"have {MOST_CATEGORIES} categories at most"
        )
    return found


def _one_hot(table: Table, column: str, categories: tuple[str, ...]) -> Floats:
    at = {category: place for place, category in enumerate(categories)}
    data = np.zeros((table.rows, len(categories)))
    for row, cell in enumerate(texts(table, column)):
        if cell not in at:
            raise FrontalError(
                f"{table.name}, {table.where(row)}, column {column!r}: {cell!r} is not among the categories that were "
                f"learned: {', '.join(map(repr, categories[:8]))}"
            )
        data[row, at[cell]] = 1.0
    return data
