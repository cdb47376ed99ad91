"""Expressions over the features of one row: what a pointwise group computes.

An expression has a shape, the feature dimensions without time and batch. It reads buffers through
loads with an offset and strides, so slices, chunks, views and broadcasts cost nothing. Equal
expressions are one object.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Final

from frontal.errors import FrontalError

Shape = tuple[int, ...]

EXPENSIVE: Final = frozenset(
    [
        "exp",
        "exp2",
        "expm1",
        "log",
        "log1p",
        "log2",
        "tanh",
        "sigmoid",
        "softplus",
        "sin",
        "cos",
        "tan",
        "erf",
        "pow",
        "sinh",
        "cosh",
        "asinh",
        "atan",
        "atan2",
    ]
)
COMPARISONS: Final = frozenset(("lt", "le", "gt", "ge", "eq", "ne"))
LOGIC: Final = frozenset(("and", "or", "not"))


class Expression:
    """A node; made by `Expressions` alone, which makes equal ones once.

    Args:
        function: "load", "constant" or the name of an elementwise function.
        arguments: expressions of the same shape, or constants.
        shape: its features.
    """

    __slots__ = ("arguments", "buffer", "function", "number", "offset", "shape", "strides", "truth")

    def __init__(self, function: str, arguments: tuple[Expression, ...], shape: Shape) -> None:
        self.function, self.arguments, self.shape = function, arguments, shape
        self.buffer: Buffer | None = None
        self.offset, self.number = 0, 0.0
        self.strides: Shape = ()
        self.truth = function in COMPARISONS or function in LOGIC

    @property
    def is_load(self) -> bool:
        """Whether it reads a buffer."""
        return self.function == "load"

    @property
    def is_constant(self) -> bool:
        """Whether it is a number."""
        return self.function == "constant"

    def is_all_of(self, buffer: Buffer) -> bool:
        """Whether it is the whole of a buffer, in order."""
        return (
            self.buffer is buffer
            and self.offset == 0
            and self.strides == contiguous(self.shape)
            and (prod(self.shape) == prod(buffer.shape))
        )


class Buffer:
    """Numbers that a row holds at a step, or that all rows share.

    Args:
        name: for people and for the writer.
        kind: where they come from or go to; the plan's vocabulary.
        shape: their dimensions.
    """

    __slots__ = ("kind", "name", "shape")

    def __init__(self, name: str, kind: str, shape: Shape) -> None:
        self.name, self.kind, self.shape = name, kind, shape

    def __repr__(self) -> str:
        return self.name

    @property
    def size(self) -> int:
        """How many numbers."""
        return prod(self.shape)


def contiguous(shape: Shape) -> Shape:
    """Strides of a row-major array; 0 for dimensions of one."""
    strides, step = [], 1
    for n in reversed(shape):
        strides.append(step if n != 1 else 0)
        step *= n
    return tuple(reversed(strides))


class Expressions:
    """The only maker of expressions."""

    def __init__(self) -> None:
        self._known: dict[tuple[object, ...], Expression] = {}

    def constant(self, number: float) -> Expression:
        """Return a number, which fits any shape."""
        return self._make("constant", (), (), number=float(number))

    def load(self, buffer: Buffer, shape: Shape, offset: int = 0, strides: Shape | None = None) -> Expression:
        """Return the part of a buffer that begins at `offset` with those strides."""
        steps = contiguous(shape) if strides is None else strides
        return self._make("load", (), shape, buffer=buffer, offset=offset, strides=steps)

    def apply(self, function: str, *arguments: Expression) -> Expression:
        """Return an elementwise function of expressions of one shape and constants."""
        shapes = {a.shape for a in arguments if not a.is_constant}
        if len(shapes) > 1:
            raise FrontalError(f"{function} of shapes {sorted(shapes)}")
        simple = self._simplified(function, arguments)
        if simple is not None:
            return simple
        return self._make(function, arguments, shapes.pop() if shapes else ())

    def restride(
        self, expression: Expression, change: Callable[[Shape, Shape, int], tuple[Shape, Shape, int] | None]
    ) -> Expression | None:
        """Rebuild an expression with every load's (shape, strides, offset) changed; None where one refuses."""
        done: dict[Expression, Expression | None] = {}

        def rebuilt(e: Expression) -> Expression | None:
            if e not in done:
                done[e] = rebuild(e)
            return done[e]

        def rebuild(e: Expression) -> Expression | None:
            if e.is_constant:
                return e
            if e.buffer is not None:
                changed = change(e.shape, e.strides, e.offset)
                return None if changed is None else self.load(e.buffer, changed[0], changed[2], changed[1])
            parts = [rebuilt(a) for a in e.arguments]
            known = [p for p in parts if p is not None]
            return self.apply(e.function, *known) if len(known) == len(parts) else None

        return rebuilt(expression)

    def rebuilt(self, expression: Expression, arguments: tuple[Expression, ...]) -> Expression:
        """Return the same function of other arguments."""
        if expression.function == "fill":
            return expression
        return self.apply(expression.function, *arguments)

    def fill(self, number: Expression, shape: Shape) -> Expression:
        """Return a number as an expression of a shape."""
        return self._make("fill", (number,), shape)

    def substitute(self, expression: Expression, known: dict[Expression, Expression]) -> Expression:
        """Rebuild an expression with some of its parts replaced."""
        done = dict(known)

        def again(e: Expression) -> Expression:
            if e not in done:
                done[e] = self.rebuilt(e, tuple(map(again, e.arguments))) if e.arguments else e
            return done[e]

        return again(expression)

    def _make(
        self,
        function: str,
        arguments: tuple[Expression, ...],
        shape: Shape,
        *,
        buffer: Buffer | None = None,
        offset: int = 0,
        strides: Shape = (),
        number: float = 0.0,
    ) -> Expression:
        key = (function, arguments, shape, buffer, offset, strides, number.hex())
        if key not in self._known:
            new = Expression(function, arguments, shape)
            new.buffer, new.offset, new.strides, new.number = buffer, offset, strides, number
            self._known[key] = new
        return self._known[key]

    def _simplified(self, function: str, arguments: Sequence[Expression]) -> Expression | None:  # noqa: PLR0911
        """Return something cheaper with exactly the same value, if there is one."""
        one, two = arguments[0], arguments[1] if len(arguments) > 1 else arguments[0]
        if function == "mul" and one.is_constant and not two.is_constant:
            return self.apply("mul", two, one)
        if function == "add" and one.is_constant and not two.is_constant:
            return self.apply("add", two, one)
        if function in ("mul", "div") and two.is_constant and two.number == 1 and not one.is_constant:
            return one
        if function == "neg" and one.function == "neg":
            return one.arguments[0]
        if function == "add" and two.function == "neg":
            return self.apply("sub", one, two.arguments[0])
        if function == "pow" and two.is_constant:
            return self._power(one, two.number)
        return None

    def _power(self, base: Expression, exponent: float) -> Expression | None:
        if exponent == 1:
            return base
        if exponent == 0.5:
            return self.apply("sqrt", base)
        if exponent == -0.5:
            return self.apply("rsqrt", base)
        if exponent < 0 and exponent == int(exponent) and exponent >= -4:
            power = self._power(base, -exponent)
            return None if power is None else self.apply("div", self.constant(1), power)
        if exponent in (2, 3, 4):
            square = self.apply("mul", base, base)
            return {2: square, 3: self.apply("mul", square, base), 4: self.apply("mul", square, square)}[int(exponent)]
        return None


def regrouped(old: Shape, strides: Shape, new: Shape) -> Shape | None:
    """Return the strides of a view of shape `new`; None where the memory does not allow it."""
    runs: list[tuple[int, int]] = []  # (size, innermost stride) of stretches that are one run of memory
    for n, s in zip(old, strides, strict=True):
        if n == 1:
            continue
        if runs and runs[-1][1] == s * n and (s or not runs[-1][1]):
            runs[-1] = (runs[-1][0] * n, s)
        else:
            runs.append((n, s))
    result: list[int] = []
    rest = list(reversed(runs)) or [(1, 0)]
    size, stride = rest.pop(0)
    used = 1
    for n in reversed(new):
        if n == 1:
            result.append(0)
            continue
        if used == size and rest:
            size, stride = rest.pop(0)
            used = 1
        if size % (used * n):
            return None
        result.append(stride * used)
        used *= n
    return tuple(reversed(result))
