"""A table becomes a series to forecast: target, times, frequency and period are found, and holes filled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from frontal.data import clean
from frontal.data.clean import Draft
from frontal.data.frequency import Frequency
from frontal.data.numbers import looks_numeric, numbers
from frontal.data.panel import ID_NAMES
from frontal.data.read import read_table
from frontal.data.table import Table
from frontal.data.times import looks_like_time, read_times
from frontal.errors import FrontalError

_COUNTERS = {
    "t",
    "i",
    "n",
    "step",
    "steps",
    "index",
    "idx",
    "row",
    "rows",
    "id",
    "no",
    "nr",
    "obs",
    "observation",
}


@dataclass(frozen=True, eq=False)
class Series:
    """A series without holes, in steps of equal length.

    Attributes:
        values: (T,) float64, the target; T >= 2.
        features: (T, F) float64, the other inputs, F >= 0.
        times: (T,) datetime64[s], UTC, ascending; None when the source has none.
        target: name of the target column.
        time: name of the time column, or None.
        feature_names: (F,) names.
        frequency: the step between two rows; None without times and when they are
            irregular, in which case rows count as equal steps and forecasts are numbered.
        observed: (T,) bool, False where the target was filled in.
        notes: everything that was guessed or repaired, in plain sentences.
        name: of the source.
    """

    values: NDArray[np.float64]
    features: NDArray[np.float64]
    times: NDArray[np.datetime64] | None
    target: str
    time: str | None
    feature_names: tuple[str, ...]
    frequency: Frequency | None
    observed: NDArray[np.bool_]
    notes: list[str]
    name: str

    def __len__(self) -> int:
        return len(self.values)

    def head(self, count: int) -> Self:
        """The first `count` steps."""
        return replace(
            self,
            values=self.values[:count],
            features=self.features[:count],
            times=None if self.times is None else self.times[:count],
            observed=self.observed[:count],
        )


def read_series(
    source: Any, *, target: str | None = None, time: str | None = None, features: Sequence[str] = ()
) -> Series:
    """Read the series to forecast, with its other inputs, from anything that `read_table` takes.

    Columns that are not named are guessed: the time column is the first that holds times;
    the target is the only numeric column, or else the last one. Policy of repair, each
    repair being told in `notes`: rows without a time are dropped; unsorted rows sorted;
    identical rows of one time dropped, differing ones averaged; absent rows and missing
    values filled in by linear interpolation in time, unless that would more than double
    the rows; rows without a target at either end dropped.

    Args:
        source: what `read_table` takes.
        target: the column to forecast.
        time: the column of times; plain numbers there order the rows.
        features: columns that are inputs beside the target; True and False become 1 and 0.

    Raises:
        FrontalError: no such column; a cell that is not a number, not a time, or infinite;
            more than half of a column missing between the target's first and last value; fewer than 2 values.
    """
    table = read_table(source)
    notes = list(table.notes)
    features = (features,) if isinstance(features, str) else tuple(features)
    _refuse_panel(table, {target, time, *features})
    counter = None if time else _counter(table, notes)
    time = time or _guess_time(table, exclude={target, counter, *features}, notes=notes)
    target = target or _guess_target(table, exclude={time, counter, *features}, notes=notes)
    _refuse_repeated([*([time] if time else []), target, *features])
    names = (target, *features)
    data = np.column_stack([numbers(table, name) for name in names])  # (rows, 1 + F)
    draft = Draft(table, names, data, np.arange(table.rows), notes=notes)
    clean.refuse_infinite(draft)
    if time is not None:
        draft = _in_time(draft, time)
    draft = clean.trim(draft)
    clean.refuse_mostly_missing(draft)
    observed = ~np.isnan(draft.data[:, 0])
    return _series(clean.interpolate(draft), observed, time)


def _series(draft: Draft, observed: NDArray[np.bool_], time: str | None) -> Series:
    values = draft.data[:, 0].copy()
    if len(values) < 2:
        raise FrontalError(f"{draft.table.name}: column {draft.names[0]!r} has {len(values)} value; a series needs two")
    if values.min() == values.max():
        draft.notes.append(f"All values of {draft.names[0]!r} are {values[0]:g}: the series is constant.")
    if draft.times is not None and draft.frequency is not None:
        first, last = draft.frequency.label(draft.times[[0, -1]])
        draft.notes.append(f"Column {time!r} is the time: {draft.frequency}, {first} to {last}.")
    return Series(
        values=values,
        features=draft.data[:, 1:].copy(),
        times=draft.times,
        target=draft.names[0],
        time=time,
        feature_names=draft.names[1:],
        frequency=draft.frequency,
        observed=observed,
        notes=draft.notes,
        name=draft.table.name,
    )


def _in_time(draft: Draft, time: str) -> Draft:
    """Put the rows in the order of their times, one a step."""
    read = read_times(draft.table, time)
    draft.notes.extend(read.notes)
    if read.values is None:
        assert read.steps is not None
        return clean.sort_by(*_with_keys(draft, read.steps, np.isnan(read.steps), time))
    draft, times = _with_keys(draft, read.values, np.isnat(read.values), time)
    seconds = times.astype("datetime64[s]")
    if len(np.unique(seconds)) < len(np.unique(times)):
        draft.notes.append(
            f"Times in {time!r} lie less than a second apart; they order the rows, which are taken as steps."
        )
        return clean.sort_by(draft, times)
    if (seconds != times).any():
        draft.notes.append(f"Fractions of a second in {time!r} were dropped.")
    draft = clean.sort_by(replace(draft, times=seconds), seconds)
    return clean.fill_gaps(clean.merge_repeated(draft))


def _with_keys(draft: Draft, keys: Any, missing: NDArray[np.bool_], time: str) -> tuple[Draft, Any]:
    """Drop the rows that have no time."""
    if missing.all():
        raise FrontalError(f"{draft.table.name}: the time column {time!r} is empty; choose another with --time COL")
    if missing.any():
        lost = np.flatnonzero(missing)
        draft.notes.append(f"Rows without a time in {time!r}: {len(lost)} ({draft.first(lost)}); they were dropped.")
    return draft.take(~missing), keys[~missing]


def _counter(table: Table, notes: list[str]) -> str | None:
    """A column that only counts the rows from 0 or 1, such as the index that pandas writes."""
    if len(table.columns) < 2:
        return None
    name = next(iter(table.columns))
    if name.casefold() not in _COUNTERS | {"column_1", "unnamed: 0"} or not looks_numeric(table.columns[name]):
        return None
    values = numbers(table, name)
    if values[0] not in (0, 1) or not np.array_equal(values, values[0] + np.arange(table.rows)) or table.rows < 3:
        return None
    notes.append(f"Column {name!r} only counts the rows; it is left out.")
    return name


def _guess_time(table: Table, *, exclude: set[str | None], notes: list[str]) -> str | None:
    found = [name for name in table.columns if name not in exclude and looks_like_time(table, name)]
    numeric_only = [name for name in found if looks_numeric(table.columns[name])]
    others = [name for name in table.columns if name not in exclude and looks_numeric(table.columns[name])]
    if len(others) == 1 and others == numeric_only and not {target for target in exclude if target}:
        found = [name for name in found if name not in numeric_only]  # the only numbers are the series itself
    if len(found) > 1:
        notes.append(f"Times in {_listed(found)}: {found[0]!r} is used; another is chosen with --time COL.")
    return found[0] if found else None


def _guess_target(table: Table, *, exclude: set[str | None], notes: list[str]) -> str:
    rest = [name for name in table.columns if name not in exclude]
    numeric = [name for name in rest if looks_numeric(table.columns[name])]
    if not numeric:
        raise FrontalError(
            f"{table.name} has no column of numbers to forecast among {_listed(list(table.columns))}"
            + ("; name one with --target COL" if rest else "")
        )
    if len(numeric) > 1:
        notes.append(
            f"Target is {numeric[-1]!r}, the last numeric column of {_listed(numeric)}; choose with --target COL."
        )
    return numeric[-1]


def _refuse_panel(table: Table, named: set[str | None]) -> None:
    """Raise `FrontalError` for a table of many series, which would be averaged into one."""
    for name, column in table.columns.items():
        if name.casefold() in ID_NAMES and name not in named and len(set(column.tolist())) > 1:
            raise FrontalError(
                f"{table.name} holds {len(set(column.tolist()))} series, named by column {name!r}: use "
                f"frontal.PanelForecaster, or --unique-id {name} on the command line; to forecast a single one, give "
                "its rows only"
            )


def _refuse_repeated(names: list[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise FrontalError(
                f"column {name!r} is asked for twice; time, target and features must be different columns"
            )


def _listed(names: list[str]) -> str:
    shown = ", ".join(repr(name) for name in names[:8])
    return shown + (f" and {len(names) - 8} more" if len(names) > 8 else "")
