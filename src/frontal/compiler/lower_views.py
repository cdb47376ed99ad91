"""aten operations that only look at numbers otherwise, as loads with other offsets and strides."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import prod
from typing import TYPE_CHECKING, Any

from torch import fx

from frontal.compiler.expression import Shape, contiguous
from frontal.compiler.recorder import UntraceableError, aten
from frontal.compiler.values import Assembly, Piece, Total, Value

if TYPE_CHECKING:
    from frontal.compiler.lower import Lowering


def _ints(node: fx.Node, k: int) -> list[int]:
    given: Any = node.args[k]
    return [int(n) for n in given]


def _dims(lowering: Lowering, value: Any) -> Shape:
    return value.dims(lowering.batch) if isinstance(value, Value) else value.features


def _feature(value: Value, dim: int) -> int:
    """Return the place among the features of a tensor's dimension, which must not be the batch."""
    if dim == value.batch:
        raise UntraceableError("an operation along the batch")
    return dim - (value.batch is not None and dim > value.batch)


def _view(lowering: Lowering, node: fx.Node, arguments: list[Any]) -> Any:
    value = arguments[0]
    return viewed(lowering, value, _resolved(_ints(node, 1), prod(_dims(lowering, value))))


def _resolved(sizes: Sequence[int], total: int) -> Shape:
    known = prod(n for n in sizes if n != -1)
    return tuple(total // known if n == -1 else n for n in sizes)


def viewed(lowering: Lowering, value: Any, sizes: Shape) -> Any:
    """Return the tensor with other dimensions; the batch must stay a dimension of its own."""
    if isinstance(value, Total):
        return _viewed_total(value, sizes)
    if value.batch is None:
        return Value(lowering.workspace.reshaped(value.expression, sizes), None, sizes)
    places = [k for k, n in enumerate(sizes) if n == lowering.batch]
    before = prod(value.features[: value.batch])
    places = [k for k in places if prod(sizes[:k]) == before]
    if not places:
        raise UntraceableError(f"the view {sizes} mixes the batch with features")
    place = places[0]
    features = tuple(n for k, n in enumerate(sizes) if k != place)
    return Value(lowering.workspace.reshaped(value.expression, features), place, features)


def _viewed_total(total: Total, sizes: Shape) -> Total:
    trivial = [n for n in sizes if n != 1] == [n for n in total.features if n != 1]
    if not trivial and any(term.right is not None for term in total.terms):
        raise UntraceableError("a view of a weight's gradient")
    return Total(total.terms, sizes)


def _slice(lowering: Lowering, node: fx.Node, arguments: list[Any]) -> Any:
    value = arguments[0]
    dims = _dims(lowering, value)
    given: list[Any] = [*node.args[1:], *([None] * 4)][:4]
    dim, start, stop, step = given[0] or 0, given[1] or 0, given[2], given[3] or 1
    dim %= len(dims)
    start = start + dims[dim] if start < 0 else min(start, dims[dim])
    stop = dims[dim] if stop is None else stop + dims[dim] if stop < 0 else min(stop, dims[dim])
    if (start, stop, step) == (0, dims[dim], 1):
        return value
    if step != 1:
        raise UntraceableError("a slice with a step")
    return cut(lowering, value, dim, start, stop)


def cut(lowering: Lowering, value: Any, dim: int, start: int, stop: int) -> Value:
    """Return start .. stop - 1 of a dimension."""
    if isinstance(value, Total):
        raise UntraceableError("a part of something summed over the batch")
    place = _feature(value, dim)
    features = (*value.features[:place], stop - start, *value.features[place + 1 :])
    return Value(lowering.workspace.part(value.expression, place, start, stop), value.batch, features)


def _select(lowering: Lowering, node: fx.Node, arguments: list[Any]) -> Value:
    value = arguments[0]
    dims = _dims(lowering, value)
    given: Any = node.args
    dim, index = given[1] % len(dims), given[2]
    return picked(lowering, value, dim, index % dims[dim])


def picked(lowering: Lowering, value: Value, dim: int, index: int) -> Value:
    """Return one index of a dimension, without the dimension."""
    one = cut(lowering, value, dim, index, index + 1)
    sizes = list(_dims(lowering, one))
    del sizes[dim]
    return viewed(lowering, one, tuple(sizes))


def _split(lowering: Lowering, node: fx.Node, arguments: list[Any]) -> list[Value]:
    value = arguments[0]
    dims = _dims(lowering, value)
    given: Any = node.args
    dim, asked = (given[2] if len(given) > 2 else 0) % len(dims), given[1]
    sizes = list(asked) if isinstance(asked, list | tuple) else [asked] * (dims[dim] // asked)
    if sum(sizes) < dims[dim]:
        sizes.append(dims[dim] - sum(sizes))
    starts = [sum(sizes[:k]) for k in range(len(sizes))]
    return [cut(lowering, value, dim, start, start + n) for start, n in zip(starts, sizes, strict=True)]


def _unbind(lowering: Lowering, node: fx.Node, arguments: list[Any]) -> list[Value]:
    dims = _dims(lowering, arguments[0])
    dim: Any = node.args[1] if len(node.args) > 1 else 0
    return [picked(lowering, arguments[0], dim % len(dims), k) for k in range(dims[dim])]


def _cat(lowering: Lowering, node: fx.Node, arguments: list[Any]) -> Value:
    pieces = [piece for piece in arguments[0] if prod(_dims(lowering, piece))]
    dim: Any = node.args[1] if len(node.args) > 1 else 0
    return glued(lowering, pieces, dim % len(_dims(lowering, pieces[0])))


def _stack(lowering: Lowering, node: fx.Node, arguments: list[Any]) -> Value:
    dims = _dims(lowering, arguments[0][0])
    dim: Any = node.args[1] if len(node.args) > 1 else 0
    dim %= len(dims) + 1
    sizes = (*dims[:dim], 1, *dims[dim:])
    return glued(lowering, [viewed(lowering, piece, sizes) for piece in arguments[0]], dim)


def glued(lowering: Lowering, pieces: list[Any], dim: int) -> Value:
    """Return pieces side by side along a dimension."""
    if any(isinstance(piece, Total) for piece in pieces):
        raise UntraceableError("cat of something summed over the batch")
    batch = next((piece.batch for piece in pieces if piece.batch is not None), None)
    if any(piece.batch != batch for piece in pieces):
        raise UntraceableError("cat of a row with something that is the same for all rows")
    place = _feature(pieces[0], dim)
    sizes = [piece.features[place] for piece in pieces]
    features = (*pieces[0].features[:place], sum(sizes), *pieces[0].features[place + 1 :])
    strides = contiguous(features)
    step = prod(features[place + 1 :])
    parts, start = [], 0
    for piece, n in zip(pieces, sizes, strict=True):
        own = tuple(0 if m == 1 else s for m, s in zip(piece.features, strides, strict=True))
        parts.append(Piece(start * step, own, _shaped(lowering, piece)))
        start += n
    key = ("cat", place, *(part.expression for part in parts), *sizes)
    buffer = lowering.workspace.define(features, Assembly(tuple(parts)), key)
    return Value(lowering.workspace.expressions.load(buffer, features), batch, features)


def _shaped(lowering: Lowering, value: Value) -> Any:
    """Return the value's expression; a number becomes an expression of the value's shape."""
    if not value.expression.is_constant:
        return value.expression
    return lowering.workspace.expressions.fill(value.expression, value.features)


def _padded(lowering: Lowering, value: Value, dim: int, start: int, size: int) -> Value:
    """Return zeros of `size` along a dimension with the value at `start`."""
    place = _feature(value, dim)
    features = (*value.features[:place], size, *value.features[place + 1 :])
    strides = contiguous(features)
    own = tuple(0 if m == 1 else s for m, s in zip(value.features, strides, strict=True))
    offset = start * prod(features[place + 1 :])
    covered = value.features == features
    assembly = Assembly((Piece(offset, own, _shaped(lowering, value)),), covered)
    key = ("pad", value.expression, features, offset)
    buffer = lowering.workspace.define(features, assembly, key)
    return Value(lowering.workspace.expressions.load(buffer, features), value.batch, features)


def _slice_backward(lowering: Lowering, node: fx.Node, arguments: list[Any]) -> Value:
    sizes, dim, start = _ints(node, 1), int(node.args[2]), int(node.args[3])  # pyright: ignore
    dim %= len(sizes)
    if start == 0 and _dims(lowering, arguments[0])[dim] == sizes[dim]:
        return arguments[0]
    return _padded(lowering, arguments[0], dim, start % sizes[dim], sizes[dim])


def _select_backward(lowering: Lowering, node: fx.Node, arguments: list[Any]) -> Value:
    sizes, dim, index = _ints(node, 1), int(node.args[2]), int(node.args[3])  # pyright: ignore
    dim %= len(sizes)
    one = viewed(lowering, arguments[0], (*sizes[:dim], 1, *sizes[dim + 1 :]))
    return _padded(lowering, one, dim, index % sizes[dim], sizes[dim])


def _pad(lowering: Lowering, node: fx.Node, arguments: list[Any]) -> Value:
    value, pads = arguments[0], _ints(node, 1)
    fill: Any = node.args[2] if len(node.args) > 2 else 0
    if fill:
        raise UntraceableError("padding with something else than zeros")
    for k in range(0, len(pads), 2):
        dims = _dims(lowering, value)
        dim = len(dims) - 1 - k // 2
        before, after = min(pads[k], 0), min(pads[k + 1], 0)
        if before or after:
            value = cut(lowering, value, dim, -before, dims[dim] + after)
            dims = _dims(lowering, value)
            pads[k : k + 2] = pads[k] - before, pads[k + 1] - after
        if pads[k] or pads[k + 1]:
            value = _padded(lowering, value, dim, pads[k], dims[dim] + pads[k] + pads[k + 1])
    return value


def _expand(lowering: Lowering, node: fx.Node, arguments: list[Any]) -> Value:
    value, sizes = arguments[0], _ints(node, 1)
    if isinstance(value, Total):
        raise UntraceableError("an expanded gradient")
    dims = _dims(lowering, value)
    lead = len(sizes) - len(dims)
    full = [1] * lead + list(dims)
    sizes = [full[k] if n == -1 else n for k, n in enumerate(sizes)]
    place = None if value.batch is None else value.batch + lead
    if place is None:
        grown = [k for k, n in enumerate(sizes) if n == lowering.batch and full[k] == 1]
        place = grown[0] if grown else None
    own = tuple(n for k, n in enumerate(full) if k != place)
    features = tuple(n for k, n in enumerate(sizes) if k != place)
    reshaped = lowering.workspace.reshaped(value.expression, own)
    return Value(lowering.workspace.broadcast(reshaped, features), place, features)


def _unsqueeze(lowering: Lowering, node: fx.Node, arguments: list[Any]) -> Any:
    dims = _dims(lowering, arguments[0])
    dim = int(node.args[1]) % (len(dims) + 1)  # pyright: ignore
    return viewed(lowering, arguments[0], (*dims[:dim], 1, *dims[dim:]))


def _squeeze(lowering: Lowering, node: fx.Node, arguments: list[Any]) -> Any:
    dims = _dims(lowering, arguments[0])
    asked: Any = node.args[1]
    gone = {d % len(dims) for d in ([asked] if isinstance(asked, int) else asked)}
    return viewed(lowering, arguments[0], tuple(n for d, n in enumerate(dims) if d not in gone or n != 1))


def _permute(lowering: Lowering, node: fx.Node, arguments: list[Any]) -> Any:
    value = arguments[0]
    rank = len(_dims(lowering, value))
    if node.target is aten.t.default:
        order = list(reversed(range(rank)))
    elif node.target is aten.transpose.int:
        order = list(range(rank))
        a, b = (int(d) % rank for d in node.args[1:3])  # pyright: ignore
        order[a], order[b] = order[b], order[a]
    else:
        order = [d % rank for d in _ints(node, 1)]
    if isinstance(value, Total):
        return _permuted_total(value, order)
    if value.batch is None:
        features = tuple(value.features[k] for k in order)
        return Value(lowering.permuted(value.expression, order), None, features)
    inner = [k - (k > value.batch) for k in order if k != value.batch]
    features = tuple(value.features[k] for k in inner)
    expression = lowering.permuted(value.expression, inner)
    return Value(expression, order.index(value.batch), features)


def _permuted_total(total: Total, order: list[int]) -> Total:
    if order == sorted(order):
        return total
    swapped = [*range(len(order) - 2), len(order) - 1, len(order) - 2]
    features = tuple(total.features[k] for k in order)
    if order != swapped or any(term.right is None for term in total.terms):
        if sum(n != 1 for n in features) <= 1:
            return Total(total.terms, features)
        raise UntraceableError("a gradient with its dimensions in another order")
    terms = tuple(replace(term, left=term.right, right=term.left) for term in total.terms)
    return Total(terms, features)  # pyright: ignore[reportArgumentType]


def _flip(lowering: Lowering, node: fx.Node, arguments: list[Any]) -> Any:
    raise UntraceableError("features in reverse order")


Handler = Callable[["Lowering", fx.Node, list[Any]], Any]
VIEW: dict[Any, Handler] = {
    aten.view.default: _view,
    aten._unsafe_view.default: _view,
    aten.reshape.default: _view,
    aten.slice.Tensor: _slice,
    aten.select.int: _select,
    aten.split.Tensor: _split,
    aten.split_with_sizes.default: _split,
    aten.unbind.int: _unbind,
    aten.cat.default: _cat,
    aten.stack.default: _stack,
    aten.expand.default: _expand,
    aten.unsqueeze.default: _unsqueeze,
    aten.squeeze.dim: _squeeze,
    aten.squeeze.dims: _squeeze,
    aten.permute.default: _permute,
    aten.transpose.int: _permute,
    aten.t.default: _permute,
    aten.slice_backward.default: _slice_backward,
    aten.select_backward.default: _select_backward,
    aten.constant_pad_nd.default: _pad,
    aten.flip.default: _flip,
}
