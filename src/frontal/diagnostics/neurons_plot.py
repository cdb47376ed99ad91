"""The best unit for each predicate, as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from frontal.diagnostics.figure import new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from frontal.diagnostics.neuron_scores import Watcher


def draw(watchers: Sequence[Watcher]) -> Figure:
    """Draw areas as bars, controls as dots, the best predicate on top."""
    figure = new_figure(8, 1.2 + 0.26 * len(watchers))
    axes = figure.subplots()
    places = np.arange(len(watchers))
    axes.barh(places, [w.area - 0.5 for w in watchers], left=0.5, color="tab:blue", height=0.7, label="area")
    axes.plot(
        [w.control for w in watchers], places, "o", color="tab:orange", markersize=4, label="control: moved labels"
    )
    names = [f"{w.predicate}   {w.signal} {w.unit} {'+' if w.sign > 0 else '−'}" for w in watchers]
    axes.set_yticks(places, names, fontsize=8)
    axes.invert_yaxis()
    axes.set_xlim(0.4, 1)
    axes.axvline(0.5, color="grey", linewidth=0.8)
    axes.set_xlabel("area under the ROC curve, on the half that the unit was not chosen on")
    axes.grid(axis="x", alpha=0.3)
    axes.legend(loc="lower right", fontsize=8)
    axes.set_title("The unit that tells each thing best", loc="left")
    return figure
