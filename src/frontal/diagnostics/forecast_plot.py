"""The picture of a forecast: series, fit of the training part, fit of the test part, what comes next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from frontal.diagnostics import accuracy as acc
from frontal.diagnostics.figure import new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from frontal.diagnostics.backtest import Backtest, Forecast

SERIES, TRAIN, TEST, AHEAD = "#4d4d4d", "#0072b2", "#d55e00", "#009e73"  # distinct to colour-blind eyes
NAIVE = "#8c8c8c"
DRAWABLE = np.array(["0001-01-01", "9999-12-31"], "datetime64[s]")  # what matplotlib can write as a date
SHOWN = 400  # longest stretch of the series that still shows single steps


def draw(backtest: Backtest, forecast: Forecast | None) -> Figure:
    """Draw a backtest, and the forecast if given; a long series also gets a close-up of its end."""
    long = len(backtest.values) > SHOWN
    figure = new_figure(10, 7.5 if long else 5)
    axes = figure.subplots(2 if long else 1, squeeze=False)[:, 0]
    for index, axis in enumerate(axes):
        first = len(backtest.values) - SHOWN // 2 if index else 0
        _panel(axis, backtest, forecast, first)
    axes[0].set_title(_title(backtest), loc="left", fontsize=11)
    axes[0].legend(loc="upper left", fontsize=9, framealpha=0.8, edgecolor="none")
    return figure


def draw_test(backtest: Backtest) -> Figure:
    """Draw the test part alone, at most its last steps: what came, what was said a step before, and the last value."""
    figure = new_figure(10, 4)
    axis = figure.subplots()
    shown = np.arange(max(backtest.start, len(backtest.values) - SHOWN), len(backtest.values))
    x = _positions(backtest, None)[0][shown]
    few = {"marker": "o", "ms": 3.5} if len(shown) <= SHOWN // 4 else {}
    axis.plot(x, backtest.values[shown - 1], color=NAIVE, lw=1.1, ls="--", label="last value, the naive forecast")
    axis.plot(x, backtest.values[shown], color=SERIES, lw=1.6, label=f"{backtest.target}, as it came", **few)
    axis.plot(x, backtest.fitted[shown], color=TEST, lw=1.4, label="frontal, one step before", **few)
    axis.set_ylabel(backtest.target)
    axis.spines[["top", "right"]].set_visible(False)
    axis.margins(x=0.01)
    axis.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3, fontsize=9, frameon=False)
    return figure


def _panel(axis: Any, backtest: Backtest, forecast: Forecast | None, first: int) -> None:
    x, ahead, dated = _positions(backtest, forecast)
    start, fitted = backtest.start, backtest.fitted
    shown = slice(first, None)
    axis.plot(x[shown], backtest.values[shown], color=SERIES, lw=1.4, label=backtest.target)
    for part, colour, name in ((slice(0, start), TRAIN, "train"), (slice(start, None), TEST, "test")):
        part = slice(max(part.start, first), part.stop)  # noqa: PLW2901
        known = ~np.isnan(fitted[part])
        if not known.any():
            continue
        error = acc.rmse(backtest.values[part][known], fitted[part][known])
        label = f"one step ahead, {name}" + ("" if first else f" (RMSE {error:.4g})")
        axis.plot(x[part], fitted[part], color=colour, lw=1.1, label=label)
    if first < start < len(x):
        axis.axvline(x[start], color=SERIES, lw=0.8, ls=":")
    if forecast is not None:
        _fan(axis, np.concatenate([x[-1:], ahead]), float(backtest.values[-1]), forecast)
    axis.set_ylabel(backtest.target)
    axis.spines[["top", "right"]].set_visible(False)
    axis.margins(x=0.01)
    if not dated:
        axis.set_xlabel("step")


def _positions(backtest: Backtest, forecast: Forecast | None) -> tuple[Any, Any, bool]:
    """Where the series and the forecast lie: times if both have them and they can be drawn, else step numbers."""
    T, horizon = len(backtest.values), 0 if forecast is None else len(forecast)
    times, ahead = backtest.times, None if forecast is None else forecast.times
    if times is None or (horizon and ahead is None):
        return np.arange(T), np.arange(T, T + horizon), False
    ahead = times[:0] if ahead is None else ahead
    margin = (times[-1] - times[0]) // 4
    everything = [times[0] - margin, np.concatenate([times[-1:], ahead])[-1] + margin]
    if everything[0] < DRAWABLE[0] or everything[1] > DRAWABLE[1]:
        return np.arange(T), np.arange(T, T + horizon), False
    return times, ahead, True


def _fan(axis: Any, at: Any, last: float, forecast: Forecast) -> None:
    """The forecast and its intervals, opening from the last value of the series at the first of `at`."""
    for level in sorted(forecast.lower, reverse=True):
        lower, upper = (np.concatenate([[last], bound[level]]) for bound in (forecast.lower, forecast.upper))
        shade = 0.35 if level == min(forecast.lower) else 0.18
        axis.fill_between(at, lower, upper, color=AHEAD, alpha=shade, lw=0, label=f"{level} % interval")
    axis.plot(at, np.concatenate([[last], forecast.mean]), color=AHEAD, lw=1.6, label="forecast")


def _title(backtest: Backtest) -> str:
    figures = backtest.metrics()
    return (
        f"{backtest.target}: test RMSE {figures['rmse_test']:.4g} one step ahead "
        f"(last value {figures['rmse_test_last_value']:.4g}, "
        f"seasonal naive {figures['rmse_test_seasonal_naive']:.4g})"
    )
