"""What every page asks of a capture: its units, in colours and in numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from frontal.diagnostics.capture_index import BAND
from frontal.diagnostics.capture_read import Capture
from frontal.scope import tiles
from frontal.scope.given import Given
from frontal.scope.workspace import Call, Workspace

STEPS, UNITS = 256, 64  # of a tile
BLOCK = 64  # units that are read at once

Floats = NDArray[np.float32]


def palette(workspace: Workspace, given: Given) -> dict[str, Any]:
    """Tell the colours of the bytes."""
    return {**tiles.palette(), **tiles.named()}


def unit(workspace: Workspace, given: Given) -> dict[str, Any]:
    """Give one unit at some steps as bytes, (n,), with the number that 254 stands for, and its extremes over all steps.

    Parameters: `look`, `signal`, `unit`, and `steps`, [first, stop]; all where they are not given. `low` and
    `high`, each (N / 64,), are its extremes in every `band` of 64 steps, of all `steps`.
    """
    capture, signal, number = _unit(workspace, given)
    steps = given.steps("steps", len(capture))
    (low,), (high,) = capture.overview(signal, slice(number, number + 1))
    lowest, highest = float(np.nanmin(low)), float(np.nanmax(high))
    limit = max(abs(lowest), abs(highest))
    return {
        "signal": signal, "unit": number, "first": steps.start, "limit": limit, "lowest": lowest, "highest": highest,
        "bytes": tiles.quantise(capture.unit(signal, number, steps), limit),
        "band": BAND, "steps": len(capture), "low": low, "high": high,
    }  # fmt: skip


def values(workspace: Workspace, given: Given) -> dict[str, Any]:
    """Give the exact numbers of one unit at some steps, (n,); parameters as `unit`."""
    capture, signal, number = _unit(workspace, given)
    steps = given.steps("steps", len(capture))
    return {"first": steps.start, "values": capture.unit(signal, number, steps)}


def units(workspace: Workspace, given: Given) -> dict[str, Any]:
    """Give facts on all units of a signal, each (U,): `mean`, `spread`, extremes, mean absolute `change` a step.

    Parameters: `look`, `signal`.
    """
    look = workspace.look(given.text("look"))
    signal = look.capture.signal(given.text("signal")).name
    return workspace.cached((look.id, "units", signal), lambda: unit_facts(look.capture, signal))


def tile(workspace: Workspace, given: Given) -> dict[str, Any]:
    """Give 64 units at 256 steps as bytes, (units, steps), fewer at the edges.

    Parameters: `look`, `signal`; `row` and `column`, which tile. All tiles of a signal share one limit.
    """
    capture = workspace.look(given.text("look")).capture
    signal = capture.signal(given.text("signal"))
    row = given.whole("row", 0, (signal.units - 1) // UNITS)
    column = given.whole("column", 0, (len(capture) - 1) // STEPS)
    limit = max(abs(signal.lowest), abs(signal.highest))
    those = slice(row * UNITS, min((row + 1) * UNITS, signal.units))
    steps = slice(column * STEPS, min((column + 1) * STEPS, len(capture)))
    numbers = capture.values(signal.name, those, steps)
    return {"limit": limit, "unit": those.start, "first": steps.start, "bytes": tiles.quantise(numbers, limit)}


def unit_facts(capture: Capture, signal: str) -> dict[str, Floats]:
    """Return mean, standard deviation, least, greatest and mean absolute change a step of each unit, each (U,)."""
    parts: list[Floats] = []
    for first in range(0, capture.signal(signal).units, BLOCK):
        block = capture.values(signal, slice(first, first + BLOCK))  # (U, N)
        change = np.abs(np.diff(block, axis=1)).mean(1) if block.shape[1] > 1 else np.zeros(len(block))
        facts = [block.mean(1), block.std(1), block.min(1), block.max(1), change]
        parts.append(np.stack(facts).astype(np.float32))
    names = ("mean", "spread", "lowest", "highest", "change")
    return dict(zip(names, np.concatenate(parts, 1), strict=True))


def _unit(workspace: Workspace, given: Given) -> tuple[Capture, str, int]:
    capture = workspace.look(given.text("look")).capture
    signal = capture.signal(given.text("signal"))
    return capture, signal.name, given.whole("unit", 0, signal.units - 1)


def extremes(capture: Capture, signal: str, number: int) -> tuple[float, float]:
    """Return the least and the greatest value of a unit, from the overview."""
    low, high = capture.overview(signal, slice(number, number + 1))
    return float(np.nanmin(low)), float(np.nanmax(high))


CALLS: dict[str, Call] = {
    "palette": palette, "unit": unit, "values": values, "units": units, "tile": tile,
}  # fmt: skip
