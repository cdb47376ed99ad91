"""Pictures of a language model: what a text costs beside simpler predictions, and where it is surprised."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from frontal.diagnostics.figure import new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

OURS, OTHERS = "#0072b2", "#b9c0c6"
SURPRISED = ("#ffffff", "#fdd49e", "#ef6548")  # from expected to not
WIDTH, LINES = 88, 14  # of the coloured text
LEAST = 3.0  # nats that the full colour means at least


def draw_costs(names: Sequence[str], costs: Sequence[float], unit: str) -> Figure:
    """Draw costs as bars, the first one being the model's own; shorter is better."""
    figure = new_figure(10, 0.7 + 0.42 * len(names))
    axes = figure.subplots()
    places = range(len(names))
    bars = axes.barh(places, costs, color=[OURS, *[OTHERS] * (len(names) - 1)], height=0.68)
    axes.bar_label(bars, fmt="%.3f" if max(costs) < 20 else "%.1f", padding=4, fontsize=10)
    axes.set_yticks(places, names, fontsize=10)
    axes.invert_yaxis()
    axes.set_xlabel(f"{unit}; shorter is better")
    axes.margins(x=0.1)
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def draw_surprise(symbols: Sequence[str], nats: Sequence[float]) -> Figure:
    """Draw the beginning of a text, each symbol on the colour of its surprise, full for the greatest 2 %.

    Args:
        symbols: texts in order.
        nats: -ln p of each.
    """
    from matplotlib.colors import LinearSegmentedColormap  # noqa: PLC0415 - slow
    from matplotlib.patches import Rectangle  # noqa: PLC0415

    cells = _cells(symbols, nats)
    lines = max((line for line, *_ in cells), default=0) + 1
    full = max(LEAST, float(np.quantile([cost for *_, cost in cells] or [0.0], 0.98)))
    figure = new_figure(10, 0.25 + 0.235 * lines, layout=None)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(-1, WIDTH + 1), ylim=(lines + 0.3, -0.3))
    axes.set_axis_off()
    colours = LinearSegmentedColormap.from_list("surprised", SURPRISED)
    for line, column, text, cost in cells:
        colour = colours(min(cost / full, 1.0))
        axes.add_patch(Rectangle((column, line), len(text), 1, facecolor=colour, lw=0))
        for place, character in enumerate(text):
            if not character.isspace():
                letter = character.replace("$", r"\$")
                axes.text(column + place + 0.5, line + 0.52, letter, family="monospace", fontsize=10, ha="center",
                          va="center", color="#1d2125")  # fmt: skip
    return figure


def _cells(symbols: Sequence[str], nats: Sequence[float]) -> list[tuple[int, int, str, float]]:
    """Return line, column, text and surprise of each symbol, as far as they fit; a line end shows as ↵."""
    cells: list[tuple[int, int, str, float]] = []
    line, column = 0, 0
    for symbol, cost in zip(symbols, nats, strict=True):
        ends = symbol.endswith("\n")
        text = symbol.rstrip("\n") + ("↵" if ends else "")
        text = text.replace("\t", "→   ")[:WIDTH]
        if column + len(text) > WIDTH:
            line, column = line + 1, 0
        if line >= LINES:
            break
        cells.append((line, column, text, cost))
        column += len(text)
        if ends:
            line, column = line + ceil(symbol.count("\n")), 0
    return [cell for cell in cells if cell[0] < LINES]
