"""Styles told by a column: a table with a text a row."""

from __future__ import annotations

from typing import Any

from frontal.data.csvstream import plain_name
from frontal.data.labelled_classes import label_column, refuse_too_many
from frontal.data.labelled_clean import listed
from frontal.data.labelled_roles import LABEL_NAMES
from frontal.data.read import read_table
from frontal.data.styled_set import Styled
from frontal.data.table import Table, text_cells
from frontal.errors import FrontalError

_TEXTS = ("text", "texts", "sentence", "name", "title", "line", "review", "message", "document", "surname", "word")
_STYLES = ("style", "author", "language", "speaker", "role", "genre", "origin", "country", *LABEL_NAMES)


def read_styled_table(source: Any, *, text: str | None, label: str | None) -> Styled:
    """Read a table with a text a row, and its style in another column.

    Args:
        source: what `read_table` takes.
        text: the column of texts; by default found by its name, or the only one left.
        label: the column of styles; likewise.

    Raises:
        FrontalError: a column is missing, holds numbers instead of texts, or cannot be styles.
    """
    table = read_table(source)
    notes = list(table.notes)
    text, label = _columns(table, text, label, notes)
    cells = table.column(text)
    if cells.dtype.kind != "O":
        raise FrontalError(f"{table.name}: column {text!r} holds {cells.dtype}, where texts are expected; text=COL")
    labels = label_column(table, label)
    refuse_too_many(table, label, labels, given=True, per_step=False)
    ids = [f"{table.where(row)}, column {text!r}" for row in range(table.rows)]
    return Styled(table.name, text_cells(cells), labels.tolist(), ids, notes=notes)


def _columns(table: Table, text: str | None, label: str | None, notes: list[str]) -> tuple[str, str]:
    for name in (text, label):
        if name is not None:
            table.column(name)
    if text is not None and text == label:
        raise FrontalError(f"column {text!r} is asked for twice; text and label are different columns")
    found_label = label or _by_name(table, _STYLES, text) or _only(table, text)
    found_text = text or _by_name(table, _TEXTS, found_label) or _only(table, found_label)
    if found_text is None or found_label is None:
        what = "label" if found_label is None else "text"
        raise FrontalError(
            f"{table.name}: which column is the {what}? Type --{what} COL with one of {listed(table.columns, 8)}"
        )
    if (text, label) != (found_text, found_label):
        notes.append(f"Columns guessed: {found_text!r} is the text, {found_label!r} the style.")
    return found_text, found_label


def _by_name(table: Table, names: tuple[str, ...], taken: str | None) -> str | None:
    """The column whose name stands first among the names."""
    found = [name for name in table.columns if plain_name(name) in names and name != taken]
    return min(found, key=lambda name: names.index(plain_name(name)), default=None)


def _only(table: Table, taken: str | None) -> str | None:
    left = [name for name in table.columns if name != taken]
    return left[0] if taken is not None and len(left) == 1 else None
