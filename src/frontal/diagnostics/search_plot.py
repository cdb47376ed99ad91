"""The picture of a search: errors in the order of the trials, and along what was searched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from frontal.diagnostics.figure import new_figure, whole_ticks

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DOT, BEST = "#0072b2", "#009e73"
LOGARITHMIC = 8.0  # ratio of largest to smallest from which an axis is logarithmic


def draw_search(rows: Sequence[Mapping[str, Any]], measure: str) -> Figure:
    """Draw the trials.

    Args:
        rows: one a trial, in any order: trial, error, and the values of what was searched.
        measure: what the error is.
    """
    rows = sorted(rows, key=lambda row: row["trial"])
    names = [name for name in dict.fromkeys(name for row in rows for name in row) if name not in ("trial", "error")]
    across = 4
    down = -(-len(names) // across)
    figure = new_figure(11, 2.8 + 2.4 * down)
    grid = figure.add_gridspec(1 + down, across)
    errors = np.array([row["error"] for row in rows])
    limits = _limits(errors)
    top = figure.add_subplot(grid[0, :])
    at = [row["trial"] for row in rows]
    top.plot(at, errors, "o", color=DOT, ms=4, alpha=0.7, label="trial")
    top.step(at, np.minimum.accumulate(errors), where="post", color=BEST, lw=1.6, label="best so far")
    top.set(xlabel="trial", ylabel=measure, ylim=limits)
    whole_ticks(top.xaxis)
    top.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, fontsize=9, frameon=False)
    best = int(np.argmin(errors))
    for place, name in enumerate(names):
        axes = figure.add_subplot(grid[1 + place // across, place % across])
        _along(axes, name, [row.get(name) for row in rows], errors, best)
        axes.set_ylim(limits)
    for axes in figure.axes:
        axes.spines[["top", "right"]].set_visible(False)
    return figure


def _along(axes: Axes, name: str, values: Sequence[Any], errors: np.ndarray[Any, Any], best: int) -> None:
    from matplotlib.ticker import NullFormatter  # noqa: PLC0415 - slow

    known = [index for index, value in enumerate(values) if value is not None]
    if all(isinstance(values[index], bool) for index in known):
        x = [float(values[index]) for index in known]
        axes.set_xticks([0, 1], ["no", "yes"])
        axes.set_xlim(-0.6, 1.6)
    else:
        x = [float(values[index]) for index in known]
        if x and min(x) > 0 and max(x) / min(x) >= LOGARITHMIC:
            axes.set_xscale("log")
            ends = np.geomspace(min(x), max(x), 3)
            axes.set_xticks(ends, [f"{end:.2g}" for end in ends])
            axes.xaxis.set_minor_formatter(NullFormatter())
    axes.plot(x, errors[known], "o", color=DOT, ms=3.5, alpha=0.6)
    if best in known:
        axes.plot([x[known.index(best)]], [errors[best]], "o", color=BEST, ms=7)
    axes.set_xlabel(name.replace("_", " "))


def _limits(errors: np.ndarray[Any, Any]) -> tuple[float, float]:
    """From a little below the best to what most trials reach: one that went wrong does not flatten the rest."""
    low, high = float(errors.min()), float(np.quantile(errors, 0.9))
    margin = 0.08 * (high - low) or 0.1 * abs(low) or 1.0
    return low - margin, high + margin
