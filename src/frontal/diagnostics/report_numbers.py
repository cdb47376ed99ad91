"""Numbers of a column as a person wants to read them."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor, isfinite, log10


def shown(values: Sequence[object]) -> list[str]:
    """Return a column as text: None is empty; floats have the same decimals, four figures for the largest."""
    floats = [abs(value) for value in values if isinstance(value, float) and isfinite(value)]
    largest = max(floats, default=0.0)
    style = f".{max(1, 3 - floor(log10(largest)))}f" if 1e-4 <= largest < 1e15 else ".4g"
    return [_cell(value, style) for value in values]


def _cell(value: object, style: str) -> str:
    if value is None:
        return ""
    return format(value, style) if isinstance(value, float) else str(value)
