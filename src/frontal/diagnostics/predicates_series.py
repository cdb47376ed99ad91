"""What a unit may watch in a series: level, slope, season, calendar, place in the window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from frontal.diagnostics.predicate import Predicate, Truth

Floats = NDArray[np.floating[Any]]
Holds = Callable[["Steps"], Truth]
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True)
class Steps:
    """The N steps of a captured series.

    Attributes:
        values: of the series, (N,).
        times: datetime64[s], (N,), or None.
        inputs: what the network read first, (N,).
        position: of each step in its window, 0 .. context - 1, (N,).
        context: steps of a window.
    """

    values: Floats
    times: NDArray[np.datetime64] | None
    inputs: Floats
    position: NDArray[np.integer[Any]]
    context: int

    @property
    def change(self) -> Floats:
        """From the step before, within a window; 0 at its first step."""
        change = np.diff(self.values, prepend=self.values[:1])
        return np.where(self.position == 0, 0, change)


def above(part: float, of: Callable[[Steps], Floats] = lambda s: s.values) -> Holds:
    """Hold above a quantile of all steps."""
    return lambda steps: of(steps) > np.nanquantile(of(steps), part)


def below(part: float, of: Callable[[Steps], Floats] = lambda s: s.values) -> Holds:
    """Hold below a quantile of all steps."""
    return lambda steps: of(steps) < np.nanquantile(of(steps), part)


def calendar(test: Callable[[NDArray[np.datetime64]], NDArray[Any]]) -> Holds:
    """Hold where a time passes a test; nowhere without times."""

    def holds(steps: Steps) -> Truth:
        return np.zeros(len(steps.values), dtype=bool) if steps.times is None else test(steps.times)

    return holds


def weekday(times: NDArray[np.datetime64]) -> NDArray[np.int64]:
    """Return 0 for Monday to 6 for Sunday."""
    return (times.astype("datetime64[D]").astype(np.int64) + 3) % 7  # 1970 began on a Thursday


def hour(times: NDArray[np.datetime64]) -> NDArray[np.int64]:
    """Return 0 .. 23."""
    return times.astype("datetime64[h]").astype(np.int64) % 24


def month(times: NDArray[np.datetime64]) -> NDArray[np.int64]:
    """Return 1 .. 12."""
    return times.astype("datetime64[M]").astype(np.int64) % 12 + 1


def turning(sign: int) -> Holds:
    """Hold at a value greater (or, with -1, smaller) than the one before and than the one after."""

    def holds(steps: Steps) -> Truth:
        values = sign * steps.values
        return np.r_[False, (values[1:-1] > values[:-2]) & (values[1:-1] > values[2:]), False][: len(values)]

    return holds


def _change(steps: Steps) -> Floats:
    return steps.change


def _jump(steps: Steps) -> Floats:
    return np.abs(steps.change)


def _input(steps: Steps) -> Floats:
    return steps.inputs


SERIES: Final[tuple[Predicate[Steps], ...]] = tuple(
    Predicate(name, holds)
    for name, holds in {
        "level in the upper half": above(0.5),
        "level in the highest tenth": above(0.9),
        "level in the lowest tenth": below(0.1),
        "input above 0": lambda s: s.inputs > 0,
        "input in the highest tenth": above(0.9, _input),
        "input in the lowest tenth": below(0.1, _input),
        "rising": lambda s: s.change > 0,
        "falling": lambda s: s.change < 0,
        "rising steeply (highest tenth)": above(0.9, _change),
        "falling steeply (lowest tenth)": below(0.1, _change),
        "a large change (highest tenth)": above(0.9, _jump),
        "a local peak": turning(1),
        "a local dip": turning(-1),
        "first quarter of the window": lambda s: s.position < s.context / 4,
        "last quarter of the window": lambda s: s.position >= 3 * s.context / 4,
        "first step of the window": lambda s: s.position == 0,
        **{day: calendar(lambda t, k=k: weekday(t) == k) for k, day in enumerate(DAYS)},
        "weekend": calendar(lambda t: weekday(t) >= 5),
        "night (0 to 6 h)": calendar(lambda t: hour(t) < 6),
        "morning (6 to 12 h)": calendar(lambda t: (hour(t) >= 6) & (hour(t) < 12)),
        "afternoon (12 to 18 h)": calendar(lambda t: (hour(t) >= 12) & (hour(t) < 18)),
        "evening (18 to 24 h)": calendar(lambda t: hour(t) >= 18),
        "December to February": calendar(lambda t: np.isin(month(t), (12, 1, 2))),
        "March to May": calendar(lambda t: np.isin(month(t), (3, 4, 5))),
        "June to August": calendar(lambda t: np.isin(month(t), (6, 7, 8))),
        "September to November": calendar(lambda t: np.isin(month(t), (9, 10, 11))),
        "first week of the month": calendar(
            lambda t: (t.astype("datetime64[D]") - t.astype("datetime64[M]")).astype(np.int64) < 7
        ),
    }.items()
)
