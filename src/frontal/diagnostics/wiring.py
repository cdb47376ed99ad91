"""A cell as a small network of layers, functions and operations, read from what its step does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import torch
from torch import fx

from frontal.cell import Cell
from frontal.compiler.trace import Step, trace_step
from frontal.diagnostics.wiring_graph import needed, operation, sizes_of

Kind = Literal["input", "layer", "function", "operation", "output"]

FUNCTIONS = {"sigmoid": "σ", "exp": "exp", "log": "log", "log_sigmoid_forward": "log σ",
             "neg": "−", "relu": "ReLU", "abs": "|·|", "sqrt": "√",
             "native_layer_norm": "LN", "hardtanh": "clip", "clamp": "clip", "_softmax": "softmax",
             "rsub": "1 −", "pow": "power", "bitwise_not": "not"}  # fmt: skip
INFIX = {"mul": "×", "add": "+", "sub": "−", "div": "÷", "maximum": "max", "minimum": "min", "lt": "<", "gt": ">",
         "le": "≤", "ge": "≥", "where": "if"}  # fmt: skip
VIEWS = {"view", "reshape", "_unsafe_view", "unsqueeze", "squeeze", "expand", "select", "slice", "narrow", "alias",
         "clone", "detach", "_to_copy", "_getitem", "t", "transpose", "permute"}  # fmt: skip
PRODUCTS = {"addmm", "mm", "bmm", "matmul", "linear"}
USUAL = ("weight_ih", "weight_hh")
SPLITS = {"split", "split_with_sizes", "chunk", "unbind"}


@dataclass(frozen=True)
class Term:
    """One summand of a layer: what it reads, and the weight, a matrix or a vector with one number a feature."""

    node: int
    weight: Literal["matrix", "vector"]
    name: str = ""


@dataclass
class Node:
    """One box of the diagram.

    Attributes:
        kind: "input" and "output" carry the names of x and of states; a "layer" applies a function
            to weighted sums; "function" and "operation" act on every feature by itself.
        label: σ, tanh, × … ; "sum" for a layer without a function.
        name: of the variable: x, a state, a gate; empty if it has none.
        reads: numbers of the nodes that it reads, in order.
        terms: of a layer.
        bias: whether a layer adds one.
        constant: a number beside the operation, such as the 1 of 1 − z.
    """

    kind: Kind
    label: str
    name: str = ""
    reads: list[int] = field(default_factory=list)
    terms: tuple[Term, ...] = ()
    bias: bool = False
    constant: str = ""


@dataclass(frozen=True)
class Wiring:
    """A cell's diagram as data: `nodes` in an order in which each reads only earlier ones."""

    cell: str
    nodes: list[Node]

    def of_kind(self, kind: Kind) -> list[int]:
        """Return the numbers of the nodes of a kind."""
        return [k for k, node in enumerate(self.nodes) if node.kind == kind]


@dataclass(frozen=True)
class TracedWiring:
    """A wiring, and the operations of the traced step that it was read from.

    Attributes:
        wiring: the diagram as data.
        step: the traced step.
        values: the operation that computes each node, by number.
        sums: the operation that computes the weighted sum of each layer.
    """

    wiring: Wiring
    step: Step
    values: dict[int, fx.Node]
    sums: dict[int, fx.Node]


# what an operation of the traced step stands for while the graph is read
@dataclass(frozen=True)
class _Wire:
    nodes: tuple[int, ...]  # more than one where features were put side by side


@dataclass(frozen=True)
class _Weight:
    name: str = ""
    rows: tuple[int, int] | None = None  # taken from the first dimension
    of: int = 0  # rows of the whole


@dataclass(frozen=True)
class _Sum:
    terms: tuple[Term, ...]
    bias: bool
    rows: tuple[int, int] | None
    of: int = 0
    usual: bool = False  # a product with a weight of the gates


def wiring(cell: Cell) -> Wiring:
    """Return the network of a cell; a step that cannot be traced raises `UntraceableError`."""
    return traced_wiring(cell).wiring


def traced_wiring(cell: Cell) -> TracedWiring:
    """Return the network of a cell with what computes it; raises as `wiring`."""
    like = next((p for p in cell.parameters() if p.is_floating_point()), torch.empty(0))
    step, reader = trace_step(cell, like), _Reader(cell)
    return TracedWiring(reader.read(step.graph), step, reader.sources, reader.sums)


class _Reader:
    def __init__(self, cell: Cell) -> None:
        self.cell = cell
        self.nodes: list[Node] = []
        self.made: dict[tuple[Any, ...], int] = {}  # so that what is computed twice is drawn once
        self.values: dict[fx.Node, Any] = {}
        self.sources: dict[int, fx.Node] = {}  # what computes a node
        self.sums: dict[int, fx.Node] = {}  # what computes the sum of a layer

    def read(self, graph: fx.Graph) -> Wiring:
        """Go through the operations in their order."""
        kept = needed(graph)
        states = {f"state_{name}": name for name in self.cell.states}
        for node in graph.nodes:
            self.now = node
            if node.op == "placeholder":
                if node.name == "x" or node.name in states:
                    self.values[node] = self._wire(Node("input", "", states.get(node.name, "x")))
                else:
                    self.values[node] = self._weight(node)
            elif node.op == "output":
                for name, value in zip(self.cell.states, node.args[0], strict=True):
                    read = self._node(self.values[value])
                    self.sources[len(self.nodes)] = value
                    self.nodes.append(Node("output", "", f"{name}'", [read]))
            elif node in kept:
                self.values[node] = self._value(node)
        return Wiring(type(self.cell).__name__, self.nodes)

    def _value(self, node: fx.Node) -> Any:  # noqa: PLR0911
        name = operation(node)
        given: list[Any] = [self.values[a] if isinstance(a, fx.Node) else a for a in node.args]
        tensors = [v for v in given if isinstance(v, _Wire | _Sum | _Weight | list)]
        if all(isinstance(v, _Weight) for v in tensors):
            return self._of_weights(name, given)
        if name in VIEWS:
            return given[0][given[1]] if name == "_getitem" and isinstance(given[0], list) else given[0]
        if name in PRODUCTS:
            return self._product(name, given)
        if name == "cat":
            return _Wire(tuple(self._node(self.values[part]) for part in given[0]))
        if name in SPLITS:
            return self._parts(given)
        if name == "add" and len(tensors) > 1 and all(isinstance(v, _Sum | _Weight) for v in given[:2]):
            return self._added(given[0], given[1])
        if name == "mul" and len(tensors) > 1 and any(isinstance(v, _Weight) for v in tensors):
            return self._scaled(tensors)
        if name == "mul" and 1 in given[:2]:
            return tensors[0]
        return self._operation(name, given)

    def _weight(self, node: fx.Node) -> _Weight:
        """Return a parameter."""
        name, shape = node.name.removeprefix("cell_"), node.meta["shape"]
        return _Weight(name, (0, shape[0]) if shape else None, shape[0] if shape else 0)

    def _scaled(self, tensors: list[Any]) -> _Sum:
        (weight,) = [v for v in tensors if isinstance(v, _Weight)]
        (read,) = [v for v in tensors if not isinstance(v, _Weight)]
        return _Sum((Term(self._node(read), "vector", weight.name),), False, None)

    def _of_weights(self, name: str, given: list[Any]) -> Any:
        first = next((v for v in given if isinstance(v, _Weight)), _Weight())
        if name in ("split", "chunk", "split_with_sizes") and first.rows is not None:
            sizes = sizes_of(given[1], first.rows[1] - first.rows[0])
            starts = [first.rows[0] + sum(sizes[:k]) for k in range(len(sizes))]
            return [replace(first, rows=(a, a + n)) for a, n in zip(starts, sizes, strict=True)]
        if name == "_getitem":
            return given[0][given[1]] if isinstance(given[0], list) else given[0]
        if name == "slice" and first.rows is not None and given[1] == 0:
            start, stop = first.rows
            low, high = given[2] or 0, stop if given[3] is None else given[3]
            return replace(first, rows=(start + low, min(stop, start + high)))
        return first

    def _product(self, name: str, given: list[Any]) -> _Sum:
        operands = given[1:] if name == "addmm" else given
        weight = next((v for v in operands if isinstance(v, _Weight)), _Weight())
        read = [n for v in operands if not isinstance(v, _Weight) for n in self._each(v)]
        terms = tuple(Term(n, "matrix", weight.name) for n in read)
        return _Sum(terms, name == "addmm", weight.rows, weight.of, weight.name.endswith(USUAL))

    def _parts(self, given: list[Any]) -> list[Any]:
        value = given[0]
        if isinstance(value, _Sum) and value.rows is not None:
            start, stop = value.rows
            sizes = sizes_of(given[1], stop - start)
            starts = [start + sum(sizes[:k]) for k in range(len(sizes))]
            return [replace(value, rows=(a, a + n)) for a, n in zip(starts, sizes, strict=True)]
        whole = self._node(value)
        return _Parts(lambda k: self._wire(Node("function", f"part {k + 1}", "", [whole])))

    def _added(self, a: Any, b: Any) -> Any:
        if isinstance(a, _Weight) or isinstance(b, _Weight):
            whole = b if isinstance(a, _Weight) else a
            return replace(whole, bias=True)
        named = a if a.usual or a.rows is not None else b
        return replace(named, terms=(*a.terms, *b.terms), bias=a.bias or b.bias)

    def _operation(self, name: str, given: list[Any]) -> _Wire:
        read = [v for v in given if isinstance(v, _Wire | _Sum)]
        numbers = [v for v in given if isinstance(v, int | float) and not isinstance(v, bool)]
        if len(read) == 1:
            constant = f"{numbers[0]:g}" if numbers and name in (*INFIX, "rsub", "pow") else ""
            weight = next((v for v in given if isinstance(v, _Weight)), None)
            if weight is not None and name in INFIX:
                constant = weight.name
            label = f"{constant} −" if name == "rsub" else FUNCTIONS.get(name, INFIX.get(name, name.strip("_")))
            if isinstance(read[0], _Sum) and not constant:
                return self._layer(read[0], label)
            kind: Kind = "operation" if name in INFIX else "function"
            shown = "" if name == "rsub" else constant
            return self._wire(Node(kind, label, "", [self._node(read[0])], constant=shown))
        label = INFIX.get(name, FUNCTIONS.get(name, name.strip("_")))
        return self._wire(Node("operation", label, "", [self._node(v) for v in read]))

    def _layer(self, value: _Sum, label: str) -> _Wire:
        reads, summed = list(dict.fromkeys(t.node for t in value.terms)), self._origin(value)
        computed = summed if label == "sum" else self.now
        node = Node("layer", label, self._gate(value), reads, value.terms, value.bias)
        wire = self._wire(node, computed, value.rows)
        self.sums.setdefault(wire.nodes[0], summed)
        return wire

    def _origin(self, value: _Sum | _Wire) -> fx.Node:
        """Return the operation that a value was first read from."""
        return next(node for node, known in self.values.items() if known is value)

    def _gate(self, value: _Sum) -> str:
        """Return the name of the gate whose rows these are; a number if the cell does not name it."""
        gates, H = self.cell.gates, self.cell.hidden_size
        if value.rows is None or value.rows[1] - value.rows[0] != H or value.rows[0] % H:
            return ""
        place, whole = value.rows[0] // H, value.of == len(gates) * H
        if whole and (value.usual or len(gates) > 1):
            return f"g{gates[place]}" if gates[place].isdigit() else gates[place]
        return f"g{place + 1}" if value.of > H and not gates else ""

    def _each(self, value: Any) -> tuple[int, ...]:
        return value.nodes if isinstance(value, _Wire) else (self._node(value),)

    def _node(self, value: Any) -> int:
        """Return the number of the node that stands for a value, made if it is a bare sum."""
        if isinstance(value, _Sum):
            value = self._layer(value, "sum")
        if len(value.nodes) > 1:
            value = self._wire(Node("operation", "join", "", list(value.nodes)), self._origin(value))
        return value.nodes[0]

    def _wire(self, node: Node, computed: fx.Node | None = None, rows: tuple[int, int] | None = None) -> _Wire:
        """Make a node, unless the same is there: one that reads the same with the same rows of the weights."""
        key = (node.kind, node.label, node.name, tuple(node.reads), node.terms, node.bias, node.constant, rows)
        if key not in self.made:
            self.made[key] = len(self.nodes)
            self.sources[len(self.nodes)] = self.now if computed is None else computed
            self.nodes.append(node)
        return _Wire((self.made[key],))


class _Parts(list[Any]):
    """Slices of features; each is made when it is asked for."""

    def __init__(self, make: Callable[[int], _Wire]) -> None:
        super().__init__()
        self.make = make

    def __getitem__(self, index: Any) -> Any:
        return self.make(index)
