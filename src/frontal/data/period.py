"""After how many steps does a series repeat itself? Candidates from the calendar, judged by the data."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

from frontal.data.frequency import MONTHS, SECONDS, Frequency
from frontal.errors import FrontalError

_BINS = 12  # of a long cycle, so that its slow swing shows above the noise of single steps
_LEAST = 0.1  # autocorrelation below which a cycle is of no use, however certain
_NEARBY = 5  # lags in which differences of any series hang together
_DOUBT = 0.001  # chance of seeing a cycle where there is none, all candidates together
_FARTHEST_LAG = 400


def guess_period(values: ArrayLike, frequency: Frequency | None = None) -> tuple[int, str]:
    """Guess the seasonal period of a series, or of the part of it that may be looked at.

    Candidates follow from the frequency (monthly 12, daily 7 and 365, hourly 24 and 168 …);
    without a frequency every lag from 2 to min(T // 3, 400) is one. Each is judged by the
    autocorrelation of the differenced series at that lag and its multiples, a cycle of more
    than 24 steps being first averaged into 12 parts. It counts when at least two periods are
    there, it is a local peak, it is at least 0.1, and white noise would give as much in one of
    1000 series only. Of several, the one whose value a period ago is nearest wins.

    Args:
        values: (T,) finite numbers.
        frequency: the step between two values, if they have times.

    Returns:
        The period in steps, 1 for none, and a sentence that says why.
    """
    series = np.asarray(values, dtype=np.float64)
    if series.ndim != 1 or not np.isfinite(series).all():
        raise FrontalError(f"guess_period needs (T,) finite numbers, got shape {series.shape}, or NaN or inf in it")
    if frequency is None:
        candidates: Sequence[int] = range(2, min(len(series) // 3, _FARTHEST_LAG) + 1)
    else:
        candidates = natural_periods(frequency)
        if not candidates:
            return 1, f"period 1: {frequency} rows have no natural cycle."
    long_enough = [period for period in candidates if 2 * period <= len(series)]
    if not long_enough:
        return 1, f"period 1: {len(series)} values are too few to see a cycle repeat twice."
    strengths = {period: _strength(series, period) for period in long_enough}
    bound = NormalDist().inv_cdf(1 - _DOUBT / len(long_enough))
    clear = [p for p, (strength, pairs) in strengths.items() if strength >= max(_LEAST, bound / sqrt(pairs))]
    clear = [p for p in clear if _is_peak(series, p)]
    if frequency is None:
        clear = _fundamental(series, clear, strengths)
    if not clear:
        return 1, _none_found(strengths)
    period = _nearest(series, clear)
    return period, f"period {period}: autocorrelation {strengths[period][0]:.2f} at lag {period}."


def natural_periods(frequency: Frequency) -> list[int]:
    """The periods, in steps, that the calendar suggests for a frequency."""
    if frequency.unit == "business day":
        return [5] if frequency.count == 1 else []
    if frequency.unit in MONTHS:
        cycles = [12 / (frequency.count * MONTHS[frequency.unit])]
    else:
        step = frequency.count * SECONDS[frequency.unit]
        lengths = (60, 3600, 86400, 604800) if step < 86400 else (604800,)
        cycles = [length / step for length in lengths]
        if step >= 86400:
            cycles.append(round(365.25 * 86400 / step))
    return [int(cycle) for cycle in cycles if cycle >= 2 and cycle == int(cycle)]


def _strength(series: NDArray[np.float64], period: int) -> tuple[float, float]:
    """Mean autocorrelation of the differences at 1, 2 and 3 periods, and the number of pairs it rests on.

    Neighbouring differences that hang together make fewer independent pairs; Bartlett (1946),
    over the shortest lags only, since the cycle itself shows in the longer ones.
    """
    changes, lag = _changes(series, period)
    cycles = [k * lag for k in (1, 2, 3) if k == 1 or len(changes) >= (k + 1) * lag]
    pairs = sum(len(changes) - distance for distance in cycles)
    nearby = sum(_autocorrelation(changes, near) ** 2 for near in range(1, min(lag, _NEARBY + 1)))
    strength = float(np.mean([_autocorrelation(changes, distance) for distance in cycles]))
    return strength, max(pairs / (1 + 2 * nearby), 1.0)


def _changes(series: NDArray[np.float64], period: int) -> tuple[NDArray[np.float64], int]:
    """The differenced series, and the period in its steps; long cycles are averaged into bins."""
    if period <= 2 * _BINS:
        return np.diff(series), period
    edges = np.arange(0, len(series) + 1e-9, period / _BINS)
    total = np.interp(edges, np.arange(len(series) + 1), np.concatenate([[0.0], np.cumsum(series)]))
    return np.diff(np.diff(total) / (period / _BINS)), _BINS


def _autocorrelation(values: NDArray[np.float64], lag: int) -> float:
    """Correlation of a series with itself `lag` steps later, with one mean and one variance for both."""
    centred = values - values.mean()
    power = float(np.mean(centred**2))
    if lag >= len(values) or power <= 1e-18 * max(1.0, float(np.max(np.abs(values))) ** 2):
        return 0.0
    return float(np.mean(centred[lag:] * centred[:-lag])) / power


def _is_peak(series: NDArray[np.float64], period: int) -> bool:
    changes, lag = _changes(series, period)
    here = _autocorrelation(changes, lag)
    neighbours = [_autocorrelation(changes, lag - 1), _autocorrelation(changes, lag + 1)]
    return here > max(neighbours)


def _fundamental(
    series: NDArray[np.float64], periods: list[int], strengths: dict[int, tuple[float, float]]
) -> list[int]:
    """Of a cycle and its multiples, which are as clear, keep the shortest whose multiples are all clear."""
    strongest = max(periods, key=lambda period: strengths[period][0], default=1)
    for period in periods:
        count = round(strongest / period)
        if abs(strongest - count * period) > 0.02 * strongest:
            continue
        changes, lag = _changes(series, period)
        found = [_autocorrelation(changes, lag * k) for k in range(1, count + 1)]
        if np.mean(found) >= 0.7 * found[-1]:
            return [period]
    return []


def _nearest(series: NDArray[np.float64], periods: list[int]) -> int:
    """The period whose seasonal naive forecast errs least; a longer one must be clearly better."""
    errors = {period: float(np.mean(np.abs(series[period:] - series[:-period]))) for period in periods}
    least = min(errors.values())
    return next(period for period in periods if errors[period] <= 1.02 * least)


def _none_found(strengths: dict[int, tuple[float, float]]) -> str:
    period = max(strengths, key=lambda candidate: strengths[candidate][0])
    return (
        f"period 1: the best autocorrelation, {strengths[period][0]:.2f} at lag {period}, "
        "is not clearly a cycle (too small, too uncertain, or no peak)."
    )
