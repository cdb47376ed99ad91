"""What the settings of a panel leave open is found in the training part, and every guess is said."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from frontal.data.calendar import calendar_for
from frontal.data.frequency import SECONDS, Frequency
from frontal.data.panel import Panel, refuse_short
from frontal.data.period import guess_period
from frontal.data.representation import spread_grows
from frontal.errors import FrontalError
from frontal.tasks.forecast_panel_settings import PanelSettings

LOOKED_AT = 100  # series, at most, that a guess looks at
NAIVE_ORIGINS = 64  # points of a series from which naive forecasts are compared
_CALENDAR = {"month": (12,), "quarter": (4,), "week": (52,), "day": (7,), "business day": (5,), "year": ()}
_HORIZONS = {24: 48, 7: 14, 5: 10}


def complete(settings: PanelSettings, panel: Panel) -> tuple[PanelSettings, list[str]]:
    """Fill in the settings that are None from a training panel; return them and one sentence a guess.

    Raises:
        FrontalError: series too short for the settings, which are named.
    """
    notes: list[str] = []
    sample = [panel.series(int(s)) for s in np.unique(np.linspace(0, len(panel) - 1, LOOKED_AT).round().astype(int))]
    shortest = int(panel.lengths.min())
    periods = settings.periods
    if periods is None:
        periods, note = _periods(panel, sample)
        notes.append(note)
    numbers = tuple(sorted(int(period) for period in periods if int(period) > 1))
    horizon = settings.horizon or _horizon(numbers, shortest)
    validation = settings.validation or _held_out(panel, horizon)
    log = settings.log if settings.log is not None else _grows(panel, sample, numbers)
    if log and settings.log is None:
        notes.append("The spread grows with the level: the logarithm is forecast (log=false turns this off).")
    context = settings.context or _context(numbers, horizon, int(panel.lengths.max()) - validation)
    segment = settings.segment or _segment(settings, numbers, context)
    names = settings.calendar
    if names is None:
        times = panel.times
        names = () if times is None else calendar_for(panel.frequency, times.max() - times.min())
        if settings.calendar_code == "one-hot":
            names = tuple("month" if name == "yearday" else name for name in names)
        if names:
            notes.append(f"Calendar features: {', '.join(names)}.")
    elif panel.times is None and names:
        raise FrontalError(f"calendar={','.join(names)} needs times, and {panel.name} has none")
    chosen = settings.replace(
        periods=numbers,
        horizon=horizon,
        context=context,
        segment=segment,
        validation=validation,
        log=log,
        calendar=names,
    )
    refuse_short(panel, least_past(chosen) + validation + 1, why(chosen, validation))
    return chosen, notes


def least_past(chosen: PanelSettings) -> int:
    """Steps that a series needs before a forecast can begin."""
    season = int(chosen.periods[0]) if chosen.periods else 2
    return min(chosen.context or 1, max(season, 2))


def why(chosen: PanelSettings, validation: int) -> str:
    """The sum behind the least length of a series, in words."""
    return f"{least_past(chosen)} to read, {validation} held out, 1 to learn"


def season_of(chosen: PanelSettings, panel: Panel) -> int:
    """The period whose naive forecast over the horizon errs least; 0 for the last value."""
    periods = [int(period) for period in chosen.periods or () if int(period) <= (chosen.context or 1)]
    candidates = {"last": [0], "season": periods or [0]}.get(chosen.naive or "", [0, *periods])
    errors: dict[int, float] = {}
    for period in candidates:
        found = [_naive_error(panel.series(s), period, chosen.horizon or 1) for s in range(len(panel))]
        if np.isfinite(found).any():
            errors[period] = float(np.nanmean(found))
    return min(errors, key=lambda period: errors[period], default=0)


def _naive_error(values: NDArray[np.float64], period: int, horizon: int) -> float:
    """Error of a naive forecast over the horizon, in units of the series' spread; period 0 is the last value."""
    if len(values) < max(period, 1) + horizon:
        return float("nan")
    ends = np.unique(np.linspace(max(period, 1), len(values) - horizon, NAIVE_ORIGINS).round().astype(int))
    steps = np.arange(horizon)
    said = ends[:, None] + (steps % period - period if period else np.full(horizon, -1))  # (E, horizon)
    errors = np.abs(values[ends[:, None] + steps] - values[said])
    known, spread = errors[~np.isnan(errors)], np.nanstd(values)
    return float(known.mean() / spread) if spread > 0 and len(known) else float("nan")


def _periods(panel: Panel, sample: list[NDArray[np.float64]]) -> tuple[tuple[int, ...], str]:
    if panel.frequency is not None:
        found = _by_calendar(panel.frequency)
        longest = int(panel.lengths.max())
        kept = tuple(period for period in found if 2 * period < longest)
        return kept, f"Seasonal periods {', '.join(map(str, kept)) or 'none'}, as the step is {panel.frequency}."
    votes = [guess_period(_filled(values))[0] for values in sample[:20]]
    common, count = max(((v, votes.count(v)) for v in set(votes)), key=lambda pair: pair[1])
    periods = (common,) if common > 1 else ()
    named = f"Seasonal period {common}" if periods else "No seasonal period"
    return periods, f"{named}, as in {count} of {len(votes)} series looked at; set periods=… to change it."


def _by_calendar(frequency: Frequency) -> tuple[int, ...]:
    if frequency.unit in _CALENDAR:
        return tuple(
            p // frequency.count for p in _CALENDAR[frequency.unit] if p % frequency.count == 0 and p > frequency.count
        )
    step = frequency.count * SECONDS[frequency.unit]
    return tuple(span // step for span in (SECONDS["day"], SECONDS["week"]) if span % step == 0)


def _filled(values: NDArray[np.float64]) -> NDArray[np.float64]:
    hole = np.isnan(values)
    at = np.arange(len(values))
    return np.interp(at, at[~hole], values[~hole])


def _horizon(periods: tuple[int, ...], shortest: int) -> int:
    wanted = _HORIZONS.get(periods[0], periods[0] if periods[0] <= 48 else 12) if periods else 12
    return max(1, min(wanted, shortest // 4))


def _held_out(panel: Panel, horizon: int) -> int:
    """The last window of many series; of few, as many windows as make 15 % of the shortest."""
    if len(panel) >= 30:
        return horizon
    return max(horizon, int(0.15 * panel.lengths.min()) // horizon * horizon)


def _context(periods: tuple[int, ...], horizon: int, longest: int) -> int:
    wanted = 2 * periods[-1] if periods else 3 * horizon
    context = max(1, min(max(wanted, horizon), longest // 2))
    unit = periods[0] if periods else 1
    return context // unit * unit if context >= unit else context


def _segment(settings: PanelSettings, periods: tuple[int, ...], context: int) -> int:
    if settings.multi_step == "autoregressive" or not periods or context % periods[0] or context < 4 * periods[0]:
        return 1
    return periods[0]


def _grows(panel: Panel, sample: list[NDArray[np.float64]], periods: tuple[int, ...]) -> bool:
    """Whether every value is above 0, and in most series the spread grows with the level."""
    if np.nanmin(panel.values) <= 0:
        return False
    period = periods[0] if periods else 1
    return float(np.mean([spread_grows(_filled(values), period) for values in sample])) > 0.5
