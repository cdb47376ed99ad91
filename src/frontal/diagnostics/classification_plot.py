"""The picture of a classifier's answers: confusion matrix and reliability."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from frontal.diagnostics.figure import new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from frontal.diagnostics.classification import Classification

MARK, LINE = "#0072b2", "#8c8c8c"
WRITTEN, NAMED = 12, 40  # classes up to which cells carry their counts, and axes their names
LONGEST = 16  # letters of a name


def draw(said: Classification) -> Figure:
    """Draw both; many classes get a larger matrix without numbers."""
    K = len(said.classes)
    side = min(9.0, 3.6 + 0.32 * K)
    figure = new_figure(side + 4.2, side)
    left, right = figure.subplots(1, 2, width_ratios=(side, 3.6))
    _confusion(left, said)
    _reliability(right, said)
    return figure


def _confusion(axis: Any, said: Classification) -> None:
    K, counts = len(said.classes), said.confusion
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    axis.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="equal")
    axis.set_title("confusion matrix, shares of each row", loc="left", fontsize=11)
    axis.set_xlabel("answer")
    axis.set_ylabel("truth")
    if K <= NAMED:
        names = [name if len(name) <= LONGEST else name[: LONGEST - 1] + "…" for name in said.classes]
        names = [name.replace("$", r"\$") for name in names]
        turned = max(map(len, names)) > 3
        axis.set_xticks(range(K), names, rotation=60 if turned else 0, ha="right" if turned else "center", fontsize=9)
        axis.set_yticks(range(K), names, fontsize=9)
    if K <= WRITTEN:
        for row, column in np.ndindex(K, K):
            if counts[row, column]:
                colour = "white" if shares[row, column] > 0.55 else "black"
                axis.text(column, row, str(counts[row, column]), ha="center", va="center", color=colour, fontsize=9)


def _reliability(axis: Any, said: Classification) -> None:
    confidence, right, counts = said.reliability()
    least = 1 / len(said.classes)
    axis.plot([least, 1], [least, 1], color=LINE, lw=1, ls="--", label="as sure as right")
    sizes = 20 + 380 * counts / counts.max()
    axis.scatter(confidence, right, s=sizes, color=MARK, alpha=0.75, lw=0, label="area: how many")
    axis.set_title(f"calibration error {said.calibration_error:.3f}", loc="left", fontsize=11)
    axis.set_xlabel("probability of the answer")
    axis.set_ylabel("share that is right")
    axis.set_ylim(-0.03, 1.05)
    axis.spines[["top", "right"]].set_visible(False)
    legend = axis.legend(loc="lower right", fontsize=9, edgecolor="none")
    legend.legend_handles[1].set_sizes([40])
