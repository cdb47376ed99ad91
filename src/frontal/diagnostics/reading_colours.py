"""The colours of a text that a unit reads: the same in a terminal and on a page, and told apart by the colour-blind."""

from __future__ import annotations

from frontal.diagnostics.reading import NONE, RIGHT, WRONG

LOW, HIGH, SURE = (94, 60, 153), (230, 97, 1), (224, 49, 49)  # purple, orange, red
VERDICTS = {RIGHT: (47, 158, 68), WRONG: (25, 113, 194), NONE: (173, 181, 189)}  # green, blue, grey


def of_value(value: float) -> tuple[int, int, int]:
    """Return white for 0, orange for 1, purple for -1."""
    return _from_white(HIGH if value > 0 else LOW, abs(value))


def of_chance(chance: float) -> tuple[int, int, int]:
    """Return white for what is impossible, red for what is certain."""
    return _from_white(SURE, chance)


def hexadecimal(colour: tuple[int, int, int]) -> str:
    """Return a colour as pages and terminals name it."""
    return f"#{colour[0]:02x}{colour[1]:02x}{colour[2]:02x}"


def ink(colour: tuple[int, int, int]) -> str:
    """Return black or white, whichever is easier to read on a colour (relative luminance, WCAG 2)."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (part / 255 for part in colour)]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#000000" if (luminance + 0.05) ** 2 > 0.05 * 1.05 else "#ffffff"


def _from_white(colour: tuple[int, int, int], share: float) -> tuple[int, int, int]:
    red, green, blue = (round(255 + (part - 255) * min(max(share, 0.0), 1.0)) for part in colour)
    return red, green, blue
