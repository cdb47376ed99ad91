"""One column or one row a series becomes a panel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from frontal.data.frequency import infer_frequency
from frontal.data.numbers import looks_numeric
from frontal.data.panel import Floats, Panel, PanelRoles
from frontal.data.panel_columns import coded, finite, texts
from frontal.data.panel_grid import Scattered, on_grid, stamps
from frontal.data.table import Table
from frontal.data.times import is_time, looks_like_time, read_times
from frontal.errors import FrontalError


def read_columns(table: Table, roles: PanelRoles) -> Panel:
    """Read a table with one column a series and, if there is one, a column of times."""
    time = roles.time or next((name for name in table.columns if looks_like_time(table, name)), None)
    names = [name for name in table.columns if name != time and looks_numeric(table.column(name))]
    if not names:
        raise FrontalError(f"{table.name} has no column of numbers; one column a series is expected")
    notes = [*table.notes]
    left = [name for name in table.columns if name not in (time, *names)]
    if left:
        notes.append(f"Columns without numbers are left out: {', '.join(map(repr, left[:8]))}.")
    data = np.column_stack([finite(table, name) for name in names])  # (rows, S)
    codes = np.repeat(np.arange(len(names)), table.rows)
    rows = np.tile(np.arange(table.rows), len(names))
    times, numbers = stamps(table, time, notes)
    times = None if times is None else np.tile(times, len(names))
    numbers = None if numbers is None else np.tile(numbers, len(names))
    grid = on_grid(Scattered(table, tuple(names), codes, rows, data.T.reshape(-1, 1), times, numbers, notes))
    series = [grid.data[start:stop, 0] for start, stop in pairwise(grid.starts.tolist())]
    roles = replace(roles, time=time, unique_id=None)
    panel = _panel(table.name, names, series, roles, notes)
    firsts = [int(np.flatnonzero(~np.isnan(values))[0]) for values in series]
    kept = np.concatenate([
        np.arange(start + first, start + first + length)
        for start, first, length in zip(grid.starts[:-1], firsts, panel.lengths, strict=True)
    ])  # fmt: skip
    return replace(
        panel, steps=grid.steps[kept], times=None if grid.times is None else grid.times[kept], frequency=grid.frequency
    )


def read_rows(table: Table, roles: PanelRoles, known: Mapping[str, tuple[str, ...]]) -> Panel:
    """Read a table with one row a series: its name, then its values in order; empty cells at the end are no steps.

    Where the titles of the columns are times, these are the times of the steps; else steps count from 1.
    """
    titles = list(table.columns)
    unique_id = roles.unique_id or titles[0]
    names = texts(table, unique_id)
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        rows = [row for row, name in enumerate(names) if name == twice]
        raise FrontalError(f"{table.name}: series {twice!r} has {len(rows)} rows ({table.first(rows)}); keep one")
    left = [name for name in titles if name not in (unique_id, *roles.static)]
    data = np.column_stack([finite(table, name) for name in left])  # (S, T)
    notes = [*table.notes, f"{len(names)} series, one a row, of up to {data.shape[1]} steps."]
    panel = _panel(table.name, names, list(data), replace(roles, unique_id=unique_id), notes)
    firsts = np.argmax(~np.isnan(data), axis=1)
    steps = np.concatenate([np.arange(f, f + n) + 1 for f, n in zip(firsts, panel.lengths, strict=True)])
    static = coded(table, roles.static, known)
    for row, column in np.argwhere(np.isnan(static.data)):
        raise FrontalError(f"{table.name}, {table.where(int(row))}: static feature {static.names[column]!r} is missing")
    panel = replace(
        panel, steps=steps, numbered=table.column(unique_id).dtype.kind == "f", static=static.data,
        static_names=static.names, categories=static.categories,
    )  # fmt: skip
    if not all(map(is_time, left)):
        return panel
    written = np.empty(len(left), object)
    written[:] = left
    read = read_times(Table(table.name, {"the titles": written}), "the titles").values
    times = None if read is None else read.astype("datetime64[s]")
    frequency = None if times is None else infer_frequency(times)
    if times is None or frequency is None:
        raise FrontalError(f"{table.name}: the times in the titles are not evenly spaced; give the long layout instead")
    return replace(panel, times=times[steps - 1], frequency=frequency)


def _panel(name: str, ids: list[str], series: list[Floats], roles: PanelRoles, notes: list[str]) -> Panel:
    """A panel without features from series with NaN at their ends, which is cut off."""
    cut: list[Floats] = []
    for title, values in zip(ids, series, strict=True):
        held: NDArray[np.intp] = np.flatnonzero(~np.isnan(values))
        if not len(held):
            raise FrontalError(f"{name}: series {title!r} holds no value")
        cut.append(values[held[0] : held[-1] + 1])
    lengths = np.array([len(values) for values in cut], np.int64)
    starts = np.concatenate([[0], np.cumsum(lengths)])
    N = int(starts[-1])
    return Panel(
        ids=tuple(ids), starts=starts, lengths=lengths, values=np.concatenate(cut), known=np.empty((N, 0)),
        past=np.empty((N, 0)), static=np.empty((len(ids), 0)),
        steps=np.concatenate([np.arange(1, n + 1) for n in lengths]),
        times=None, frequency=None, roles=roles, notes=notes, name=name,
    )  # fmt: skip
