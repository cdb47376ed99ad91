"""Graphs of aten operations, run by torch: what is computed outside the loop, and the core as a cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, fx
from torch.fx.node import map_arg

from frontal.cell import Cell
from frontal.compiler.draws import seeded
from frontal.compiler.hoist import Hoisted
from frontal.compiler.recorder import UntraceableError


def run_graph(graph: fx.Graph, inputs: Mapping[str, Tensor], marker: int, batch: int) -> Sequence[Tensor]:
    """Run a graph that was traced with a batch of `marker` on one of another size."""
    values: dict[fx.Node, Any] = {}
    for node in graph.nodes:
        if node.op == "placeholder":
            values[node] = inputs.get(node.name)
        elif node.op == "call_function":
            target: Any = node.target
            arguments = _rescaled(map_arg(node.args, values.__getitem__), marker, batch)
            keywords = _rescaled(map_arg(node.kwargs, values.__getitem__), marker, batch)
            values[node] = target(*arguments, **keywords)
        else:
            return [values[n] for n in node.args[0]]
    raise AssertionError("a graph without an output")


def _rescaled(item: Any, marker: int, batch: int) -> Any:
    """Replace the traced batch size in shapes."""
    if isinstance(item, dict):
        return {key: _rescaled(part, marker, batch) for key, part in item.items()}
    if isinstance(item, tuple):  # all arguments
        return tuple(_rescaled(part, marker, batch) for part in item)
    if isinstance(item, list):
        return [n // marker * batch if type(n) is int and n % marker == 0 else n for n in item]
    return item


def tensor_at(cell: Cell, path: str) -> Tensor:
    """Return a tensor of the cell by its path."""
    own = cell._parameters.get(path)
    if own is not None:
        return own
    found: Any = cell
    for part in path.split("."):
        found = getattr(found, part)
    return found


def check_rows(hoisted: Hoisted, cell: Cell, like: Tensor) -> None:
    """Refuse what is computed before the loop if a row of it depends on other rows."""
    results = next(node for node in hoisted.outside.nodes if node.op == "output").args[0]
    kinds = {item.name: item.kind for item in hoisted.inputs}
    tensors = {name: tensor_at(cell, path) for name, path in hoisted.paths.items()}
    x = torch.randn(5, cell.input_size, dtype=like.dtype)
    others = torch.cat([x[:1], torch.randn(4, cell.input_size, dtype=like.dtype)])
    found: list[Sequence[Tensor]] = []
    for rows in (x, others):
        with seeded(0), torch.no_grad():
            found.append(run_graph(hoisted.outside, {**tensors, "x": rows}, hoisted.batch, len(rows)))
    for node, name, one, other in zip(results, hoisted.outputs, *found, strict=True):
        drawn = not torch.isfinite(one).all()
        if kinds[name] == "sequence" and not drawn and not torch.allclose(one[0], other[0], rtol=1e-3, atol=1e-5):
            raise UntraceableError(f"{node.meta.get('line')}: {node.target} mixes the sequences of a batch")


class CoreCell(Cell):
    """The core of a step as a cell of its own, with its constants given; differentiable any number of times.

    Its input is x and the other sequences side by side.
    """

    def __init__(self, hoisted: Hoisted, states: tuple[str, ...], constants: Mapping[str, Tensor], width: int) -> None:
        super().__init__(max(width, 1), 1)
        self.states = states  # pyright: ignore[reportAttributeAccessIssue] - of this one, not of the class
        self.hoisted, self.constants = hoisted, dict(constants)
        self.width = width
        self.sequences = [i for i in hoisted.inputs if i.kind == "sequence" and i.name != "x"]

    @property
    def state_sizes(self) -> tuple[int, ...]:
        """Features of the states of the cell that was traced."""
        return tuple(i.shape[0] for i in self.hoisted.inputs if i.kind == "state")

    def step(self, x: Tensor, *states: Tensor) -> tuple[Tensor, ...]:
        """Return the new states."""
        inputs: dict[str, Tensor] = {**self.constants, "x": x[:, : self.width]}
        inputs |= {f"{name}_before": state for name, state in zip(self.states, states, strict=True)}
        start = self.width
        for item in self.sequences:
            count = 1
            for n in item.shape:
                count *= n
            inputs[item.name] = x[:, start : start + count].reshape(len(x), *item.shape)
            start += count
        for item in self.hoisted.inputs:
            if item.kind == "projection":
                weight = self.constants[item.weight]
                inputs[item.name] = inputs["x"] @ (weight.t() if item.transposed else weight)
        return tuple(run_graph(self.hoisted.core, inputs, self.hoisted.batch, len(x)))


def beside(x: Tensor, sequences: Sequence[Tensor]) -> Tensor:
    """Return x and other sequences side by side, (T, B, features)."""
    return torch.cat([x, *(s.reshape(*s.shape[:2], -1) for s in sequences)], -1) if sequences else x
