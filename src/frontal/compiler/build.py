"""A cell's plan: trace, hoist, differentiate, lower, schedule."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from torch import Tensor

from frontal.cell import Cell
from frontal.compiler.core import check_rows
from frontal.compiler.expression import Buffer, Expression, Shape, contiguous
from frontal.compiler.hoist import Hoisted, Input, hoist
from frontal.compiler.lower import Lowered, Lowering, shapes_of
from frontal.compiler.operations import PRIMITIVE
from frontal.compiler.plan import Outer, Place, Plan, Pointwise, Program, Projection, Stages
from frontal.compiler.saving import Saving
from frontal.compiler.schedule import Goal, Schedule
from frontal.compiler.trace import trace_step, trace_vjp
from frontal.compiler.values import Assembly, Definition, Piece, Product, Total

Known = dict[Expression, Expression]


@dataclass(frozen=True)
class Built:
    """A plan and where its inputs come from."""

    plan: Plan
    hoisted: Hoisted


def build(cell: Cell, like: Tensor) -> Built:
    """Return the plan of a cell for tensors of the dtype of `like`; raise `UntraceableError` if there is none."""
    step = trace_step(cell, like)
    hoisted = hoist(step, step.constants)
    check_rows(hoisted, cell, like)
    joint = trace_vjp(hoisted.core, shapes_of(hoisted.core), PRIMITIVE, like.dtype)
    lowered = Lowering(hoisted.batch).run(joint, hoisted.inputs, True)
    return Built(_Planner(cell, hoisted, lowered).plan(), hoisted)


@dataclass
class _Backward:
    """What the backward program must reach."""

    goals: list[Goal] = field(default_factory=list)
    outers: list[Outer] = field(default_factory=list)
    projections: list[Projection] = field(default_factory=list)


class _Planner:
    def __init__(self, cell: Cell, hoisted: Hoisted, lowered: Lowered) -> None:
        self.cell, self.hoisted, self.lowered = cell, hoisted, lowered
        self.workspace, self.expressions = lowered.workspace, lowered.workspace.expressions
        self.waiting: dict[str, Buffer] = {}  # buffers that stay until the loop is over
        self.used: dict[str, Buffer] = {}
        self.before = [lowered.inputs[f"{name}_before"] for name in hoisted.states]
        self.after = [
            Buffer(f"{name}_after", "after", b.shape) for name, b in zip(hoisted.states, self.before, strict=True)
        ]
        self.known: Known = {  # in the backward program new states are there to be read
            e: self.expressions.load(after, after.shape)
            for e, after in zip(lowered.states, self.after, strict=True)
            if not e.is_constant and e.buffer is None
        }

    def plan(self) -> Plan:
        """Return the plan."""
        ends = self._forward_goals()
        inference = Program(self._stages(ends))
        self._redefine(lambda e: self.expressions.substitute(e, self.known), of_gradients=True)
        back = self._backward_goals()
        saving = Saving(self.workspace)
        waiting = [self.expressions.load(b, b.shape) for b in self.waiting.values()]
        saving.demand([*(goal.expression for goal in back.goals), *waiting])
        forward = Program(self._stages([*ends, *self._kept(saving)]))
        backward = Program(self._backward_stages(saving.saved, back.goals), tuple(back.outers))
        read = {i.place for s in backward.stages if isinstance(s, Pointwise) for each in s.loops for i in each.body}
        pairs = zip(self.before, self.after, strict=True)
        kept = tuple(k for k, (b, a) in enumerate(pairs) if {b.name, a.name} & read)
        return Plan(
            self._places(), tuple(back.projections), inference, forward, backward,
            self.hoisted.states, tuple(self.cell.state_sizes), kept,
        )  # fmt: skip

    # forward

    def _forward_goals(self) -> list[Goal]:
        pairs = zip(self.hoisted.states, self.lowered.states, self.before, strict=True)
        return [self._goal(Buffer(f"{name}_next", "next", b.shape), e) for name, e, b in pairs]

    def _goal(self, target: Buffer, e: Expression) -> Goal:
        filled = self.expressions.fill(e, target.shape) if e.is_constant else e
        return Goal(target, filled, 0, contiguous(target.shape))

    def _kept(self, saving: Saving) -> list[Goal]:
        """Return what the forward program stores for the backward one."""
        first = {after: e for e, after in self.known.items()}
        goals: dict[str, Goal] = {}
        for e, load in saving.saved.items():
            buffer = _buffer_of(load)
            if buffer.kind == "saved" and e.shape == buffer.shape:
                value = self.expressions.substitute(e, first)
                goals[buffer.name] = Goal(buffer, value, 0, contiguous(e.shape))
        return list(goals.values())

    def _stages(self, goals: Iterable[Goal]) -> Stages:
        schedule, goals = Schedule(self.workspace), list(goals)
        stages = schedule.program(goals)
        self.used |= {b.name: b for b in (*schedule.buffers(), *(goal.target for goal in goals))}
        return stages

    # backward

    def _backward_goals(self) -> _Backward:
        back = _Backward()
        for item in self.hoisted.inputs:
            gradient = self.lowered.gradients.get(item.name)
            if item.kind == "projection":
                back.projections.append(self._projection(item, gradient))
            elif item.kind == "state":
                e = self.expressions.constant(0) if not isinstance(gradient, Expression) else gradient
                target = self._result(item.name.removesuffix("_before"), "d_state", item.shape)
                back.goals.append(self._goal(target, self._known(e)))
            elif item.kind == "sequence" and isinstance(gradient, Expression):
                target = self._result(item.name, "d_sequence", item.shape)
                back.goals.append(self._goal(target, self._known(gradient)))
        totals = [(i, g) for i in self.hoisted.inputs if isinstance(g := self.lowered.gradients.get(i.name), Total)]
        for item, total in totals:
            self._products(item, total, back)
        for item, total in totals:
            self._sums(item, total, back)
        return back

    def _projection(self, item: Input, gradient: Expression | Total | None) -> Projection:
        weight = next(i for i in self.hoisted.inputs if i.name == item.weight)
        K, N = reversed(weight.shape) if item.transposed else weight.shape
        self.used[weight.name] = Buffer(weight.name, "constant", weight.shape)
        self._result(weight.name, "d_constant", weight.shape)
        waiting = self._wait(self._known(gradient)).name if isinstance(gradient, Expression) else ""
        return Projection(item.name, weight.name, K, N, item.transposed, waiting)

    def _products(self, item: Input, total: Total, back: _Backward) -> None:
        """Add products over rows and steps to the gradient of a constant."""
        target = self._result(item.name, "d_constant", item.shape)
        for term in total.terms:
            if term.right is not None:
                left, right = self._known(term.left), self._known(term.right)
                groups = left.shape[0] if len(left.shape) > 1 else 1
                a, b = self._wait(left), self._wait(right)
                M, N = max(left.shape[-1:]), max(right.shape[-1:])
                back.outers.append(Outer(target.name, a.name, b.name, groups, M, N, term.scale))

    def _sums(self, item: Input, total: Total, back: _Backward) -> None:
        """Add sums over rows and steps to the gradient of a constant."""
        target = self._result(item.name, "d_constant", item.shape)
        shape = tuple(n for n in item.shape if n != 1) or (1,)
        for term in total.terms:
            if term.right is not None:
                continue
            value = self._known(term.left)
            if term.scale != 1:
                value = self.expressions.apply("mul", value, self.expressions.constant(term.scale))
            waiting = self._waits(value)
            if waiting is None:
                value = self.workspace.reshaped(value, shape)
                back.goals.append(Goal(target, value, 0, contiguous(shape), "add"))
            else:
                back.outers.append(Outer(target.name, waiting.name, "", 1, waiting.size, 1, 1.0))

    def _wait(self, e: Expression) -> Buffer:
        """Return a buffer with the expression that stays until the loop is over."""
        definition = None if e.buffer is None else self.workspace.definitions.get(e.buffer)
        if e.buffer is not None and isinstance(definition, Assembly) and e.is_all_of(e.buffer):
            buffer = e.buffer
        else:
            assembly = Assembly((Piece(0, contiguous(e.shape), e),))
            buffer = self.workspace.define(e.shape, assembly, ("stored", e))
        self.waiting[buffer.name] = buffer
        return buffer

    def _waits(self, e: Expression) -> Buffer | None:
        """Return the buffer with the expression, if one stays until the loop is over anyway."""
        stored = self.workspace.stored(e) if e.buffer is None else e
        found = stored.buffer
        whole = found is not None and found.name in self.waiting and stored.is_all_of(found)
        return found if whole else None

    def _result(self, name: str, kind: str, shape: Shape) -> Buffer:
        key = f"d_{name}"
        return self.used.setdefault(key, Buffer(key, kind, shape))

    def _known(self, e: Expression) -> Expression:
        return self.expressions.substitute(e, self.known)

    def _backward_stages(self, saved: Known, goals: list[Goal]) -> Stages:
        """Schedule the backward program on what is saved."""
        original = dict(self.workspace.definitions)
        self._redefine(lambda e: self.expressions.substitute(e, saved), of_gradients=False)
        goals = [replace(goal, expression=self.expressions.substitute(goal.expression, saved)) for goal in goals]
        schedule = Schedule(self.workspace)
        for buffer in self.waiting.values():
            schedule.ready(buffer)
        stages = schedule.program(goals)
        self.used |= {b.name: b for b in (*schedule.buffers(), *(goal.target for goal in goals))}
        self.workspace.definitions.clear()
        self.workspace.definitions.update(original)
        return stages

    def _redefine(self, change: Callable[[Expression], Expression], *, of_gradients: bool) -> None:
        """Change the expressions of all definitions, or of those that depend on gradients."""
        saving = Saving(self.workspace)
        for buffer, definition in list(self.workspace.definitions.items()):
            if not of_gradients or saving.holds_gradient(buffer):
                self.workspace.redefine(buffer, _changed(definition, change))

    def _places(self) -> tuple[Place, ...]:
        found: dict[str, Place] = {}
        for b in (*self.lowered.inputs.values(), *self.used.values(), *self.after, *self.lowered.cotangents):
            kind = "chunk" if b.name in self.waiting else b.kind
            found.setdefault(b.name, Place(b.name, kind, b.shape))
        return tuple(found.values())


def _buffer_of(load: Expression) -> Buffer:
    """Return the buffer that a saved value is read from; a truth value is read as a comparison with zero."""
    buffer = load.buffer if load.buffer is not None else load.arguments[0].buffer
    assert buffer is not None
    return buffer


def _changed(definition: Definition, change: Callable[[Expression], Expression]) -> Definition:
    """Return a definition with every expression changed."""
    if isinstance(definition, Product):
        return replace(definition, operand=change(definition.operand))
    if isinstance(definition, Assembly):
        pieces = tuple(replace(piece, expression=change(piece.expression)) for piece in definition.pieces)
        return Assembly(pieces, definition.covered)
    return replace(definition, expression=change(definition.expression))
