"""A guided tour through one step of a cell, made from its wiring, with the moments at which its gates speak."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from frontal.diagnostics.capture_read import Capture
from frontal.diagnostics.gate_roles import Kind, Role, gate_names, roles
from frontal.diagnostics.wiring import Wiring

MOST = 8  # stops
BACKWARDS = ", backwards"  # ends the name of a layer that reads from the end on
NEAR = 0.05  # of a gate's extreme
SQUASHES = {"tanh", "ReLU", "σ", "cos", "clip", "LN", "exp"}

TITLES: dict[Kind, str] = {"keeps": "what stays", "writes": "what is written", "shows": "what is shown",
                           "resets": "what the past may say"}  # fmt: skip
TEXTS: dict[Kind, str] = {
    "keeps": "{It} is multiplied with what the unit held before. At {open} everything stays, at {shut} everything is "
    "forgotten.",
    "writes": "{It} is multiplied with the proposal. At {shut} nothing new gets in, at {open} the whole proposal is "
    "written.",
    "shows": "{It} is multiplied with what the unit holds now. At {shut} the unit keeps its number to itself: no layer "
    "above and no other unit sees it at the next step.",
    "resets": "{It} is multiplied with what the old state has to say about the proposal. At {shut} the proposal comes "
    "from the input alone, as if the sequence began here.",
}


@dataclass(frozen=True)
class Stop:
    """One stop.

    Attributes:
        title, text: what to read.
        nodes: what to look at, by number.
        step: where in the data; None to stay.
        why: what happens at that step.
    """

    title: str
    text: str
    nodes: tuple[int, ...]
    step: int | None = None
    why: str = ""


def tour(wiring: Wiring, capture: Capture, layer: str, state: str, unit: int) -> list[Stop]:
    """Return at most eight stops for a beginner.

    Args:
        wiring: of the layer's cell.
        capture: of the data.
        layer: its name.
        state: of the unit.
        unit: its number.
    """
    found, last = roles(wiring), _last(wiring, state)
    gates = list(dict.fromkeys(role.gate for role in found))
    place = _Place(capture, layer, state, unit)
    about = [_of_gate(wiring, [role for role in found if role.gate == gate], place) for gate in gates]
    proposal = _of_proposal(wiring, found)
    middle = ([proposal] if proposal else []) + about if gates else _without_gates(wiring)
    return [_of_unit(wiring, capture, layer, state, unit), _of_state(wiring, state), *middle[: MOST - 4], *last]


@dataclass(frozen=True)
class _Place:
    """A unit of a capture."""

    capture: Capture
    layer: str
    state: str
    unit: int

    def moment(self, gate: str, role: Role) -> int | None:
        """Return the step at which a gate says most: keeps or lets speak least of the past, writes or shows most.

        Of the steps at which it comes near its extreme that one at which the unit holds, or held, most.
        """
        signals = [s for s in self.capture.signals if s.layer == self.layer]
        named = (s for s in signals if s.function and gate and s.value in (gate, f"gate {gate}"))
        signal = next(named, None)
        if signal is None or self.unit >= signal.units:
            return None
        of = next(s for s in signals if s.value == self.state)
        values, held = (np.abs(self.capture.unit(s.name, self.unit)) for s in (signal, of))
        past = role.kind in ("keeps", "resets")
        if past:
            held = self._before(held)
        away = values - values.min() if past != role.rest else values.max() - values
        return int(np.where(away <= NEAR, held, -1).argmax())

    def _before(self, held: NDArray[Any]) -> NDArray[Any]:
        """Return what was held before each step, 0 where a sequence begins."""
        fresh = self.capture.track("fresh")
        if self.layer.endswith(BACKWARDS):
            return np.where(np.append(fresh[1:], True), 0, np.append(held[1:], 0))
        return np.where(fresh, 0, np.append(0, held[:-1]))


def _of_unit(wiring: Wiring, capture: Capture, layer: str, state: str, unit: int) -> Stop:
    units = next(s.units for s in capture.signals if s.layer == layer and s.value == state)
    text = (
        f"This layer has {units} units. At every step each one holds a single number, and here is everything that unit "
        f"{unit} does at one step. Data flow from left to right; click any box to see its numbers."
    )
    return Stop("A unit", text, tuple(wiring.of_kind("input") + wiring.of_kind("output")))


def _of_state(wiring: Wiring, state: str) -> Stop:
    nodes = wiring.nodes
    ends = tuple(k for kind in ("input", "output") for k in wiring.of_kind(kind) if nodes[k].name.rstrip("'") == state)
    others = [nodes[k].name for k in wiring.of_kind("input") if nodes[k].name not in ("x", state)]
    beside = f" Beside it the cell carries {' and '.join(others)} from step to step." if others else ""
    text = (
        f"On the left stands {state}, what the unit held before this step, on the right {state}', what it holds after "
        f"it. That is all its memory: what {state}' does not hold is gone.{beside}"
    )
    return Stop("The state", text, ends)


def _of_proposal(wiring: Wiring, found: tuple[Role, ...]) -> Stop | None:
    written = [role for role in found if role.kind == "writes"]
    if not written:
        return None
    text = (
        "From what the cell reads, and mostly also from what its units held, it makes a new number that could become "
        "the unit's memory. It is only a proposal: a gate says how much of it is written."
    )
    return Stop("The proposal", text, (written[0].other,))


def _of_gate(wiring: Wiring, mine: list[Role], place: _Place) -> Stop:
    node, name = wiring.nodes[mine[0].gate], gate_names(wiring)[mine[0].gate]
    first = next((role for role in mine if role.kind == "keeps"), mine[0])
    kinds: list[Kind] = list(dict.fromkeys(role.kind for role in mine))
    how = {"It": "1 less it", "open": 0, "shut": 1} if first.rest else {"It": "It", "open": 1, "shut": 0}
    text = "A gate is a number between 0 and 1. " + TEXTS[first.kind].format(**how)
    if len(kinds) > 1:
        text += f" The same gate also decides {' and '.join(TITLES[kind] for kind in kinds if kind != first.kind)}."
    least = first.kind in ("keeps", "resets")
    why = f"it lets {'least' if least else 'most'} through"
    return Stop(
        f"The {name}: {TITLES[first.kind]}", text, (first.gate, first.product), place.moment(node.name, first), why
    )


def _without_gates(wiring: Wiring) -> list[Stop]:
    layers = [k for k in wiring.of_kind("layer") if wiring.nodes[k].terms]
    reads = tuple(k for k in layers if any(wiring.nodes[t.node].name == "x" for t in wiring.nodes[k].terms))
    holds = tuple(k for k in layers if any(_is_state(wiring, t.node) for t in wiring.nodes[k].terms))
    squashes = tuple(k for k, node in enumerate(wiring.nodes) if node.label in SQUASHES)
    stops = [
        Stop("What it reads", "Every number of the input is multiplied with a weight of this unit's own, and all is "
             "added up. The bars show which inputs push it up or down.", reads),
        Stop("What it remembers", "The units of the step before speak the same way, each with a weight. So the past "
             "gets into this step.", holds),
        Stop("The squash", "A curve keeps a sum within bounds, or lets only a part of it through. This cell has no "
             "gate between 0 and 1 that would say how much of the old number stays.", squashes),
    ]  # fmt: skip
    return [stop for stop in stops if stop.nodes]


def _is_state(wiring: Wiring, number: int) -> bool:
    node = wiring.nodes[number]
    return node.kind == "input" and node.name != "x"


def _last(wiring: Wiring, state: str) -> list[Stop]:
    own = next(k for k, node in enumerate(wiring.nodes) if node.kind == "output" and node.name == f"{state}'")
    made = wiring.nodes[own].reads[0]
    whole = "All that has been computed meets here. Step on with l and back with h, and watch the numbers move."
    gates = tuple(dict.fromkeys(role.gate for role in roles(wiring)))
    trial = (
        "Move a slider: what would the unit hold now if a gate had stood elsewhere? The very equations are computed "
        "again with your number in its place."
    )
    other = (
        "Go to other units with j and k: the same boxes, other weights. Which ones hold their number over many steps?"
    )
    turn = Stop("Your turn", trial if gates else other, gates or (own,))
    return [Stop("Put together", whole, (made, own)), turn]
