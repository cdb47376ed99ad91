"""What stands beside a step: the symbol, the value or the frame that was read there."""

from __future__ import annotations

from typing import Any

import numpy as np

from frontal.diagnostics.capture_read import Capture
from frontal.scope import tiles

BLANKS = {" ": "a space", "\n": "a line break", "\t": "a tab", "": "nothing"}
SHOWN = 20  # characters of a symbol


def read_words(capture: Capture, step: int) -> str:
    """Return what was read at a step, in words."""
    index, here = capture.index, slice(step, step + 1)
    if "symbol" in index.tracks:
        symbol = str(index.facts["symbols"][int(capture.track("symbol", here)[0])])
        return BLANKS.get(symbol, f"“{symbol[:SHOWN]}”")
    if "value" in index.tracks:
        times = index.facts["times"]
        value = f"{float(capture.track('value', here)[0]):.4g}"
        return value if times is None else f"{value}, of {times[int(capture.track('place', here)[0])]}"
    starts = np.asarray(index.facts["starts"])
    sequence = int(np.searchsorted(starts, step, side="right")) - 1
    names = index.facts.get("names")
    where = f"sequence {sequence}" if names is None else str(names[sequence])
    return f"frame {step - int(starts[sequence])} of {where}"


def input_names(capture: Capture, size: int) -> list[str]:
    """Return a name for each number that the first layer reads."""
    facts = capture.index.facts
    channels = facts.get("channels")
    if channels is not None and len(channels) == size:
        return [str(channel) for channel in channels]
    if "symbol" in capture.index.tracks and len(facts["symbols"]) == size:
        return [f"“{symbol}”" for symbol in facts["symbols"]]
    return [f"x {k}" for k in range(size)]


def beside(capture: Capture, steps: slice) -> dict[str, Any]:
    """Return what was read at some steps, to be drawn above them.

    `above` says what it is: "symbols", a list of texts; a "curve", (n,), with its name; or "frames",
    as bytes, (C, n), with the number that 254 stands for.
    """
    index = capture.index
    if "symbol" in index.tracks:
        symbols = index.facts["symbols"]
        return {"above": "symbols", "symbols": [str(symbols[i]) for i in capture.track("symbol", steps).tolist()]}
    name = "value" if "value" in index.tracks else "input"
    values = capture.track(name, steps).astype(np.float32)
    if values.ndim == 1:
        return {"above": "curve", "curve": values, "name": name}
    limit = float(np.abs(values).max())
    return {"above": "frames", "frames": tiles.quantise(values.T, limit), "limit": limit, "name": name}
