"""A table: named columns, and the place in the source that each row came from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from frontal.errors import FrontalError, did_you_mean


class NoSuchColumn(FrontalError):  # noqa: N818 - says what is wrong
    """A table lacks the column `name`."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


@dataclass(frozen=True, eq=False)
class Table:
    """Columns of equal length, in the order of the source.

    A row is named after its source. In a text file it is a *line*, counted as an editor
    counts: the header is line 1, blank lines count. In a frame, an array, or a Parquet
    file it is a *row* counted from 0, so that `frame.iloc[17]` is "row 17".

    Attributes:
        name: the source, for messages: a path, "standard input", "the frame" …
        columns: name -> 1-D array: float64 or bool, datetime64[us], or str objects.
            Text stays text until someone asks for numbers or times.
        lines: (rows,) the line of each row in its text file; None for other sources.
        delimiter: what separates the columns of a text file.
        notes: what was guessed while reading, in plain sentences.
    """

    name: str
    columns: dict[str, NDArray[Any]]
    lines: NDArray[np.int64] | None = None
    delimiter: str = ","
    notes: tuple[str, ...] = field(default=())

    @property
    def rows(self) -> int:
        """Number of rows, the header not counted."""
        return len(next(iter(self.columns.values())))

    def column(self, name: str) -> NDArray[Any]:
        """Return one column.

        Raises:
            NoSuchColumn: the nearest name is suggested.
        """
        if name not in self.columns:
            raise NoSuchColumn(name, f"{self.name} has no column {name!r}; {did_you_mean(name, self.columns)}")
        return self.columns[name]

    def where(self, row: int) -> str:
        """Name a row, "line 18" or "row 17"."""
        return f"row {row}" if self.lines is None else f"line {self.lines[row]}"

    def first(self, rows: Iterable[int], most: int = 3) -> str:
        """Name the first few of many rows, "lines 18, 20, 25, …"."""
        found = list(rows)
        word = "row" if self.lines is None else "line"
        numbers = [str(row if self.lines is None else self.lines[row]) for row in found[:most]]
        more = ", …" if len(found) > most else ""
        return f"{word}{'s' if len(found) > 1 else ''} {', '.join(numbers)}{more}"


def text_cells(column: NDArray[Any]) -> list[str]:
    """Return the cells of a text column without the blanks around them."""
    return [cell.strip() for cell in column]
