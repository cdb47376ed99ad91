"""A cell's plan: trace, hoist, differentiate, lower, schedule."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

from frontal.cell import Cell
from frontal.compiler.expression import Buffer, Expression, contiguous
from frontal.compiler.hoist import Hoisted, Input, hoist
from frontal.compiler.lower import Lowered, Lowering, shapes_of
from frontal.compiler.operations import PRIMITIVE
from frontal.compiler.plan import Outer, Place, Plan, Program, Projection
from frontal.compiler.saving import Saving
from frontal.compiler.schedule import Goal, Schedule
from frontal.compiler.trace import UntraceableError, trace_step, trace_vjp
from frontal.compiler.values import Assembly, Piece, Product, Reduction, Total, Workspace


@dataclass(frozen=True)
class Built:
    """A plan and where its inputs come from."""

    plan: Plan
    hoisted: Hoisted


def build(cell: Cell, like: Tensor) -> Built:
    """Return the plan of a cell for tensors of the dtype of `like`; raise `UntraceableError` if there is none."""
    step = trace_step(cell, like)
    hoisted = hoist(step, step.constants)
    joint = trace_vjp(hoisted.core, shapes_of(hoisted.core), PRIMITIVE, like.dtype)
    lowered = Lowering(hoisted.batch).run(joint, hoisted.inputs, True)
    return Built(_Planner(cell, hoisted, lowered).plan(), hoisted)


Known = dict[Expression, Expression]


class _Planner:
    def __init__(self, cell: Cell, hoisted: Hoisted, lowered: Lowered) -> None:
        self.cell, self.hoisted, self.lowered = cell, hoisted, lowered
        self.workspace: Workspace = lowered.workspace
        self.expressions = self.workspace.expressions
        self.chunks: dict[str, Buffer] = {}  # buffers that stay until the loop is over
        self.results: dict[str, Buffer] = {}
        self.used: dict[str, Buffer] = {}
        names = cell.states
        self.before = [lowered.inputs[f"{name}_before"] for name in names]
        self.after = [Buffer(f"{name}_after", "after", b.shape) for name, b in zip(names, self.before, strict=True)]

    def plan(self) -> Plan:
        next_states = [Buffer(f"{b.name.removesuffix('_before')}_next", "next", b.shape) for b in self.before]
        goals = [
            Goal(b, self._shaped(e, b), 0, contiguous(b.shape))
            for b, e in zip(next_states, self.lowered.states, strict=True)
        ]
        inference = Program(self._stages(goals))
        backward_goals, outers, projections = self._backward_goals()
        saving = Saving(self.workspace)
        operands = [self.expressions.load(b, b.shape) for b in self.chunks.values()]
        saving.demand([*(goal.expression for goal in backward_goals), *operands])
        self.back = {after: e for e, after in self.after_states.items()}
        kept = [
            Goal(load_of(value), self._sub(e, self.back), 0, contiguous(e.shape))
            for e, value in saving.saved.items()
            if load_of(value).kind == "saved" and self._whole(e, load_of(value))
        ]
        forward = Program(self._stages([*goals, *_unique(kept)]))
        backward = Program(self._backward(saving.saved, backward_goals), tuple(outers))
        reads = {i.place for s in backward.stages if hasattr(s, "loops") for l in s.loops for i in l.body}
        states = tuple(
            k for k, (b, a) in enumerate(zip(self.before, self.after, strict=True)) if {b.name, a.name} & reads
        )
        return Plan(
            self._places(),
            tuple(projections),
            inference,
            forward,
            backward,
            self.cell.states,
            tuple(self.cell.state_sizes),
            states,
        )

    @staticmethod
    def _whole(e: Expression, buffer: Buffer) -> bool:
        return e.shape == buffer.shape

    def _shaped(self, e: Expression, buffer: Buffer) -> Expression:
        return self.expressions.fill(e, buffer.shape) if e.is_constant else e

    def _stages(self, goals: list[Goal]):
        schedule = Schedule(self.workspace)
        stages = schedule.program(goals)
        self._note(schedule, goals)
        return stages

    def _note(self, schedule: Schedule, goals: Iterable[Goal]) -> None:
        for buffer in (*schedule._ready, *(goal.target for goal in goals)):
            self.used[buffer.name] = buffer

    # the backward program

    def _backward_goals(self) -> tuple[list[Goal], list[Outer], list[Projection]]:
        known = {
            e: self.expressions.load(after, after.shape)
            for e, after in zip(self.lowered.states, self.after, strict=True)
            if not e.is_constant and e.buffer is None
        }
        self.after_states = known
        self._substitute(known)
        goals: list[Goal] = []
        outers: list[Outer] = []
        projections: list[Projection] = []
        for item in self.hoisted.inputs:
            gradient = self.lowered.gradients.get(item.name)
            if item.kind == "projection":
                weight = next(i for i in self.hoisted.inputs if i.name == item.weight)
                K, N = (weight.shape[1], weight.shape[0]) if item.transposed else weight.shape
                chunk = "" if gradient is None else self._chunk(self._sub(gradient, known)).name
                projections.append(Projection(item.name, item.weight, K, N, item.transposed, chunk))
                self.used[item.name] = self.lowered.inputs[item.name]
                self.used[item.weight] = Buffer(item.weight, "constant", weight.shape)
                self._result(item.weight, "d_constant", weight.shape)
            elif item.kind == "state":
                buffer = self._result(item.name.removesuffix("_before"), "d_state", item.shape)
                e = self.expressions.constant(0) if gradient is None else self._sub(gradient, known)
                goals.append(Goal(buffer, self._shaped(e, buffer), 0, contiguous(item.shape)))
            elif gradient is not None and item.kind == "sequence":
                buffer = self._result(item.name, "d_sequence", item.shape)
                goals.append(Goal(buffer, self._shaped(self._sub(gradient, known), buffer), 0, contiguous(item.shape)))
        totals = [(i, g) for i in self.hoisted.inputs if isinstance(g := self.lowered.gradients.get(i.name), Total)]
        for item, total in totals:
            self._products(item, total, known, outers)
        for item, total in totals:
            self._sums(item, total, known, goals, outers)
        return goals, outers, projections

    def _products(self, item: Input, total: Total, known: Known, outers: list[Outer]) -> None:
        """Add products over rows and steps to the gradient of a constant."""
        buffer = self._result(item.name, "d_constant", item.shape)
        for term in total.terms:
            if term.right is not None:
                left, right = self._sub(term.left, known), self._sub(term.right, known)
                groups = left.shape[0] if len(left.shape) > 1 else 1
                a, b = self._chunk(left), self._chunk(right)
                outers.append(Outer(buffer.name, a.name, b.name, groups, left.shape[-1], right.shape[-1], term.scale))

    def _sums(self, item: Input, total: Total, known: Known, goals: list[Goal], outers: list[Outer]) -> None:
        """Add sums over rows and steps to the gradient of a constant."""
        buffer = self._result(item.name, "d_constant", item.shape)
        shape = tuple(n for n in item.shape if n != 1) or (1,)
        for term in total.terms:
            if term.right is not None:
                continue
            left = self._sub(term.left, known)
            if term.scale != 1:
                left = self.expressions.apply("mul", left, self.expressions.constant(term.scale))
            waiting = self._waiting(left)
            if waiting is None:
                goals.append(Goal(buffer, self.workspace.reshaped(left, shape), 0, contiguous(shape), "add"))
            else:
                outers.append(Outer(buffer.name, waiting.name, "", 1, waiting.size, 1, 1.0))

    def _waiting(self, e: Expression) -> Buffer | None:
        """Return the buffer with the expression, if one stays until the loop is over anyway."""
        stored = self.workspace.stored(e) if e.buffer is None else e
        found = stored.buffer
        whole = found is not None and found.name in self.chunks and stored.is_all_of(found)
        return found if whole else None

    def _chunk(self, e: Expression) -> Buffer:
        """Return a buffer with the expression that stays until the loop is over."""
        definition = self.workspace.definitions.get(e.buffer) if e.buffer is not None else None
        if isinstance(definition, Assembly) and e.is_all_of(e.buffer):  # pyright: ignore
            buffer = e.buffer
        else:
            buffer = self.workspace.define(e.shape, Assembly((Piece(0, contiguous(e.shape), e),)), ("stored", e))
        assert buffer is not None
        self.chunks[buffer.name] = buffer
        return buffer

    def _result(self, name: str, kind: str, shape) -> Buffer:
        key = f"d_{name}"
        if key not in self.results:
            self.results[key] = self.used[key] = Buffer(key, kind, shape)
        return self.results[key]

    def _sub(self, e, known):
        return self.expressions.substitute(e, known)

    def _substitute(self, known: dict[Expression, Expression]) -> None:
        """Replace parts of all definitions that depend on gradients."""
        if not known:
            return
        saving = Saving(self.workspace)
        for buffer, definition in list(self.workspace.definitions.items()):
            if not saving._buffer_of_gradient(buffer):
                continue
            self.workspace.redefine(buffer, substituted(definition, lambda e: self._sub(e, known)))

    def _backward(self, saved: dict[Expression, Expression], goals: list[Goal]):
        """Schedule the backward program on what is saved."""
        original = dict(self.workspace.definitions)
        for buffer, definition in original.items():
            self.workspace.definitions[buffer] = substituted(definition, lambda e: self._sub(e, saved))
        goals = [Goal(g.target, self._sub(g.expression, saved), g.offset, g.strides, g.how, g.axes) for g in goals]
        schedule = Schedule(self.workspace)
        for buffer in self.chunks.values():
            schedule.ready(buffer)
        stages = schedule.program(goals)
        self._note(schedule, goals)
        self.workspace.definitions.clear()
        self.workspace.definitions.update(original)
        return stages

    def _places(self) -> tuple[Place, ...]:
        found = []
        for buffer in (*self.lowered.inputs.values(), *self.used.values(), *self.after, *self.lowered.cotangents):
            kind = "chunk" if buffer.name in self.chunks else buffer.kind
            found.append(Place(buffer.name, kind, buffer.shape))
        return tuple(dict.fromkeys(found))


def load_of(e: Expression) -> Buffer:
    """Return the buffer that a saved value is read from."""
    buffer = e.buffer if e.buffer is not None else e.arguments[0].buffer
    assert buffer is not None
    return buffer


def substituted(definition, change):
    """Return a definition with every expression changed."""
    if isinstance(definition, Product):
        return Product(change(definition.operand), definition.weight, definition.groups, definition.K, definition.N)
    if isinstance(definition, Reduction):
        return Reduction(definition.kind, change(definition.expression), definition.axes, definition.strides)
    pieces = tuple(Piece(p.offset, p.strides, change(p.expression)) for p in definition.pieces)
    return Assembly(pieces, definition.covered)


def _unique(goals: list[Goal]) -> list[Goal]:
    return list({goal.target.name: goal for goal in goals}.values())


__all__ = ["Built", "UntraceableError", "build", "torch"]
