"""From expressions to a plan: what is saved or recomputed, and in which loop each value is computed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from frontal.compiler.expression import EXPENSIVE, Buffer, Expression, Shape, contiguous
from frontal.compiler.plan import Instruction, Loop, Matmul, Pointwise, Stages, Store
from frontal.compiler.recorder import UntraceableError
from frontal.compiler.values import Product, Reduction, Workspace

Time = tuple[int, int]  # products passed, then passes over the features passed


@dataclass(frozen=True, eq=False)
class Goal:
    """Something that a program must compute: an expression and the buffer that takes it."""

    target: Buffer
    expression: Expression
    offset: int = 0
    strides: Shape = ()
    how: str = "put"
    axes: int = 0


@dataclass
class Schedule:
    """Puts goals, and the buffers that they read, into loops and products in order."""

    workspace: Workspace
    goals: list[Goal] = field(default_factory=list)
    _ready: dict[Buffer, Time] = field(default_factory=dict)
    _times: dict[Expression, Time] = field(default_factory=dict)
    _items: dict[tuple[Time, Shape], list[Goal]] = field(default_factory=dict)
    _fills: dict[Time, list[Goal]] = field(default_factory=dict)
    _products: dict[int, list[Buffer]] = field(default_factory=dict)
    _holding: set[Expression] = field(default_factory=set)

    def program(self, goals: Iterable[Goal]) -> Stages:
        """Return the stages that reach all goals."""
        for goal in goals:
            self._add(goal)
        levels = {time[0] for time, _ in self._items} | {time[0] for time in self._fills} | set(self._products)
        stages: list[Pointwise | Matmul] = []
        for level in sorted(levels):
            stages += [self._matmul(buffer) for buffer in self._products.get(level, [])]
            loops = self._loops(level)
            if loops:
                stages.append(Pointwise(tuple(loops)))
        return tuple(stages)

    def buffers(self) -> list[Buffer]:
        """Return all buffers that the program reads."""
        return list(self._ready)

    # times

    def ready(self, buffer: Buffer) -> Time:
        """Return when a buffer can be read; schedules its computation at the first request."""
        if buffer not in self._ready:
            self._ready[buffer] = self._compute(buffer)
        return self._ready[buffer]

    def time(self, expression: Expression) -> Time:
        """Return when an expression can be computed."""
        if expression not in self._times:
            if expression.buffer is not None:
                time = self.ready(expression.buffer)
            else:
                time = max((self.time(a) for a in expression.arguments), default=(0, 0))
            self._times[expression] = time
        return self._times[expression]

    def _compute(self, buffer: Buffer) -> Time:
        definition = self.workspace.definitions.get(buffer)
        if definition is None:
            return (0, 0)
        if isinstance(definition, Product):
            assert definition.operand.buffer is not None
            level = self.ready(definition.operand.buffer)[0] + 1
            self._products.setdefault(level, []).append(buffer)
            return (level, 0)
        if isinstance(definition, Reduction):
            how = definition.kind if definition.axes else "add"
            goal = Goal(buffer, definition.expression, 0, definition.strides, how, definition.axes)
            time = self._add(goal)
            if not definition.axes:
                self._fill(buffer, time)
            return (time[0], time[1] + 1)
        times = [self._add(Goal(buffer, p.expression, p.offset, p.strides)) for p in definition.pieces]
        if not definition.covered:
            self._fill(buffer, min(times))
        latest = max(times)
        return (latest[0], latest[1] + 1)

    def _fill(self, buffer: Buffer, time: Time) -> None:
        zero = self.workspace.expressions.constant(0.0)
        self._fills.setdefault(time, []).append(Goal(buffer, zero, 0, contiguous(buffer.shape)))

    def _add(self, goal: Goal) -> Time:
        """Put a goal into its loop; values that an earlier loop can compute dearly are held there."""
        expression = self._held(goal.expression, self.time(goal.expression))
        time = self.time(expression)
        shape = goal.expression.shape or goal.target.shape
        held = Goal(goal.target, expression, goal.offset, goal.strides, goal.how, goal.axes)
        self._items.setdefault((time, shape), []).append(held)
        return time

    def _held(self, expression: Expression, time: Time) -> Expression:
        """Return the expression with expensive parts of an earlier time read from a buffer."""
        done: dict[Expression, Expression] = {}

        def visit(e: Expression) -> Expression:
            if e not in done:
                done[e] = self._hold(e) if self._is_dear(e, time) else self._rebuilt(e, visit)
            return done[e]

        return visit(expression)

    def _is_dear(self, e: Expression, time: Time) -> bool:
        return bool(e.arguments) and e not in self._holding and not e.truth and self.time(e) < time and cost(e) > 0

    def _hold(self, e: Expression) -> Expression:
        self._holding.add(e)
        held = self.workspace.stored(e)
        self._holding.discard(e)
        return held

    def _rebuilt(self, e: Expression, visit: Callable[[Expression], Expression]) -> Expression:
        parts = tuple(map(visit, e.arguments))
        return e if parts == e.arguments else self.workspace.expressions.rebuilt(e, parts)

    # output

    def _loops(self, level: int) -> list[Loop]:
        loops: list[Loop] = []
        depths = sorted({t[1] for t, _ in self._items if t[0] == level} | {t[1] for t in self._fills if t[0] == level})
        for depth in depths:
            fills = self._fills.get((level, depth), [])
            loops += [loop([fill], fill.target.shape) for fill in fills]
            loops += [loop(goals, shape) for (time, shape), goals in self._items.items() if time == (level, depth)]
        return loops

    def _matmul(self, buffer: Buffer) -> Matmul:
        product = self.workspace.definitions[buffer]
        assert isinstance(product, Product)
        weight, operand = product.weight, product.operand
        assert weight.buffer is not None and operand.buffer is not None
        strides = weight.strides if product.groups > 1 or len(weight.strides) == 3 else (0, *weight.strides)
        return Matmul(
            buffer.name, operand.buffer.name, weight.buffer.name, product.groups, product.K, product.N,
            weight.offset, strides,
        )  # fmt: skip


def cost(expression: Expression) -> int:
    """Count the expensive functions of an expression."""
    seen: set[Expression] = set()

    def count(e: Expression) -> int:
        if e in seen:
            return 0
        seen.add(e)
        return (e.function in EXPENSIVE) + sum(map(count, e.arguments))

    return count(expression)


def loop(goals: list[Goal], shape: Shape) -> Loop:
    """Return one pass over the features that computes all goals."""
    numbers: dict[Expression, int] = {}
    body: list[Instruction] = []

    def number(e: Expression) -> int:
        if e.function == "fill":
            return number(e.arguments[0])
        if e not in numbers:
            arguments = tuple(map(number, e.arguments))
            name = "" if e.buffer is None else e.buffer.name
            if e.buffer is not None and e.strides and e.strides[-1] > 1:
                raise UntraceableError(f"features of {name} in another order")
            numbers[e] = len(body)
            body.append(Instruction(e.function, arguments, name, e.offset, e.strides, e.number))
        return numbers[e]

    stores = tuple(Store(g.target.name, number(g.expression), g.offset, g.strides, g.how, g.axes) for g in goals)
    return Loop(shape, tuple(body), stores)
