"""Reading a traced step: what its outputs depend on, what its operations are called, how they split."""

from __future__ import annotations

from typing import Any

from torch import fx


def needed(graph: fx.Graph) -> set[fx.Node]:
    """Return the nodes that the outputs depend on."""
    todo = [node for node in graph.nodes if node.op == "output"]
    found: set[fx.Node] = set()
    while todo:
        for node in todo.pop().all_input_nodes:
            if node not in found:
                found.add(node)
                todo.append(node)
    return found


def operation(node: fx.Node) -> str:
    """Return the name of an operation: mul, addmm …"""
    return getattr(node.target, "_opname", None) or getattr(node.target, "__name__", str(node.target))


def sizes_of(given: Any, whole: int) -> list[int]:
    """Return the sizes of the parts into which a split cuts a whole."""
    if isinstance(given, int):
        return [min(given, whole - k) for k in range(0, whole, given)]
    return list(given)
