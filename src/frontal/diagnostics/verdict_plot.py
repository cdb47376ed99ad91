"""The picture of a diagnosis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from frontal.diagnostics.figure import new_figure, whole_ticks
from frontal.diagnostics.gradient_flow import FlowOfCell
from frontal.diagnostics.memory_reach import MemoryReach

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = {"healthy": "#0072b2", "vanishing": "#e69f00", "exploding": "#d55e00"}
LEAST = 1e-12  # below it lines are not followed


def draw(
    flows: Sequence[FlowOfCell],
    memories: Sequence[MemoryReach],
    exponents: Sequence[np.ndarray[Any, Any]],
    gates: Sequence[Mapping[str, Any]],
) -> Figure:
    """Draw gradients and memories back in time, exponents and gates.

    Args:
        flows: of every network and cell.
        memories: of every network.
        exponents: as `flows`, each (S,).
        gates: rows with layer, gate, high and low.
    """
    figure = new_figure(11, 7)
    (flow, memory), (spectrum, bars) = figure.subplots(2, 2)
    _gradients(flow, flows)
    for reach in memories:
        memory.plot(np.maximum(reach.influence, LEAST), color="#666666", lw=1.2)
    memory.axhline(memories[0].faint, color="#888888", lw=0.8, ls=":")
    memory.set(yscale="log", xlabel="steps before the last", ylabel="influence, largest = 1")
    memory.set_title("inputs that move the recurrent layer's last output", loc="left", fontsize=10)
    memory.invert_xaxis()
    for each, cell in zip(exponents, flows, strict=True):
        spectrum.plot(np.arange(1, len(each) + 1), each, "o-", ms=2.5, lw=0.8, color=COLOURS[cell.verdict])
    spectrum.axhline(0, color="#888888", lw=0.8, ls=":")
    spectrum.set(xlabel="rank", ylabel="Lyapunov exponent a step")
    spectrum.set_title("directions of the state: above 0 they grow", loc="left", fontsize=10)
    _bars(bars, gates)
    for axes in (flow, memory, spectrum):
        whole_ticks(axes.xaxis)
        axes.spines[["top", "right"]].set_visible(False)
    return figure


def _gradients(axes: Axes, flows: Sequence[FlowOfCell]) -> None:
    from matplotlib.lines import Line2D  # noqa: PLC0415 - slow

    for cell in flows:
        norms = cell.carried[np.isfinite(cell.carried)]
        shown = norms / max(norms.max(initial=0.0), LEAST**2)
        axes.plot(np.arange(1, len(shown) + 1), np.maximum(shown, LEAST), color=COLOURS[cell.verdict], lw=1.4)
    counts = {verdict: sum(cell.verdict == verdict for cell in flows) for verdict in COLOURS}
    handles = [
        Line2D([], [], color=COLOURS[verdict], label=f"{verdict}: {count}")
        for verdict, count in counts.items()
        if count
    ]
    axes.legend(handles=handles, fontsize=8, frameon=False)
    axes.set(yscale="log", xlabel="steps back", ylabel="‖∂L/∂state‖, largest = 1")
    axes.set_title("the gradient on its way back", loc="left", fontsize=10)
    axes.invert_xaxis()


def _bars(axes: Axes, gates: Sequence[Mapping[str, Any]]) -> None:
    names = [f"{row['layer']}: {row['gate']}" for row in gates]
    low, high = (np.array([row[end] for row in gates]) for end in ("low", "high"))
    places = np.arange(len(gates))
    axes.barh(places, low, color="#56b4e9", label="low")
    axes.barh(places, 1 - low - high, left=low, color="#e8e8e8", label="between")
    axes.barh(places, high, left=1 - high, color="#cc79a7", label="high")
    axes.set_yticks(places, names, fontsize=8)
    axes.invert_yaxis()
    axes.set(xlim=(0, 1), xlabel="share of units and steps")
    axes.set_title("gates at the ends of their range", loc="left", fontsize=10)
    axes.spines[["top", "right", "left"]].set_visible(False)
    if gates:
        axes.legend(fontsize=8, ncols=3, loc="lower left", bbox_to_anchor=(0, -0.32), frameon=False)
