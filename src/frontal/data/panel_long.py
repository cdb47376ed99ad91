"""One row a series and step: rows in any order become a panel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from frontal.data.numbers import looks_numeric
from frontal.data.panel import ID_NAMES, Floats, Integers, Panel, PanelRoles
from frontal.data.panel_columns import Coded, coded, finite, texts
from frontal.data.panel_grid import Scattered, on_grid, stamps
from frontal.data.table import Table
from frontal.data.times import looks_like_time
from frontal.errors import FrontalError

_TARGETS = ("y", "target", "value")


def read_long(table: Table, roles: PanelRoles, known: Mapping[str, tuple[str, ...]], *, with_static: bool) -> Panel:
    """Read the long layout; see `read_panel`.

    Args:
        table: the rows.
        roles: what the columns are.
        known: categories of text columns that were read before.
        with_static: whether the static features stand in this table.
    """
    notes = list(table.notes)
    roles = _roles(table, roles, notes)
    assert roles.target is not None
    ids, codes = _ids(table, roles)
    static_columns = roles.static if with_static else ()
    _refuse_twice([n for n in (roles.unique_id, roles.time, roles.target) if n], *roles.known, *roles.past)
    parts = [coded(table, columns, known) for columns in (roles.known, roles.past)]
    values = finite(table, roles.target)
    data = np.column_stack([values, *(part.data for part in parts)])  # (rows, 1 + K + P)
    times, numbers = stamps(table, roles.time, notes)
    grid = on_grid(Scattered(table, ids, codes, np.arange(table.rows), data, times, numbers, notes))
    K = parts[0].data.shape[1]
    static = coded(table, static_columns, known)
    for part in parts:
        notes.extend(_holes(part, table))
    panel = Panel(
        ids=ids, starts=grid.starts, lengths=np.diff(grid.starts), values=grid.data[:, 0],
        known=grid.data[:, 1 : 1 + K], past=grid.data[:, 1 + K :],
        static=_constant(table, ids, codes, static.data, static.names),
        steps=grid.steps, times=grid.times, frequency=grid.frequency, roles=roles,
        known_names=parts[0].names, past_names=parts[1].names, static_names=static.names,
        categories={**parts[0].categories, **parts[1].categories, **static.categories},
        numbered=roles.unique_id is not None and table.column(roles.unique_id).dtype.kind == "f",
        notes=notes, name=table.name,
    )  # fmt: skip
    return _trimmed(panel)


def _roles(table: Table, roles: PanelRoles, notes: list[str]) -> PanelRoles:
    """Fill in the columns that were not named."""
    unique_id = roles.unique_id or next((n for n in table.columns if n.casefold() in ID_NAMES), None)
    taken = {unique_id, roles.target, *roles.known, *roles.past, *roles.static}
    left = [name for name in table.columns if name not in taken]
    time = roles.time or next(
        (n for n in left if n == "ds"), next((n for n in left if looks_like_time(table, n)), None)
    )
    target = roles.target
    if target is None:
        numeric = [n for n in left if n != time and looks_numeric(table.column(n))]
        if not numeric:
            raise FrontalError(f"{table.name} has no column of numbers to forecast; name one with target")
        target = next((n for n in numeric if n.casefold() in _TARGETS), numeric[-1])
        if len(numeric) > 1:
            notes.append(f"Target is {target!r} of {', '.join(map(repr, numeric[:8]))}; choose with target=COL.")
    unused = [n for n in left if n not in (time, target)]
    if unused:
        notes.append(
            f"Columns that are not used: {', '.join(map(repr, unused[:8]))}; name features in known (known ahead), "
            "past or static."
        )
    return replace(roles, unique_id=unique_id, time=time, target=target)


def _ids(table: Table, roles: PanelRoles) -> tuple[tuple[str, ...], Integers]:
    """Names of the series in order of appearance, and the number of the series of each row, (rows,)."""
    if roles.unique_id is None:
        return (roles.target or "y",), np.zeros(table.rows, np.int64)
    names = texts(table, roles.unique_id)
    at: dict[str, int] = {}
    codes = np.array([at.setdefault(name, len(at)) for name in names], np.int64)
    return tuple(at), codes


def _holes(part: Coded, table: Table) -> list[str]:
    """Say where features are missing."""
    return [
        f"Missing values of feature {name!r}: {len(rows)} ({table.first(rows)}); the network sees its mean there."
        for name, column in zip(part.names, part.data.T, strict=True)
        if len(rows := np.flatnonzero(np.isnan(column)))
    ]


def _constant(table: Table, ids: tuple[str, ...], codes: Integers, data: Floats, names: tuple[str, ...]) -> Floats:
    """Static features, (S, C): the same in all rows of a series, or an error that says where they differ."""
    first = np.unique(codes, return_index=True)[1]
    static = data[first]
    for row, column in np.argwhere(data != static[codes]):
        series = ids[codes[row]]
        if np.isnan(data[row, column]):
            raise FrontalError(f"{table.name}, {table.where(int(row))}: static feature {names[column]!r} is missing")
        raise FrontalError(
            f"{table.name}, {table.where(int(row))}: static feature {names[column]!r} of series {series!r} is "
            f"{data[row, column]:g} here and {static[codes[row], column]:g} before; name it in known or past instead"
        )
    return static


def _refuse_twice(columns: list[str], *features: str) -> None:
    everything = [*columns, *features]
    for name in everything:
        if everything.count(name) > 1:
            raise FrontalError(
                f"column {name!r} has two roles; series, time, target and features are different columns"
            )


def _trimmed(panel: Panel) -> Panel:
    """Drop rows before the first value of a series, and rows behind the last unless they hold known features."""
    keep = np.ones(len(panel.values), bool)
    lengths = panel.lengths.copy()
    for s in range(len(panel)):
        start, stop = panel.starts[s], panel.starts[s + 1]
        held = np.flatnonzero(~np.isnan(panel.values[start:stop]))
        if not len(held):
            raise FrontalError(f"{panel.name}: series {panel.ids[s]!r} holds no value of {panel.roles.target!r}")
        first, last = int(held[0]), int(held[-1])
        keep[start : start + first] = False
        lengths[s] = last + 1 - first
        if not panel.known_names:
            keep[start + last + 1 : stop] = False
    if keep.all() and (lengths == panel.lengths).all():
        return panel
    counts = np.add.reduceat(keep, panel.starts[:-1])
    behind = int((counts - lengths).sum())
    if behind:
        panel.notes.append(f"Rows behind the last value of their series: {behind}; their features are the future's.")
    return replace(
        panel, starts=np.concatenate([[0], np.cumsum(counts)]), lengths=lengths, values=panel.values[keep],
        known=panel.known[keep], past=panel.past[keep], steps=panel.steps[keep],
        times=None if panel.times is None else panel.times[keep],
    )  # fmt: skip
