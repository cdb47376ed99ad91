"""A traced step and its gradient, lowered from aten operations to expressions over rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

from torch import fx

from frontal.compiler.expression import Buffer, Expression, Shape, contiguous
from frontal.compiler.hoist import Input
from frontal.compiler.lower_pointwise import POINTWISE
from frontal.compiler.lower_views import VIEW
from frontal.compiler.operations import PRODUCTS, REDUCTIONS
from frontal.compiler.recorder import UntraceableError
from frontal.compiler.values import Product, Reduction, Term, Total, Value, Workspace


@dataclass
class Lowered:
    """Expressions of the new states, and of the gradients of every input.

    Args:
        workspace: with the definitions of all buffers that the expressions read.
        inputs: the buffer of each input of the core.
        cotangents: the buffer of each new state's gradient.
        states: the new states.
        gradients: of each input: an expression of a row, or a total over rows; None where there is none.
    """

    workspace: Workspace
    inputs: dict[str, Buffer]
    cotangents: list[Buffer]
    states: list[Expression]
    gradients: dict[str, Expression | Total | None]


class Lowering:
    """Lowers one graph; `batch` is the size that marks the batch dimension."""

    def __init__(self, batch: int) -> None:
        self.batch = batch
        self.workspace = Workspace()
        self.values: dict[fx.Node, Any] = {}

    def value(self, argument: Any) -> Any:
        """Return the value of a node; numbers become constants without a batch."""
        if isinstance(argument, fx.Node):
            return self.values[argument]
        if isinstance(argument, bool | int | float):
            return Value(self.workspace.expressions.constant(float(argument)), None, ())
        return argument

    def run(self, graph: fx.Graph, inputs: Sequence[Input], joint: bool) -> Lowered:
        """Lower a core graph, or with `joint` a graph with its gradient."""
        buffers: dict[str, Buffer] = {}
        cotangents: list[Buffer] = []
        by_name = {item.name: item for item in inputs}
        for node in graph.nodes:
            if node.op == "placeholder":
                item = by_name.get(node.name)
                if item is None:
                    self.values[node] = self._cotangent(node, cotangents)
                    continue
                buffer = buffers[item.name] = Buffer(item.name, item.kind, item.shape)
                load = self.workspace.expressions.load(buffer, buffer.shape)
                self.values[node] = Value(load, None if item.kind == "constant" else 0, buffer.shape)
            elif node.op == "call_function":
                self.values[node] = self._operation(node)
        results: Any = next(node for node in graph.nodes if node.op == "output").args[0]
        new, gradients = results if joint else (results, [])
        states = [self.row(self.values[node]) for node in new]
        found = {
            item.name: None if node is None else self._gradient(self.values[node], item)
            for item, node in zip([i for i in inputs if i.name in buffers], gradients, strict=False)
        }
        return Lowered(self.workspace, buffers, cotangents, states, found)

    def _cotangent(self, node: fx.Node, known: list[Buffer]) -> Value:
        """Return the gradient of a new state: what later steps send back, and for the output what its user sends."""
        shape = tuple(node.meta["shape"][1:])
        expressions = self.workspace.expressions
        known.append(Buffer(f"later{len(known)}", "later", shape))
        total = expressions.load(known[-1], shape)
        if len(known) == 1:
            outputs = Buffer("d_output", "d_output", shape)
            total = expressions.apply("add", total, expressions.load(outputs, shape))
        return Value(total, 0, shape)

    def row(self, value: Value) -> Expression:
        """Return the expression of a (B, …) tensor."""
        if value.batch not in (0, None):
            raise UntraceableError("a state must have the batch as its first dimension")
        return value.expression

    def _gradient(self, value: Any, item: Input) -> Expression | Total:
        if item.kind == "constant":
            if isinstance(value, Value):  # the same for all rows: zero, or a number
                raise UntraceableError(f"the gradient of {item.name} does not depend on the batch")
            return value
        return self.row(value)

    def _operation(self, node: fx.Node) -> Any:
        target: Any = node.target
        handler: Callable[..., Any] | None = POINTWISE.get(target) or VIEW.get(target)
        arguments = [
            self.value(a)
            if not isinstance(a, list | tuple)
            else [self.value(b) if isinstance(b, fx.Node) else b for b in a]
            for a in node.args
        ]
        try:
            if target in PRODUCTS:
                return self._product(arguments[0], arguments[1])
            if target in REDUCTIONS:
                return self._reduce(node, arguments[0])
            if handler is not None:
                return handler(self, node, arguments)
            if not isinstance(node.target, str) and getattr(target, "__name__", "") == "_getitem":
                return self.values[node.args[0]][node.args[1]]  # pyright: ignore
        except UntraceableError as error:
            raise UntraceableError(f"{node.meta.get('line', 'the step')}: {target}: {error}") from error
        raise UntraceableError(f"{node.meta.get('line', 'the step')}: no kernel can be written for {target}")

    # products

    def _product(self, a: Any, b: Any) -> Value | Total:
        if isinstance(a, Total) or isinstance(b, Total):
            raise UntraceableError("a product with something summed over the batch")
        leading = len(a.dims(self.batch)) - 2  # 0, or 1 with groups
        rows, columns = leading, leading + 1
        if a.batch == columns and b.batch == rows:
            features = (*a.features, b.features[-1])
            return Total((Term(a.expression, b.expression),), features)
        if a.batch == rows and b.batch is None:
            return self._weighted(a, b.expression, leading, swap=False)
        if b.batch == columns and a.batch is None:
            return self._weighted(b, a.expression, leading, swap=True)
        raise UntraceableError("this product is neither of rows with a weight nor of two rows over the batch")

    def _weighted(self, rows: Value, weight: Expression, leading: int, *, swap: bool) -> Value:
        """Return rows · weight; with `swap`, weight · rows where the batch comes last."""
        if weight.buffer is None or weight.buffer.kind != "constant":
            raise UntraceableError("the second factor of a product must be a weight")
        if swap:
            order = (*range(leading), leading + 1, leading)
            weight = self.permuted(weight, order)
        groups = weight.shape[0] if leading else 1
        K, N = weight.shape[-2:]
        operand = self.workspace.operand(self.workspace.reshaped(rows.expression, (groups * K,)))
        shape = (groups, N) if leading else (N,)
        buffer = self.workspace.define(
            (groups * N,), Product(operand, weight, groups, K, N), ("product", operand, weight)
        )
        load = self.workspace.expressions.load(buffer, shape, 0, contiguous(shape))
        return Value(load, (leading + 1 if swap else leading), shape)

    def permuted(self, expression: Expression, order: Sequence[int]) -> Expression:
        """Return the expression with its dimensions in another order."""
        if expression.is_constant or list(order) == sorted(order):
            return expression

        def change(shape: Shape, strides: Shape, offset: int) -> tuple[Shape, Shape, int]:
            return tuple(shape[k] for k in order), tuple(strides[k] for k in order), offset

        moved = self.workspace.expressions.restride(expression, change)
        assert moved is not None
        return moved

    # reductions

    def _reduce(self, node: fx.Node, value: Any) -> Any:
        dims = value.dims(self.batch) if isinstance(value, Value) else value.features
        asked: Any = node.args[1] if len(node.args) > 1 else None
        keep = bool(node.args[2]) if len(node.args) > 2 else bool(node.kwargs.get("keepdim", False))
        axes = sorted({d % len(dims) for d in ([asked] if isinstance(asked, int) else asked or range(len(dims)))})
        kind = REDUCTIONS[node.target]  # pyright: ignore[reportArgumentType]
        if isinstance(value, Total):
            if all(dims[d] == 1 for d in axes) and kind == "sum":
                kept = tuple(n for d, n in enumerate(dims) if keep or d not in axes)
                return Total(value.terms, kept)
            raise UntraceableError("a sum over something already summed over the batch")
        if kind == "mean":
            if value.batch in axes:
                raise UntraceableError("a mean over the batch")
            total = self._reduced("sum", value, axes, keep)
            count = prod(dims[d] for d in axes)
            scaled = self.workspace.expressions.apply(
                "mul", total.expression, self.workspace.expressions.constant(1 / count)
            )
            return Value(scaled, total.batch, total.features)
        if value.batch is not None and value.batch in axes:
            if kind != "sum":
                raise UntraceableError(f"{kind} over the batch")
            return self._total(value, axes, keep)
        return self._reduced(kind, value, axes, keep)

    def _reduced(self, kind: str, value: Value, axes: list[int], keep: bool) -> Value:
        """Reduce over feature dimensions."""
        inner = [d - (value.batch is not None and d > value.batch) for d in axes]
        inner = [d for d in inner if value.features[d] != 1]
        kept = tuple(1 if d in inner else n for d, n in enumerate(value.features))
        expression = value.expression
        if inner and not expression.is_constant:
            expression = self._reduction(kind, expression, inner, kept)
        elif inner and kind == "sum":
            scale = prod(value.features[d] for d in inner)
            expression = self.workspace.expressions.constant(expression.number * scale)
        batch = value.batch
        if keep:
            return Value(expression, batch, kept)
        features = tuple(
            n for d, n in enumerate(value.features) if (d + (batch is not None and d >= batch)) not in axes
        )
        moved = None if batch is None else batch - sum(d < batch for d in axes)
        return Value(self.workspace.reshaped(expression, features), moved, features)

    def _reduction(self, kind: str, expression: Expression, inner: list[int], kept: Shape) -> Expression:
        dims = len(expression.shape)
        last = inner == list(range(dims - len(inner), dims))
        if not last:
            if kind != "sum" or dims - 1 in inner:
                raise UntraceableError(f"{kind} over dimensions that are not the last ones")
            definition = Reduction(kind, expression, 0, contiguous(kept))
        else:
            definition = Reduction(kind, expression, len(inner), contiguous(kept))
        buffer = self.workspace.define(kept, definition, ("reduce", kind, expression, tuple(inner)))
        return self.workspace.expressions.load(buffer, kept)

    def _total(self, value: Value, axes: list[int], keep: bool) -> Total:
        """Sum over the batch, and over the other axes within each row first."""
        assert value.batch is not None
        others = [d for d in axes if d != value.batch]
        rows = self._reduced("sum", value, others, True) if others else value
        dims = rows.dims(self.batch)
        features = tuple(1 if d == value.batch else n for d, n in enumerate(dims) if keep or d not in axes)
        shape = tuple(n for n in features if n != 1) or (1,)
        expression = self.workspace.reshaped(rows.expression, shape) if not rows.expression.is_constant else None
        if expression is None:
            raise UntraceableError("a sum of a constant over the batch")
        return Total((Term(expression, None),), features)


def shapes_of(graph: fx.Graph) -> dict[str, Shape]:
    """Return the shape of each placeholder of a recorded graph."""
    return {node.name: tuple(node.meta["shape"]) for node in graph.nodes if node.op == "placeholder"}
