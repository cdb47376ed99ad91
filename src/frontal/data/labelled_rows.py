"""Tables with a sequence a row: a text and its label, or the values of all steps side by side."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from frontal.data.clean import Draft, refuse_infinite
from frontal.data.labelled_classes import label_column, refuse_too_many
from frontal.data.labelled_clean import label_text
from frontal.data.labelled_roles import SPLITS, Roles
from frontal.data.labelled_set import Kind, Labelled, assemble
from frontal.data.numbers import numbers
from frontal.data.table import Table, text_cells
from frontal.data.words import WORDS_NOTE, token_array, words
from frontal.errors import FrontalError

_NUMBERED = re.compile(r"(?P<prefix>.*?)(?P<number>\d+)")


def steps_side_by_side(table: Table, roles: Roles) -> bool:
    """True when every row is a sequence of its own: columns t1, t2, … of one name, and no row goes with another."""
    if roles.word or len(roles.channels) < 2 or roles.time is not None:
        return False
    if roles.id is not None and len(set(table.column(roles.id).tolist())) < table.rows:
        return False
    found = [_NUMBERED.fullmatch(name) for name in roles.channels]
    if not all(found):
        return False
    parts = [(match["prefix"], int(match["number"])) for match in found if match]
    return {number - place for place, (_, number) in enumerate(parts)} == {parts[0][1]} and len(dict(parts)) == 1


def read_texts_by_row(table: Table, roles: Roles, notes: list[str]) -> Labelled:
    """Read a text a row, split into words.

    Raises:
        FrontalError: the first line is no header, or the labels cannot be classes.
    """
    assert roles.text is not None
    if roles.label is not None and roles.label in set(label_column(table, roles.label).tolist()):
        raise FrontalError(
            f"{table.name}: the first line ({roles.text[:30]!r}, {roles.label!r}) looks like data; put a header above "
            "it, such as text,label"
        )
    notes.append(WORDS_NOTE)
    sequences = [token_array(words(text)) for text in text_cells(table.column(roles.text))]
    return _assembled(table, roles, sequences, (), "tokens", notes)


def read_steps_by_row(table: Table, roles: Roles, notes: list[str]) -> Labelled:
    """Read the columns of a row as the steps of a sequence; empty cells at the end are padding."""
    notes.append(
        f"Each row is a sequence, its columns {roles.channels[0]!r} to {roles.channels[-1]!r} are "
        f"{len(roles.channels)} steps."
    )
    data = np.empty((table.rows, len(roles.channels)))
    for place, name in enumerate(roles.channels):
        data[:, place] = numbers(table, name)
    refuse_infinite(Draft(table, tuple(roles.channels), data, np.arange(table.rows)))
    return _assembled(table, roles, list(data[:, :, None]), ("value",), "numbers", notes)


def _assembled(
    table: Table, roles: Roles, sequences: list[NDArray[Any]], channels: tuple[str, ...], kind: Kind, notes: list[str]
) -> Labelled:
    labels = None
    if roles.label is not None:
        texts = label_column(table, roles.label)
        refuse_too_many(table, roles.label, texts, given=roles.label in roles.given, per_step=False)
        labels = texts.tolist()
    split = None
    if roles.split is not None:
        split = [SPLITS[cell.casefold()] for cell in text_cells(table.column(roles.split))]
    rows = range(table.rows)
    ids = [table.where(row) for row in rows] if roles.id is None else list(map(label_text, table.column(roles.id)))
    return assemble(
        Labelled(table.name, sequences, labels, channels, kind, False, ids, split, notes=notes), pad=kind == "numbers"
    )
