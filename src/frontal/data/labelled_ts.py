"""Reader of `.ts` files, the text format of the UCR/UEA archive as aeon and sktime write it.

Lines that begin with # are comments, with @ tags; below @data each line is a case: its
dimensions and its label are separated by ':', the values of a dimension by ','. With
@timeStamps true a dimension is `(time,value),(time,value)`. Files without any tag, as some
old copies have, are read by their first line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any, TextIO

import numpy as np
from numpy.typing import NDArray

from frontal.data.labelled_clean import channel_names
from frontal.data.labelled_set import Labelled, assemble
from frontal.data.memory import refuse_too_large
from frontal.data.numbers import is_missing
from frontal.data.textfile import open_text
from frontal.errors import FrontalError, did_you_mean

_TAGS = (
    "problemName", "timeStamps", "missing", "univariate", "dimension", "dimensions",
    "equalLength", "seriesLength", "targetLabel", "classLabel", "data",
)  # fmt: skip
_GAP = re.compile(r"\)\s*,\s*\(")
_STAMPED = re.compile(r"\(([^()]+),([^(),]*)\)")

_Line = tuple[int, str]  # counted from 1, without the blanks around it


@dataclass
class _Header:
    """What the tags say; None where none does."""

    stamped: bool = False
    dimensions: int | None = None
    labelled: bool | None = None
    classes: frozenset[str] = frozenset()


@dataclass
class _Cases:
    """What the lines hold."""

    sequences: list[NDArray[Any]] = field(default_factory=list[NDArray[Any]])  # (T_i, C)
    labels: list[str] = field(default_factory=list[str])
    ids: list[str] = field(default_factory=list[str])


def read_ts(path: Path) -> Labelled:
    """Read one `.ts` file; unequal lengths, missing values (?) and time stamps are understood.

    Raises:
        FrontalError: a tag is wrong or unknown, a line has another number of dimensions than
            the first, dimensions of unequal length, a cell that is no number, or a label that
            the header does not name; the message names the line.
    """
    notes: list[str] = []
    with open_text(path, notes) as file:
        lines = _numbered(file)
        header, first = _header(lines, path)
        if first is None:
            raise FrontalError(f"{path} has no case: after the tags, below @data, each line is one")
        if header.labelled is None:
            header.labelled = ":" in first[1] and "," not in first[1].rpartition(":")[2]
            found = "what follows the last ':' is the label" if header.labelled else "there are no labels"
            notes.append(f"{path} has no @classLabel: {found}.")
        size = path.stat().st_size
        values = size * (1 + first[1].count(",")) // len(first[1])
        refuse_too_large(str(path), f"about {values:,} values × 4 bytes", values * 4)
        cases = _Cases()
        for number, text in chain([first], lines):
            _read_case(cases, text, header, f"{path}, line {number}")
            cases.ids.append(f"{path.stem}:{number}")
    if header.stamped:
        notes.append("The time stamps put the values of each sequence in order and are left out.")
    labels = cases.labels if header.labelled else None
    channels = channel_names(cases.sequences[0].shape[1])
    return assemble(
        Labelled(str(path), cases.sequences, labels, channels, "numbers", False, cases.ids, notes=notes), pad=True
    )


def _numbered(file: TextIO) -> Iterator[_Line]:
    """The lines that are neither blank nor comments."""
    for number, line in enumerate(file, start=1):
        text = line.strip()
        if text and not text.startswith("#"):
            yield number, text


def _header(lines: Iterator[_Line], path: Path) -> tuple[_Header, _Line | None]:
    """Read the tags, and the first line that is none."""
    header = _Header()
    for tags, (number, text) in enumerate(lines):
        if not text.startswith("@"):
            if tags:
                raise FrontalError(f"{path}, line {number}: a line {_short(text)} above @data; tags begin with @")
            return header, (number, text)
        word, *rest = text[1:].split() or [""]
        if word.casefold() == "data":
            return header, next(lines, None)
        _read_tag(header, word, rest, f"{path}, line {number}")
    return header, None


def _read_tag(header: _Header, word: str, rest: list[str], where: str) -> None:
    match word.casefold():
        case "timestamps":
            header.stamped = _flag(word, rest, where)
        case "dimension" | "dimensions":
            if len(rest) != 1 or not rest[0].isdecimal() or not int(rest[0]):
                raise FrontalError(f"{where}: @{word} {' '.join(rest)!r} is not a number of dimensions")
            header.dimensions = int(rest[0])
        case "classlabel":
            header.labelled = _flag(word, rest[:1], where)
            header.classes = frozenset(rest[1:])
        case "targetlabel":
            if _flag(word, rest[:1], where):
                raise FrontalError(f"{where}: @{word} true: each case has a number to predict, not a class")
        case "missing" | "univariate" | "equallength":
            _flag(word, rest, where)
        case "problemname" | "serieslength":
            pass
        case _:
            raise FrontalError(f"{where}: there is no tag @{word}; {did_you_mean(word, _TAGS)}")


def _flag(word: str, rest: list[str], where: str) -> bool:
    text = " ".join(rest).casefold()
    if text not in ("true", "false"):
        raise FrontalError(f"{where}: @{word} {' '.join(rest)!r}, where true or false is expected")
    return text == "true"


def _read_case(cases: _Cases, text: str, header: _Header, where: str) -> None:
    if header.labelled:
        text, colon, label = text.rpartition(":")
        cases.labels.append(_label(label.strip() if colon else "", header, where))
    parts = [part + ")" for part in text.removesuffix(")").split("):")] if header.stamped else text.split(":")
    expected = header.dimensions or (cases.sequences[0].shape[1] if cases.sequences else len(parts))
    if len(parts) != expected:
        said = "@dimensions says" if header.dimensions else "the first case has"
        raise FrontalError(f"{where}: the case has {len(parts)} dimensions, separated by ':', where {said} {expected}")
    columns = [_stamped(part, where) if header.stamped else _values(part.split(","), where) for part in parts]
    lengths = {len(column) for column in columns}
    if len(lengths) > 1:
        raise FrontalError(
            f"{where}: the dimensions have lengths {', '.join(str(len(column)) for column in columns)}; "
            "all dimensions of a case need the same: fill the shorter ones with ?"
        )
    cases.sequences.append(np.column_stack(columns))


def _label(label: str, header: _Header, where: str) -> str:
    if label == "?":
        return ""
    if not label or "," in label:
        raise FrontalError(f"{where}: no label after the last ':' ({_short(label)}); the line may be cut off")
    if header.classes and label not in header.classes:
        raise FrontalError(
            f"{where}: label {_short(label)} is not one that @classLabel names; {did_you_mean(label, header.classes)}"
        )
    return label


def _values(cells: list[str], where: str) -> NDArray[np.float64]:
    """(T,) numbers, NaN where missing; no cell at all is no step."""
    if len(cells) == 1 and not cells[0].strip():
        return np.zeros(0)
    try:
        return np.array(cells, dtype=np.float64)
    except ValueError:
        return np.array([_value(cell, place, where) for place, cell in enumerate(cells, start=1)])


def _value(cell: str, place: int, where: str) -> float:
    try:
        return np.nan if is_missing(cell) else float(cell)
    except ValueError:
        raise FrontalError(
            f"{where}, value {place}: {_short(cell)} is not a number; write ? where a value is unknown"
        ) from None


def _stamped(part: str, where: str) -> NDArray[np.float64]:
    """(T,) the values of `(time,value),(time,value)`: in order of time where times are numbers, else as they stand."""
    pairs = _STAMPED.findall(part)
    if ",".join(f"({time},{value})" for time, value in pairs) != _GAP.sub("),(", part):
        raise FrontalError(f"{where}: {_short(part)} is not of the form (time,value),(time,value)")
    values = _values([value for _, value in pairs], where) if pairs else np.zeros(0)
    try:
        return values[np.argsort(np.array([time for time, _ in pairs], dtype=np.float64), kind="stable")]
    except ValueError:
        return values


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:37] + "…")
