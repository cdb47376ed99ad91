"""What the command line chose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Shape = tuple[int, int, int, int]  # B, T, I, H

SHAPES: tuple[Shape, ...] = (
    (1, 1, 1, 4), (32, 60, 1, 50), (32, 60, 50, 50), (128, 28, 28, 30), (50, 50, 65, 128),
    (32, 100, 128, 256), (20, 35, 650, 650), (1, 1000, 64, 128), (64, 256, 40, 512),
)  # fmt: skip
TINY: tuple[Shape, ...] = ((1, 1, 1, 4), (3, 5, 2, 7))


@dataclass(frozen=True)
class Choices:
    """Read by every part.

    Attributes:
        seconds: of every contender in every row.
        backend: of frontal's layers.
        shapes: of the parts `layers` and `cells`.
        layers, cells: by name.
        tiny: try the benchmark itself, on shapes whose figures mean nothing.
    """

    seconds: float
    backend: Any
    shapes: tuple[Shape, ...]
    layers: tuple[str, ...]
    cells: tuple[str, ...]
    tiny: bool = False


def shown(shape: Shape) -> str:
    return ", ".join(map(str, shape))
