"""Fixed points as a picture: where they lie, and how the states turn, grow and fade near each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from frontal.diagnostics.figure import new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from frontal.diagnostics.fixed_points import FixedPoints

COLOURS = {"stable": "#1f6f8b", "marginal": "#6b7280", "saddle": "#e66101", "unstable": "#b3261e"}
MARKS = {True: "o", False: "x"}  # fixed, slow
SHOWN = 6  # points whose eigenvalues are drawn


def draw(found: FixedPoints) -> Figure:
    """Draw starts and points along the two widest directions of the starts, and eigenvalues in the unit circle."""
    figure = new_figure(9.6, 4.4)
    plane, disc = figure.subplots(1, 2)
    mean = found.starts.mean(0)
    _, _, axes = np.linalg.svd(found.starts - mean, full_matrices=False)
    axes = np.pad(axes, ((0, max(0, 2 - len(axes))), (0, 0)))[:2]
    starts = (found.starts - mean) @ axes.T
    plane.plot(starts[:, 0], starts[:, 1], ".", color="#c9ccd1", label="visited states")
    angles = np.linspace(0, 2 * np.pi, 200)
    disc.plot(np.cos(angles), np.sin(angles), color="#888888", lw=0.8)
    named: set[str] = set()
    for number, point in enumerate(found.points):
        where, name = axes @ (point.state - mean), point.kind if point.fixed else f"slow, {point.kind}"
        style = {"color": COLOURS[point.kind], "ls": "none", "marker": MARKS[point.fixed]}
        plane.plot(where[0], where[1], ms=9, label=None if name in named else name, **style)
        plane.annotate(str(number), (where[0], where[1]), xytext=(6, 6), textcoords="offset points", fontsize=8)
        named.add(name)
        if number < SHOWN:
            disc.plot(point.eigenvalues.real, point.eigenvalues.imag, ms=3.5, alpha=0.8, **style)
    plane.set(xlabel="widest direction of the visited states", ylabel="second widest")
    plane.set_title(f"{found.name}: where the cell stands still", loc="left", fontsize=10)
    plane.legend(fontsize=8, frameon=False)
    disc.set(xlabel="real part", ylabel="imaginary part", aspect="equal")
    disc.set_title("eigenvalues: outside the circle grows, inside fades", loc="left", fontsize=10)
    for ax in (plane, disc):
        ax.spines[["top", "right"]].set_visible(False)
    return figure
