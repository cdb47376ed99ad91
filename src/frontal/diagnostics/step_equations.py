"""The formula of every node of a step, with letters and with this unit's numbers put in."""

from __future__ import annotations

import re
from dataclasses import dataclass

from frontal.diagnostics.equations import EquationWriter
from frontal.diagnostics.step_by_step import NodeStep, StepByStep
from frontal.diagnostics.wiring import Node

FIRST = re.compile(r"(^|\(|, )\((−[\d.e−+]+)\)(?!\^)")  # a negative number that needs no brackets


@dataclass(frozen=True)
class Formula:
    """What a node computes, in words of mathematics.

    Attributes:
        name: of the result; empty where it has none.
        symbols: the right-hand side with letters.
        numbers: the same with numbers; empty where nothing has a number at this unit.
        summed: of a layer with a function, the function of its whole sum; empty for others.
        result: the number at this unit; empty where there is none.
    """

    name: str
    symbols: str
    numbers: str
    summed: str
    result: str

    def __str__(self) -> str:
        parts = (self.name, self.symbols, self.numbers, self.summed, self.result)
        return " = ".join(dict.fromkeys(part for part in parts if part))


def formulas(step: StepByStep) -> list[Formula]:
    """Return the formula of each node, in their order."""
    nodes, steps = step.wiring.nodes, step.nodes
    letters = EquationWriter(step.wiring)
    letters.lines()
    named = {k: name for k, name in letters.names.items() if steps[k].value is None}
    read = [k for k, node in enumerate(nodes) if k in letters.names or node.label.startswith("part ")]
    numbers = {k: _bracketed(steps[k].value) for k in read if steps[k].value is not None}
    sums = {k: summands(one, nodes[k]) for k, one in enumerate(steps) if one.sum is not None}
    digits = EquationWriter(step.wiring, named | numbers, sums, times=" · ")
    found: list[Formula] = []
    for k, (node, one) in enumerate(zip(nodes, steps, strict=True)):
        of = node.reads[0] if node.kind == "output" else k
        name = letters.names.get(of, "")
        if node.kind == "input":
            found.append(Formula(node.name, "", "", "", shown(one.value)))
            continue
        known = one.value is not None
        summed = f"{nodes[of].label}({shown(steps[of].sum)})" if _squashes(nodes[of], steps[of]) else ""
        apart = nodes[of].label.startswith("part ")
        written = _tidy(digits.expression(of)) if known and not apart else ""
        found.append(Formula(name, letters.expression(of), written, summed, shown(one.value)))
    return found


def summands(one: NodeStep, node: Node) -> str:
    """Return a sum as text: 0.31 + 1.24 − 0.05."""
    parts = [part.total for part in one.summands] + ([one.bias] if node.bias else [])
    first, *others = parts
    return shown(first) + "".join(f" {'−' if part < 0 else '+'} {shown(abs(part))}" for part in others)


def shown(value: float | None) -> str:
    """Return a number as the page shows it: two decimals, or two digits where it is small."""
    if value is None:
        return ""
    size = abs(value)
    if size >= 1000:
        text = f"{value:.1e}"
    elif size >= 0.095 or size < 5e-4:
        text = f"{value:.2f}".replace("-0.00", "0.00")
    else:
        text = f"{value:.2g}"
    return text.replace("-", "−")


def _squashes(node: Node, one: NodeStep) -> bool:
    return one.sum is not None and node.label != "sum"


def _bracketed(value: float | None) -> str:
    text = shown(value)
    return f"({text})" if text.startswith("−") else text


def _tidy(text: str) -> str:
    return FIRST.sub(r"\1\2", text).replace(" + −", " − ").replace(" − −", " + ")
