"""A few steps of captured data around a moment, as one wants to see them: characters, or a curve."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from frontal.diagnostics.capture_read import Capture

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Snippet:
    """Steps `first` .. `stop` of one sequence, around `step`.

    Attributes:
        step: the moment.
        first, stop: of the snippet.
        place: where it stands, in words: a time, a recording and its class; "" where the step says it all.
        symbols: of a text, in their order; () of other data.
        data: of a series its values, of other sequences the mean of what was read, (n,); () of a text.
    """

    step: int
    first: int
    stop: int
    place: str
    symbols: tuple[str, ...]
    data: Floats


def snippet(capture: Capture, step: int, before: int, after: int) -> Snippet:
    """Cut out up to `before` steps before a moment and `after` behind it, within its sequence."""
    low, high = max(step - before, 0), min(step + after + 1, len(capture))
    begins = np.flatnonzero(capture.track("fresh", slice(low, high))) + low
    first = max(low, int(begins[begins <= step].max(initial=low)))
    stop = min(high, int(begins[begins > step].min(initial=high)))
    steps, tracks = slice(first, stop), capture.index.tracks
    symbols: tuple[str, ...] = ()
    data = np.empty(0, dtype=np.float32)
    if "symbol" in tracks:
        names = capture.index.facts["symbols"]
        symbols = tuple(names[i] for i in capture.track("symbol", steps).tolist())
    else:
        data = level(capture, steps)
    return Snippet(step, first, stop, place(capture, step), symbols, data)


def level(capture: Capture, steps: slice = slice(None)) -> Floats:
    """Return one number a step of data that is no text: the series, or the mean of what was read, (n,)."""
    name = "value" if "value" in capture.index.tracks else "input"
    read = capture.track(name, steps)
    return read.reshape(len(read), -1).mean(1).astype(np.float32)


def place(capture: Capture, step: int) -> str:
    """Return where a step stands, in words."""
    facts, tracks = capture.index.facts, capture.index.tracks
    at = slice(step, step + 1)
    if "place" in tracks and facts.get("times"):
        return str(facts["times"][int(capture.track("place", at)[0])])
    if "sequence" not in tracks:
        return ""
    number = int(capture.track("sequence", at)[0])
    label = int(capture.track("label", at)[0]) if "label" in tracks else -1
    names = facts.get("names") or []
    name = names[number] if number < len(names) else f"sequence {number}"
    return f"{name} · {facts['classes'][label]}" if label >= 0 else str(name)
