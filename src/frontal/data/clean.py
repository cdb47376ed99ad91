"""Rows become a regular series: sorted, one a time, without gaps or missing values; every repair is told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from frontal.data.frequency import Frequency, infer_frequency, time_label
from frontal.data.table import Table
from frontal.errors import FrontalError

INSERTED = -1  # in `rows`: this row is in no file, it fills a gap


@dataclass(frozen=True, eq=False)
class Draft:
    """A series on its way to being clean.

    Attributes:
        table: where the rows come from, for messages.
        names: of the columns of `data`, the target first.
        data: (T, 1 + F) float64, NaN where missing.
        rows: (T,) the row of `table` that each row was, INSERTED if none.
        times: (T,) datetime64[s], or None.
        frequency: the step that all times lie on, or None.
        notes: what was done, shared by all drafts of a series.
    """

    table: Table
    names: tuple[str, ...]
    data: NDArray[np.float64]
    rows: NDArray[np.int64]
    times: NDArray[np.datetime64] | None = None
    frequency: Frequency | None = None
    notes: list[str] = field(default_factory=list)

    def take(self, keep: NDArray[np.int64] | NDArray[np.bool_]) -> Draft:
        """Keep some rows, in the order given."""
        times = None if self.times is None else self.times[keep]
        return replace(self, data=self.data[keep], rows=self.rows[keep], times=times)

    def first(self, places: Iterable[int]) -> str:
        """Name the first few rows at these places."""
        return self.table.first(self.rows[place] for place in places)


def refuse_infinite(draft: Draft) -> None:
    """Raise FrontalError at the first infinite value, by line and column."""
    for row, column in np.argwhere(np.isinf(draft.data)):
        raise FrontalError(
            f"{draft.table.name}, {draft.table.where(int(draft.rows[row]))}, column {draft.names[column]!r}: "
            f"{draft.data[row, column]} is not a finite number; leave the cell empty if the value is unknown"
        )


def refuse_mostly_missing(draft: Draft) -> None:
    """Raise FrontalError when more than half of a column is missing, rows that fill gaps not counted."""
    given = draft.data[draft.rows != INSERTED]
    missing = np.isnan(given).sum(axis=0)
    for name, count in zip(draft.names, missing, strict=True):
        if count * 2 > len(given):
            raise FrontalError(
                f"{draft.table.name}: {count} of {len(given)} values in column {name!r} are missing; "
                "more than half of them would be made up: choose another column"
            )


def sort_by(draft: Draft, keys: NDArray[Any]) -> Draft:
    """Order the rows by their keys (T,), numbers or times; equal ones stay in the order of the source."""
    late = np.flatnonzero(keys[1:] < np.maximum.accumulate(keys)[:-1]) + 1
    if not len(late):
        return draft
    if (keys[1:] <= keys[:-1]).all():
        draft.notes.append("The rows run from newest to oldest; they were turned around.")
    else:
        draft.notes.append(f"Rows out of time order: {len(late)} ({draft.first(late)}); they were sorted.")
    return draft.take(np.argsort(keys, kind="stable"))


def merge_repeated(draft: Draft) -> Draft:
    """One row a time: identical rows are dropped, differing ones averaged, missing values aside."""
    assert draft.times is not None
    _, starts, counts = np.unique(draft.times, return_index=True, return_counts=True)
    if len(starts) == len(draft.times):
        return draft
    merged = draft.take(starts)
    identical: list[int] = []
    differing: list[int] = []
    for place in np.flatnonzero(counts > 1):
        group = draft.data[starts[place] : starts[place] + counts[place]]  # (repeats, 1 + F)
        others = range(starts[place] + 1, starts[place] + counts[place])
        if np.array_equal(group, np.broadcast_to(group[0], group.shape), equal_nan=True):
            identical.extend(others)
        else:
            differing.extend(others)
            known = ~np.isnan(group)
            total = np.where(known, group, 0.0).sum(axis=0)
            merged.data[place] = np.where(known.any(axis=0), total / np.maximum(known.sum(axis=0), 1), np.nan)
    if identical:
        draft.notes.append(f"Rows that repeat another: {len(identical)} ({draft.first(identical)}); they were dropped.")
    if differing:
        draft.notes.append(
            f"Rows with the time of another and other values: {len(differing)} ({draft.first(differing)}); "
            "rows of one time were averaged."
        )
    return merged


def fill_gaps(draft: Draft) -> Draft:
    """Find the frequency and insert a row of missing values where it says that one should be.

    Business days are left as they are: a weekday without a row is a holiday, on which
    nothing happened. Where more rows would be inserted than there are, or rows lie off the
    steps, the rows are kept as they are, too, and the series has no frequency.
    """
    times = draft.times
    assert times is not None
    frequency = infer_frequency(times)
    positions = None if frequency is None else frequency.positions(times)
    if frequency is None or positions is None:
        if len(times) > 1:
            draft.notes.append("The times are not evenly spaced; the rows are taken as steps of equal length.")
        return draft
    draft = replace(draft, frequency=frequency)
    steps = np.diff(positions)
    length = int(positions[-1]) + 1
    if length == len(times):
        return draft
    gaps = np.flatnonzero(steps > 1)
    absent = length - len(times)
    widest = gaps[np.argmax(steps[gaps])]
    where = f"first after {draft.first(gaps[:1])}, longest {steps[widest] - 1} after {draft.first([widest])}"
    if frequency.unit == "business day":
        draft.notes.append(f"Weekdays without a row: {absent} ({where}); taken as holidays and left out.")
        return draft
    if length > 2 * len(times):
        draft.notes.append(
            f"The times are mostly gaps: {absent} of {length} {frequency} rows are absent ({where}); the "
            "rows are taken as steps of equal length."
        )
        return replace(draft, frequency=None)
    draft.notes.append(
        f"Absent rows, {frequency}: {absent} ({where}); filled in by linear interpolation from "
        f"{time_label(frequency.at(times[0], positions[gaps[:1]] + 1)[0], frequency)} on."
    )
    data = np.full((length, draft.data.shape[1]), np.nan)
    data[positions] = draft.data
    rows = np.full(length, INSERTED, dtype=np.int64)
    rows[positions] = draft.rows
    filled = frequency.at(times[0], np.arange(length))
    filled[positions] = times
    return replace(draft, data=data, rows=rows, times=filled)


def trim(draft: Draft) -> Draft:
    """Drop the rows before the first and after the last known value of the target."""
    known = np.flatnonzero(~np.isnan(draft.data[:, 0]))
    if not len(known):
        raise FrontalError(f"{draft.table.name}: column {draft.names[0]!r} holds no number")
    start, stop = known[0], known[-1] + 1
    for word, places in (("beginning", range(start)), ("end", range(stop, len(draft.data)))):
        given = [place for place in places if draft.rows[place] != INSERTED]
        if given:
            draft.notes.append(
                f"Rows without a value of {draft.names[0]!r} at the {word}: {len(given)} "
                f"({draft.first(given)}); they were dropped."
            )
    return draft.take(np.arange(start, stop))


def interpolate(draft: Draft) -> Draft:
    """Fill missing values on a straight line in time; at the ends of a feature the nearest value stays."""
    step = np.arange(len(draft.data), dtype=np.float64)
    x = step if draft.times is None else (draft.times - draft.times[0]).astype(np.float64)
    data = draft.data.copy()
    for column, name in enumerate(draft.names):
        missing = np.isnan(data[:, column])
        if not missing.any():
            continue
        data[missing, column] = np.interp(x[missing], x[~missing], data[~missing, column])
        given = [int(place) for place in np.flatnonzero(missing) if draft.rows[place] != INSERTED]
        if given:
            draft.notes.append(
                f"Missing values of {name!r}: {len(given)} ({draft.first(given)}); filled in by linear interpolation."
            )
    return replace(draft, data=data)
