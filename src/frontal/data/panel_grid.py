"""Rows of many series are put on one step: sorted, one row a step, a step without a row being missing."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Self

import numpy as np
from numpy.typing import NDArray

from frontal.data.frequency import Frequency, infer_frequency, time_label
from frontal.data.table import Table
from frontal.data.times import read_times
from frontal.errors import FrontalError

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
MOST_EMPTY = 20  # steps on the grid for each row that is there, beyond which the step cannot be right


@dataclass(frozen=True)
class Scattered:
    """Rows of series, in any order.

    Attributes:
        table: where they come from, for messages.
        ids: (S,) names of the series.
        codes: (R,) the series of each row.
        rows: (R,) row of the table.
        data: (R, F).
        times: (R,) or None.
        numbers: (R,) numbers of the steps where there are no times; without both the rows keep their order.
        notes: receives what was repaired.
    """

    table: Table
    ids: tuple[str, ...]
    codes: Integers
    rows: Integers
    data: Floats
    times: NDArray[np.datetime64] | None = None
    numbers: Floats | None = None
    notes: list[str] = field(default_factory=list[str])

    def take(self, chosen: Integers | NDArray[np.bool_]) -> Self:
        """Some of the rows, or another order."""
        return replace(
            self, codes=self.codes[chosen], rows=self.rows[chosen], data=self.data[chosen],
            times=None if self.times is None else self.times[chosen],
            numbers=None if self.numbers is None else self.numbers[chosen],
        )  # fmt: skip

    @property
    def starts(self) -> Integers:
        """First row of each series, and the number of rows, (S + 1,); for rows in order."""
        return np.searchsorted(self.codes, np.arange(len(self.ids) + 1)).astype(np.int64)


@dataclass(frozen=True)
class Grid:
    """Series one behind the other: data (N, F), NaN in steps that had no row."""

    starts: Integers
    data: Floats
    steps: Integers
    times: NDArray[np.datetime64] | None
    frequency: Frequency | None


def on_grid(given: Scattered) -> Grid:
    """Order rows by series and time, and leave room for the steps that have no row.

    Raises:
        FrontalError: two rows of one series and step that differ, times off the common step, or steps
            that are no whole numbers.
    """
    keys = given.times if given.times is not None else given.numbers
    rows = given.take(np.argsort(given.codes, kind="stable") if keys is None else np.lexsort((keys, given.codes)))
    if keys is not None:
        rows = rows.take(_single(rows))
    if rows.times is None:
        return _filled(rows, _by_numbers(rows), None)
    frequency, places = _by_times(rows, rows.times)
    if frequency is None:
        rows.notes.append("The times are not evenly spaced; the rows are taken as steps of equal length.")
    return _filled(rows, places, frequency)


def _filled(rows: Scattered, places: Integers, frequency: Frequency | None) -> Grid:
    starts = rows.starts
    counts = np.diff(starts)
    first = places[starts[:-1]]
    lengths = places[starts[1:] - 1] - first + 1
    wide = np.concatenate([[0], np.cumsum(lengths)])
    size = int(wide[-1])
    if size > MOST_EMPTY * len(places) + 10_000:
        raise FrontalError(
            f"{rows.table.name}: {len(places)} rows would be spread over {size} steps ({frequency or 'numbered'}); "
            "the times of a series must lie on nearly every step"
        )
    at = np.repeat(wide[:-1] - first, counts) + places
    filled = np.full((size, rows.data.shape[1]), np.nan)
    filled[at] = rows.data
    steps = np.arange(size) - np.repeat(wide[:-1] - first, lengths)
    if size > len(places):
        rows.notes.append(f"Steps without a row: {size - len(places)} of {size}; they are taken as missing.")
    stamps = None
    if rows.times is not None and frequency is not None:
        parts = zip(starts[:-1], lengths, strict=True)
        stamps = np.concatenate([frequency.at(rows.times[int(start)], np.arange(n)) for start, n in parts])
        stamps[at] = rows.times
    return Grid(wide, filled, steps, stamps, frequency)


def _by_times(rows: Scattered, times: NDArray[np.datetime64]) -> tuple[Frequency | None, Integers]:
    """The step that all series share, and each row's number on it, counted from the first row of its series."""
    starts = rows.starts
    counts = np.diff(starts)
    longest = int(np.argmax(counts))
    frequency = infer_frequency(times[starts[longest] : starts[longest + 1]])
    places = np.concatenate([np.arange(n) for n in counts])
    if frequency is None:
        return None, places
    for s, (start, stop) in enumerate(pairwise(starts.tolist())):
        found = frequency.positions(times[start:stop])
        if found is None:
            first, last = frequency.label(times[[start, stop - 1]])
            raise FrontalError(
                f"{rows.table.name}: series {rows.ids[s]!r} has times off the step of the others ({frequency}), "
                f"between {first} and {last}; all series of a panel need the same step"
            )
        places[start:stop] = found
    first, last = frequency.label(np.array([times.min(), times.max()]))
    rows.notes.append(f"{len(rows.ids)} series, {frequency}, {first} to {last}.")
    return frequency, places


def _by_numbers(rows: Scattered) -> Integers:
    if rows.numbers is None:
        return np.concatenate([np.arange(n) for n in np.diff(rows.starts)])
    broken = np.flatnonzero(rows.numbers != np.floor(rows.numbers))
    if len(broken):
        where = rows.table.where(int(rows.rows[broken[0]]))
        raise FrontalError(f"{rows.table.name}, {where}: step {rows.numbers[broken[0]]:g} is not a whole number")
    return rows.numbers.astype(np.int64)


def _single(rows: Scattered) -> NDArray[np.bool_]:
    """Rows to keep, (R,): identical rows of one series and time are one row; differing ones are refused."""
    keys = rows.times if rows.times is not None else rows.numbers
    assert keys is not None
    again = np.concatenate([[False], (rows.codes[1:] == rows.codes[:-1]) & (keys[1:] == keys[:-1])])
    for place in np.flatnonzero(again):
        if not np.array_equal(rows.data[place], rows.data[place - 1], equal_nan=True):
            label = f"step {keys[place]:g}" if rows.times is None else time_label(rows.times[place])
            pair = sorted((int(rows.rows[place - 1]), int(rows.rows[place])))
            raise FrontalError(
                f"{rows.table.name}: series {rows.ids[rows.codes[place]]!r} has two rows for {label} that differ "
                f"({rows.table.first(pair)}); keep one, or name the column that tells the series apart in unique_id"
            )
    if again.any():
        lost = rows.rows[again]
        rows.notes.append(f"Rows that repeat another: {len(lost)} ({rows.table.first(lost)}); they were dropped.")
    return ~again


def stamps(table: Table, time: str | None, notes: list[str]) -> tuple[NDArray[np.datetime64] | None, Floats | None]:
    """Times of all rows of a table, or the numbers of their steps; neither without a column.

    Raises:
        FrontalError: a row without a time.
    """
    if time is None:
        return None, None
    read = read_times(table, time)
    notes.extend(read.notes)
    given = read.values if read.values is not None else read.steps
    assert given is not None
    missing = np.isnat(given) if read.values is not None else np.isnan(given)
    if missing.any():
        row = int(np.flatnonzero(missing)[0])
        raise FrontalError(f"{table.name}, {table.where(row)}: the time in column {time!r} is missing")
    return None if read.values is None else read.values.astype("datetime64[s]"), read.steps
