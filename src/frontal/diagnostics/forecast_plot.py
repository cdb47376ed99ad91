"""The picture of a forecast: series, fit of the training part, fit of the test part, what comes next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure

from frontal.diagnostics import accuracy as acc

if TYPE_CHECKING:
    from frontal.diagnostics.backtest import Backtest, Forecast

SERIES, TRAIN, TEST, AHEAD = "#4d4d4d", "#0072b2", "#d55e00", "#009e73"  # distinct to colour-blind eyes
SHOWN = 400  # longest stretch of the series that still shows single steps


def draw(backtest: Backtest, forecast: Forecast | None) -> Figure:
    """Draw a backtest, and the forecast if given; a long series also gets a close-up of its end."""
    long = len(backtest.values) > SHOWN
    figure = Figure(figsize=(10, 7.5 if long else 5), layout="constrained")
    axes = figure.subplots(2 if long else 1, squeeze=False)[:, 0]
    for index, axis in enumerate(axes):
        first = len(backtest.values) - SHOWN // 2 if index else 0
        _panel(axis, backtest, forecast, first)
    axes[0].set_title(_title(backtest), loc="left", fontsize=11)
    axes[0].legend(loc="upper left", fontsize=9, framealpha=0.8, edgecolor="none")
    return figure


def _panel(axis: Any, backtest: Backtest, forecast: Forecast | None, first: int) -> None:
    x = np.arange(len(backtest.values)) if backtest.times is None else backtest.times
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
        _fan(axis, x, float(backtest.values[-1]), forecast)
    axis.set_ylabel(backtest.target)
    axis.spines[["top", "right"]].set_visible(False)
    axis.margins(x=0.01)
    if backtest.times is None:
        axis.set_xlabel("step")


def _fan(axis: Any, x: Any, last: float, forecast: Forecast) -> None:
    """The forecast and its intervals, opening from the last value of the series."""
    ahead = forecast.times if forecast.times is not None else x[-1] + np.arange(1, len(forecast) + 1)
    at = np.concatenate([x[-1:], ahead])
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
