"""What a traced operation yields, seen from one row: an expression and the place of the batch."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import prod

from frontal.compiler.expression import Buffer, Expression, Expressions, Shape, contiguous, regrouped
from frontal.compiler.recorder import UntraceableError


@dataclass(frozen=True, eq=False)
class Value:
    """A tensor with a batch dimension at `batch`, or, where that is None, the same for all rows."""

    expression: Expression
    batch: int | None
    features: Shape

    def dims(self, batch_size: int) -> Shape:
        """Its shape as a tensor."""
        if self.batch is None:
            return self.features
        return (*self.features[: self.batch], batch_size, *self.features[self.batch :])


@dataclass(frozen=True, eq=False)
class Term:
    """Part of a gradient that is summed over all rows and steps.

    Args:
        left: (…, M); the gradient is `left` itself where `right` is None,
            else the product leftᵀ · right, (…, M, N), with leading dimensions in common.
        right: (…, N), or None.
        scale: a factor.
    """

    left: Expression
    right: Expression | None
    scale: float = 1.0


@dataclass(frozen=True, eq=False)
class Total:
    """Terms summed over the batch, in the shape of a tensor."""

    terms: tuple[Term, ...]
    features: Shape


@dataclass(frozen=True, eq=False)
class Product:
    """operand · weight for every group; the weight is (groups, K, N) with these strides in its buffer."""

    operand: Expression  # a whole buffer of groups · K numbers
    weight: Expression
    groups: int
    K: int
    N: int


@dataclass(frozen=True, eq=False)
class Piece:
    """Part of a buffer: where it goes and what it holds."""

    offset: int
    strides: Shape
    expression: Expression


@dataclass(frozen=True, eq=False)
class Assembly:
    """A buffer put together from pieces; zero elsewhere if they do not cover it."""

    pieces: tuple[Piece, ...]
    covered: bool = True


@dataclass(frozen=True, eq=False)
class Reduction:
    """Sum, max or min of an expression over its last `axes` dimensions; or, with axes 0, a sum over
    those dimensions that have stride 0 in `strides`."""

    kind: str
    expression: Expression
    axes: int
    strides: Shape


Definition = Product | Assembly | Reduction
SIDE_BY_SIDE = frozenset(("state", "row", "product", "reduced"))


@dataclass
class Workspace:
    """Buffers and their definitions while a graph is lowered."""

    expressions: Expressions = field(default_factory=Expressions)
    definitions: dict[Buffer, Definition] = field(default_factory=dict)
    _known: dict[tuple[object, ...], Buffer] = field(default_factory=dict)

    def define(self, shape: Shape, definition: Definition, key: tuple[object, ...]) -> Buffer:
        """Return the buffer of that definition; equal keys give the same one."""
        if key not in self._known:
            kind = {Product: "product", Assembly: "row", Reduction: "reduced"}[type(definition)]
            self._known[key] = Buffer(f"{kind}{len(self.definitions)}", kind, shape)
            self.definitions[self._known[key]] = definition
        return self._known[key]

    def redefine(self, buffer: Buffer, definition: Definition) -> None:
        """Give a buffer another definition; whoever asks for what it now stores gets it."""
        self.definitions[buffer] = definition
        if isinstance(definition, Assembly) and len(definition.pieces) == 1:
            piece = definition.pieces[0]
            if piece.expression.shape == buffer.shape:
                self._known.setdefault(("stored", piece.expression), buffer)

    def stored(self, expression: Expression) -> Expression:
        """Return a load of a buffer that holds the expression, row-major."""
        if expression.buffer is not None and expression.is_all_of(expression.buffer):
            return expression
        shape = expression.shape
        piece = Piece(0, contiguous(shape), expression)
        return self.expressions.load(self.define(shape, Assembly((piece,)), ("stored", expression)), shape)

    def operand(self, expression: Expression) -> Expression:
        """Return a load of a whole buffer from which products can read rows that lie side by side."""
        stored = self.stored(expression)
        if stored.buffer is not None and stored.buffer.kind in SIDE_BY_SIDE:
            return stored
        shape = stored.shape
        copy = self.define(shape, Assembly((Piece(0, contiguous(shape), stored),)), ("stored", stored))
        return self.expressions.load(copy, shape)

    def reshaped(self, expression: Expression, shape: Shape) -> Expression:
        """Return the expression with other dimensions, in row-major order."""
        if expression.is_constant or expression.shape == shape:
            return expression
        if prod(expression.shape) != prod(shape):
            raise UntraceableError(f"features {expression.shape} cannot be viewed as {shape}")

        def change(old: Shape, strides: Shape, offset: int) -> tuple[Shape, Shape, int] | None:
            steps = regrouped(old, strides, shape)
            return None if steps is None else (shape, steps, offset)

        return self.expressions.restride(expression, change) or self.reshaped(self.stored(expression), shape)

    def broadcast(self, expression: Expression, shape: Shape) -> Expression:
        """Return the expression repeated along dimensions of one; `shape` has as many dimensions."""
        if expression.is_constant or expression.shape == shape:
            return expression
        if expression.truth:
            one, zero = self.expressions.constant(1), self.expressions.constant(0)
            number = self.broadcast(self.expressions.apply("where", expression, one, zero), shape)
            return self.expressions.apply("ne", number, zero)
        if expression.buffer is None:
            expression = self.stored(expression)
        assert expression.buffer is not None
        strides = tuple(0 if n == 1 else s for n, s in zip(expression.shape, expression.strides, strict=True))
        return self.expressions.load(expression.buffer, shape, expression.offset, strides)

    def part(self, expression: Expression, dim: int, start: int, stop: int) -> Expression:
        """Return the features start .. stop - 1 of a dimension."""
        if expression.is_constant or (start, stop) == (0, expression.shape[dim]):
            return expression

        def change(shape: Shape, strides: Shape, offset: int) -> tuple[Shape, Shape, int]:
            sizes = (*shape[:dim], stop - start, *shape[dim + 1 :])
            steps = tuple(0 if n == 1 else s for n, s in zip(sizes, strides, strict=True))
            return sizes, steps, offset + start * strides[dim]

        cut = self.expressions.restride(expression, change)
        assert cut is not None
        return self.piece_of(cut)

    def piece_of(self, load: Expression) -> Expression:
        """Return the very expression that was stored where `load` reads, if one was."""
        definition = self.definitions.get(load.buffer) if load.buffer is not None else None
        if isinstance(definition, Assembly):
            for piece in definition.pieces:
                if (piece.offset, piece.strides, piece.expression.shape) == (load.offset, load.strides, load.shape):
                    return piece.expression
        return load
