"""Rolling-origin backtests of a panel: forecasts from several points of each series, with or without training anew."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from frontal.data.panel import Panel, refuse_short
from frontal.diagnostics.accuracy import naive_scale_known
from frontal.diagnostics.panel_backtest import PanelBacktest
from frontal.errors import FrontalError
from frontal.tasks.forecast_panel_guesses import complete, least_past
from frontal.tasks.forecast_panel_model import Paths
from frontal.tasks.forecast_panel_settings import PanelSettings
from frontal.training.progress import Progress

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Units = tuple[Floats, Floats]
Found = tuple[Integers, Integers, Paths]
SHOWN = 4  # horizons of the past that the plot shows, at most


class Fitting(Protocol):
    """What a backtest needs of a forecaster."""

    settings: PanelSettings
    chosen: PanelSettings
    panel: Panel
    seconds: float

    def fit(self, data: Any, *, progress: Progress | None = None) -> Any:
        """Train."""
        ...

    def paths(self, panel: Panel, series: Any, ends: Any, horizon: int | None = None) -> Paths:
        """Forecast from points of a panel."""
        ...


def backtest_panel(forecaster: Fitting, panel: Panel, progress: Progress | None) -> PanelBacktest:
    """Fit on what comes before the last windows of each series, and measure on them."""
    settings = forecaster.settings
    if settings.test < 1:
        raise FrontalError("a backtest needs test=1 or more windows at the end of each series")
    horizon = settings.horizon
    if horizon is None:  # guessed from the training part, whose length depends on it: guess without the last tenth
        shorter = panel.until(np.maximum(2, panel.lengths - panel.lengths // 10))
        horizon = _guessed(forecaster, shorter)
    stride = settings.test_stride or horizon
    span = horizon + (settings.test - 1) * stride
    refuse_short(panel, span + 8, f"{span} for {settings.test} test windows, 8 to learn")
    origins = [panel.lengths - span + number * stride for number in range(settings.test)]  # steps seen, (S,) each
    groups = [[origin] for origin in origins] if settings.test_refit else [origins]
    seconds = 0.0
    found: list[Found] = []
    units: list[Units] = []
    for group in groups:
        forecaster.fit(panel.until(group[0]), progress=progress)
        seconds += forecaster.seconds
        units.append(units_of(forecaster.panel, forecaster.chosen))
        series, ends = np.tile(np.arange(len(panel)), len(group)), np.concatenate(group) - 1
        found.append((series, ends, forecaster.paths(panel, series, ends)))
    forecaster.seconds = seconds
    return _joined(panel, found, units[0], forecaster.chosen, refits=len(groups))


def measure_panel(forecaster: Fitting, panel: Panel, *, start: Any, stride: int | None) -> PanelBacktest:
    """Forecast a panel from every `stride`-th step, without training."""
    chosen = forecaster.chosen
    horizon = chosen.horizon or 1
    stride = stride or horizon
    least = max(least_past(chosen), 2)
    begins = np.broadcast_to(np.asarray(least if start is None else start, np.int64), (len(panel),))
    series: list[int] = []
    ends: list[int] = []
    for s, (begin, length) in enumerate(zip(begins, panel.lengths, strict=True)):
        if not least <= begin <= length:
            raise FrontalError(
                f"{panel.name}: start {begin} of series {panel.ids[s]!r} is not within {least} .. {length}"
            )
        steps = range(int(begin) - 1, int(length) - horizon, stride)
        series += [s] * len(steps)
        ends += steps
    if not series:
        raise FrontalError(
            f"{panel.name}: no series has {horizon} steps to measure behind the {least} that the model reads first"
        )
    at, seen = np.array(series, np.int64), np.array(ends, np.int64)
    return _joined(panel, [(at, seen, forecaster.paths(panel, at, seen))], _learned(forecaster, panel), chosen)


def units_of(panel: Panel, chosen: PanelSettings) -> Units:
    """Within each series, (S,) each: the error of the seasonal naive forecast by the shortest period, and the variance.

    The variance is that of the steps that networks learn from, without those held out.
    """
    period = int(chosen.periods[0]) if chosen.periods else 1
    series = [panel.series(s) for s in range(len(panel))]
    naive = np.array([naive_scale_known(values, period) for values in series])
    learned = [values[: max(1, len(values) - (chosen.validation or 0))] for values in series]
    return naive, np.array([float(np.nanvar(values)) for values in learned])


def _learned(forecaster: Fitting, panel: Panel) -> Units:
    """The units of the series that were fitted; of a series that was not, its own."""
    place = {name: s for s, name in enumerate(forecaster.panel.ids)}
    fitted, own = units_of(forecaster.panel, forecaster.chosen), units_of(panel, forecaster.chosen)
    naive, variance = (
        np.array([theirs[place[name]] if name in place else ours[s] for s, name in enumerate(panel.ids)])
        for theirs, ours in zip(fitted, own, strict=True)
    )
    return naive, variance


def _joined(panel: Panel, found: list[Found], units: Units, chosen: PanelSettings, refits: int = 1) -> PanelBacktest:
    horizon = chosen.horizon or 1
    series, ends = np.concatenate([part[0] for part in found]), np.concatenate([part[1] for part in found])
    lower, upper = (
        {level: np.vstack([part[2][side][level] for part in found]) for level in found[0][2][side]} for side in (1, 2)
    )
    actual = around(panel, series, ends, np.arange(1, horizon + 1))
    naive = {"last value": np.repeat(filled_back(panel, series, ends, np.zeros(1, np.int64), 1), horizon, axis=1)}
    for period in map(int, chosen.periods or ()):
        steps = np.arange(horizon) % period + 1 - period
        name = "seasonal naive" if len(chosen.periods or ()) == 1 else f"seasonal naive {period}"
        naive[name] = filled_back(panel, series, ends, steps, period)
    shown = np.arange(1 - min(SHOWN * horizon, 400), 1)
    return PanelBacktest(
        panel.ids, series, ends, actual, np.vstack([part[2][0] for part in found]), naive, *units,
        around(panel, series, ends, shown), lower, upper, refits,
    )  # fmt: skip


def around(panel: Panel, series: Integers, ends: Integers, steps: Integers) -> Floats:
    """Values at `steps` (n,) relative to the last ones seen, (W, n); NaN where unknown or outside the series."""
    at = ends[:, None] + steps
    inside = (at >= 0) & (at < panel.lengths[series][:, None])
    rows = panel.starts[series][:, None] + np.where(inside, at, 0)
    return np.where(inside, panel.values[rows], np.nan)


def filled_back(panel: Panel, series: Integers, ends: Integers, steps: Integers, period: int) -> Floats:
    """The same, an unknown value being replaced by that of a period, or of up to 8 periods, earlier."""
    found = around(panel, series, ends, steps)
    for turn in range(1, 9):
        hole = np.isnan(found)
        if not hole.any():
            break
        found = np.where(hole, around(panel, series, ends, steps - turn * period), found)
    return found


def _guessed(forecaster: Fitting, panel: Panel) -> int:
    return complete(forecaster.settings, panel)[0].horizon or 1
