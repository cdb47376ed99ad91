"""What is known of the steps behind the last values: features of the future, and values that came later."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from frontal.data.panel import Floats, Integers, Panel, named_few
from frontal.data.panel_columns import coded, texts
from frontal.data.read import read_table
from frontal.data.table import Table
from frontal.data.times import read_times
from frontal.errors import FrontalError


def with_future(panel: Panel, source: Any) -> Panel:
    """Return the panel with known features of coming steps, from a table with the series, the time and these.

    Raises:
        FrontalError: a series that is not in the panel, a time off its steps, or a column that is absent.
    """
    table = read_table(source)
    found = coded(table, panel.roles.known, panel.categories)
    codes = _codes(panel, table)
    places = _places(panel, table, codes)
    longest = int(max(0, (places - panel.lengths[codes]).max(initial=0)) + 1)
    longer = panel.ahead(longest)
    known = longer.known.copy()
    known[longer.starts[codes] + places] = found.data
    return replace(longer, known=known)


def refuse_unknown_future(panel: Panel, horizon: int) -> None:
    """Raise `FrontalError` naming series, feature and steps where a known feature is missing in the horizon."""
    if not panel.known_names:
        return
    longer = panel.ahead(horizon)
    rows = longer.ends[:, None] + np.arange(1, horizon + 1)  # (S, horizon)
    hole = np.isnan(longer.known[rows])  # (S, horizon, K)
    if not hole.any():
        return
    lacking = [panel.ids[s] for s in np.flatnonzero(hole.any((1, 2)))]
    s, step, feature = (int(index) for index in np.argwhere(hole)[0])
    count = int(hole[s].any(1).sum())
    raise FrontalError(
        f"{panel.name}: features known ahead are missing for the horizon: series {panel.ids[s]!r} lacks "
        f"{panel.known_names[feature]!r} for {count} of {horizon} steps, first for {longer.label(int(rows[s, step]))} "
        f"(series concerned: {named_few(lacking)}); append rows with an empty value and these features, or give them "
        "as future="
    )


def continued(panel: Panel, later: Panel) -> Panel:
    """Return the panel with the values of another one appended, series by series.

    Where both have times, those of `later` must follow; numbered steps are taken to follow.

    Raises:
        FrontalError: other series, or times that overlap.
    """
    if panel.known_names or panel.past_names:
        raise FrontalError(f"{later.name}: a second file with features is not read; give one file, and test=N windows")
    unknown = [name for name in later.ids if name not in set(panel.ids)]
    absent = [name for name in panel.ids if name not in set(later.ids)]
    if unknown or absent:
        raise FrontalError(
            f"{later.name} holds other series than {panel.name}: "
            + (f"unknown {named_few(unknown)}" if unknown else f"without {named_few(absent)}")
        )
    order = [later.ids.index(name) for name in panel.ids]
    _refuse_overlap(panel, later, order)
    longer = panel.ahead(int(later.lengths.max()))
    values = longer.values.copy()
    for s, other in enumerate(order):
        start = longer.starts[s] + panel.lengths[s]
        values[start : start + later.lengths[other]] = later.series(other)
    return replace(longer, values=values, lengths=panel.lengths + later.lengths[order])


def _refuse_overlap(panel: Panel, later: Panel, order: list[int]) -> None:
    if panel.times is None or later.times is None or panel.frequency is None:
        return
    for s, other in enumerate(order):
        expected = panel.frequency.after(panel.times[int(panel.ends[s])], 1)[0]
        if later.times[later.starts[other]] != expected:
            raise FrontalError(
                f"{later.name}: series {panel.ids[s]!r} begins at {later.times[later.starts[other]]}, expected "
                f"{expected}, the step after the last of {panel.name}"
            )


def _codes(panel: Panel, table: Table) -> Integers:
    if panel.roles.unique_id is None:
        return np.zeros(table.rows, np.int64)
    at = {name: s for s, name in enumerate(panel.ids)}
    names = texts(table, panel.roles.unique_id)
    for row, name in enumerate(names):
        if name not in at:
            raise FrontalError(f"{table.name}, {table.where(row)}: series {name!r} is not in {panel.name}")
    return np.array([at[name] for name in names], np.int64)


def _places(panel: Panel, table: Table, codes: Integers) -> Integers:
    """How many steps each row lies behind the first of its series, (rows,)."""
    time = panel.roles.time
    if time is None:
        order = np.argsort(codes, kind="stable")
        counts = np.bincount(codes, minlength=len(panel))
        places = np.empty(table.rows, np.int64)
        places[order] = np.concatenate([np.arange(n) for n in counts])
        return places + panel.lengths[codes]
    read = read_times(table, time)
    firsts = panel.starts[:-1]
    if panel.times is None or panel.frequency is None or read.values is None:
        steps: Floats = read.steps if read.steps is not None else np.full(table.rows, np.nan)
        if np.isnan(steps).any():
            raise FrontalError(f"{table.name}: column {time!r} must hold step numbers, as in {panel.name}")
        return _inside(table, panel, codes, steps.astype(np.int64) - panel.steps[firsts][codes])
    stamps = read.values.astype("datetime64[s]")
    places = np.empty(table.rows, np.int64)
    for s in np.unique(codes):
        mine = np.flatnonzero(codes == s)
        places[mine] = _steps_from(panel, table, panel.times[int(firsts[s])], stamps[mine], mine)
    return _inside(table, panel, codes, places)


def _steps_from(
    panel: Panel, table: Table, first: np.datetime64, stamps: NDArray[np.datetime64], rows: Integers
) -> Integers:
    assert panel.frequency is not None
    early = rows[stamps < first]
    if len(early):
        raise FrontalError(f"{table.name}, {table.where(int(early[0]))}: this time lies before the series begins")
    distinct = np.unique(np.append(stamps, first))
    found = panel.frequency.positions(distinct)
    if found is None:
        raise FrontalError(
            f"{table.name}, {table.where(int(rows[0]))}: times from there on lie off the {panel.frequency} steps"
        )
    return found[np.searchsorted(distinct, stamps)]


def _inside(table: Table, panel: Panel, codes: Integers, places: Integers) -> Integers:
    far = np.flatnonzero((places < 0) | (places > panel.lengths[codes] + 100_000))
    if len(far):
        raise FrontalError(
            f"{table.name}, {table.where(int(far[0]))}: this step is far from those of {panel.ids[codes[far[0]]]!r}"
        )
    return places
