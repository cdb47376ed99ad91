"""What the settings leave open is read off the training part, and every guess is said."""

from __future__ import annotations

from frontal.data.period import guess_period
from frontal.data.representation import season_steadies, spread_grows
from frontal.data.representation_counts import refuse_other_than_counts
from frontal.data.series import Series
from frontal.errors import FrontalError
from frontal.tasks.forecast_settings import COUNTS, ForecastSettings

LEAST_VALUES = 8  # a series shorter than that teaches a network nothing


def complete(settings: ForecastSettings, series: Series) -> tuple[ForecastSettings, list[str]]:
    """Fill in the settings that are None from a training series; return them and one sentence a guess.

    Raises:
        FrontalError: the series is too short for the settings.
    """
    values, T = series.values, len(series.values)
    if T < LEAST_VALUES:
        raise FrontalError(f"{T} values to learn from are too few; give at least {LEAST_VALUES}")
    if counts := settings.likelihood == COUNTS:
        refuse_other_than_counts(series)
    notes: list[str] = []
    period = settings.period
    if period is None:
        period, note = guess_period(values, series.frequency)
        notes.append(note[0].upper() + note[1:])
    if period > 1 and 2 * period > T:
        raise FrontalError(f"period {period} needs {2 * period} values to learn from, there are {T}; set period=1")
    log = False if counts else settings.log
    if log is None:
        log = spread_grows(values, period)
        if log:
            notes.append("The spread grows with the level: the logarithm is forecast (log=false turns this off).")
    if log and values.min() <= 0:
        raise FrontalError(f"log=true needs values above 0, but the smallest is {values.min():g}; set log=false")
    difference = False if counts else settings.seasonal_difference
    if difference is None:
        difference = season_steadies(values, period, log=log)
        if difference:
            notes.append(
                f"Changes against {period} steps earlier are steadier: they are forecast "
                "(seasonal_difference=false turns this off)."
            )
    if difference and period == 1:
        raise FrontalError("seasonal_difference needs a seasonal period, and none was found; set period")
    left = T - (period if difference else 0)
    horizon = settings.horizon or _horizon(period, left)
    context = settings.context or _context(period, left)
    if context + horizon >= left:
        used = f" that the seasonal difference over {period} leaves" if difference else ""
        longest = left - 1 - context
        raise FrontalError(
            f"horizon {horizon} and context {context} together must be shorter than the {left} values "
            f"to learn from{used}; "
            + (f"the longest horizon with this context is {longest}" if longest > 0 else "set a smaller context")
        )
    windows = left - context
    return settings.replace(
        period=period, log=log, seasonal_difference=difference, horizon=horizon, context=context,
        batch_size=settings.batch_size or max(64, round(windows * (1 - settings.validation)) // 16),
    ), notes  # fmt: skip


def _horizon(period: int, left: int) -> int:
    """One season if it is short, else 12 steps, and never more than a third of what there is."""
    return max(1, min(period if 1 < period <= 48 else 12, left // 3))


def _context(period: int, left: int) -> int:
    """One season within 8 and 32 steps, 16 without one, and never more than a third of what there is."""
    return max(1, min(min(max(period, 8), 32) if period > 1 else 16, left // 3))
