"""Gates: how often they stand open and shut, how long they keep, what they never do, and one unit's along time."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from frontal.diagnostics.capture_index import Signal
from frontal.diagnostics.capture_read import Capture
from frontal.diagnostics.gate_alarms import RULES, alarms_of, gate_use, thresholds
from frontal.diagnostics.unit_memory import half_lives
from frontal.errors import FrontalError
from frontal.scope import tiles
from frontal.scope.given import Given
from frontal.scope.step_context import beside
from frontal.scope.workspace import Call, Workspace

MOST = 1024  # steps of a timeline


def gates(workspace: Workspace, given: Given) -> dict[str, Any]:
    """Tell how the gates of a layer are used.

    Parameters: `look`, `signal`, any of the layer. `left 0`, `right 0`, (U,), go with the first of
    `gates`, and so on; `half_life`, (U,), with `keeper`, the gate that keeps the state, null without one.
    """
    look = workspace.look(given.text("look"))
    layer = look.capture.signal(given.text("signal")).layer
    return workspace.cached((look.id, "gates", layer), lambda: _gates(look.capture, layer))


def gate_rows(workspace: Workspace, given: Given) -> dict[str, Any]:
    """Give all gates, then all states, of one unit's cell along some steps, and what was read there.

    Parameters: `look`, `signal`, `unit`, `steps`, at most 1024. `values` and `bytes` are (R, n), a row
    for each of `rows`; a row's limit is the number that byte 254 stands for. `fresh`, (n,), says where a
    sequence begins.
    """
    capture = workspace.look(given.text("look")).capture
    signal = capture.signal(given.text("signal"))
    unit = given.whole("unit", 0, signal.units - 1)
    steps = given.steps("steps", len(capture))
    if steps.stop - steps.start > MOST:
        raise FrontalError(f"steps = [{steps.start}, {steps.stop}]; a timeline shows at most {MOST} steps at once")
    rows = [s for s in _of_layer(capture, signal.layer) if s.units == signal.units]
    values = np.stack([capture.unit(s.name, unit, steps) for s in rows])  # (R, n)
    limits = [_limit(capture, s, unit) for s in rows]
    colours = np.stack([tiles.quantise(row, limit) for row, limit in zip(values, limits, strict=True)])
    return {
        "first": steps.start, "values": values, "bytes": colours, "fresh": capture.track("fresh", steps),
        "rows": [{**_told(s), "limit": limit} for s, limit in zip(rows, limits, strict=True)],
        "elsewhere": [s.value for s in _of_layer(capture, signal.layer) if s.units != signal.units],
        **beside(capture, steps),
    }  # fmt: skip


def _gates(capture: Capture, layer: str) -> dict[str, Any]:
    signals = _of_layer(capture, layer)
    every = [gate_use(capture, signal.name) for signal in signals]
    found = [signal for signal in signals if signal.function is not None]  # they stand first
    uses = every[: len(found)]
    raised = [alarm for signal, use in zip(signals, every, strict=True) for alarm in alarms_of(signal, use)]
    state = next(signal for signal in signals if signal.function is None)
    keeper, lives = half_lives(capture, state.name)
    return {
        "layer": layer, "cell": state.cell, "units": state.units,
        "gates": [_told(signal) for signal in found],
        "states": [signal.value for signal in signals if signal.function is None],
        **{f"left {k}": use.left.astype(np.float32) for k, use in enumerate(uses)},
        **{f"right {k}": use.right.astype(np.float32) for k, use in enumerate(uses)},
        **{f"mean {k}": use.mean.astype(np.float32) for k, use in enumerate(uses)},
        "keeper": keeper, "half_life": lives.astype(np.float32), "state": state.name,
        "alarms": [asdict(alarm) for alarm in raised], "rules": RULES,
    }  # fmt: skip


def _of_layer(capture: Capture, layer: str) -> list[Signal]:
    """Return the gates of a layer, then its states."""
    signals = [signal for signal in capture.signals if signal.layer == layer]
    return sorted(signals, key=lambda signal: signal.function is None)


def _told(signal: Signal) -> dict[str, Any]:
    low, high = thresholds(signal)
    return {
        "signal": signal.name, "value": signal.value, "function": signal.function, "bounds": list(signal.bounds),
        "keeping": signal.keeping, "units": signal.units, "below": low, "above": high,
    }  # fmt: skip


def _limit(capture: Capture, signal: Signal, unit: int) -> float:
    """Return what the fullest colour of a row stands for: the end of a gate's range, or the unit's greatest value."""
    ends = [abs(bound) for bound in signal.bounds if bound is not None]
    if signal.function is not None and len(ends) == 2:
        return max(ends)
    low, high = capture.overview(signal.name, slice(unit, unit + 1))
    return float(max(np.abs(low).max(), np.abs(high).max()))


CALLS: dict[str, Call] = {"gates": gates, "gate_rows": gate_rows}
