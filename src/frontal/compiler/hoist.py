"""What of a step can leave the loop over time: products of weights with x, and what depends on weights alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Literal

import torch
from torch import Tensor, fx
from torch.fx.node import map_arg

from frontal.compiler.operations import FACTORIES, RANDOM, is_light
from frontal.compiler.recorder import Recorder, UntraceableError
from frontal.compiler.trace import Step

aten = torch.ops.aten
CONSTANT, INPUT, RECURRENT = range(3)  # depends on the cell's tensors alone; on x too; on the states
Kind = Literal["sequence", "projection", "state", "constant"]


@dataclass(frozen=True)
class Input:
    """An input of the core.

    Args:
        name: its placeholder.
        kind: a sequence, (T, B, …), computed outside or x itself; a projection, x · weight, which the
            kernel computes; a state; or a constant, the same at every step.
        shape: without time and batch.
        weight: of a projection, (N, I), or (I, N) if not `transposed`: the constant's name.
    """

    name: str
    kind: Kind
    shape: tuple[int, ...]
    weight: str = ""
    transposed: bool = False


@dataclass
class Hoisted:
    """A step, divided.

    Args:
        core: a graph whose placeholders are `inputs` and whose outputs are the new states.
        outside: a graph over x and the cell's tensors that computes constants and sequences; its
            outputs are in the order of `outputs`.
        outputs: names of core inputs that `outside` computes.
        batch: the batch size that marks the batch in both.
        states: names of the states in the core.
    """

    core: fx.Graph
    outside: fx.Graph
    inputs: list[Input]
    outputs: list[str]
    batch: int
    states: tuple[str, ...]
    direct: dict[str, str] = field(default_factory=dict)
    """Constants that are a tensor of the cell as it is: name of the input -> path of the tensor."""
    paths: dict[str, str] = field(default_factory=dict)
    """Placeholders of the graph outside, but for x: name -> path of the tensor."""


def hoist(step: Step, order: tuple[str, ...]) -> Hoisted:
    """Divide a step; `order` are the paths of the cell's tensors, as in `step.constants`."""
    graph, classes = _normal_form(step)
    return _Division(graph, classes, step).divide(order)


def _normal_form(step: Step) -> tuple[fx.Graph, dict[fx.Node, int]]:
    """Write linear maps as one product a weight matrix and operand, plus sums; classify every node."""
    old = _classes(step.graph, len(step.states))
    recorder = Recorder()
    values: dict[fx.Node, Any] = {}
    nodes = sorted(
        (n for n in step.graph.nodes if n.op != "output"), key=lambda n: old[n] if n.op != "placeholder" else -1
    )
    twins = _products_by_operand(step.graph, old)
    for node in nodes:
        if node.op == "placeholder":
            blank = torch.zeros(node.meta["shape"], dtype=node.meta["dtype"])
            values[node] = recorder.placeholder(node.name, blank)
    with torch.no_grad(), recorder:
        for node in nodes:
            if node not in values:
                recorder.line = node.meta.get("line")
                values.update(_normalised(node, values, old, twins))
    output = next(node for node in step.graph.nodes if node.op == "output")
    recorder.graph.output(tuple(values[node].node for node in output.args[0]))
    recorder.graph.eliminate_dead_code()
    return recorder.graph, _classes(recorder.graph, len(step.states))


def _classes(graph: fx.Graph, states: int) -> dict[fx.Node, int]:
    classes: dict[fx.Node, int] = {}
    for k, node in enumerate(graph.nodes):
        if node.op == "placeholder":
            classes[node] = INPUT if k == 0 else RECURRENT if k <= states else CONSTANT
        else:
            own = INPUT if node.target in RANDOM else CONSTANT
            classes[node] = max([own, *(classes[arg] for arg in node.all_input_nodes)])
    return classes


def _linear_parts(node: fx.Node) -> tuple[fx.Node, fx.Node, bool, fx.Node | None] | None:
    """Return operand, weight, whether the weight is (N, K), and bias of a product of two matrices."""
    a: Any = node.args
    if node.target is aten.mm.default:
        return a[0], a[1], False, None
    if node.target is aten.addmm.default and not node.kwargs:
        return a[1], a[2], False, a[0]
    if node.target is aten.linear.default and len(a[0].meta["shape"]) == 2:
        return a[0], a[1], True, a[2] if len(a) > 2 else None
    return None


def _products_by_operand(graph: fx.Graph, classes: dict[fx.Node, int]) -> dict[fx.Node, list[fx.Node]]:
    """For every product with a weight, all products with the same operand."""
    families: dict[fx.Node, list[fx.Node]] = {}
    for node in graph.nodes:
        parts = _linear_parts(node)
        if parts and classes[parts[0]] != CONSTANT and classes[parts[1]] == CONSTANT:
            families.setdefault(parts[0], []).append(node)
    return {node: family for family in families.values() for node in family}


def _normalised(
    node: fx.Node,
    values: dict[fx.Node, Any],
    classes: dict[fx.Node, int],
    families: dict[fx.Node, list[fx.Node]],
) -> dict[fx.Node, Any]:
    """Run one node again, or all products with the same operand at once."""
    parts = _linear_parts(node)
    if node in families:
        family = [(member, *_parts(member)) for member in families[node]]
        weights = [_rows(values, w, rows) for _, _, w, rows, _ in family]  # each (N, K)
        weight = weights[0] if len(weights) == 1 else torch.cat(weights, 0)
        product = _product(family[0][1], weight, values, classes)  # (B, ΣN)
        pieces = [product] if len(family) == 1 else product.split([w.shape[0] for w in weights], 1)
        return {
            member: piece if bias is None else piece + values[bias]
            for piece, (member, _, _, _, bias) in zip(pieces, family, strict=True)
        }
    if parts and classes[parts[0]] == CONSTANT and classes[parts[1]] != CONSTANT and not parts[2]:
        product = (values[parts[1]].t() @ values[parts[0]].t()).t()
        return {node: product if parts[3] is None else product + values[parts[3]]}
    arguments, keywords = map_arg((node.args, node.kwargs), values.__getitem__)
    target: Callable[..., Any] = node.target  # pyright: ignore[reportAssignmentType]
    return {node: target(*arguments, **keywords)}


def _rows(values: dict[fx.Node, Any], weight: fx.Node, rows: bool) -> Tensor:
    """Return a weight as (N, K)."""
    if rows:
        return values[weight]
    inner: Any = weight.args[0] if weight.target is aten.t.default else None
    return values[weight].t() if inner is None else values[inner]


def _parts(node: fx.Node) -> tuple[fx.Node, fx.Node, bool, fx.Node | None]:
    parts = _linear_parts(node)
    assert parts is not None
    return parts


def _product(operand: fx.Node, weight: Tensor, values: dict[fx.Node, Any], classes: dict[fx.Node, int]) -> Tensor:
    """Return operand · weightᵀ; an operand glued from x and states is taken apart, so that x can be hoisted."""
    if operand.target is aten.cat.default and _dim(operand) == 1:
        pieces: Any = operand.args[0]
        runs = [(key, list(run)) for key, run in groupby(pieces, key=lambda piece: classes[piece])]
        if len(runs) > 1:
            widths = [sum(piece.meta["shape"][1] for piece in run) for _, run in runs]
            total: Tensor | None = None
            for (_, run), block in zip(runs, weight.split(widths, 1), strict=True):
                glued = values[run[0]] if len(run) == 1 else torch.cat([values[piece] for piece in run], 1)
                term = glued @ block.t()
                total = term if total is None else total + term
            assert total is not None
            return total
    return values[operand] @ weight.t()


def _dim(cat: fx.Node) -> int:
    dim: Any = cat.args[1] if len(cat.args) > 1 else 0
    return dim % len(cat.meta["shape"])


class _Division:
    """Copies each node either into the core or into the graph outside."""

    def __init__(self, graph: fx.Graph, classes: dict[fx.Node, int], step: Step) -> None:
        self.classes, self.step = classes, step
        self.placeholders = [node for node in graph.nodes if node.op == "placeholder"]
        self.results: Any = next(node for node in graph.nodes if node.op == "output").args[0]
        self.nodes = [node for node in graph.nodes if node.op == "call_function"]
        self.core = fx.Graph()
        self.inside: dict[fx.Node, fx.Node] = {}
        self.inputs: list[Input] = []
        self.states: list[str] = []  # as they are called in the core; fx has a say in names
        self.hoisted: dict[str, fx.Node] = {}  # what is computed outside, by name of the core's input

    def divide(self, order: tuple[str, ...]) -> Hoisted:
        """Return both halves."""
        names = self.step.states
        elsewhere = self._outside_nodes()
        for node, name in zip(self.placeholders[1 : len(names) + 1], names, strict=True):
            self.states.append(self._input(node, "state", f"{name}_before").name.removesuffix("_before"))
        for node in self.nodes:
            if node not in elsewhere:
                self._copy(node)
        self.core.output(tuple(self._in_core(node) for node in self.results))
        self.core.eliminate_dead_code()
        _check_dtypes(self.core, {item.name for item in self.inputs if item.kind == "constant"})
        direct = {
            name: order[self.placeholders.index(node) - 1 - len(names)]
            for name, node in self.hoisted.items()
            if node in self.placeholders and self.classes[node] == CONSTANT
        }
        outputs = [name for name in self.hoisted if name not in direct and name != "x"]
        tensors = self.placeholders[1 + len(names) :]
        paths = {node.name: path for node, path in zip(tensors, order, strict=True)}
        outside_graph = self._graph_outside(outputs)
        return Hoisted(
            self.core, outside_graph, self.inputs, outputs, self.step.batch, tuple(self.states), direct, paths
        )

    def _outside_nodes(self) -> set[fx.Node]:
        """Constants, random numbers, what cannot be in a kernel but need not be, and their ancestors."""
        outside: set[fx.Node] = set()
        for node in reversed(self.nodes):
            heavy = self.classes[node] == INPUT and not is_light(node.target)
            needed = self.classes[node] <= INPUT and any(user in outside for user in node.users)
            if (self.classes[node] == CONSTANT and node.target not in FACTORIES) or heavy or needed:
                outside.add(node)
                outside.update(user for user in node.users if "shape" not in node.meta)  # parts of several results
        return outside

    def _copy(self, node: fx.Node) -> None:
        self.inside[node] = copied = self.core.node_copy(node, self._in_core)
        copied.meta = dict(node.meta)

    def _in_core(self, node: fx.Node) -> fx.Node:
        """Return the core's node for `node`, which becomes an input where it is computed outside."""
        if node in self.inside:
            return self.inside[node]
        if self.classes[node] == CONSTANT:
            if node.target is aten.t.default and node.args[0] not in self.inside:
                self._in_core(node.args[0])  # pyright: ignore[reportArgumentType]
            if node.target is aten.t.default:
                self._copy(node)
                return self.inside[node]
            return self._input(node, "constant", self._name_of_constant(node))
        if node is self.placeholders[0]:
            return self._input(node, "sequence", "x")
        projection = self._projection(node)
        return projection or self._input(node, "sequence", f"sequence{len(self.hoisted)}")

    def _projection(self, node: fx.Node) -> fx.Node | None:
        """Return the input x · weight of the core, if the node is that."""
        if node.target is not aten.mm.default or node.args[0] is not self.placeholders[0]:
            return None
        weight: Any = node.args[1]
        transposed = weight.target is aten.t.default
        root = weight.args[0] if transposed else weight
        name = self._free(self._name_of_constant(root))
        known = next((item.name for item in self.inputs if self.hoisted.get(item.name) is root), None)
        if known is None:
            self.hoisted[name] = root
            self.inputs.append(Input(name, "constant", tuple(root.meta["shape"])))
        return self._input(node, "projection", self._free("xw"), known or name, transposed)

    def _name_of_constant(self, node: fx.Node) -> str:
        if node in self.placeholders:
            return node.name
        return f"computed{len(self.hoisted)}"

    def _free(self, name: str) -> str:
        """Return the name, or one like it that nothing has."""
        taken = {item.name for item in self.inputs}
        return name if name not in taken else self._free(name + "_")

    def _input(self, node: fx.Node, kind: Kind, name: str, weight: str = "", transposed: bool = False) -> fx.Node:
        self.inside[node] = placeholder = self.core.placeholder(self._free(name))
        name = placeholder.name
        placeholder.meta = dict(node.meta)
        shape = tuple(node.meta["shape"])
        if kind != "constant":
            if not shape or shape[0] != self.step.batch or any(n % self.step.batch == 0 for n in shape[1:] if n):
                raise UntraceableError(f"{node.meta.get('line')}: {node.target} mixes the batch with other dimensions")
            shape = shape[1:]
        self.inputs.append(Input(name, kind, shape, weight, transposed))
        if kind in ("sequence", "constant"):
            self.hoisted[name] = node
        return placeholder

    def _graph_outside(self, outputs: list[str]) -> fx.Graph:
        graph = fx.Graph()
        copies: dict[fx.Node, fx.Node] = {}
        states = set(self.placeholders[1 : len(self.step.states) + 1])
        for node in self.placeholders:
            if node not in states:
                copies[node] = graph.placeholder(node.name)
        for node in self.nodes:
            if self.classes[node] != RECURRENT:
                copies[node] = graph.node_copy(node, copies.__getitem__)
        graph.output(tuple(copies[self.hoisted[name]] for name in outputs))
        graph.eliminate_dead_code()
        return graph


def _check_dtypes(core: fx.Graph, constants: set[str]) -> None:
    """Refuse a step that computes in another precision, or rounds to whole numbers: a kernel has one dtype."""
    varying = {node for node in core.nodes if node.op == "placeholder" and node.name not in constants}
    own = next(node.meta["dtype"] for node in varying if node.meta["dtype"].is_floating_point)
    for node in core.nodes:
        dtype: torch.dtype | None = node.meta.get("dtype")
        if node.op != "call_function" or dtype is None or not varying.intersection(node.all_input_nodes):
            continue
        varying.add(node)
        of_floats = any(arg.meta.get("dtype", dtype).is_floating_point for arg in node.all_input_nodes)
        rounds = node.target is aten._to_copy.default and of_floats and not dtype.is_floating_point
        if rounds or (dtype.is_floating_point and dtype != own):
            raise UntraceableError(f"{node.meta.get('line')}: the step turns {own} into {dtype}, a kernel has only one")
