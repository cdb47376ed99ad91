"""Rows of results as CSV."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from io import StringIO


def csv_of(rows: Sequence[Mapping[str, object]]) -> bytes:
    """Return UTF-8 with the keys of the first row as its head; there is one row at least, and all have its keys."""
    text = StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()
