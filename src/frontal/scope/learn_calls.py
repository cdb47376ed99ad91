"""Learn: one step of the very cell that is looked at, node by node, with its numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import isfinite
from typing import Any

import numpy as np

from frontal.compiler.recorder import UntraceableError
from frontal.diagnostics.capture_index import Signal
from frontal.diagnostics.diagram import lay_out
from frontal.diagnostics.equations import equations
from frontal.diagnostics.gate_roles import gate_names
from frontal.diagnostics.replay import CellAt, Replay
from frontal.diagnostics.step_by_step import Stepper
from frontal.diagnostics.step_equations import formulas
from frontal.diagnostics.step_words import sentences
from frontal.diagnostics.tour import BACKWARDS, tour
from frontal.diagnostics.wiring import Wiring
from frontal.errors import FrontalError
from frontal.scope.given import Given
from frontal.scope.learn_summands import told_summands
from frontal.scope.step_context import input_names, read_words
from frontal.scope.workspace import Call, Look, Workspace

MOST = 8  # steps side by side


@dataclass(frozen=True)
class _Asked:
    """Which unit of which state, and when."""

    look: Look
    layer: str
    state: str
    unit: int
    step: int


def learn(workspace: Workspace, given: Given) -> dict[str, Any]:
    """Take one step of a layer's cell for one unit.

    Parameters: `look`, `signal`, `unit`, `step`; `held`, numbers at which nodes are held, by the number
    of the node. Everything is computed in double precision from what the network, run again, read and
    held before the step; `gap` is how far the states after it are from those of that run.
    """
    asked = _asked(workspace, given)
    here, stepper = _at(workspace, asked)
    if isinstance(stepper, str):
        return {**_where(asked, here), "untraced": stepper, "nodes": [], "rows": _rows(asked)}
    before = {name: values.astype(np.float64) for name, values in here.before.items()}
    x = here.x.astype(np.float64)
    one = stepper.at(x, before, state=asked.state, unit=asked.unit)
    gap = max(float(np.abs(one.named(f"{n}'").values - after).max()) for n, after in here.after.items())
    held = _held(given)
    if held:
        one = stepper.at(x, before, state=asked.state, unit=asked.unit, held=held)
    read = read_words(asked.look.capture, asked.step)
    said, source = sentences(one, read), "the layer below" if here.names else f"the input, {read}"
    names = here.names or input_names(asked.look.capture, len(x))
    nodes = [
        {
            "kind": node.kind, "label": node.label, "name": node.name, "constant": node.constant,
            "size": len(at.values), "place": at.place, "value": at.value, "sum": at.sum,
            "bias": at.bias if node.bias else None,
            "formula": {**asdict(formula), "whole": str(formula)}, "sentence": sentence,
            "summands": told_summands(one, at, names, source),
        }
        for node, at, formula, sentence in zip(one.wiring.nodes, one.nodes, formulas(one), said, strict=True)
    ]  # fmt: skip
    return {**_where(asked, here), "gap": gap, "nodes": nodes, **_drawn(one.wiring)}


def learn_tour(workspace: Workspace, given: Given) -> dict[str, Any]:
    """Give at most eight stops for a beginner; parameters as `learn`."""
    asked = _asked(workspace, given)
    _, stepper = _at(workspace, asked)
    if isinstance(stepper, str):
        return {"stops": []}
    stops = tour(stepper.traced.wiring, asked.look.capture, asked.layer, asked.state, asked.unit)
    return {"stops": [asdict(stop) for stop in stops]}


def learn_unrolled(workspace: Workspace, given: Given) -> dict[str, Any]:
    """Give the numbers of all nodes, (n, nodes), at a step and the `count` - 1 taken before it; else as `learn`.

    In the order in which the layer takes them; `fresh` says where it begins anew.
    """
    asked, count = _asked(workspace, given), given.whole("count", 1, MOST)
    steps, begins = _taken(asked, count)
    rows: list[list[float]] = []
    for step in steps:
        here, stepper = _at(workspace, _Asked(asked.look, asked.layer, asked.state, asked.unit, step))
        if isinstance(stepper, str):
            return {"steps": [], "read": [], "fresh": []}
        before = {name: values.astype(np.float64) for name, values in here.before.items()}
        one = stepper.at(here.x.astype(np.float64), before, state=asked.state, unit=asked.unit)
        rows.append([np.nan if node.value is None else node.value for node in one.nodes])
    return {
        "steps": steps, "read": [read_words(asked.look.capture, step) for step in steps],
        "fresh": begins, "values": np.array(rows, dtype=np.float32),
    }  # fmt: skip


def _taken(asked: _Asked, count: int) -> tuple[list[int], list[bool]]:
    """Return the steps up to the one asked for, as the layer takes them, and whether it begins anew with each."""
    fresh, total = asked.look.capture.track("fresh"), len(asked.look.capture)
    if asked.layer.endswith(BACKWARDS):
        steps = list(range(min(asked.step + count, total) - 1, asked.step - 1, -1))
        return steps, [step + 1 == total or bool(fresh[step + 1]) for step in steps]
    steps = list(range(max(0, asked.step - count + 1), asked.step + 1))
    return steps, fresh[steps].tolist()


def _asked(workspace: Workspace, given: Given) -> _Asked:
    look = workspace.look(given.text("look"))
    signal = look.capture.signal(given.text("signal"))
    unit = given.whole("unit", 0, signal.units - 1)
    return _Asked(look, signal.layer, _state(look, signal), unit, given.whole("step", 0, len(look.capture) - 1))


def _state(look: Look, signal: Signal) -> str:
    """Return the state that a signal is, or that a gate's units belong to."""
    states = [s for s in look.capture.signals if s.layer == signal.layer and s.function is None]
    wide = [s.value for s in states if s.units == signal.units]
    if signal.function is None:
        return signal.value
    if not wide:
        raise FrontalError(f"{signal.name} has {signal.units} units, which are those of no state; choose a state")
    return wide[-1]  # the memory, where the cell also has an output


def _at(workspace: Workspace, asked: _Asked) -> tuple[CellAt, Stepper | str]:
    """Return a cell at a step, and what takes its steps, or why none can."""
    look = asked.look
    if look.subject is None:
        raise FrontalError(
            f"{look.title} is a capture alone: its states and gates are here, but not the network that made them, and "
            "without its weights no step can be taken; open the network with its data: frontal scope RUN --text FILE"
        )
    subject = look.subject
    replay = workspace.cached((look.id, "replay"), lambda: Replay(subject))
    with look.lock:
        here = replay.at(asked.layer, asked.step)
        return here, workspace.cached((look.id, "stepper", asked.layer), lambda: _stepper(here))


def _stepper(here: CellAt) -> Stepper | str:
    try:
        return Stepper(here.cell)
    except UntraceableError as error:
        return str(error)


def _held(given: Given) -> dict[int, float]:
    value = given.raw("held")
    wrong = FrontalError(f"held = {value!r}; expected finite numbers by the number of a node, such as {{'3': 0.5}}")
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise wrong
    held: dict[int, float] = {}
    for key, number in value.items():
        if not (isinstance(key, str) and key.isdecimal() and len(key) < 6):
            raise wrong
        if isinstance(number, bool) or not isinstance(number, int | float) or not isfinite(number):
            raise wrong
        held[int(key)] = float(number)
    return held


def _where(asked: _Asked, here: CellAt) -> dict[str, Any]:
    return {
        "layer": asked.layer, "cell": type(here.cell).__name__, "state": asked.state, "unit": asked.unit,
        "step": asked.step, "read": read_words(asked.look.capture, asked.step),
        "states": [
            {"name": name, "before": _at_unit(here.before[name], asked.unit), "after": _at_unit(after, asked.unit)}
            for name, after in here.after.items()
        ],
    }  # fmt: skip


def _at_unit(values: Any, unit: int) -> float | None:
    return float(values[unit]) if unit < len(values) else None


def _rows(asked: _Asked) -> list[dict[str, Any]]:
    """Return the gates of a unit at a step, from the capture."""
    here = slice(asked.step, asked.step + 1)
    signals = [s for s in asked.look.capture.signals if s.layer == asked.layer and s.function is not None]
    return [
        {"name": s.value, "function": s.function, "value": float(asked.look.capture.unit(s.name, asked.unit, here)[0])}
        for s in signals
        if asked.unit < s.units
    ]


def _drawn(wiring: Wiring) -> dict[str, Any]:
    """Return the picture: where nodes lie, the points of the wires, the equations, and the names of the gates."""
    layout = lay_out(wiring)
    return {
        "places": [list(layout.places[k]) for k in range(len(wiring.nodes))],
        "wires": [{"from": a, "to": b, "points": [list(p) for p in points]} for (a, b), points in layout.wires.items()],
        "equations": equations(wiring),
        "gates": {str(k): name for k, name in gate_names(wiring).items()},
    }


CALLS: dict[str, Call] = {"learn": learn, "learn_tour": learn_tour, "learn_unrolled": learn_unrolled}
