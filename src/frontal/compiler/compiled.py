"""A cell's compiled program: its plan, the driver of its kernels, and one call along a sequence."""

from __future__ import annotations

from collections.abc import Sequence
from threading import RLock
from typing import Any

import torch
from torch import Tensor

from frontal.cell import Cell
from frontal.compiler.build import Built, build
from frontal.compiler.core import run_graph, tensor_at
from frontal.compiler.cpu.driver import Driver
from frontal.compiler.cpu.kernels import Kernels
from frontal.compiler.cpu.stepper import Stepper
from frontal.compiler.fused import Way, fused
from frontal.compiler.looked_up import looked_up
from frontal.compiler.recorder import UntraceableError
from frontal.compiler.show import show

_one_at_a_time = RLock()
PLAIN = frozenset((int, float, bool, str, tuple, type(None)))
NUMBERS = (torch.float32, torch.float64)


class Program:
    """Runs one cell's plan in one dtype; `run` has the signature of `reference.run`."""

    def __init__(self, built: Built, driver: Driver) -> None:
        self.built, self.driver = built, driver
        self._lookup: Driver | None = None
        hoisted = built.hoisted
        self.direct = not hoisted.outputs
        self.paths = [hoisted.direct.get(name, "") for name in driver.constants]
        self.placeholders = [
            node.name for node in hoisted.outside.nodes if node.op == "placeholder" and node.users and node.name != "x"
        ]

    def run(
        self,
        cell: Cell,
        x: Tensor,
        states: tuple[Tensor, ...] | None,
        *,
        lengths: Tensor | None = None,
        reset: Tensor | None = None,
        reverse: bool = False,
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Run the cell along a sequence; without `states` from zeros."""
        driver = self.driver
        if x.dtype != driver.dtype:
            return self._converted(cell, x, states, lengths=lengths, reset=reset, reverse=reverse)
        if states is None:
            states = tuple([driver.blank((x.shape[1], size)) for size in driver.plan.state_sizes])
        constants, others = self._inputs(cell, x, lengths)
        way = Way(self.built, driver, lengths, reset, reverse, len(states), len(constants))
        return fused(way, x, states, constants, others)

    def _converted(
        self, cell: Cell, x: Tensor, states: tuple[Tensor, ...] | None, **how: Any
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Run in the dtype of the kernels and hand the results back in that of the input, as under autocast."""
        dtype = self.driver.dtype
        given = None if states is None else tuple(s.to(dtype) for s in states)
        with torch.autocast("cpu", enabled=False):
            outputs, finals = self.run(cell, x.to(dtype), given, **how)
        return outputs.to(x.dtype), tuple(s.to(x.dtype) for s in finals)

    def _inputs(self, cell: Cell, x: Tensor, lengths: Tensor | None) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
        """Return the constants and the further sequences of the plan."""
        if self.direct:
            return tuple([tensor_at(cell, path) for path in self.paths]), ()
        hoisted, driver = self.built.hoisted, self.driver
        T, B, features = x.shape
        if lengths is not None and driver.others:  # nobody knows what stands in the padding
            x = torch.where((torch.arange(T)[:, None] < lengths)[..., None], x, x[:1])
        placeholders = {name: tensor_at(cell, hoisted.paths[name]) for name in self.placeholders}
        placeholders["x"] = x.reshape(T * B, features)
        results = run_graph(hoisted.outside, placeholders, hoisted.batch, T * B)
        known = {name: tensor_at(cell, path) for name, path in hoisted.direct.items()}
        for name, tensor in zip(hoisted.outputs, results, strict=True):
            known[name] = tensor.view(T, B, *tensor.shape[1:]) if name in driver.others else tensor
        others = tuple([known[name].to(x.dtype) for name in driver.others])
        return tuple([known[name] for name in driver.constants]), others

    def stepper(self, cell: Cell, states: Sequence[Tensor]) -> Stepper | None:
        """Return what runs single steps from these states, each (B, size); None if torch has work before each step."""
        if not self.direct:
            return None
        constants, _ = self._inputs(cell, states[0], None)
        if not all(t.is_contiguous() for t in constants):
            return None
        return Stepper(self.driver, constants, states)

    def lookup(self, cell: Cell, table: Tensor, states: Sequence[Tensor]) -> tuple[Stepper, list[Tensor]] | None:
        """Return what runs single steps on rows of a table, (R, I), and what its steps take of each row beside x.

        These are the rows' products with the weights of x, (R, N) each, made here once for all steps.
        None where `stepper` is None, or where there are no such products.
        """
        driver, plan = self.driver, looked_up(self.driver.plan)
        if not self.direct or plan is None:
            return None
        constants, _ = self._inputs(cell, states[0], None)
        if not all(t.is_contiguous() for t in constants):
            return None
        if self._lookup is None:
            kernels = Kernels(plan, driver.kernels.bits, f"{driver.kernels.title}, looked up")
            others = [p.place for p in driver.plan.projections]
            self._lookup = Driver(plan, driver.dtype, kernels, driver.constants, others)
        weights = dict(zip(driver.constants, constants, strict=True))
        products = [
            table @ (weights[p.weight].T if p.transposed else weights[p.weight]) for p in driver.plan.projections
        ]
        return Stepper(self._lookup, constants, states), products

    def plan(self) -> str:
        """Return the plan as text."""
        return show(self.built.plan, self.built.hoisted.outside, self.built.hoisted.outputs)

    def source(self) -> str:
        """Return the generated kernels, forward and backward, as LLVM IR."""
        return "\n".join(str(self.driver.kernels.module(kind)) for kind in ("forward", "backward"))


def compiled(cell: Cell, like: Tensor) -> Program:
    """Return the cell's program for numbers like `like`, made at the first call.

    Raises:
        UntraceableError: no kernel can be written for the step.
    """
    dtype = like.dtype if like.dtype in NUMBERS else next((p.dtype for p in cell.parameters()), torch.float32)
    key = (dtype, facts(cell))
    known = cell.kept.get(key)
    if known is None:
        with _one_at_a_time:
            known = cell.kept.get(key)
            if known is None:
                known = cell.kept[key] = _compile(cell, torch.empty(0, dtype=dtype))
    if isinstance(known, UntraceableError):
        raise known
    return known


def facts(cell: Cell) -> tuple[Any, ...]:
    """Return the plain attributes of a cell, on which what its step does may depend."""
    own = tuple([value for value in cell.__dict__.values() if type(value) in PLAIN])
    if not cell._modules:
        return own
    inner = [v for m in cell.modules() if m is not cell for v in m.__dict__.values() if type(v) in PLAIN]
    return own + tuple(inner)


def _compile(cell: Cell, like: Tensor) -> Program | UntraceableError:
    try:
        with torch.inference_mode(False), torch.random.fork_rng(devices=[]), torch.autocast("cpu", enabled=False):
            built = build(cell, like)
    except UntraceableError as error:
        return error
    kernels = Kernels(built.plan, like.dtype.itemsize * 8, type(cell).__name__)
    inputs = built.hoisted.inputs
    constants = [i.name for i in inputs if i.kind == "constant"]
    others = [i.name for i in inputs if i.kind == "sequence" and i.name != "x"]
    return Program(built, Driver(built.plan, like.dtype, kernels, constants, others))
