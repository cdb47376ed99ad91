"""The picture of a cell: what enters on the left, gates and operations, what leaves on the right."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from frontal.diagnostics.equations import equations
from frontal.diagnostics.figure import new_figure
from frontal.diagnostics.wiring import Node, Wiring

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = {"input": "#dbe9f6", "layer": "#fde6b0", "function": "#f6d5d5", "operation": "#f3c6c6", "output": "#d5ecd4"}
INK, WIRE = "#222222", "#5b6570"
SWEEPS = 12  # over the columns, to bring wires close to straight
WIDE, HIGH = 1.7, 1.0  # between columns and rows

Place = tuple[float, float]


def draw(wiring: Wiring, title: str = "") -> Figure:
    """Draw a cell's network, with its equations below."""
    layout = lay_out(wiring)
    places = layout.places
    text = equations(wiring)
    columns = max(x for x, _ in places.values()) / WIDE + 1
    heights = [y for points in layout.wires.values() for _, y in points]
    rows = (max(heights) - min(heights)) / HIGH + 1
    below = 0.3 + 0.24 * len(text)
    width, height = max(7.0, 1.35 * columns), 0.8 * rows + 0.5
    figure = new_figure(width, height + below, layout=None)
    axes = figure.add_axes((0.01, below / (height + below), 0.98, height / (height + below)))
    for (start, end), points in layout.wires.items():
        _wire(axes, points, wiring.nodes[start], wiring.nodes[end])
    for k, node in enumerate(wiring.nodes):
        _box(axes, places[k], node)
    axes.set_title(title or wiring.cell, loc="left", fontsize=12, color=INK)
    axes.set_aspect("equal")
    axes.margins(0.04)
    axes.axis("off")
    figure.text(0.02, (below - 0.2) / (height + below), "\n".join(text), va="top", family="monospace", fontsize=9.5,
                color=INK)  # fmt: skip
    return figure


@dataclass(frozen=True)
class Layout:
    """Where nodes lie, and the points, from left to right, through which each wire (from, to) goes."""

    places: dict[int, Place]
    wires: dict[tuple[int, int], list[Place]]


def lay_out(wiring: Wiring) -> Layout:
    """Put nodes into the column of their longest way from an input, and into rows near those they are wired to.

    A wire over several columns takes a place of its own in each, so that it passes between boxes.
    """
    nodes = wiring.nodes
    column: dict[int, int] = {}
    for k, node in enumerate(nodes):
        column[k] = 1 + max((column[read] for read in node.reads), default=-1)
    last = max(column.values())
    column |= dict.fromkeys(wiring.of_kind("output"), last)
    chains: dict[tuple[int, int], list[int]] = {}
    for k, node in enumerate(nodes):
        for read in dict.fromkeys(node.reads):
            between = range(column[read] + 1, column[k])
            chains[read, k] = [read, *range(len(column), len(column) + len(between)), k]
            column |= dict(zip(chains[read, k][1:-1], between, strict=True))
    row = _rows(column, [pair for chain in chains.values() for pair in pairwise(chain)])
    at = {k: (WIDE * column[k], -HIGH * row[k]) for k in column}
    wires = {ends: [at[k] for k in chain] for ends, chain in chains.items()}
    return Layout({k: at[k] for k in range(len(nodes))}, wires)


def _rows(column: dict[int, int], pairs: list[tuple[int, int]]) -> dict[int, float]:
    """Return the row of each place, by sweeps that pull it to the mean of its neighbours on one side."""
    columns = [[k for k in column if column[k] == n] for n in range(max(column.values()) + 1)]
    row = {k: float(n) for members in columns for n, k in enumerate(members)}
    left: dict[int, list[int]] = {k: [] for k in column}
    right: dict[int, list[int]] = {k: [] for k in column}
    for a, b in pairs:
        left[b].append(a)
        right[a].append(b)
    for sweep in range(SWEEPS):
        near = right if sweep % 2 else left
        for members in reversed(columns) if sweep % 2 else columns:
            wanted = {k: _mean([row[n] for n in near[k]], row[k]) for k in members}
            _spread(sorted(members, key=lambda k, wanted=wanted: (wanted[k], k)), wanted, row)
    return row


def _mean(values: list[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def _spread(members: list[int], wanted: dict[int, float], row: dict[int, float]) -> None:
    """Put the nodes of a column at least one row apart, about where they want to be."""
    at: list[float] = []
    for k in members:
        at.append(max(wanted[k], at[-1] + 1) if at else wanted[k])
    shift = sum(wanted[k] - a for k, a in zip(members, at, strict=True)) / max(1, len(members))
    for k, a in zip(members, at, strict=True):
        row[k] = a + shift


def _box(axes: Axes, place: Place, node: Node) -> None:
    from matplotlib.patches import Circle, FancyBboxPatch  # noqa: PLC0415 - slow

    x, y = place
    colour = COLOURS[node.kind]
    if node.kind == "operation":
        axes.add_patch(Circle(place, 0.27, facecolor=colour, edgecolor=INK, lw=0.9, zorder=3))
    else:
        shape = "round,pad=0.02,rounding_size=0.22" if node.kind in ("input", "output") else "round,pad=0.02"
        axes.add_patch(
            FancyBboxPatch((x - 0.42, y - 0.26), 0.84, 0.52, boxstyle=shape, facecolor=colour, edgecolor=INK, lw=0.9,
                           zorder=3)
        )  # fmt: skip
    label = node.name if node.kind in ("input", "output") else f"{node.label} {node.constant}".strip()
    small = 11 if len(label) < 5 else 8
    axes.text(x, y, label, ha="center", va="center", fontsize=small, color=INK, zorder=4)
    if node.kind == "layer" and node.name:
        axes.text(x, y + 0.36, node.name, ha="center", va="bottom", fontsize=9, style="italic", color=INK, zorder=4)


def _wire(axes: Axes, points: list[Place], source: Node, target: Node) -> None:
    """Draw a wire that leaves and enters horizontally."""
    from matplotlib.patches import FancyArrowPatch  # noqa: PLC0415 - slow
    from matplotlib.path import Path  # noqa: PLC0415

    (x, y), *between, (end_x, end_y) = points
    x += 0.29 if source.kind == "operation" else 0.46
    end_x -= 0.29 if target.kind == "operation" else 0.46
    vertices, codes = [(x, y)], [Path.MOVETO]
    for a, b in [*between, (end_x, end_y)]:
        px, py = vertices[-1]
        vertices += [((px + a) / 2, py), ((px + a) / 2, b), (a, b)]
        codes += [Path.CURVE4] * 3
    axes.add_patch(
        FancyArrowPatch(path=Path(vertices, codes), arrowstyle="-|>", mutation_scale=9, lw=0.9, color=WIRE, zorder=1)
    )
