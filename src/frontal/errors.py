"""The one family of errors: what was given, what was expected, where, and what to type instead."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class FrontalError(ValueError):
    """The input cannot be used as it is; the message says what to do about it."""


def did_you_mean(given: str, known: Iterable[str]) -> str:
    """Return `did you mean 'x'?` for the nearest known name, else the list of known names."""
    names = [str(name) for name in known]
    folded = {name.casefold(): name for name in names}
    nearest = get_close_matches(given.casefold(), folded, n=1, cutoff=0.6)
    if nearest:
        return f"did you mean {folded[nearest[0]]!r}?"
    return "choose from: " + ", ".join(repr(name) for name in names)
