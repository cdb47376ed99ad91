"""Numbers as bytes, and the colours that stand for the bytes: one for the terminal, the page and its tests."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from frontal.diagnostics.reading_colours import HIGH, LOW, SURE, VERDICTS, hexadecimal, of_chance, of_value

ZERO = 127  # the byte of 0
NONE = 255  # the byte of no value
COLOURS = 255  # bytes 0 .. 254

NIGHT = (23, 27, 31)  # what stands for nothing on a dark page
NIGHT_LOW, NIGHT_HIGH, NIGHT_SURE = (176, 150, 234), (255, 146, 43), (255, 107, 107)
MAGNITUDE, NIGHT_MAGNITUDE = (8, 81, 126), (116, 200, 236)

Colour = tuple[int, int, int]
Bytes = NDArray[np.uint8]


def quantise(values: NDArray[np.floating[Any]], limit: float) -> Bytes:
    """Return -limit .. limit as 0 .. 254, in equal steps with 0 at 127; beyond it as its end; NaN as 255.

    Args:
        values: of any shape.
        limit: above 0; at 0 or below every number is 127.
    """
    share = values / limit if limit > 0 else np.where(np.isnan(values), np.nan, 0.0)
    steps = np.rint(np.clip(share, -1, 1) * ZERO) + ZERO
    return np.where(np.isnan(steps), NONE, steps).astype(np.uint8)


def palette() -> dict[str, Bytes]:
    """Return the colours of the bytes 0 .. 254, (255, 3), by name and theme."""
    signed = [(byte - ZERO) / ZERO for byte in range(COLOURS)]
    share = [byte / (COLOURS - 1) for byte in range(COLOURS)]
    return {
        "diverging_light": _table([of_value(value) for value in signed]),
        "diverging_dark": _table([_between(NIGHT, NIGHT_HIGH if v > 0 else NIGHT_LOW, abs(v)) for v in signed]),
        "sure_light": _table([of_chance(value) for value in share]),
        "sure_dark": _table([_between(NIGHT, NIGHT_SURE, value) for value in share]),
        "magnitude_light": _table([_between((255, 255, 255), MAGNITUDE, value) for value in share]),
        "magnitude_dark": _table([_between(NIGHT, NIGHT_MAGNITUDE, value) for value in share]),
    }


def named() -> dict[str, Any]:
    """Return the colours that stand for words: verdicts, and the ends of the scales."""
    ends = {"low": hexadecimal(LOW), "high": hexadecimal(HIGH), "sure": hexadecimal(SURE)}
    return {"verdicts": {name: hexadecimal(colour) for name, colour in VERDICTS.items()}, "ends": ends}


def _between(start: Colour, end: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(start, end, strict=True))
    return red, green, blue


def _table(colours: list[Colour]) -> Bytes:
    return np.array(colours, dtype=np.uint8)
