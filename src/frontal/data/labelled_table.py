"""Reader of tables: long form, a text a row, or a sequence a row; which one is found out."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from frontal.data.csvstream import plain_name, stream_csv
from frontal.data.labelled_clean import listed
from frontal.data.labelled_long import read_long
from frontal.data.labelled_roles import ID_NAMES, LABEL_NAMES, SPLIT_NAMES, Roles, find_roles
from frontal.data.labelled_rows import read_steps_by_row, read_texts_by_row, steps_side_by_side
from frontal.data.labelled_set import Labelled
from frontal.data.read import read_table
from frontal.data.table import Table
from frontal.errors import FrontalError

_HINT = (
    "name the column that is the same in all rows of a sequence with id=COL; where each row is a sequence of its own, "
    "call the columns of its steps t1, t2, …"
)


def read_labelled_table(
    source: Any, *, label: str | None, time: str | None, id: str | None, per_step: bool
) -> Labelled:
    """Read a CSV, TSV or Parquet file, standard input ("-"), a frame, or a dict of columns; see `read_labelled`.

    Raises:
        FrontalError: nothing tells the rows of one sequence from those of another.
    """
    table = _table(source, {name for name in (label, id) if name})
    notes = list(table.notes)
    roles = find_roles(table, label=label, time=time, id=id, notes=notes)
    if roles.text is not None:
        _refuse_per_step(table, per_step, "a text")
        return read_texts_by_row(table, roles, notes)
    if id is None and steps_side_by_side(table, roles):
        _refuse_per_step(table, per_step, "a sequence")
        return read_steps_by_row(table, roles, notes)
    if roles.id is None and not per_step:
        raise FrontalError(_no_sequences(table, roles))
    if roles.id is None:
        notes.append("No column tells sequences apart: all rows are one. Name it with id=COL if there is one.")
    data = read_long(table, roles, notes, per_step=per_step)
    if id is None and len(data) > 1 and data.lengths.max() == 1:
        raise FrontalError(
            f"{table.name}: every row has another {roles.id!r}, so each sequence would have one step; " + _HINT
        )
    return data


def _table(source: Any, named: set[str]) -> Table:
    """A text file is read in pieces; whatever names things stays text."""
    if isinstance(source, (str, os.PathLike)) and str(source) != "-":
        path = Path(source)
        if path.suffix.lower() not in (".parquet", ".pq") and path.is_file():
            text = {*ID_NAMES, *LABEL_NAMES, *SPLIT_NAMES, *map(plain_name, named)}
            return stream_csv(path, text=text)
    return read_table(source)


def _refuse_per_step(table: Table, per_step: bool, what: str) -> None:
    if per_step:
        raise FrontalError(
            f"{table.name} has {what} a row, with one label; per_step=True needs a row a step: an id, a time, columns "
            "of numbers or one of words, and a label"
        )


def _no_sequences(table: Table, roles: Roles) -> str:
    labels = "; where all rows are one sequence with a label a row, say per_step=True (--per-step)"
    return (
        f"{table.name}: nothing tells which rows belong to one sequence. Its columns are {listed(table.columns, 8)}; "
        + _HINT
        + (labels if roles.label else "")
    )
