"""One step of any cell with its numbers: what every node of its wiring gives for one unit, and what it was made of."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, fx
from torch.fx.node import map_arg

from frontal.cell import Cell
from frontal.compiler.trace import tensors_of
from frontal.diagnostics.gates import gates_of
from frontal.diagnostics.step_places import places
from frontal.diagnostics.wiring import TracedWiring, Wiring, traced_wiring
from frontal.errors import FrontalError, did_you_mean

Floats = NDArray[np.float64]
ALIKE = 1e-5  # of a gate in single and in double precision
NUMBERED = re.compile(r"g\d+")  # a gate that the wiring has no name for


@dataclass(frozen=True)
class Summand:
    """What one source gives to a layer's sum at one unit.

    Attributes:
        node: number of the source in the wiring.
        weights: with which the sum takes each feature of the source, (S,).
        values: of the source, (S,).
    """

    node: int
    weights: Floats
    values: Floats

    @property
    def each(self) -> Floats:
        """What each feature of the source gives, (S,)."""
        return self.weights * self.values

    @property
    def total(self) -> float:
        """What the source gives."""
        return float(self.each.sum())


@dataclass(frozen=True)
class NodeStep:
    """What a node gave at one step.

    Attributes:
        values: of all its features, (S,).
        place: the feature that belongs to the unit; None where none does, as in the input.
        sum: of a layer at the unit, before its function.
        summands: what that sum is made of, apart from the bias.
        bias: what is left of the sum.
    """

    values: Floats
    place: int | None
    sum: float | None = None
    summands: tuple[Summand, ...] = ()
    bias: float = 0.0

    @property
    def value(self) -> float | None:
        """What it gave at the unit."""
        return None if self.place is None else float(self.values[self.place])


@dataclass(frozen=True)
class StepByStep:
    """One step of a cell for one unit: `nodes` goes with those of `wiring`."""

    wiring: Wiring
    state: str
    unit: int
    nodes: tuple[NodeStep, ...]

    def named(self, name: str) -> NodeStep:
        """Return the node of that name: x, a state, a gate, a new state such as h'."""
        alike = [(node, step) for node, step in zip(self.wiring.nodes, self.nodes, strict=True) if node.name == name]
        gates = [step for node, step in alike if node.label != "sum"]  # a sum inside a gate bears its name
        return gates[0] if gates else alike[0][1]


@final
class Stepper:
    """A cell that is taken step by step, in double precision.

    The step is traced once. A layer's sum is affine in what the layer reads, so its derivative is the
    weight of each feature, however the cell writes its products; the bias is what is left.

    Args:
        cell: any cell; a step that cannot be traced raises `UntraceableError`.
    """

    def __init__(self, cell: Cell) -> None:
        self.cell = cell
        self.traced: TracedWiring = traced_wiring(cell)
        tensors = tensors_of(cell)
        self._constants = [_double(tensors[name].detach().cpu()) for name in self.traced.step.constants]
        self._name_gates()

    def at(
        self, x: Floats, states: Mapping[str, Floats], *, state: str, unit: int, held: Mapping[int, float] | None = None
    ) -> StepByStep:
        """Take one step.

        Args:
            x: the input, (I,).
            states: before the step by name, each (size,).
            state: of the unit.
            unit: its number.
            held: nodes that are held at a number at the unit, whatever they would give.

        Raises:
            FrontalError: no such state, no such unit, or a node that has no number at the unit.
        """
        if state not in self.cell.states:
            raise FrontalError(f"{type(self.cell).__name__} has no state {state!r}; {did_you_mean(state, states)}")
        size = len(states[state])
        if not 0 <= unit < size:
            raise FrontalError(f"{state} has the units 0 to {size - 1}; there is no {unit}")
        known = self._given(x, states)
        first = {number: _row(self._value(node, known)) for number, node in self.traced.values.items()}
        place = places(self.traced.wiring, {k: len(v) for k, v in first.items()}, state, unit)
        if held:
            known = self._holding(self._given(x, states), held, place)
        steps = [self._step(number, place[number], known) for number in range(len(self.traced.wiring.nodes))]
        return StepByStep(self.traced.wiring, state, unit, tuple(steps))

    def _name_gates(self) -> None:
        """Give nodes without a name that of the variable which holds their gate, told by what they give."""
        nodes, random = self.traced.wiring.nodes, np.random.default_rng(0)
        x, *states = (random.uniform(-1, 1, size) for size in (self.cell.input_size, *self.cell.state_sizes))
        like = next((p for p in self.cell.parameters() if p.is_floating_point()), torch.empty(0))
        rows = [torch.from_numpy(v)[None].to(like) for v in (x, *states)]
        gates = gates_of(self.cell, rows[0], tuple(rows[1:]))
        known = self._given(x, dict(zip(self.cell.states, states, strict=True)))
        taken = {node.name for node in nodes if node.label != "sum"} | set(self.cell.states)
        given = {k: _row(self._value(node, known)) for k, node in self.traced.values.items()}
        for name, gate in gates.items():
            values = gate.values[0].cpu().double().numpy()
            alike = (k for k, v in given.items() if v.shape == values.shape and np.allclose(v, values, atol=ALIKE))
            number = next(alike, None)
            if number is None or name in taken or name == gate.function or not name.isidentifier():
                continue
            if not nodes[number].name or NUMBERED.fullmatch(nodes[number].name):
                nodes[number].name = name

    def _given(self, x: Floats, states: Mapping[str, Floats]) -> dict[fx.Node, Any]:
        """Return what the graph starts from, in double precision, with as many rows as it was traced with."""
        step = self.traced.step
        tensors = [torch.as_tensor(v) for v in (x, *(states[name] for name in self.cell.states))]
        rows = [t.double().expand(step.batch, -1) for t in tensors]
        given = [*rows, *self._constants]
        starts = [node for node in step.graph.nodes if node.op == "placeholder"]
        return dict(zip(starts, given, strict=True))

    def _holding(
        self, known: dict[fx.Node, Any], held: Mapping[int, float], place: Mapping[int, int | None]
    ) -> dict[fx.Node, Any]:
        for number in sorted(held):  # each reads only earlier ones
            at = place.get(number)
            if at is None:
                raise FrontalError(f"node {number} has no number at this unit, so it cannot be held")
            node = self.traced.values[number]
            value = self._value(node, known).clone()
            value.flatten(1)[:, at] = held[number]
            known[node] = value
        return known

    def _step(self, number: int, place: int | None, known: dict[fx.Node, Any]) -> NodeStep:
        values = _row(self._value(self.traced.values[number], known))
        if place is None or number not in self.traced.sums:
            return NodeStep(values, place)
        summed, summands = self._summands(number, place, known)
        bias = summed - sum(one.total for one in summands)
        return NodeStep(values, place, summed, summands, bias)

    def _summands(self, number: int, place: int, known: dict[fx.Node, Any]) -> tuple[float, tuple[Summand, ...]]:
        """Return the sum of a layer at one unit, and what it is made of."""
        reads = self.traced.wiring.nodes[number].reads
        leaves = [self._value(self.traced.values[k], known).detach().requires_grad_() for k in reads]
        starts = {node: value for node, value in known.items() if node.op == "placeholder"}
        from_here = starts | {self.traced.values[k]: leaf for k, leaf in zip(reads, leaves, strict=True)}
        with torch.enable_grad():
            summed = self._value(self.traced.sums[number], from_here)[0].flatten()[place]
            gradients = torch.autograd.grad(summed, leaves)
        found = [
            Summand(k, _row(gradient), _row(leaf)) for k, gradient, leaf in zip(reads, gradients, leaves, strict=True)
        ]
        return float(summed.detach()), tuple(found)

    def _value(self, node: fx.Node, known: dict[fx.Node, Any]) -> Any:
        """Return what an operation gives, and remember it and all that it needed."""
        todo = [node]
        while todo:
            current = todo[-1]
            missing = [n for n in current.all_input_nodes if n not in known]
            if current in known or not missing:
                todo.pop()
                if current not in known:
                    known[current] = _run(current, known)
            else:
                todo += missing
        value = known[node]
        return value[0] if isinstance(value, tuple) else value  # of a normalisation the values, not its mean


def _run(node: fx.Node, known: dict[fx.Node, Any]) -> Any:
    arguments, keywords = map_arg((node.args, node.kwargs), known.__getitem__)
    operation: Any = node.target
    result = operation(*arguments, **keywords)
    if isinstance(result, tuple | list):
        return tuple(_double(part) for part in result)
    return _double(result)


def _double(value: Any) -> Any:
    return value.double() if isinstance(value, Tensor) and value.is_floating_point() else value


def _row(value: Tensor) -> Floats:
    return value.detach()[0].flatten().double().numpy()
