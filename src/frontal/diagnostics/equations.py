"""The equations of a cell, read from its wiring."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from frontal.diagnostics.wiring import Node, Wiring

LOOSE = {"+", "−"}  # operations that need brackets inside a product


def equations(wiring: Wiring) -> list[str]:
    """Return one equation a gate, a quantity that is used twice, and a new state, in the order of computation."""
    return EquationWriter(wiring).lines()


class EquationWriter:
    """Writes what the nodes of a wiring compute.

    Args:
        wiring: of a cell.
        names: what stands for a node where another one reads it; `lines` finds them by itself.
        sums: what stands for the weighted sum of a layer; by default its weights and sources.
        times: between factors.

    Attributes:
        names: as given, or as found by `lines`.
    """

    def __init__(
        self, wiring: Wiring, names: Mapping[int, str] | None = None, sums: Mapping[int, str] | None = None,
        times: str = " ",
    ) -> None:  # fmt: skip
        self.nodes, self.times, self.sums = wiring.nodes, times, dict(sums or {})
        self.uses = Counter(k for node in self.nodes for k in node.reads)
        self.names: dict[int, str] = dict(names or {})

    def lines(self) -> list[str]:
        """Return the equations, and name what is used twice."""
        lines: list[str] = []
        taken = {node.name for node in self.nodes}
        states = {node.reads[0]: node.name for node in reversed(self.nodes) if node.kind == "output"}
        fresh = (name for name in (*"abdeklmpqsuvwy", *(f"v{k}" for k in range(1, 999))) if name not in taken)
        for k, node in enumerate(self.nodes):
            if node.kind == "input":
                self.names[k] = node.name
            elif node.kind == "output":
                if self.names.get(node.reads[0]) != node.name:
                    lines.append(f"{node.name} = {self._of(node.reads[0])}")
            elif k in states:
                lines.append(f"{states[k]} = {self.expression(k)}")
                self.names[k] = states[k]
            elif (node.kind in ("layer", "function") and node.name and self._is_first(k)) or self.uses[k] > 1:
                name = node.name if node.name and self._is_first(k) else next(fresh)
                lines.append(f"{name} = {self.expression(k)}")
                self.names[k] = name
        return lines

    def _is_first(self, k: int) -> bool:
        """Whether a node is the one that bears its name: the first, and no sum inside the gate of that name."""
        alike = [n for n, node in enumerate(self.nodes) if node.name == self.nodes[k].name]
        return k == next((n for n in alike if self.nodes[n].label != "sum"), alike[0])

    def _of(self, k: int, *, tight: bool = False) -> str:
        """Return the name of a node, or what it computes, in brackets where a product needs them."""
        if k in self.names:
            return self.names[k]
        node = self.nodes[k]
        loose = node.label in LOOSE or node.label.endswith(" −")
        loose = loose or (node.label == "sum" and len(node.terms) + node.bias > 1)
        return f"({self.expression(k)})" if tight and loose else self.expression(k)

    def expression(self, k: int) -> str:
        """Return what a node computes."""
        node = self.nodes[k]
        if node.kind == "layer":
            inside = self.sums.get(k) or self._weighted(node)
            return inside if node.label == "sum" else f"{node.label}({inside})"
        if node.kind == "function":
            return self._function(node)
        return self._operation(node)

    def _function(self, node: Node) -> str:
        (read,) = node.reads
        if node.label.endswith("−"):
            return f"{node.label}{' ' if len(node.label) > 1 else ''}{self._of(read, tight=True)}"
        if node.label == "power":
            return f"{self._of(read, tight=True)}^{node.constant}"
        if node.label == "|·|":
            return f"|{self._of(read)}|"
        if node.label.startswith("part "):
            return f"{self._of(read, tight=True)}[{node.label[5:]}]"
        return f"{node.label}({self._of(read)})"

    def _operation(self, node: Node) -> str:
        reads, label = node.reads, node.label
        if label in ("×", "÷", "+", "−", "<", ">", "≤", "≥"):
            tight = label in ("×", "÷")
            parts = [self._of(k, tight=tight or (label == "−" and n > 0)) for n, k in enumerate(reads)]
            if label == "×" and len(parts) > 1:
                parts = [self._bracketed(k, part) for k, part in zip(reads, parts, strict=True)]
            if label == "÷":
                parts = [f"({p})" if n and " " in p and not p.startswith("(") else p for n, p in enumerate(parts)]
            if node.constant:
                parts = [node.constant, *parts] if label == "×" else [*parts, node.constant]
            return (self.times if label == "×" else f" {label} ").join(parts)
        inside = ", ".join([self._of(k) for k in reads] + ([node.constant] if node.constant else []))
        return f"[{inside}]" if label == "join" else f"{label}({inside})"

    def _bracketed(self, k: int, text: str) -> str:
        """Put a weighted sum that stands in a product into brackets."""
        bare = self.nodes[k].label == "sum" and k not in self.names and not text.startswith("(")
        return f"({text})" if bare else text

    def _weighted(self, node: Node) -> str:
        mark = f"_{node.name}" if node.name else ""
        parts: list[str] = []
        for term in node.terms:
            source = self._of(term.node, tight=True)
            source = f"({source})" if " " in source and not source.startswith("(") else source
            matrix = f"W{mark}" if source == "x" else f"U{mark}"
            parts.append(f"{term.name if term.weight == 'vector' else matrix} {source}")
        return " + ".join(parts + ([f"b{mark}"] if node.bias else []))
