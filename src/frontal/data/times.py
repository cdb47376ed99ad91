"""From a column to points in time: one format a column, read out of the data or refused."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from frontal.data.frequency import infer_frequency
from frontal.data.numbers import is_missing, looks_numeric, numbers
from frontal.data.table import Table, text_cells
from frontal.errors import FrontalError

TIME_NAMES = ("date", "time", "stamp", "epoch", "year", "quarter", "month", "week", "day", "hour", "period")
_SHORT_TIME_NAMES = {"ds", "dt", "ts", "yr"}

_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_CLOCK = (
    r"(?:(?:[Tt ]|, ?)\s*(?P<H>\d{1,2}):(?P<M>\d{2})(?::(?P<S>\d{2})(?:[.,](?P<f>\d{1,9}))?)?"
    r"\s*(?P<half>[AaPp]\.?[Mm]\.?)?\s*(?P<zone>[Zz]|UTC|[+-]\d{2}:?(?:\d{2})?)?)?"
)
_YEAR = r"(?P<y>\d{4}|\d{2})"
_NAME = r"(?P<name>[A-Za-z]{3,9})"
_UNIT_NAMES = {"s": "seconds", "ms": "milliseconds", "us": "microseconds", "ns": "nanoseconds"}
Order = Literal["day first", "month first"]
_ORDERS: tuple[Order, ...] = ("day first", "month first")


@dataclass(frozen=True)
class _Format:
    """One way to write times; `weak` ones are believed only under a column name that says time."""

    pattern: re.Pattern[str]
    example: str
    weak: bool = False


def _format(pattern: str, example: str, weak: bool = False) -> _Format:
    return _Format(re.compile(pattern, re.ASCII), example, weak)


_NUMERIC_DATE = _format(rf"(?P<a>\d{{1,2}})(?P<s>[-/.])(?P<b>\d{{1,2}})(?P=s){_YEAR}{_CLOCK}", "31/12/2020")
_YEAR_ONE = _format(r"(?P<y>\d{1,3})-(?P<m>\d{1,2})", "3-12 (year 3, month 12)", weak=True)
_FORMATS = (
    _format(rf"(?P<y>\d{{4}})(?P<s>[-/.])(?P<m>\d{{1,2}})(?P=s)(?P<d>\d{{1,2}}){_CLOCK}", "2020-12-31 23:59:00"),
    _NUMERIC_DATE,
    _format(r"(?P<y>\d{4})[-/Mm](?P<m>\d{1,2})", "2020-12"),
    _format(r"(?P<m>\d{1,2})[-/](?P<y>\d{4})", "12/2020"),
    _format(r"(?P<y>\d{4})[-/ ]?[Qq](?P<q>[1-4])", "2020Q4"),
    _format(r"[Qq](?P<q>[1-4])[-/ ](?P<y>\d{4})", "Q4 2020"),
    _format(r"(?P<y>\d{4})-?[Ww](?P<w>\d{1,2})", "2020-W53"),
    _format(rf"{_NAME}\.?[-/ ,]+(?P<y>\d{{4}})", "Dec 2020"),
    _format(rf"{_NAME}[-/ ](?P<y>\d{{2}})", "Dec-20", weak=True),
    _format(rf"(?P<y>\d{{4}})[-/ ]+{_NAME}", "2020 Dec"),
    _format(rf"(?P<d>\d{{1,2}})[-/. ]+{_NAME}[-/., ]+{_YEAR}{_CLOCK}", "31 Dec 2020"),
    _format(rf"{_NAME}\.? +(?P<d>\d{{1,2}}),? +(?P<y>\d{{4}}){_CLOCK}", "Dec 31, 2020"),
    _YEAR_ONE,
)


@dataclass(frozen=True)
class Times:
    """A column read as time.

    Attributes:
        values: (rows,) datetime64[us], NaT where missing; None when the column only counts the steps.
        steps: (rows,) float64, the column's own numbers, when it only counts.
        notes: how it was read, where that had to be guessed.
    """

    values: NDArray[np.datetime64] | None
    steps: NDArray[np.float64] | None = None
    notes: tuple[str, ...] = ()


def is_time(cell: str) -> bool:
    """True when a cell is certainly a date or a time, whatever its column is called."""
    cell = cell.strip()
    return any(not form.weak and _reads(cell, form) for form in _FORMATS)


def says_time(name: str) -> bool:
    """True when a column's name says that it holds times: "Date", "date_time", "ds" …"""
    folded = name.casefold()
    return folded in _SHORT_TIME_NAMES or any(word in folded for word in TIME_NAMES)


def looks_like_time(table: Table, name: str) -> bool:
    """True when a column holds times, judged by its content and, where that is not enough, its name."""
    column = table.column(name)
    if column.dtype.kind == "M":
        return True
    if looks_numeric(column):
        return says_time(name) and _plain_unit(numbers(table, name)) is not None
    if column.dtype.kind != "O":  # truth values, or numbers that are all missing
        return False
    cells = list(islice((cell for cell in text_cells(column) if not is_missing(cell)), 200))
    form = _most_fitting(cells)
    if form is None or (form.weak and not says_time(name)):
        return False
    return sum(_reads(cell, form) for cell in cells) * 2 > len(cells)


def read_times(table: Table, name: str) -> Times:
    """Read a column as time.

    Understood: frame date and datetime columns; ISO 8601; 31/12/2020 and 12/31/2020 (the
    order follows from the data); 2020-12, 12/2020, Dec 2020, 2020Q4, 2020-W53; years;
    20201231; seconds, milliseconds, … since 1970. Offsets from UTC are taken off. Other plain
    numbers count steps.

    Raises:
        FrontalError: a cell is not a time, or the order of day and month cannot be told.
    """
    column = table.column(name)
    if column.dtype.kind == "M":
        return Times(column.astype("datetime64[us]"))
    if looks_numeric(column) or column.dtype.kind in "fb":
        return _from_numbers(numbers(table, name), name)
    cells = text_cells(column)
    form = _most_fitting([cell for cell in set(cells) if not is_missing(cell)])
    if form is None:
        row = next((i for i, cell in enumerate(cells) if not is_missing(cell)), 0)
        raise FrontalError(
            f"{table.name}, {table.where(row)}: {cells[row]!r} in the time column {name!r} is not a time; "
            "write times like 2020-12-31 or 2020-12-31 23:59:00"
        )
    for row, cell in enumerate(cells):
        if not is_missing(cell) and not _reads(cell, form):
            raise FrontalError(
                f"{table.name}, {table.where(row)}: {cell!r} in the time column {name!r} is not a time like "
                f"{form.example}, as the others are; correct it, or write times like 2020-12-31"
            )
    return _from_text(table, name, cells, form)


def _most_fitting(cells: list[str]) -> _Format | None:
    sample = cells[:200]
    fitting = {form: sum(_reads(cell, form) for cell in sample) for form in _FORMATS}
    best = max(_FORMATS, key=lambda form: fitting[form])
    return best if fitting[best] else None


def _reads(cell: str, form: _Format) -> bool:
    return any(_moment(cell, form, order) is not None for order in _ORDERS)


def _from_text(table: Table, name: str, cells: list[str], form: _Format) -> Times:
    notes: list[str] = []
    order: Order = "day first"
    if form is _NUMERIC_DATE:
        order = _order_of_day_and_month(table, name, cells, notes)
    moments = {cell: _moment(cell, form, order) for cell in set(cells)}
    if any(moment is not None and moment.tzinfo is not None for moment in moments.values()):
        moments = _without_zone(moments, name, notes)
    if form is _YEAR_ONE:
        shown = next(cell for cell in cells if moments[cell] is not None)
        notes.append(f"Times in {name!r} are read as year-month: {shown!r} is year {shown.replace('-', ', month ')}.")
    elif any(len(match["y"]) == 2 for cell in moments if (match := form.pattern.fullmatch(cell))):
        notes.append(f"Two-digit years in {name!r} are read as 1969 to 2068.")
    return Times(np.array([moments[cell] or "NaT" for cell in cells], dtype="datetime64[us]"), None, tuple(notes))


def _moment(cell: str, form: _Format, order: Order) -> datetime | None:
    """The time that a cell says, or None where it says none, 2020-02-30 for example."""
    match = form.pattern.fullmatch(cell)
    if match is None:
        return None
    part = {key: value for key, value in match.groupdict().items() if value is not None}
    year = _year(part["y"]) if form is not _YEAR_ONE else int(part["y"])
    try:
        if "w" in part:
            return datetime.fromisocalendar(year, int(part["w"]), 1)
        month, day = _month_and_day(part, order)
        return _with_clock(datetime(year, month, day), part)
    except (ValueError, OverflowError):  # no such date, or an hour that does not exist
        return None


def _year(text: str) -> int:
    if len(text) == 2:
        return int(text) + (1900 if int(text) >= 69 else 2000)
    return int(text)


def _month_and_day(part: dict[str, str], order: Order) -> tuple[int, int]:
    if "q" in part:
        return 3 * int(part["q"]) - 2, 1
    if "a" in part:
        return (int(part["b"]), int(part["a"])) if order == "day first" else (int(part["a"]), int(part["b"]))
    if "name" in part:
        named = [i for i, month in enumerate(_MONTHS, 1) if month.startswith(part["name"].lower())]
        if not named:
            raise ValueError(part["name"])
        return named[0], int(part.get("d", 1))
    return int(part["m"]), int(part.get("d", 1))


def _with_clock(day: datetime, part: dict[str, str]) -> datetime:
    if "H" not in part:
        return day
    hour = int(part["H"])
    if "half" in part:
        if not 1 <= hour <= 12:
            raise ValueError(hour)
        hour = hour % 12 + (12 if part["half"][0] in "pP" else 0)
    microsecond = int(part.get("f", "0")[:6].ljust(6, "0"))
    moment = day.replace(hour=hour, minute=int(part["M"]), second=int(part.get("S", 0)), microsecond=microsecond)
    if "zone" not in part:
        return moment
    return moment.replace(tzinfo=datetime.strptime(_offset(part["zone"]), "%z").tzinfo)


def _offset(zone: str) -> str:
    digits = zone.replace(":", "")
    return "+0000" if digits[0] not in "+-" else digits.ljust(5, "0")


def _without_zone(moments: dict[str, datetime | None], name: str, notes: list[str]) -> dict[str, datetime | None]:
    """Whole days stay the days that they are; anything else becomes UTC."""
    known = [moment for moment in moments.values() if moment is not None]
    if all(moment.time() == moment.time().min for moment in known):
        notes.append(f"Times in {name!r} are midnights with an offset from UTC; the offset is left out.")
        return {cell: moment and moment.replace(tzinfo=None) for cell, moment in moments.items()}
    notes.append(f"Times in {name!r} have an offset from UTC; they were converted to UTC.")
    return {cell: moment and _to_utc(moment) for cell, moment in moments.items()}


def _to_utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=None) - (moment.utcoffset() or timedelta())


def _order_of_day_and_month(table: Table, name: str, cells: list[str], notes: list[str]) -> Order:
    """Tell 31/12 from 12/31: by a number above 12, else by dots, else by which is evenly spaced."""
    rows = [row for row, cell in enumerate(cells) if not is_missing(cell)]
    readings = {order: [_moment(cells[row], _NUMERIC_DATE, order) for row in rows] for order in _ORDERS}
    possible: list[Order] = [order for order in _ORDERS if None not in readings[order]]
    if len(possible) == 1:
        return possible[0]
    if not possible:
        by_day, by_month = (rows[readings[order].index(None)] for order in ("month first", "day first"))
        raise FrontalError(
            f"{table.name}: column {name!r} puts the day first ({table.where(by_day)}: "
            f"{cells[by_day]!r}) and the month first ({table.where(by_month)}: {cells[by_month]!r}); "
            "write dates like 2020-12-31"
        )
    if all("." in cell for cell in (cells[row] for row in rows)):
        notes.append(f"Dates in {name!r} are read with the day first, as dates with dots are.")
        return "day first"
    even: list[Order] = [order for order in _ORDERS if _evenly_spaced(readings[order])]
    if len(even) == 1:
        shown = cells[rows[0]]
        meant = readings[even[0]][0]
        assert meant is not None  # `possible` holds orders without None only
        notes.append(
            f"Dates in {name!r} are read with the {even[0]} ({shown!r} is {meant.date()}), which "
            "makes them evenly spaced."
        )
        return even[0]
    raise FrontalError(
        f"{table.name}, {table.where(rows[0])}: {cells[rows[0]]!r} in column {name!r} may have the day or "
        "the month first, and no row decides it; write dates like 2020-12-31"
    )


def _evenly_spaced(moments: Iterable[datetime | None]) -> bool:
    times = np.unique(np.array(list(moments), dtype="datetime64[s]"))
    frequency = infer_frequency(times)
    if frequency is None:
        return False
    positions = frequency.positions(times)
    return positions is not None and bool((np.diff(positions) == 1).all())


def _plain_unit(values: NDArray[np.float64]) -> str | None:
    """What plain numbers in a time column count: years, days written 20201231, or units since 1970."""
    known = values[np.isfinite(values)]
    if not len(known):
        return None
    whole = bool((known == np.floor(known)).all())
    low, high = float(known.min()), float(known.max())
    if whole and low >= 1000 and high < 3000:
        return "Y"
    if whole and low >= 19000101 and high <= 21001231 and all(_compact(value) for value in set(known)):
        return "yyyymmdd"
    limits = (("s", 1e8, 1e11), ("ms", 1e11, 1e14), ("us", 1e14, 1e17), ("ns", 1e17, 9e18))
    return next((unit for unit, least, most in limits if least <= low and high < most), None)


def _compact(value: float) -> datetime | None:
    year, month, day = int(value) // 10000, int(value) // 100 % 100, int(value) % 100
    try:
        return datetime(year, month, day)
    except ValueError:
        return None


def _from_numbers(values: NDArray[np.float64], name: str) -> Times:
    unit = _plain_unit(values)
    if unit is None:
        return Times(None, values, (f"Column {name!r} holds plain numbers; they order the rows and count steps.",))
    if unit == "yyyymmdd":
        days = [_compact(value) if np.isfinite(value) else None for value in values]
        return Times(np.array([day or "NaT" for day in days], dtype="datetime64[us]"))
    times = np.full(len(values), "NaT", dtype="datetime64[us]")
    known = np.isfinite(values)
    if unit == "Y":
        times[known] = (values[known].astype(np.int64) - 1970).astype("datetime64[Y]")
        return Times(times)
    microseconds = {"s": 1e6, "ms": 1e3, "us": 1.0, "ns": 1e-3}[unit]
    times[known] = np.round(values[known] * microseconds).astype(np.int64).astype("datetime64[us]")
    return Times(times, None, (f"Column {name!r} is read as {_UNIT_NAMES[unit]} since 1970, UTC.",))
