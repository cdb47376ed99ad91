"""What the gates of a cell do, told by where its wiring leads them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from frontal.diagnostics.wiring import Wiring

Kind = Literal["keeps", "writes", "shows", "resets"]

NAMES: dict[tuple[str, Kind], str] = {
    ("f", "keeps"): "forget gate", ("i", "writes"): "input gate", ("o", "shows"): "output gate",
    ("r", "resets"): "reset gate", ("z", "keeps"): "update gate", ("z", "writes"): "update gate",
    ("f", "writes"): "forget gate", ("f", "resets"): "forget gate",
}  # fmt: skip


@dataclass(frozen=True)
class Role:
    """One thing that a gate between 0 and 1 does.

    Attributes:
        gate: number of its node.
        kind: it keeps the old state, writes something new, shows the new state to other units, or resets what
            the old state has to say about the new.
        product: number of the node that multiplies.
        other: number of the node that is multiplied.
        rest: whether it is 1 less the gate that multiplies.
    """

    gate: int
    kind: Kind
    product: int
    other: int
    rest: bool


def roles(wiring: Wiring) -> tuple[Role, ...]:
    """Return what each gate between 0 and 1 does, in the order of computation; a gate may do several things."""
    gates = {k: (k, False) for k, node in enumerate(wiring.nodes) if node.label == "σ"}
    for k, node in enumerate(wiring.nodes):
        if node.label == "1 −" and node.reads[0] in gates:
            gates[k] = (node.reads[0], True)
    found: list[Role] = []
    for k, node in enumerate(wiring.nodes):
        if node.label != "×" or len(node.reads) != 2:
            continue
        for gate, other in (node.reads, node.reads[::-1]):
            if gate in gates and other not in gates:
                number, rest = gates[gate]
                found.append(Role(number, _kind(wiring, k, other), k, other, rest))
    return tuple(found)


def gate_names(wiring: Wiring) -> dict[int, str]:
    """Return the name of each gate that has a role, by node: forget gate …, or `gate q` without a usual one."""
    found: dict[int, str] = {}
    for role in roles(wiring):
        letter = wiring.nodes[role.gate].name
        usual = NAMES.get((letter, role.kind))
        found[role.gate] = usual or found.get(role.gate) or f"gate {letter}".strip()
    return found


def _kind(wiring: Wiring, product: int, other: int) -> Kind:
    nodes = wiring.nodes
    states = [k for k in wiring.of_kind("input") if nodes[k].name != "x"]
    made = {nodes[k].reads[0] for k in wiring.of_kind("output")}
    root = other
    while nodes[root].kind == "function" and len(nodes[root].reads) == 1 and root not in made:
        root = nodes[root].reads[0]
    if root in made:
        return "shows"
    straight = _goes_straight(wiring, product)
    if root in states:
        return "keeps" if straight else "resets"
    if nodes[other].kind == "layer" and set(nodes[other].reads) <= set(states):
        return "resets"
    return "writes" if straight else "resets"


def _goes_straight(wiring: Wiring, product: int) -> bool:
    """Whether a product becomes part of a new state without passing a matrix."""
    reached = {product}
    for k, node in enumerate(wiring.nodes):
        if node.kind == "output" and reached & set(node.reads):
            return True
        if node.kind in ("function", "operation") and reached & set(node.reads):
            reached.add(k)
    return False
