"""Does a translation agree: for each source a form that must be there, and one that must not."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from frontal.data.pairs_lines import read_lines
from frontal.errors import FrontalError

COLUMNS = ("source", "expected", "refused")


@dataclass(frozen=True)
class Case:
    """A source, the forms of which one must be in its translation, those that must not, and what it is about."""

    source: str
    expected: tuple[str, ...]
    refused: tuple[str, ...]
    kind: str

    def right(self, translation: str) -> bool:
        """Whether one of the expected forms is there, as whole words, and none of the refused ones."""
        return any(map(_in(translation), self.expected)) and not any(map(_in(translation), self.refused))

    def decided(self, translation: str) -> bool:
        """Whether any form is there, right or wrong; else another word was chosen."""
        return any(map(_in(translation), (*self.expected, *self.refused)))


def read_cases(path: Path) -> list[Case]:
    """Read a CSV with the columns source, expected, refused and, if there is one, kind.

    Several forms of a cell stand with | between them.
    """
    rows = csv.DictReader(StringIO("\n".join(read_lines(path, []))), strict=True)
    missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
    if missing:
        raise FrontalError(
            f"{path} has no column {missing[0]!r}; the columns are source, expected, refused and, if you like, kind"
        )
    cases: list[Case] = []
    try:
        for row in rows:
            cells = [(row.get(name) or "").strip() for name in (*COLUMNS, "kind")]
            if not cells[0] or not cells[1]:
                raise FrontalError(f"{path}, row {rows.line_num}: a source and an expected form are needed")
            expected, refused = (tuple(f.strip() for f in cell.split("|") if f.strip()) for cell in cells[1:3])
            cases.append(Case(cells[0], expected, refused, cells[3] or "all"))
    except csv.Error as error:
        raise FrontalError(f"{path}, row {rows.line_num}: {error}") from None
    if not cases:
        raise FrontalError(f"{path} holds no case")
    return cases


def agreement(cases: Sequence[Case], answers: Mapping[str, Sequence[str]]) -> list[dict[str, object]]:
    """Return a row a kind, and one for all: how many cases, and the share that is right, of each one's answers."""
    kinds = list(dict.fromkeys(case.kind for case in cases))
    rows: list[dict[str, object]] = []
    for kind in [*kinds, *(["all together"] if len(kinds) > 1 else [])]:
        places = [place for place, case in enumerate(cases) if kind in (case.kind, "all together")]
        row: dict[str, object] = {"kind": kind, "cases": len(places)}
        for name, said in answers.items():
            row[name] = sum(cases[place].right(said[place]) for place in places) / len(places)
        rows.append(row)
    return rows


def wrong_or_other(cases: Sequence[Case], answers: Sequence[str]) -> tuple[int, int]:
    """Return how many answers have a refused form, or lack the expected one, and how many have neither of the two."""
    wrong = [case for case, said in zip(cases, answers, strict=True) if not case.right(said)]
    other = sum(not case.decided(said) for case, said in zip(cases, answers, strict=True))
    return len(wrong) - other, other


def _in(text: str) -> Callable[[str], bool]:
    """Return whether a form is in a text, whatever its case, as whole words."""
    folded = text.casefold()
    return lambda form: re.search(rf"(?<!\w){re.escape(form.casefold())}(?!\w)", folded) is not None
