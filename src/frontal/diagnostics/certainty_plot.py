"""The picture of how sure a forecaster is, and whether it may be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from frontal.diagnostics.backtest import Backtest
from frontal.diagnostics.figure import new_figure
from frontal.diagnostics.forecast_plot import AHEAD, SERIES, TEST
from frontal.diagnostics.probabilistic import draw_pit

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLOURS = {80: AHEAD, 95: TEST}


def draw_certainty(backtest: Backtest) -> Figure:
    """Draw by step ahead the share that each interval held and its mean width; beside, the histogram of levels.

    The backtest must have rolling forecasts; the histogram needs distributions.
    """
    panels = 2 if backtest.certainty is None else 3
    figure = new_figure(10.5, 3.4)
    held, width, *rest = figure.subplots(1, panels)
    rows = backtest.by_step()
    steps = [row["step"] for row in rows]
    for level in backtest.lower:
        colour = COLOURS.get(level, SERIES)
        held.plot(steps, [row[f"coverage_{level}"] for row in rows], "o-", ms=3.5, color=colour, label=f"{level} %")
        held.axhline(level / 100, color=colour, lw=0.8, ls=":")
        width.plot(steps, [row[f"width_{level}"] for row in rows], "o-", ms=3.5, color=colour, label=f"{level} %")
    held.set_ylim(0, 1.03)
    _finish(held, "share held; dotted: promised")
    _finish(width, f"mean width, {backtest.target}")
    width.set_ylim(bottom=0)
    for axis in rest:
        if backtest.certainty is not None:
            draw_pit(axis, backtest.certainty.pit())
            axis.set_title("distributions; flat is right", loc="left", fontsize=10)
    return figure


def _finish(axis: Any, title: str) -> None:
    axis.set_title(title, loc="left", fontsize=10)
    axis.set_xlabel("steps ahead")
    axis.spines[["top", "right"]].set_visible(False)
    axis.xaxis.get_major_locator().set_params(integer=True)
    axis.legend(fontsize=9, framealpha=0.8, edgecolor="none")
