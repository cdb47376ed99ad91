"""A figure, from matplotlib, which is slow to import: only who draws waits for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure


def new_figure(width: float, height: float, layout: Literal["constrained"] | None = "constrained") -> Figure:
    """Return an empty figure of so many inches, which belongs to no window."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - slow

    return Figure(figsize=(width, height), layout=layout)


def whole_ticks(*axes: Axis) -> None:
    """Let ticks stand at whole numbers alone: steps, units, epochs."""
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415 - slow

    for axis in axes:
        axis.set_major_locator(MaxNLocator(integer=True))
