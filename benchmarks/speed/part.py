"""What a part of the benchmark hands back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import geometric_mean
from typing import Any


@dataclass
class Part:
    """Figures of one part.

    Attributes:
        rows: one a measurement; times in seconds.
        measured: figures that a goal speaks of, by the goal's key.
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    measured: dict[str, float] = field(default_factory=dict)


def mean_and_worst(ratios: Iterable[float]) -> tuple[float, float]:
    """Geometric mean and lowest of ratios of which more is better."""
    ratios = list(ratios)
    return geometric_mean(ratios), min(ratios)
