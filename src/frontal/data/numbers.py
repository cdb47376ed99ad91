"""From text to numbers: missing marks, decimal comma, thousands separators; never a guess that may be wrong.

A column has one decimal mark. It follows from the cells that allow one reading only
("0.5", "1,5", "1,234,567", "1,234.5"). Where every cell of the column allows both
("1,234"), the other columns decide; then a plain three-digit number beside it ("998",
so the column crosses a thousand); then the custom that "1.234" is a decimal point
unless ';' separates the columns. What is still open is refused.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection
from typing import Any

import numpy as np
from numpy.typing import NDArray

from frontal.data.table import Table, text_cells
from frontal.errors import FrontalError

MISSING = frozenset({"", "na", "n/a", "#n/a", "<na>", "nan", "nat", "none", "null", "?", "-"})
_INFINITE = re.compile(r"[+-]?inf(inity)?", re.IGNORECASE)
_TRUTH = {"true": 1.0, "false": 0.0}
_OTHER = {".": ",", ",": "."}


def _grammar(decimal: str) -> re.Pattern[str]:
    point, comma = re.escape(decimal), re.escape(_OTHER[decimal])
    whole = rf"(?:\d+|[1-9]\d{{0,2}}(?:{comma}\d{{3}})+)"
    return re.compile(rf"[+-]?(?:{whole}(?:{point}\d*)?|{point}\d+)(?:[eE][+-]?\d+)?", re.ASCII)


_GRAMMAR = {decimal: _grammar(decimal) for decimal in _OTHER}


def is_missing(cell: str) -> bool:
    """True for the marks of a missing value: empty, NA, NaN, null, None, ?, -."""
    return cell.strip().casefold() in MISSING


def is_number(cell: str) -> bool:
    """True when a cell reads as a number with a decimal point or a decimal comma, or as infinity."""
    return bool(readings(cell) or _INFINITE.fullmatch(cell))


def looks_numeric(column: NDArray[Any]) -> bool:
    """True when more than half of a column's cells that are not missing are numbers."""
    if column.dtype.kind != "O":
        return column.dtype.kind == "f" and bool(np.isfinite(column).any())
    present = {cell: count for cell, count in Counter(text_cells(column)).items() if not is_missing(cell)}
    return sum(count for cell, count in present.items() if is_number(cell)) * 2 > sum(present.values())


def numbers(table: Table, name: str) -> NDArray[np.float64]:
    """Return a column as (rows,) float64, NaN where missing; True and False count as 1 and 0.

    Raises:
        FrontalError: a cell is no number, or its separator may mean two things; the
            message names line, column and text.
    """
    column = table.column(name)
    if column.dtype.kind == "M":
        raise FrontalError(f"{table.name}: column {name!r} holds times, where numbers are needed")
    if column.dtype.kind != "O":
        return column.astype(np.float64)
    cells = text_cells(column)
    present = {cell for cell in cells if not is_missing(cell)}
    if present and all(cell.casefold() in _TRUTH for cell in present):
        values = {cell: _TRUTH[cell.casefold()] for cell in present}
    else:
        _refuse_text(table, name, cells)
        decimal = _decimal(table, name, cells, present)
        values = {cell: _value(cell, decimal) for cell in present}
    return np.array([values.get(cell, np.nan) for cell in cells], dtype=np.float64)


def readings(cell: str) -> set[str]:
    """Return the decimal marks with which a cell is a number, of which it may have both: "1,234" does."""
    return {decimal for decimal, pattern in _GRAMMAR.items() if pattern.fullmatch(cell)}


def _value(cell: str, decimal: str) -> float:
    return float(cell.replace(_OTHER[decimal], "").replace(decimal, "."))


def _refuse_text(table: Table, name: str, cells: list[str]) -> None:
    wrong = {cell for cell in set(cells) if not is_missing(cell) and not is_number(cell)}
    for row, cell in enumerate(cells):
        if cell in wrong:
            raise FrontalError(
                f"{table.name}, {table.where(row)}, column {name!r}: {_short(cell)} is not a number; "
                "correct it, or leave the cell empty if the value is unknown"
            )


def _decimal(table: Table, name: str, cells: list[str], present: Collection[str]) -> str:
    sure = _sure(present)
    if len(sure) == 2:
        rows = [next(i for i, cell in enumerate(cells) if readings(cell) == {mark}) for mark in ".,"]
        shown = " and ".join(f"{cells[row]!r} ({table.where(row)})" for row in rows)
        raise FrontalError(f"{table.name}: column {name!r} mixes decimal points and commas: {shown}; use one of them")
    unsure = [cell for cell in present if len(readings(cell)) == 2 and ("." in cell or "," in cell)]
    if sure or not unsure:
        return next(iter(sure), ".")
    return _decimal_from_context(table, name, cells, unsure)


def _sure(cells: Collection[str]) -> set[str]:
    """The decimal marks that the cells with a single reading have."""
    return {mark for reading in map(readings, cells) if len(reading) == 1 for mark in reading}


def _decimal_from_context(table: Table, name: str, cells: list[str], unsure: list[str]) -> str:
    marks = {mark for cell in unsure for mark in ".," if mark in cell}
    elsewhere: set[str] = set()
    for other, column in table.columns.items():
        if other != name and column.dtype.kind == "O" and looks_numeric(column):
            elsewhere |= _sure(set(text_cells(column)))
    if len(elsewhere) == 1:
        return elsewhere.pop()
    if len(marks) == 1:
        mark = marks.pop()
        if any(cell.isascii() and cell.isdigit() and len(cell) == 3 for cell in cells):
            return _OTHER[mark]
        if mark == "." and table.delimiter != ";":
            return "."
    row = next(i for i, cell in enumerate(cells) if cell in unsure)
    digits = re.sub(r"[.,]", "", cells[row])
    raise FrontalError(
        f"{table.name}, {table.where(row)}, column {name!r}: {cells[row]!r} may mean {digits} or "
        f"{cells[row].replace(',', '.')}, and no other cell decides it; write the numbers without "
        "thousands separators and with a decimal point"
    )


def _short(cell: str) -> str:
    return repr(cell if len(cell) <= 40 else cell[:37] + "…")
