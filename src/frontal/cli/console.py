"""What a verb says, and on which stream: stdout, or stderr when stdout carries one JSON object."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from math import isfinite
from typing import Any

from frontal.diagnostics.report_numbers import shown

UNLIMITED = 10_000  # columns of a file or pipe: nothing is cut there


class Console:
    """Says sentences and tables to a person, or one JSON object to a program."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json

    def say(self, text: str) -> None:
        """Print one message at once."""
        print(text, file=sys.stderr if self.as_json else sys.stdout, flush=True)

    def table(self, rows: Sequence[Mapping[str, object]], title: str | None = None) -> None:
        """Print rows as a table with the keys of the first row as its head, as wide as the terminal."""
        from rich.console import Console as Terminal
        from rich.table import Table

        if not rows:
            return
        if title:
            self.say(title)
        table = Table(box=None, pad_edge=False)
        columns = [[row[name] for row in rows] for name in rows[0]]
        for name, column in zip(rows[0], columns, strict=True):
            numeric = all(isinstance(value, int | float) for value in column)
            table.add_column(name, justify="right" if numeric else "left", overflow="fold")
        for cells in zip(*map(shown, columns), strict=True):
            table.add_row(*cells)
        stream = sys.stderr if self.as_json else sys.stdout
        width = None if stream.isatty() else UNLIMITED
        colours = None if os.environ.get("NO_COLOR") else "auto"  # None also leaves out bold type
        terminal = Terminal(file=stream, width=width, color_system=colours, markup=False, emoji=False, highlight=False)
        terminal.print(table)

    def emit(self, result: Mapping[str, Any]) -> None:
        """Print `result` as one JSON object on stdout."""
        print(json.dumps(jsonable(result), allow_nan=False, ensure_ascii=False))

    @contextmanager
    def own_stdout(self) -> Iterator[None]:
        """Keep stdout for the JSON object: whatever else is printed meanwhile goes to stderr."""
        if not self.as_json:
            yield
            return
        with redirect_stdout(sys.stderr):
            yield


def jsonable(value: Any) -> Any:
    """Return `value` as JSON knows it: paths, dates and numpy scalars as text or numbers, NaN as null.

    Anything else raises TypeError.
    """
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return float(value) if isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): jsonable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [jsonable(item) for item in value]
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    for method in ("isoformat", "tolist"):
        if hasattr(value, method):
            return jsonable(getattr(value, method)())
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")
