"""Gates that are stuck, and how long the memory behind them lasts."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, log
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from torch import nn

from frontal.diagnostics.figure import new_figure
from frontal.diagnostics.frame import frame_of
from frontal.diagnostics.watch import WatchedCell, watch

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]
NEAR = 0.05  # of an end of its range
STUCK = 0.95  # share of steps
NONE = "no gate has two ends to be stuck at"


@dataclass(frozen=True)
class GateSaturation:
    """One gate of one cell.

    Attributes:
        layer, gate: names.
        high, low: share of steps and sequences at the upper and at the lower end of the range, by unit, (H,).
        half_life: steps in which a unit's memory halves behind this gate, (H,), where the gate is "f"
            or "z" and keeps the old state when it is open, or closed; None for other gates.
    """

    layer: str
    gate: str
    high: Floats
    low: Floats
    half_life: Floats | None = None

    @property
    def stuck(self) -> list[int]:
        """Units that are nearly always at the same end."""
        return np.nonzero(np.maximum(self.high, self.low) > STUCK)[0].tolist()

    def __str__(self) -> str:
        text = f"{self.layer}, {self.gate}: {self.high.mean():.0%} high, {self.low.mean():.0%} low"
        if self.stuck:
            text += f", {len(self.stuck)} of {len(self.high)} units stuck"
        return text if self.half_life is None else f"{text}, memory halves in {np.median(self.half_life):.3g} steps"


@dataclass(frozen=True)
class Saturation:
    """All gates with a lower and an upper end."""

    gates: tuple[GateSaturation, ...]

    def to_frame(self) -> Any:
        """Return a table: layer, gate, unit, high, low, half-life."""
        rows = [(g, unit) for g in self.gates for unit in range(len(g.high))]
        return frame_of({
            "layer": [g.layer for g, _ in rows], "gate": [g.gate for g, _ in rows], "unit": [u for _, u in rows],
            "high": [float(g.high[u]) for g, u in rows], "low": [float(g.low[u]) for g, u in rows],
            "half_life": [None if g.half_life is None else float(g.half_life[u]) for g, u in rows],
        })  # fmt: skip

    def plot(self) -> Figure:
        """Draw for each gate a point a unit: how often it is high against how often it is low."""
        layers = {gate.layer: [g for g in self.gates if g.layer == gate.layer] for gate in self.gates}
        columns = max((len(gates) for gates in layers.values()), default=1)
        figure = new_figure(2.6 * columns + 0.5, 3.0 * max(len(layers), 1))
        grid = figure.subplots(max(len(layers), 1), columns, squeeze=False)
        for axes in grid.flatten():
            axes.axis("off")
        for row, gates in zip(grid, layers.values(), strict=False):
            for axes, gate in zip(row, gates, strict=False):
                _draw(axes, gate)
        if not self.gates:
            grid[0, 0].text(0.5, 0.5, NONE, ha="center", wrap=True)
        return figure

    def __str__(self) -> str:
        return "\n".join(map(str, self.gates)) or NONE


def _draw(axes: Axes, gate: GateSaturation) -> None:
    axes.axis("on")
    axes.plot([0, 1], [1, 0], color="#bbbbbb", lw=0.8)
    axes.plot(gate.low, gate.high, "o", ms=3.5, alpha=0.6)
    axes.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03), xlabel="share of steps low", ylabel="share of steps high")
    axes.set_title(f"{gate.layer}: {gate.gate}", fontsize=8)
    axes.spines[["top", "right"]].set_visible(False)


def saturation(model: nn.Module, *inputs: Any, **named: Any) -> Saturation:
    """Run a model once and count how often its gates are at the ends of their range.

    A sigmoid counts as high above 0.95 and as low below 0.05; a tanh within 0.05 of 1 and -1.

    Args:
        model: with layers of frontal; in evaluation mode, and left as it was.
        inputs, named: what it is called with.
    """
    found: list[GateSaturation] = []
    for cell in watch(model, *inputs, **named).cells:
        for name in cell.gates:
            low, high = cell.bounds[name]
            if -inf < low < high < inf:
                found.append(_saturation(cell, name, low, high))
    return Saturation(tuple(found))


def _saturation(cell: WatchedCell, name: str, low: float, high: float) -> GateSaturation:
    values = cell.gates[name][cell.valid].double()  # (N, H)
    half_life = None
    if name in cell.keeping:
        kept = values if cell.keeping[name] > 0 else 1 - values
        lost = -kept.mean(0).log().numpy()  # of the logarithm of what is remembered, a step
        half_life = np.divide(log(2), lost, out=np.full_like(lost, inf), where=lost > 0)
    return GateSaturation(
        cell.name,
        name,
        (values > high - NEAR).double().mean(0).numpy(),
        (values < low + NEAR).double().mean(0).numpy(),
        half_life,
    )
