"""The picture of what a dialogue takes on: how likely questions and answers are, and where the bars stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from frontal.diagnostics.figure import new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

KNOWN, STRANGE, LINE = "#0072b2", "#d55e00", "#8c8c8c"


def draw_bars(asked: NDArray[np.float64], strange: NDArray[np.float64], bars: tuple[float, float]) -> Figure:
    """Draw questions by their own log-probability and that of their answers.

    Args:
        asked: (N, 2), of questions that belong here.
        strange: (M, 2), of questions that do not.
        bars: below which a question, or an answer, is out of depth.
    """
    figure = new_figure(7.2, 4.2)
    axis = figure.subplots()
    axis.axvline(bars[0], color=LINE, lw=1, ls="--")
    axis.axhline(bars[1], color=LINE, lw=1, ls="--", label="bars: out of depth to the left, and below")
    for points, colour, name in ((asked, KNOWN, "questions to be answered"), (strange, STRANGE, "anything else")):
        axis.scatter(points[:, 0], points[:, 1], s=14, color=colour, alpha=0.6, lw=0, label=name)
    axis.set_xlabel("log-probability of the question, nats a character")
    axis.set_ylabel("… of the answer, nats a word")
    axis.spines[["top", "right"]].set_visible(False)
    axis.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3, fontsize=9, edgecolor="none")
    return figure
