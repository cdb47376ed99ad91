"""What a unit of a network may watch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from frontal.errors import FrontalError

Data = TypeVar("Data")
Truth = NDArray[np.bool_]


@dataclass(frozen=True)
class Predicate(Generic[Data]):
    """Something that holds at some steps of data and not at others.

    Attributes:
        name: in a few words, "inside quotes".
        holds: from the data to where it holds, bool (N,).
    """

    name: str
    holds: Callable[[Data], Truth]


def truths(predicates: tuple[Predicate[Data], ...], data: Data, steps: int) -> dict[str, Truth]:
    """Return where each predicate holds, by name; a predicate of another length raises `FrontalError`."""
    found: dict[str, Truth] = {}
    for predicate in predicates:
        held = np.asarray(predicate.holds(data), dtype=bool)
        if held.shape != (steps,):
            raise FrontalError(f"{predicate.name!r} must say yes or no at {steps} steps, got {held.shape}")
        found[predicate.name] = held
    return found


def of_symbols(held: NDArray[Any], lengths: NDArray[np.integer[Any]]) -> Truth:
    """Return what holds at the last character of each symbol, from what holds at each character.

    Args:
        held: (characters,).
        lengths: characters of each symbol, (N,); one of none takes the character before it.
    """
    last = np.cumsum(lengths) - 1
    return np.where(last >= 0, held[np.maximum(last, 0)], False)
