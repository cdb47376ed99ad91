"""Heat maps of gates and states."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

import numpy as np

from frontal.diagnostics.figure import new_figure, whole_ticks
from frontal.errors import FrontalError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from frontal.diagnostics.watch import Watch


def draw(seen: Watch, sequence: int) -> Figure:
    """Draw a row of maps for each cell: its gates, then its states; each map has steps across and units down."""
    B = seen.cells[0].valid.shape[1]
    if not 0 <= sequence < B:
        raise FrontalError(f"sequence must be within 0 .. {B - 1}, got {sequence}")
    columns = max(len(cell.values) for cell in seen.cells)
    figure = new_figure(2.9 * columns + 0.4, 2.7 * len(seen.cells) + 0.3)
    grid = figure.subplots(len(seen.cells), columns, squeeze=False)
    for axes, cell in zip(grid, seen.cells, strict=True):
        steps = int(cell.valid[:, sequence].sum())
        for axis, (name, values) in zip(axes, cell.values.items(), strict=False):
            numbers = values[:steps, sequence].T.numpy()
            low, high = cell.bounds.get(name, (-np.inf, np.inf)) if name not in cell.states else (-np.inf, np.inf)
            largest = max(float(np.abs(numbers).max()), 1e-12)
            opens = low == 0
            image = axis.imshow(
                numbers, aspect="auto", interpolation="nearest", cmap="viridis" if opens else "RdBu_r",
                vmin=0.0 if opens else -largest, vmax=high if opens and isfinite(high) else largest,
            )  # fmt: skip
            kind = cell.functions.get(name, "state") if name not in cell.states else "state"
            axis.set_title(f"{name}  ({kind})", fontsize=9)
            axis.set_xlabel("step", fontsize=8)
            axis.tick_params(labelsize=7)
            whole_ticks(axis.xaxis, axis.yaxis)
            figure.colorbar(image, ax=axis).ax.tick_params(labelsize=7)
        axes[0].set_ylabel(f"{cell.name}\nunit", fontsize=9)
        for axis in axes[len(cell.values) :]:
            axis.axis("off")
    return figure
