"""The picture of a training: loss by epoch, a line a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from frontal.diagnostics.figure import new_figure, whole_ticks

if TYPE_CHECKING:
    from matplotlib.figure import Figure


TRAINING, VALIDATION = "#0072b2", "#d55e00"


def draw_losses(log: Sequence[Mapping[str, Any]]) -> Figure:
    """Draw loss and validation loss of every member.

    Args:
        log: one row a member and epoch, in order: member, epoch, train_loss and validation_loss, which may be None.
    """
    from matplotlib.ticker import ScalarFormatter  # noqa: PLC0415 - slow

    figure = new_figure(10, 3.6)
    axes = figure.subplots()
    first = True
    for _, lines in groupby(log, key=lambda line: line.get("member", 1)):
        rows = list(lines)
        epochs = [row["epoch"] for row in rows]
        axes.plot(
            epochs, [row["train_loss"] for row in rows], color=TRAINING, lw=1.1, label="training" if first else None
        )
        if all(row["validation_loss"] is not None for row in rows):
            held = [row["validation_loss"] for row in rows]
            axes.plot(epochs, held, color=VALIDATION, lw=1.1, label="held out" if first else None)
        first = False
    axes.set(xlabel="epoch", ylabel="loss")
    if all(row["train_loss"] > 0 for row in log):
        axes.set_yscale("log")
        low, high = axes.get_ylim()
        if high < 10 * low:  # between two powers of ten only minor ticks are labelled
            axes.yaxis.set_minor_formatter(ScalarFormatter())
    whole_ticks(axes.xaxis)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(fontsize=9, frameon=False)
    return figure
