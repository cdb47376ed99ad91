"""The picture of a panel's backtest: a well, a typically and a badly forecast series."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from frontal.diagnostics.figure import new_figure
from frontal.diagnostics.forecast_plot import AHEAD, SERIES, TEST

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from frontal.diagnostics.panel_backtest import PanelBacktest

NAIVE = "#cc79a7"
SHARES = (0.1, 0.5, 0.9)  # of the series that are forecast better than the one shown


def draw(backtest: PanelBacktest) -> Figure:
    """Draw the last forecast of up to three series, of all ranks."""
    rows = backtest.by_series()[::-1]
    picks = sorted({round(share * (len(rows) - 1)) for share in SHARES}) if rows else []
    shown = [_titled(rows, pick) for pick in picks] or [(backtest.ids[int(backtest.series[0])], "")]
    figure = new_figure(10, 1 + 2.6 * len(shown))
    axes = figure.subplots(len(shown), squeeze=False)[:, 0]
    for axis, (name, rank) in zip(axes, shown, strict=True):
        window = int(np.flatnonzero(backtest.series == backtest.ids.index(name))[-1])
        _panel(axis, backtest, window)
        axis.set_title(f"{name}{rank}", loc="left", fontsize=10)
    axes[0].legend(loc="upper left", fontsize=8, framealpha=0.8, edgecolor="none", ncols=3)
    return figure


def _titled(rows: list[dict[str, Any]], pick: int) -> tuple[str, str]:
    """The name of a series, and what to say of it."""
    row = rows[pick]
    rank = f", rank {pick + 1} of {len(rows)}" if len(rows) > 1 else ""
    return row["series"], f": MASE {row['mase']:.3g} (best naive {row['best naive']:.3g}){rank}"


def _panel(axis: Any, backtest: PanelBacktest, window: int) -> None:
    past, actual = backtest.past[window], backtest.actual[window]
    back, ahead = np.arange(1 - len(past), 1), np.arange(1, backtest.horizon + 1)
    join = np.concatenate([[0], ahead])
    axis.plot(back, past, color=SERIES, lw=1.2)
    axis.plot(join, np.concatenate([past[-1:], actual]), color=SERIES, lw=1.2, label="series")
    for level in sorted(backtest.lower, reverse=True):
        shade = 0.35 if level == min(backtest.lower) else 0.18
        axis.fill_between(
            ahead, backtest.lower[level][window], backtest.upper[level][window], color=AHEAD, alpha=shade, lw=0,
            label=f"{level} % interval",
        )  # fmt: skip
    name, naive = list(backtest.naive.items())[-1]
    axis.plot(ahead, naive[window], color=NAIVE, lw=1.0, ls="--", label=name)
    axis.plot(ahead, backtest.paths[window], color=TEST, lw=1.5, label="forecast")
    axis.axvline(0.5, color=SERIES, lw=0.8, ls=":")
    axis.spines[["top", "right"]].set_visible(False)
    axis.margins(x=0.01)
    axis.set_xlabel("steps ahead", fontsize=8)
