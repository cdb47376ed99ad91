"""Elementwise aten operations, as expressions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import torch
from torch import fx

from frontal.compiler.expression import Expression, Shape
from frontal.compiler.operations import BINARY, FACTORIES, UNARY
from frontal.compiler.recorder import UntraceableError, aten
from frontal.compiler.values import Assembly, Piece, Total, Value, Workspace

if TYPE_CHECKING:
    from frontal.compiler.lower import Lowering


def fit(lowering: Lowering, values: list[Value]) -> tuple[list[Expression], int | None, Shape]:
    """Broadcast values to one shape; return their expressions, the place of the batch, the features."""
    dims = [v.dims(lowering.batch) for v in values]
    rank = max(map(len, dims))
    places = {v.batch + rank - len(d) for v, d in zip(values, dims, strict=True) if v.batch is not None}
    if len(places) > 1:
        raise UntraceableError("the batch stands in different places")
    place = places.pop() if places else None
    padded = [(1,) * (rank - len(d)) + d for d in dims]
    full = tuple(max(sizes) if 0 not in sizes else 0 for sizes in zip(*padded, strict=True))
    features = tuple(n for k, n in enumerate(full) if k != place)
    expressions = []
    for value, sizes in zip(values, padded, strict=True):
        if value.batch is None and place is not None and sizes[place] != 1:
            raise UntraceableError("a constant of the size of the batch")
        own = tuple(n for k, n in enumerate(sizes) if k != place)
        reshaped = lowering.workspace.reshaped(value.expression, own)
        expressions.append(lowering.workspace.broadcast(reshaped, features))
    return expressions, place, features


def elementwise(lowering: Lowering, function: str, values: list[Value]) -> Value:
    """Apply a function of the plan."""
    expressions, place, features = fit(lowering, values)
    return Value(lowering.workspace.expressions.apply(function, *expressions), place, features)


def _unary(lowering: Lowering, node: fx.Node, arguments: list[Any]) -> Any:
    function = UNARY[node.target]  # pyright: ignore[reportArgumentType]
    if isinstance(arguments[0], Total):
        if function != "neg":
            raise UntraceableError(f"{function} of something summed over the batch")
        return _scaled(arguments[0], -1.0)
    if function == "relu":
        return _select(lowering, "gt", arguments[0], 0.0, arguments[0], 0.0)
    return elementwise(lowering, function, [arguments[0]])


def _binary(lowering: Lowering, node: fx.Node, arguments: list[Any]) -> Any:
    function = BINARY[node.target]  # pyright: ignore[reportArgumentType]
    left, right = arguments[:2]
    alpha: Any = node.kwargs.get("alpha", arguments[2].expression.number if len(arguments) > 2 else 1)
    if node.kwargs.get("rounding_mode"):
        raise UntraceableError("division with rounding")
    if isinstance(left, Total) or isinstance(right, Total):
        return _of_totals(function, left, right, float(alpha))
    if alpha != 1:
        right = elementwise(lowering, "mul", [right, _number(lowering, alpha)])
    if function in ("add", "sub", "mul", "div", "maximum", "minimum", "pow", "atan2"):
        left, right = _as_number(lowering, left), _as_number(lowering, right)
    if function == "add":
        joined = _joined(lowering.workspace, left, right)
        if joined is not None:
            return joined
    if function == "div" and right.expression.is_constant and right.expression.number:
        inverse = _number(lowering, 1 / right.expression.number)
        exact = float(right.expression.number).hex().split("p")[0].rstrip("0") in ("0x1.", "-0x1.")
        return elementwise(lowering, "mul" if exact else "div", [left, inverse if exact else right])
    return elementwise(lowering, function, [left, right])


def _as_number(lowering: Lowering, value: Value) -> Value:
    """A truth value counts as 1 or 0."""
    if not value.expression.truth:
        return value
    return elementwise(lowering, "where", [value, _number(lowering, 1), _number(lowering, 0)])


def _number(lowering: Lowering, number: float) -> Value:
    return Value(lowering.workspace.expressions.constant(float(number)), None, ())


def _of_totals(function: str, left: Any, right: Any, alpha: float) -> Total:
    if isinstance(left, Total) and isinstance(right, Total) and function in ("add", "sub"):
        if left.features != right.features:
            raise UntraceableError("gradients of different shapes")
        return Total(left.terms + _scaled(right, alpha if function == "add" else -alpha).terms, left.features)
    total, factor = (left, right) if isinstance(left, Total) else (right, left)
    if function == "mul" and isinstance(factor, Value) and factor.expression.is_constant:
        return _scaled(total, factor.expression.number)
    if function == "div" and total is left and isinstance(factor, Value) and factor.expression.is_constant:
        return _scaled(total, 1 / factor.expression.number)
    raise UntraceableError(f"{function} of something summed over the batch")


def _scaled(total: Total, factor: float) -> Total:
    return Total(tuple(replace(term, scale=term.scale * factor) for term in total.terms), total.features)


def _joined(workspace: Workspace, left: Value, right: Value) -> Value | None:
    """Add two buffers that are zero outside of pieces which do not overlap: put all pieces into one."""
    if left.features != right.features or left.batch != right.batch:
        return None
    found: list[Assembly] = []
    for value in (left, right):
        buffer = value.expression.buffer
        definition = workspace.definitions.get(buffer) if buffer is not None else None
        if not isinstance(definition, Assembly) or definition.covered or not value.expression.is_all_of(buffer):  # pyright: ignore[reportArgumentType]
            return None
        found.append(definition)
    pieces = found[0].pieces + found[1].pieces
    taken: set[int] = set()
    for piece in pieces:
        cells = set(_cells(piece))
        if taken & cells:
            return None
        taken |= cells
    size = 1
    for n in left.features:
        size *= n
    assembly = Assembly(pieces, covered=len(taken) == size)
    buffer = workspace.define(left.features, assembly, ("joined", left.expression, right.expression))
    return Value(workspace.expressions.load(buffer, left.features), left.batch, left.features)


def _cells(piece: Piece) -> list[int]:
    """Return every index of the buffer that a piece fills."""
    cells = [piece.offset]
    for n, stride in zip(piece.expression.shape, piece.strides, strict=True):
        cells = [c + k * stride for c in cells for k in range(n)]
    return cells


def _select(lowering: Lowering, comparison: str, left: Value, bound: float, yes: Any, no: Any) -> Value:
    """Return `yes` where left compares so to the bound, else `no`."""
    condition = elementwise(lowering, comparison, [left, _number(lowering, bound)])
    yes, no = (v if isinstance(v, Value) else _number(lowering, v) for v in (yes, no))
    return elementwise(lowering, "where", [condition, yes, no])


def _where(lowering: Lowering, node: fx.Node, arguments: list[Any]) -> Value:
    condition = arguments[0]
    if not condition.expression.truth:
        condition = elementwise(lowering, "ne", [condition, _number(lowering, 0)])
    return elementwise(lowering, "where", [condition, *(_as_number(lowering, v) for v in arguments[1:])])


def _masked_fill(lowering: Lowering, node: fx.Node, arguments: list[Any]) -> Value:
    return _where(lowering, node, [arguments[1], arguments[2], arguments[0]])


def _rsub(lowering: Lowering, node: fx.Node, arguments: list[Any]) -> Value:
    alpha: Any = node.args[2] if len(node.args) > 2 else node.kwargs.get("alpha", 1)
    left = arguments[0] if alpha == 1 else elementwise(lowering, "mul", [arguments[0], _number(lowering, alpha)])
    return elementwise(lowering, "sub", [arguments[1], left])


def _clamp(lowering: Lowering, node: fx.Node, arguments: list[Any]) -> Value:
    given = dict(zip(("self", "min", "max"), arguments, strict=False))
    if node.target is aten.clamp_max.default:
        given = {"self": arguments[0], "max": arguments[1]}
    for name in ("min", "max"):
        if name in node.kwargs:
            given[name] = lowering.value(node.kwargs[name])
    value = given["self"]
    if given.get("min") is not None:
        value = elementwise(lowering, "maximum", [value, given["min"]])
    if given.get("max") is not None:
        value = elementwise(lowering, "minimum", [value, given["max"]])
    return value


def _copy(lowering: Lowering, node: fx.Node, arguments: list[Any]) -> Any:
    if isinstance(arguments[0], Total):
        return arguments[0]
    value, dtype = arguments[0], node.meta.get("dtype")
    if dtype == torch.bool and not value.expression.truth:
        return elementwise(lowering, "ne", [value, _number(lowering, 0)])
    if dtype is not None and not dtype.is_floating_point and dtype != torch.bool:
        raise UntraceableError(f"conversion to {dtype}")
    return _as_number(lowering, value) if dtype is not None and dtype.is_floating_point else value


def _softplus(lowering: Lowering, node: fx.Node, arguments: list[Any]) -> Value:
    """log(1 + exp(β x)) / β, which is x itself above the threshold."""
    beta, threshold = _softplus_options(node, 1)
    x = arguments[0]
    scaled = elementwise(lowering, "mul", [x, _number(lowering, beta)])
    soft = elementwise(lowering, "softplus", [scaled])
    soft = elementwise(lowering, "div", [soft, _number(lowering, beta)])
    return elementwise(
        lowering, "where", [elementwise(lowering, "gt", [scaled, _number(lowering, threshold)]), x, soft]
    )


def _softplus_backward(lowering: Lowering, node: fx.Node, arguments: list[Any]) -> Value:
    beta, threshold = _softplus_options(node, 2)
    gradient, x = arguments[:2]
    scaled = elementwise(lowering, "mul", [x, _number(lowering, beta)])
    soft = elementwise(lowering, "mul", [gradient, elementwise(lowering, "sigmoid", [scaled])])
    return elementwise(
        lowering, "where", [elementwise(lowering, "gt", [scaled, _number(lowering, threshold)]), gradient, soft]
    )


def _softplus_options(node: fx.Node, first: int) -> tuple[float, float]:
    given: Any = node.args[first:]
    beta = given[0] if given else node.kwargs.get("beta", 1)
    threshold = given[1] if len(given) > 1 else node.kwargs.get("threshold", 20)
    return float(beta), float(threshold)  # pyright: ignore[reportArgumentType]


def _threshold_backward(lowering: Lowering, node: fx.Node, arguments: list[Any]) -> Value:
    gradient, x, bound = arguments
    return _select(lowering, "gt", x, bound.expression.number, gradient, 0.0)


def _addcmul(lowering: Lowering, node: fx.Node, arguments: list[Any]) -> Value:
    product = elementwise(lowering, "mul", arguments[1:3])
    factor: Any = node.kwargs.get("value", 1)
    if factor != 1:
        product = elementwise(lowering, "mul", [product, _number(lowering, factor)])
    return elementwise(lowering, "add", [arguments[0], product])


def _square(lowering: Lowering, node: fx.Node, arguments: list[Any]) -> Value:
    return elementwise(lowering, "mul", [arguments[0], arguments[0]])


def _factory(lowering: Lowering, node: fx.Node, arguments: list[Any]) -> Value:
    name = node.target._schema.name.split("::")[1]  # pyright: ignore
    fill: Any = {"zeros": 0, "ones": 1, "empty": 0}.get(name.removeprefix("new_").removesuffix("_like"))
    if fill is None:
        last = arguments[0] if name == "scalar_tensor" else arguments[1 if name in ("full", "full_like") else 2]
        fill = last.expression.number
    shape = node.meta["shape"]
    places = [k for k, n in enumerate(shape) if n == lowering.batch]
    place = places[0] if places else None
    features = tuple(n for k, n in enumerate(shape) if k != place)
    value = Value(lowering.workspace.expressions.constant(float(fill)), place, features)
    return _copy(lowering, node, [value]) if node.meta["dtype"] == torch.bool else value


Handler = Callable[["Lowering", fx.Node, list[Any]], Any]
POINTWISE: dict[Any, Handler] = {
    **dict.fromkeys(UNARY, _unary),
    **dict.fromkeys(BINARY, _binary),
    **dict.fromkeys(FACTORIES, _factory),
    aten.where.self: _where,
    aten.masked_fill.Scalar: _masked_fill,
    aten.rsub.Tensor: _rsub,
    aten.rsub.Scalar: _rsub,
    aten.clamp.default: _clamp,
    aten.clamp_min.default: _clamp,
    aten.clamp_max.default: _clamp,
    aten._to_copy.default: _copy,
    aten.clone.default: _copy,
    aten.softplus.default: _softplus,
    aten.softplus_backward.default: _softplus_backward,
    aten.threshold_backward.default: _threshold_backward,
    aten.addcmul.default: _addcmul,
    aten.square.default: _square,
}
