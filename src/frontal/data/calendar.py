"""What the calendar says about a time: hour, weekday, day and month, as sine and cosine or as 0 and 1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from frontal.data.frequency import SECONDS, Frequency
from frontal.errors import FrontalError, did_you_mean

Floats = NDArray[np.float64]
CalendarCode = Literal["sine", "one-hot"]
# turns: steps of one cycle; waves: harmonics of the sine code
_TURNS = {"hour": 24, "weekday": 7, "monthday": 31, "month": 12, "yearday": 366}
_WAVES = {"hour": 3, "weekday": 3, "monthday": 1, "month": 2, "yearday": 2}
CALENDAR = tuple(_TURNS)


def calendar(times: NDArray[np.datetime64], names: Sequence[str], code: CalendarCode = "sine") -> Floats:
    """Return calendar features of times (N,), (N, F).

    Args:
        times: datetime64.
        names: of `CALENDAR`; hours have fractions with "sine".
        code: "sine" gives sine and cosine of the first few harmonics of each cycle, "one-hot" a
            column of 0 and 1 for each of its steps.

    Raises:
        FrontalError: an unknown name, or a day of the year as one-hot.
    """
    for name in names:
        if name not in _TURNS:
            raise FrontalError(f"unknown calendar feature {name!r}; {did_you_mean(name, _TURNS)}")
        if code == "one-hot" and name == "yearday":
            raise FrontalError("yearday as one-hot would be 366 features; take month, or calendar_code='sine'")
    columns = [_coded(_position(times, name), name, code) for name in names]
    return np.hstack(columns) if columns else np.empty((len(times), 0))


def calendar_for(frequency: Frequency | None, span: np.timedelta64) -> tuple[str, ...]:
    """Return the calendar features that fit a frequency and the time from the first to the last row."""
    if frequency is None:
        return ()
    years = span / np.timedelta64(365, "D")
    names: list[str] = []
    if frequency.unit in SECONDS and frequency.count * SECONDS[frequency.unit] < SECONDS["day"]:
        names += ["hour"]
    if names or frequency.unit in ("day", "business day"):
        names += ["weekday"] if span > np.timedelta64(14, "D") else []
    if years >= 2:
        names += ["month"] if frequency.unit in ("month", "quarter") else []
        names += ["yearday"] if frequency.unit in SECONDS or frequency.unit == "business day" else []
    return tuple(names)


def _position(times: NDArray[np.datetime64], name: str) -> Floats:
    """Steps since the start of the cycle, from 0, with fractions for hours."""
    days, months = times.astype("datetime64[D]"), times.astype("datetime64[M]")
    if name == "hour":
        return (times - days).astype("timedelta64[s]").astype(np.float64) / SECONDS["hour"]
    if name == "weekday":
        return ((days.astype(np.int64) + 3) % 7).astype(np.float64)  # 1970-01-01 was a Thursday; Monday is 0
    if name == "monthday":
        return (days - months).astype(np.int64).astype(np.float64)
    if name == "month":
        return (months.astype(np.int64) % 12).astype(np.float64)
    return (days - times.astype("datetime64[Y]")).astype(np.int64).astype(np.float64)


def _coded(position: Floats, name: str, code: CalendarCode) -> Floats:
    if code == "one-hot":
        return np.eye(_TURNS[name])[np.floor(position).astype(np.int64)]
    turns = 2 * np.pi * position[:, None] / _TURNS[name] * np.arange(1, _WAVES[name] + 1)  # (N, waves)
    return np.hstack([np.sin(turns), np.cos(turns)])
