"""One door to panels: files, frames and dicts, with one row a series and step, one column or one row a series."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from frontal.data.builtin import BUILTIN
from frontal.data.panel import ID_NAMES, Panel, PanelLayout, PanelRoles
from frontal.data.panel_columns import coded, texts
from frontal.data.panel_long import read_long
from frontal.data.panel_wide import read_columns, read_rows
from frontal.data.read import named_file, read_table
from frontal.data.table import Table
from frontal.data.times import is_time, says_time
from frontal.errors import FrontalError

Library = Literal["polars", "pandas", "pyarrow"]
_LIBRARIES: tuple[Library, ...] = ("polars", "pandas", "pyarrow")
_NUMBERED = re.compile(r"[a-z_]*\d+", re.IGNORECASE)
_MANY = 8  # columns called V2, V3 … from which a table has one row a series


def panel_layout(titles: Sequence[str]) -> PanelLayout | None:
    """Return the layout that the titles of a table give away; None where they speak of no panel."""
    if len(titles) > _MANY:
        rest = titles[1:]
        stems = {re.sub(r"\d+$", "", title) for title in rest}
        counted = len(stems) == 1 and all(_NUMBERED.fullmatch(title) for title in rest)
        if all(map(is_time, rest)) or (counted and stems != {"column_"} and not says_time(titles[0])):
            return "rows"
    return "long" if ID_NAMES & {title.casefold() for title in titles} else None


def holds_panel(source: Any) -> bool:
    """Whether a source looks like a panel by the titles of its columns; standard input and arrays are not read."""
    if isinstance(source, (str, Path)):
        path = Path(source)
        if not path.is_file() and str(source) not in BUILTIN:
            path = named_file(path) or path
        if not path.is_file():
            return False
        if path.suffix.lower() not in (".parquet", ".pq"):
            with path.open("rb") as file:
                line = file.readline(1 << 20).decode("utf-8-sig", errors="replace")
            return panel_layout(re.split(r"[,;\t|]", line.replace('"', "").strip())) is not None
        source = read_table(path)
    if isinstance(source, Table):
        return panel_layout(list(source.columns)) is not None
    titles = list(source) if isinstance(source, Mapping) else _titles(source)
    return panel_layout([str(title) for title in titles]) is not None


def read_panel(
    source: Any, roles: PanelRoles | None = None, *, statics: Any = None,
    categories: Mapping[str, tuple[str, ...]] | None = None,
) -> Panel:  # fmt: skip
    """Read many series.

    In the long layout a row holds a series, a time, a value and features; rows may come in any
    order. Rows behind the last value of a series may hold known features of the future. Series may
    start and end at different times; a step without a row or a value is missing. Names that are
    not given are found: the series by `ID_NAMES`, the time by its content, the target by the name
    "y" or as the last column of numbers.

    Args:
        source: what `read_table` takes.
        roles: what the columns are.
        statics: a table with one row a series and the columns `roles.static`, where these do not
            stand in `source`.
        categories: of text columns that were read before.

    Raises:
        FrontalError: no such column; two rows of one series and time that differ; a static feature
            that changes; times off the common step; a series without a value; row and column are named.
    """
    roles = roles or PanelRoles()
    if isinstance(source, Panel):
        return source
    table = read_table(source)
    layout = roles.layout or panel_layout(list(table.columns)) or "long"
    roles = replace(roles, layout=layout)
    known = dict(categories or {})
    if layout == "long":
        panel = read_long(table, roles, known, with_static=statics is None)
    else:
        given = [name for name in (*roles.known, *roles.past) if name]
        if given:
            raise FrontalError(
                f"{table.name}: features by row ({', '.join(given)}) need the long layout, one row a series and step"
            )
        panel = read_columns(table, roles) if layout == "columns" else read_rows(table, roles, known)
    return panel if statics is None else _with_statics(panel, statics, known)


def _titles(source: Any) -> list[str]:
    """The columns of a data frame; none of anything else."""
    import narwhals as nw  # noqa: PLC0415, slow to import and needed for frames only

    frame = nw.from_native(source, pass_through=True)
    return frame.collect_schema().names() if isinstance(frame, (nw.DataFrame, nw.LazyFrame)) else []


def library_of(source: Any) -> Library | None:
    """The library of a data frame, None for anything else."""
    import narwhals as nw  # noqa: PLC0415, slow to import and needed for frames only

    frame = nw.from_native(source, pass_through=True)
    name = frame.implementation.value if isinstance(frame, (nw.DataFrame, nw.LazyFrame)) else ""
    return next((library for library in _LIBRARIES if library == name), None)


def _with_statics(panel: Panel, statics: Any, known: dict[str, tuple[str, ...]]) -> Panel:
    table = read_table(statics)
    unique_id = panel.roles.unique_id
    if unique_id not in table.columns:
        unique_id = next((name for name in table.columns if name.casefold() in ID_NAMES), next(iter(table.columns)))
    columns = panel.roles.static or tuple(name for name in table.columns if name != unique_id)
    found = coded(table, columns, known)
    row_of = {name: row for row, name in enumerate(texts(table, unique_id))}
    absent = [name for name in panel.ids if name not in row_of]
    if absent:
        raise FrontalError(f"{table.name} has no row for series {absent[0]!r} in column {unique_id!r}")
    rows = np.array([row_of[name] for name in panel.ids])
    hole = np.argwhere(np.isnan(found.data[rows]))
    if len(hole):
        row, column = int(rows[hole[0][0]]), found.names[hole[0][1]]
        raise FrontalError(f"{table.name}, {table.where(row)}, column {column!r}: a static feature is missing")
    return replace(
        panel, static=found.data[rows], static_names=found.names, categories=panel.categories | found.categories,
        roles=replace(panel.roles, static=columns),
    )  # fmt: skip
