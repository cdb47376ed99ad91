"""What kind of a symbol stands at a step: a letter, a digit, a bracket …"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

CLASSES = ("letter", "capital", "digit", "space", "line end", "bracket", "quote", "punctuation", "other")
BRACKETS = "()[]{}<>"
QUOTES = "\"'`«»‘’“”„"


def class_of(symbol: str) -> str:
    """Return which of `CLASSES` a symbol is: a symbol of several characters is what its first one beside a blank is."""
    shown = symbol.strip()
    if not shown:
        return "line end" if "\n" in symbol else "space" if symbol else "other"
    first = shown[0]
    if first.isalpha():
        return "capital" if first.isupper() else "letter"
    if first.isdigit():
        return "digit"
    for name, members in (("bracket", BRACKETS), ("quote", QUOTES)):
        if first in members:
            return name
    return "punctuation" if first.isprintable() else "other"


def classes_of(symbols: Sequence[str], ids: NDArray[np.integer]) -> NDArray[np.uint8]:
    """Return the number of each step's class within `CLASSES`, (N,), from the symbols and their ids, (N,)."""
    table = np.array([CLASSES.index(class_of(symbol)) for symbol in symbols], dtype=np.uint8)
    return table[ids]
