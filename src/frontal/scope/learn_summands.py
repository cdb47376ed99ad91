"""What pushes a sum up and down, as the page lists it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from frontal.diagnostics.step_by_step import NodeStep, StepByStep

LARGEST = 8  # contributions that are told one by one


def told_summands(step: StepByStep, node: NodeStep, inputs: Sequence[str], read: str) -> list[dict[str, Any]]:
    """Return for each source of a layer its total, and its largest contributions by name.

    Args:
        step: the step.
        node: of the layer.
        inputs: names of the numbers that the cell reads, (I,).
        read: what they are, in words.
    """
    found: list[dict[str, Any]] = []
    for one in node.summands:
        source = step.wiring.nodes[one.node]
        name = read if source.name == "x" else source.name or "what was computed before"
        order = np.argsort(-np.abs(one.each), kind="stable")[:LARGEST].tolist()
        order = [k for k in order if one.weights[k] != 0]
        names = inputs if source.name == "x" else [f"{source.name or 'feature'} {k}" for k in range(len(one.values))]
        found.append({
            "node": one.node, "source": name, "total": one.total, "count": int(np.count_nonzero(one.weights)),
            "largest": [
                {"name": names[k], "weight": float(one.weights[k]), "value": float(one.values[k]),
                 "product": float(one.each[k])}
                for k in order
            ],
            "others": one.total - float(one.each[order].sum()),
        })  # fmt: skip
    return found
