"""What the points of a trajectory can be coloured by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from frontal.diagnostics.capture_read import Capture
from frontal.diagnostics.symbol_class import CLASSES, classes_of

UNKNOWN = -1  # class of a step without one

Array = NDArray[Any]


@dataclass(frozen=True)
class Colour:
    """What points may be coloured by: `words` for it, and its numbers at all steps, or its classes with their names."""

    words: str
    of: Callable[[Capture], Array]
    names: Callable[[Capture], list[str]] | None = None


def colours(capture: Capture) -> dict[str, Colour]:
    """Return what the points of a capture can be coloured by, beside time and a unit."""
    tracks = capture.index.tracks
    found: dict[str, Colour] = {}
    if "symbol" in tracks:
        found["class"] = Colour("kind of symbol", _symbol_classes, lambda _: list(CLASSES))
    if "label" in tracks:
        found["label"] = Colour("right class", lambda c: c.track("label"), _class_names)
        found["answer"] = Colour("class answered", lambda c: _likeliest(c.track("answer")), _class_names)
    if "value" in tracks:
        found["value"] = Colour("value of the series", lambda c: c.track("value"))
    if "surprise" in tracks:
        found["surprise"] = Colour("surprise −log p, nats", _surprise)
    found["position"] = Colour("steps since its sequence began", _position)
    return found


def _symbol_classes(capture: Capture) -> Array:
    return classes_of(capture.index.facts["symbols"], capture.track("symbol"))


def _class_names(capture: Capture) -> list[str]:
    return list(capture.index.facts["classes"])


def _surprise(capture: Capture) -> Array:
    """Return it at the step that surprised: a text's stands at the step before."""
    values = capture.track("surprise")
    return np.concatenate([[np.nan], values[:-1]]) if "guess" in capture.index.tracks else values


def _likeliest(answers: Array) -> Array:
    return np.where(np.isnan(answers).any(1), UNKNOWN, answers.argmax(1))


def _position(capture: Capture) -> Array:
    steps = np.arange(len(capture))
    return (steps - np.maximum.accumulate(np.where(capture.track("fresh"), steps, 0))).astype(np.float32)
