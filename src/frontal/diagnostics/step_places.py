"""Which feature of every node belongs to a unit of a cell."""

from __future__ import annotations

from collections.abc import Mapping

from frontal.diagnostics.wiring import Node, Wiring

JOINING = {"join", "softmax", "LN"}  # what they give depends on all features


def places(wiring: Wiring, sizes: Mapping[int, int], state: str, unit: int) -> dict[int, int | None]:
    """Return the feature of each node that belongs to a unit; None where none does.

    From the new states backwards, along everything that acts on each feature by itself; a node of which
    several features belong to the unit, such as all gates side by side, has none of its own. What is only
    reached through a matrix, such as a state that has been reset, is shown at the same number if it is
    as wide as the state.

    Args:
        wiring: of the cell.
        sizes: features of each node.
        state: of the unit.
        unit: its number.
    """
    own = next(k for k, node in enumerate(wiring.nodes) if node.kind == "output" and node.name == f"{state}'")
    width = sizes[own]
    found: dict[int, int | None] = {k: unit for k in wiring.of_kind("output") if sizes[k] == width}
    for k in reversed(range(len(wiring.nodes))):
        node, at = wiring.nodes[k], found.get(k)
        if at is None:
            continue
        for read in _alongside(node):
            there = _read_at(node, sizes[read], sizes[k], at)
            found[read] = there if found.get(read, there) == there else None
    for k, node in enumerate(wiring.nodes):
        if k not in found:
            found[k] = unit if sizes[k] == width and node.name != "x" else None
    return found


def _alongside(node: Node) -> list[int]:
    """Return what a node reads feature by feature."""
    if node.kind == "layer":
        return [term.node for term in node.terms if term.weight == "vector"]
    return [] if node.label in JOINING else node.reads


def _read_at(node: Node, size: int, own: int, at: int) -> int | None:
    """Return which feature of what it reads a node takes for its feature `at`."""
    if node.label.startswith("part "):
        return (int(node.label[5:]) - 1) * own + at if size % own == 0 else None
    if size == 1:
        return 0
    return at if size == own else None
