"""The step between two rows of a series, as a calendar understands it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from frontal.errors import FrontalError, did_you_mean

Unit = Literal["second", "minute", "hour", "day", "business day", "week", "month", "quarter", "year"]
SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800}
MONTHS = {"month": 1, "quarter": 3, "year": 12}
_ADVERBS = {
    "minute": "every minute", "hour": "hourly", "day": "daily", "business day": "every business day",
    "week": "weekly", "month": "monthly", "quarter": "quarterly", "year": "yearly", "second": "every second",
}  # fmt: skip
_DAY = np.timedelta64(86400, "s")


@dataclass(frozen=True)
class Frequency:
    """`count` times `unit`; months, quarters, years and business days follow the calendar.

    Attributes:
        unit: second, minute, hour, day, business day, week, month, quarter or year.
        count: units in a step, >= 1; 15 with "minute" is a row every quarter of an hour.
        day: day of the month of a row, for months, quarters and years; in shorter months
            their last day, so that 31 means month ends.
    """

    unit: Unit
    count: int = 1
    day: int = 1

    def __post_init__(self) -> None:
        if self.unit not in get_args(Unit):
            raise FrontalError(f"frequency: unknown unit {self.unit!r}; {did_you_mean(str(self.unit), get_args(Unit))}")
        for name, most in (("count", 10**6), ("day", 31)):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
                raise FrontalError(f"frequency: {name} must be a whole number within 1 .. {most}, got {value!r}")

    def __str__(self) -> str:
        return _ADVERBS[self.unit] if self.count == 1 else f"every {self.count} {self.unit}s"

    def at(self, start: np.datetime64, positions: NDArray[np.int64]) -> NDArray[np.datetime64]:
        """Return the times that lie `positions` (N,) steps after `start`, datetime64[s]."""
        start = start.astype("datetime64[s]")
        if self.unit in MONTHS:
            return _add_months(start, positions * (self.count * MONTHS[self.unit]), self.day)
        if self.unit == "business day":
            date = start.astype("datetime64[D]")
            days = np.busday_offset(date, positions * self.count, roll="preceding")
            return days.astype("datetime64[s]") + (start - date)
        return start + positions * np.timedelta64(self.count * SECONDS[self.unit], "s")

    def after(self, last: np.datetime64, steps: int) -> NDArray[np.datetime64]:
        """Return the `steps` times that follow `last`, (steps,) datetime64[s]."""
        if steps < 0:
            raise FrontalError(f"steps must be >= 0, got {steps}")
        return self.at(last, np.arange(1, steps + 1))

    def positions(self, times: NDArray[np.datetime64]) -> NDArray[np.int64] | None:
        """Return how many steps the sorted times (T,) lie after the first; None if one is between steps."""
        if self.unit in MONTHS:
            moved = (times.astype("datetime64[M]") - times[0].astype("datetime64[M]")).astype(np.int64)
            step = self.count * MONTHS[self.unit]
        elif self.unit == "business day":
            days = times.astype("datetime64[D]")
            if not np.is_busday(days).all():
                return None
            moved, step = np.busday_count(days[0], days).astype(np.int64), self.count
        else:
            moved = (times - times[0]).astype("timedelta64[s]").astype(np.int64)
            step = self.count * SECONDS[self.unit]
        found = moved // step
        regular = (moved % step == 0).all() and (np.diff(found) > 0).all()
        return found if regular else None

    def label(self, times: NDArray[np.datetime64]) -> list[str]:
        """Write times (T,) as short as the frequency allows: 1949, 1949-01, 1949-01-31 …"""
        return [time_label(time, self) for time in times]


def time_label(time: np.datetime64, frequency: Frequency | None = None) -> str:
    """Write one time without the parts that say nothing."""
    text = str(time.astype("datetime64[s]")).replace("T", " ")
    if not text.endswith(" 00:00:00") or (frequency and frequency.unit in ("second", "minute", "hour")):
        return text
    if frequency and frequency.unit == "year" and text.endswith("-01-01 00:00:00"):
        return text.removesuffix("-01-01 00:00:00")
    if frequency and frequency.unit in MONTHS and frequency.day == 1:
        return text.removesuffix("-01 00:00:00")
    return text.removesuffix(" 00:00:00")


def infer_frequency(times: NDArray[np.datetime64]) -> Frequency | None:
    """Infer the step from the median difference of sorted, distinct times (T,) datetime64[s].

    Returns:
        The frequency that all times lie on, gaps allowed; None where there is none.
    """
    if len(times) < 2:
        return None
    steps = np.sort(np.diff(times).astype("timedelta64[s]").astype(np.int64))
    median = int(steps[len(steps) // 2])
    frequency = _monthly(times) if median >= 28 * 86400 else None
    frequency = frequency or _business_daily(times, median) or _fixed(median)
    return frequency if frequency.positions(times) is not None else None


def _monthly(times: NDArray[np.datetime64]) -> Frequency | None:
    """Months or multiples of them, when the days of the month agree, roughly."""
    months = times.astype("datetime64[M]")
    days = (times.astype("datetime64[D]") - months.astype("datetime64[D]")).astype(np.int64) + 1
    lengths = ((months + 1).astype("datetime64[D]") - months.astype("datetime64[D]")).astype(np.int64)
    at_ends = bool((days == lengths).all())
    if not (at_ends or days.min() >= 26 or days.max() - days.min() <= 3):
        return None
    steps = np.sort(np.diff(months).astype(np.int64))
    step = int(steps[len(steps) // 2])
    day = 31 if at_ends else int(days.max())
    if step < 1:
        return None
    if step % 12 == 0:
        return Frequency("year", step // 12, day)
    if step % 3 == 0:
        return Frequency("quarter", step // 3, day)
    return Frequency("month", step, day)


def _business_daily(times: NDArray[np.datetime64], median: int) -> Frequency | None:
    """Daily steps that never fall on a weekend, though at least one weekend was passed."""
    days = times.astype("datetime64[D]")
    passed_weekend = (np.diff(days) >= np.timedelta64(3, "D")).any() and (days[-1] - days[0]) > np.timedelta64(4, "D")
    same_clock = len(np.unique(times - days)) == 1
    if median == SECONDS["day"] and same_clock and passed_weekend and np.is_busday(days).all():
        return Frequency("business day")
    return None


def _fixed(step: int) -> Frequency:
    unit: Unit = "second"
    for name in ("minute", "hour", "day", "week"):
        if step % SECONDS[name] == 0:
            unit = name
    return Frequency(unit, step // SECONDS[unit])


def _add_months(start: np.datetime64, months: NDArray[np.int64], day: int) -> NDArray[np.datetime64]:
    clock = start - start.astype("datetime64[D]")
    targets = start.astype("datetime64[M]") + months
    lengths = ((targets + 1).astype("datetime64[D]") - targets.astype("datetime64[D]")).astype(np.int64)
    days = targets.astype("datetime64[D]") + (np.minimum(day, lengths) - 1)
    return days.astype("datetime64[s]") + clock
