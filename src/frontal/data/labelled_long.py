"""Tables in long form, a step a row, become labelled sequences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from frontal.data.clean import Draft, refuse_infinite
from frontal.data.labelled_classes import label_column, refuse_too_many
from frontal.data.labelled_clean import label_text
from frontal.data.labelled_roles import SPLITS, Roles
from frontal.data.labelled_set import Labelled, assemble
from frontal.data.numbers import looks_numeric, numbers
from frontal.data.table import Table, text_cells
from frontal.data.times import read_times
from frontal.errors import FrontalError


@dataclass
class _Rows:
    """Rows in the order of sequences and time."""

    table: Table
    rows: NDArray[np.int64]  # the row of the table that each was
    codes: NDArray[np.int64]  # the sequence of each, ascending
    ids: list[str]
    keys: NDArray[Any] | None  # the time of each

    def take(self, keep: NDArray[Any]) -> _Rows:
        keys = None if self.keys is None else self.keys[keep]
        return _Rows(self.table, self.rows[keep], self.codes[keep], self.ids, keys)

    @property
    def starts(self) -> NDArray[np.int64]:
        """The first row of each sequence."""
        return np.searchsorted(self.codes, np.arange(len(self.ids)))

    def split(self, values: NDArray[Any]) -> list[NDArray[Any]]:
        return np.split(values, self.starts[1:])


def read_long(table: Table, roles: Roles, notes: list[str], *, per_step: bool) -> Labelled:
    """Group the rows of a table into sequences, in order of time.

    Rows without a time or a sequence are dropped, rows that repeat another too; rows of one
    sequence and time that differ are averaged. Every repair is noted.

    Raises:
        FrontalError: labels that change within a sequence without `per_step`, labels that
            cannot be classes, infinite values, words that differ at one time; the row is named.
    """
    rows = _in_order(_placed(table, roles, notes), notes)
    values, word = _values(rows, roles)
    labels = None if roles.label is None else label_column(table, roles.label)
    rows, values = _merged(rows, values, labels, word, notes)
    _say_uneven(rows, roles, notes)
    found: list[Any] | None = None
    if labels is not None and roles.label is not None:
        named = roles.label in roles.given
        if per_step:
            refuse_too_many(table, roles.label, labels[rows.rows], given=named, per_step=True)
            found = rows.split(labels[rows.rows])
        else:
            found = _constant(rows, labels, roles.label)
            refuse_too_many(table, roles.label, np.array(found, dtype=object), given=named, per_step=False)
    split = None
    if roles.split is not None:
        texts = np.array([SPLITS[cell.casefold()] for cell in text_cells(table.column(roles.split))], dtype=object)
        split = _constant(rows, texts, roles.split)
    return assemble(
        Labelled(
            name=table.name,
            sequences=rows.split(values),
            labels=found,
            channels=tuple(roles.channels),
            kind="tokens" if word else "numbers",
            per_step=per_step,
            ids=rows.ids,
            split=split,
            notes=notes,
        )
    )


def _placed(table: Table, roles: Roles, notes: list[str]) -> _Rows:
    """The sequence and the time of each row; rows that lack one are dropped."""
    keep = np.ones(table.rows, dtype=np.bool_)
    keys = None
    if roles.time is not None:
        keys = _keys(table, roles.time, notes)
        keep = ~(np.isnat(keys) if keys.dtype.kind == "M" else np.isnan(keys))
        _say_dropped(table, roles.time, keep, notes)
    ids, codes = ["all rows"], np.zeros(table.rows, dtype=np.int64)
    if roles.id is not None:
        ids, codes = _codes(table, roles.id)
        if "" in ids:
            known = codes != ids.index("")
            _say_dropped(table, roles.id, known, notes)
            keep &= known
    everything = _Rows(table, np.arange(table.rows), codes, ids, keys).take(keep)
    if not len(everything.rows):
        raise FrontalError(f"{table.name}: no row has both a sequence and a time")
    found, codes = np.unique(everything.codes, return_inverse=True)
    return _Rows(table, everything.rows, codes, [ids[code] for code in found], everything.keys)


def _say_dropped(table: Table, name: str, keep: NDArray[np.bool_], notes: list[str]) -> None:
    lost = np.flatnonzero(~keep)
    if len(lost):
        notes.append(f"Rows without a value in {name!r}: {len(lost)} ({table.first(lost)}); they were dropped.")


def _keys(table: Table, name: str, notes: list[str]) -> NDArray[Any]:
    if looks_numeric(table.column(name)) or table.column(name).dtype.kind in "fb":
        return numbers(table, name)
    read = read_times(table, name)
    notes.extend(read.notes)
    assert read.values is not None  # only numbers count steps
    return read.values


def _codes(table: Table, name: str) -> tuple[list[str], NDArray[np.int64]]:
    """The names of the sequences in order of appearance, and the number of that of each row."""
    column = table.column(name)
    at: dict[str, int] = {}
    if column.dtype.kind == "O":
        codes = [at.setdefault(cell, len(at)) for cell in text_cells(column)]
        return list(at), np.array(codes, dtype=np.int64)
    _, first, places = np.unique(column, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return [label_text(value) for value in column[first[order]].tolist()], rank[places]


def _in_order(rows: _Rows, notes: list[str]) -> _Rows:
    if rows.keys is None:
        return rows.take(np.argsort(rows.codes, kind="stable"))
    grouped = rows.take(np.argsort(rows.codes, kind="stable"))
    assert grouped.keys is not None
    late = np.flatnonzero((grouped.keys[1:] < grouped.keys[:-1]) & (np.diff(grouped.codes) == 0)) + 1
    if not len(late):
        return grouped
    table = rows.table
    notes.append(f"Rows out of time order: {len(late)} ({table.first(grouped.rows[late])}); they were sorted.")
    return grouped.take(np.lexsort((grouped.keys, grouped.codes)))


def _say_uneven(rows: _Rows, roles: Roles, notes: list[str]) -> None:
    """Note where numbers do not come at equal times: a step is a row, however long it took."""
    if rows.keys is None or roles.word is not None:
        return
    within = np.flatnonzero(np.diff(rows.codes) == 0)
    gaps = np.diff(rows.keys).astype(np.float64)[within]
    uneven = within[gaps > 1.5 * np.median(gaps)] if len(gaps) else within
    if len(uneven):
        notes.append(
            f"Times in {roles.time!r} are not evenly spaced ({len(uneven)} longer gaps, first after "
            f"{rows.table.first(rows.rows[uneven[:1]])}); each row is one step all the same."
        )


def _values(rows: _Rows, roles: Roles) -> tuple[NDArray[Any], bool]:
    """(rows, C) numbers, or (rows,) words, in order; and whether they are words."""
    table = rows.table
    if roles.word is not None:
        return np.array(text_cells(table.column(roles.word)), dtype=object)[rows.rows], True
    data = np.empty((len(rows.rows), len(roles.channels)))
    for place, name in enumerate(roles.channels):
        data[:, place] = numbers(table, name)[rows.rows]
    refuse_infinite(Draft(table, tuple(roles.channels), data, rows.rows))
    return data, False


def _merged(
    rows: _Rows, values: NDArray[Any], labels: NDArray[Any] | None, word: bool, notes: list[str]
) -> tuple[_Rows, NDArray[Any]]:
    """One row a time in each sequence."""
    if rows.keys is None:
        return rows, values
    again = np.flatnonzero((rows.keys[1:] == rows.keys[:-1]) & (np.diff(rows.codes) == 0)) + 1
    if not len(again):
        return rows, values
    table = rows.table
    if labels is not None:
        _refuse_differing(rows, again, labels[rows.rows], "label")
    if word:
        _refuse_differing(rows, again, values, "word")
    keep = np.ones(len(values), dtype=np.bool_)
    keep[again] = False
    notes.append(
        f"Rows with the sequence and time of another: {len(again)} ({table.first(rows.rows[again])}); "
        + ("they were dropped." if word else "their values were averaged.")
    )
    if not word:
        starts = np.flatnonzero(keep)
        known = ~np.isnan(values)
        total = np.add.reduceat(np.where(known, values, 0.0), starts, axis=0)
        count = np.add.reduceat(known, starts, axis=0, dtype=np.int64)
        values = np.where(count > 0, total / np.maximum(count, 1), np.nan)
        return rows.take(keep), values
    return rows.take(keep), values[keep]


def _refuse_differing(rows: _Rows, again: NDArray[np.int64], texts: NDArray[Any], what: str) -> None:
    """Raise FrontalError when rows of one time, `again` and the one before, have different texts, (rows,)."""
    for place in again[texts[again] != texts[again - 1]]:
        raise FrontalError(
            f"{rows.table.name}, {rows.table.first(map(int, rows.rows[place - 1 : place + 1]))}: one sequence, one "
            f"time, and two {what}s ({texts[place - 1]!r}, {texts[place]!r}); one {what} a step is expected"
        )


def _constant(rows: _Rows, texts: NDArray[Any], name: str) -> list[str]:
    """One text a sequence, rows without one aside; `texts` are in the table's order."""
    ordered = texts[rows.rows]
    known = np.flatnonzero(ordered != "")
    result = np.full(len(rows.ids), "", dtype=object)
    result[rows.codes[known[::-1]]] = ordered[known[::-1]]  # the first known one of each stays
    for place in known[ordered[known] != result[rows.codes[known]]]:
        code = rows.codes[place]
        first = next(int(p) for p in known if rows.codes[p] == code)
        raise FrontalError(
            f"{rows.table.name}, {rows.table.where(int(rows.rows[place]))}: sequence {rows.ids[code]!r} has "
            f"{name} {ordered[place]!r} here and {ordered[first]!r} in {rows.table.where(int(rows.rows[first]))}; if "
            "every row has a label of its own, say per_step=True (--per-step), else one label a sequence is expected"
        )
    return result.tolist()
