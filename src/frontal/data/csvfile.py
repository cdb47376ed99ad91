"""Bytes of a delimited text file become a table of text columns."""

from __future__ import annotations

import csv
import io
from collections import Counter

import numpy as np

from frontal.data.numbers import is_missing, is_number
from frontal.data.table import Table
from frontal.data.textfile import decode
from frontal.data.times import is_time
from frontal.errors import FrontalError

# Tab, ';' and '|' are seldom inside a cell, a comma often is (decimals, thousands): it is asked last.
DELIMITERS = ("\t", ";", "|", ",")
_DELIMITER_NAMES = {"\t": "tab", ";": "semicolon", "|": "bar", ",": "comma"}
_PROBE_RECORDS = 100

Record = tuple[int, list[str]]  # line on which it starts, cells


def parse_csv(data: bytes, name: str) -> Table:
    """Read CSV, TSV or the like; delimiter, encoding and header are found out, and said where unusual.

    UTF-8 (with or without byte order mark), UTF-16 with byte order mark, Latin-1 as a last
    resort; delimiter comma, semicolon, tab or bar; a first line of numbers and dates only
    is data, and the columns are then called column_1, column_2 …

    Raises:
        FrontalError: the file is empty, binary, has only a header, a row with another
            number of columns than the header, or two columns of one name.
    """
    notes: list[str] = []
    text = decode(data, name, notes)
    delimiter = sniff(text, name)
    records = _records(text, delimiter, name, notes)
    if not records:
        raise FrontalError(f"{name} is empty; a header line and rows of numbers are expected")
    header = take_header(records, name, notes)
    if not records:
        raise FrontalError(f"{name} has a header ({', '.join(header)}) and no rows below it")
    for line, cells in records:
        if len(cells) != len(header):
            raise wrong_width(name, line, len(cells), len(header), delimiter)
    columns = {}
    for position, title in enumerate(header):
        columns[title] = np.empty(len(records), dtype=object)
        columns[title][:] = [cells[position] for _, cells in records]
    lines = np.array([line for line, _ in records], dtype=np.int64)
    return Table(name, columns, lines, delimiter, tuple(notes))


def wrong_width(name: str, line: int, found: int, expected: int, delimiter: str) -> FrontalError:
    """The error of a record with another number of columns than the header."""
    return FrontalError(
        f"{name}, line {line}: {_count(found)}, where the first line has {expected}; columns "
        f"are separated by a {_DELIMITER_NAMES[delimiter]} here: quote cells that contain one"
    )


def sniff(text: str, name: str) -> str:
    """Return the first delimiter with as many columns, two at least, in every record; else the widest header's."""
    widths = {}
    for delimiter in DELIMITERS:
        records = _read(text, delimiter, name, most=_PROBE_RECORDS)
        widths[delimiter] = [len(cells) for _, cells in records if any(map(str.strip, cells))] or [0]
    for delimiter, found in widths.items():
        if len(set(found)) == 1 and found[0] > 1:
            return delimiter
    return max(DELIMITERS, key=lambda delimiter: widths[delimiter][0])


def _read(text: str, delimiter: str, name: str, most: int | None = None) -> list[Record]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    records: list[Record] = []
    start = 1
    try:
        for cells in reader:
            records.append((start, cells))
            start = reader.line_num + 1
            if len(records) == most:
                break
    except csv.Error as error:
        raise FrontalError(f"{name}, line {start}: not readable as CSV ({error})") from None
    return records


def _records(text: str, delimiter: str, name: str, notes: list[str]) -> list[Record]:
    """All records that are not blank; blank ones between others are noted."""
    everything = _read(text, delimiter, name)
    records = [(line, cells) for line, cells in everything if any(map(str.strip, cells))]
    last = records[-1][0] if records else 0
    blank = [line for line, cells in everything if line < last and not any(map(str.strip, cells))]
    if blank:
        notes.append(f"Blank lines skipped: {len(blank)} (first: line {blank[0]}).")
    return records


def take_header(records: list[Record], name: str, notes: list[str]) -> list[str]:
    """Take the header off the records, or make one up, and return it.

    Raises:
        FrontalError: two columns have one name.
    """
    line, cells = records[0]
    first = [cell.strip() for cell in cells]
    if all(is_missing(cell) or is_number(cell) or is_time(cell) for cell in first):
        notes.append(
            f"The first line of {name} holds values only, so there is no header: the columns are called "
            + ("column_1." if len(first) == 1 else f"column_1 to column_{len(first)}.")
        )
        return [f"column_{i}" for i in range(1, len(first) + 1)]
    del records[0]
    nameless = [i for i, title in enumerate(first) if not title]
    for i in nameless:
        first[i] = f"column_{i + 1}"
    if nameless:
        notes.append(f"Columns without a name are called {', '.join(first[i] for i in nameless)}.")
    twice = [title for title, times in Counter(first).items() if times > 1]
    if twice:
        raise FrontalError(f"{name}, line {line}: two columns are called {twice[0]!r}; rename one of them")
    return first


def _count(columns: int) -> str:
    return "1 column" if columns == 1 else f"{columns} columns"
