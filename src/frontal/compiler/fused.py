"""A cell along a sequence in one kernel, with its gradient in another: the compiled counterpart of `reference.run`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from frontal.cell import Cell
from frontal.compiler import reference
from frontal.compiler.build import Built, build
from frontal.compiler.core import CoreCell, beside, run_graph
from frontal.compiler.cpu.driver import Driver, Inputs
from frontal.compiler.cpu.kernels import Kernels
from frontal.compiler.show import show
from frontal.compiler.trace import UntraceableError

PLAIN = (int, float, bool, str, tuple, type(None))


@dataclass(eq=False)
class Compiled:
    """A cell's plan with the driver that runs it."""

    built: Built
    driver: Driver

    @property
    def direct(self) -> bool:
        """Whether nothing is computed outside the kernels."""
        return not self.built.hoisted.outputs

    def plan(self) -> str:
        """Return the plan as text."""
        return show(self.built.plan)

    def source(self) -> str:
        """Return the generated kernels, forward and backward, as LLVM IR."""
        return "\n".join(str(self.driver.kernels.module(kind)) for kind in ("forward", "backward"))


def compiled(cell: Cell, like: Tensor) -> Compiled:
    """Return the cell's plan for numbers like `like`, made at the first call; raises `UntraceableError`."""
    dtype = number_type(cell, like)
    key = (dtype, facts(cell))
    known = cell.kept.get(key)
    if known is None:
        try:
            known = _compile(cell, torch.empty(0, dtype=dtype))
        except UntraceableError as error:
            known = error
        cell.kept[key] = known
    if isinstance(known, UntraceableError):
        raise known
    return known


def number_type(cell: Cell, like: Tensor) -> torch.dtype:
    """Return the dtype to compute in: that of the input, or under autocast that of the parameters."""
    if like.dtype in (torch.float32, torch.float64):
        return like.dtype
    return next((p.dtype for p in cell.parameters()), torch.float32)


def facts(cell: Cell) -> tuple[Any, ...]:
    """Return the plain attributes of a cell, on which what its step does may depend."""
    own = tuple(value for value in vars(cell).values() if type(value) in PLAIN)
    if not cell._modules:
        return own
    return own + tuple(v for m in cell.modules() if m is not cell for v in vars(m).values() if type(v) in PLAIN)


def _compile(cell: Cell, like: Tensor) -> Compiled:
    built = build(cell, like)
    kernels = Kernels(built.plan, like.dtype.itemsize * 8, type(cell).__name__)
    inputs = built.hoisted.inputs
    constants = [i.name for i in inputs if i.kind == "constant"]
    others = [i.name for i in inputs if i.kind == "sequence" and i.name != "x"]
    return Compiled(built, Driver(built.plan, like.dtype, kernels, constants, others))


def run(
    cell: Cell,
    x: Tensor,
    states: tuple[Tensor, ...],
    *,
    lengths: Tensor | None = None,
    reset: Tensor | None = None,
    reverse: bool = False,
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Run a cell along a sequence; arguments and results are those of `reference.run`."""
    program = compiled(cell, x)
    if x.dtype != program.driver.dtype:
        return _converted(program, cell, x, states, lengths=lengths, reset=reset, reverse=reverse)
    constants, others = _inputs(program, cell, x)
    way = _Way(program, lengths, reset, reverse, len(states), len(constants))
    tensors = (x, *states, *constants, *others)
    if torch.is_grad_enabled() and any(t.requires_grad for t in tensors):
        outputs, *finals = _Fused.apply(way, *tensors)  # pyright: ignore[reportGeneralTypeIssues]
        return outputs, tuple(finals)
    outputs, finals, _ = _forward(way, tensors, record=False)
    return outputs, tuple(finals)


def _converted(
    program: Compiled, cell: Cell, x: Tensor, states: tuple[Tensor, ...], **how: Any
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Run in the dtype of the kernels and hand the results back in that of the input, as under autocast."""
    dtype = program.driver.dtype
    with torch.autocast("cpu", enabled=False):
        outputs, finals = run(cell, x.to(dtype), tuple(s.to(dtype) for s in states), **how)
    return outputs.to(x.dtype), tuple(s.to(x.dtype) for s in finals)


def _inputs(program: Compiled, cell: Cell, x: Tensor) -> tuple[list[Tensor], list[Tensor]]:
    """Return the constants and the further sequences of a plan."""
    hoisted, driver = program.built.hoisted, program.driver
    if program.direct:
        return [_tensor(cell, hoisted.direct[name]) for name in driver.constants], []
    T, B, features = x.shape
    placeholders = {"x": x.reshape(T * B, features)}
    for node in hoisted.outside.nodes:
        if node.op == "placeholder" and node.users and node.name != "x":
            placeholders[node.name] = _tensor(cell, hoisted.paths[node.name])
    results = run_graph(hoisted.outside, placeholders, hoisted.batch, T * B)
    known = {name: _tensor(cell, path) for name, path in hoisted.direct.items()}
    for name, tensor in zip(hoisted.outputs, results, strict=True):
        known[name] = tensor.view(T, B, *tensor.shape[1:]) if name in driver.others else tensor
    return [known[name] for name in driver.constants], [known[name].to(x.dtype) for name in driver.others]


def _tensor(cell: Cell, path: str) -> Tensor:
    """Return a tensor of the cell by its path."""
    found: Any = cell
    for part in path.split("."):
        found = getattr(found, part)
    return found


@dataclass(eq=False)
class _Way:
    """How a cell runs once."""

    program: Compiled
    lengths: Tensor | None
    reset: Tensor | None
    reverse: bool
    states: int
    constants: int

    def parts(
        self, tensors: tuple[Tensor, ...]
    ) -> tuple[Tensor, tuple[Tensor, ...], tuple[Tensor, ...], tuple[Tensor, ...]]:
        """Return x, states, constants, other sequences."""
        s, c = 1 + self.states, 1 + self.states + self.constants
        return tensors[0], tensors[1:s], tensors[s:c], tensors[c:]


def _forward(way: _Way, tensors: tuple[Tensor, ...], *, record: bool) -> tuple[Tensor, list[Tensor], Tensor | None]:
    return way.program.driver.forward(_driven(way, tensors), record=record)


def _driven(way: _Way, tensors: tuple[Tensor, ...]) -> Inputs:
    """Return the tensors in the form that kernels take."""
    x, states, constants, others = way.parts(tensors)
    return Inputs(
        _dense(x),
        [_dense(t) for t in others],
        [t.contiguous() for t in states],
        [t.contiguous() for t in constants],
        way.lengths,
        way.reset,
        way.reverse,
    )


def _dense(x: Tensor) -> Tensor:
    """Return a sequence whose features lie next to each other."""
    inner = x.stride()[2:]
    expected = x[0, 0].contiguous().stride() if x.dim() > 3 else (1,)
    return x if inner == expected or (x.dim() == 3 and x.shape[2] == 1) else x.contiguous()


class _Fused(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, way: _Way, *tensors: Tensor) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        outputs, finals, block = _forward(way, tensors, record=True)
        ctx.way, ctx.count = way, len(tensors)
        ctx.save_for_backward(*tensors, outputs, block)
        ctx.set_materialize_grads(False)
        return outputs, *finals

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor | None) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        way: _Way = ctx.way
        *tensors, outputs, block = ctx.saved_tensors
        wanted = ctx.needs_input_grad[1:]
        if torch.is_grad_enabled():
            return None, *_again(way, tuple(tensors), gradients, wanted)
        inputs = _driven(way, tuple(tensors))
        d_finals = [
            torch.zeros_like(s) if g is None else g.contiguous()
            for g, s in zip(gradients[1:], inputs.initial, strict=True)
        ]
        found = way.program.driver.backward(
            inputs, outputs, block, _row_gradient(gradients[0], outputs), d_finals, wants_x=wanted[0]
        )
        return None, found.x, *found.initial, *found.constants, *found.others


def _row_gradient(gradient: Tensor | None, outputs: Tensor) -> Tensor:
    """Return the gradient of the outputs with features next to each other; one row for all where they are equal."""
    if gradient is None:
        return outputs.new_zeros(1, 1, outputs.shape[2]).expand_as(outputs)
    if gradient.stride()[:2] == (0, 0) and gradient.numel():
        return gradient[:1, :1].contiguous().expand_as(outputs)
    return _dense(gradient)


def _again(
    way: _Way, tensors: tuple[Tensor, ...], gradients: tuple[Tensor | None, ...], wanted: tuple[bool, ...]
) -> list[Tensor | None]:
    """Differentiate the reference loop over the core, so that the gradient has a gradient."""
    with torch.enable_grad():
        leaves = tuple(t.view_as(t) if w else t for t, w in zip(tensors, wanted, strict=True))
        x, states, constants, others = way.parts(leaves)
        program = way.program
        named = dict(zip(program.driver.constants, constants, strict=True))
        cell = CoreCell(program.built.hoisted, program.built.plan.states, named, x.shape[2])
        outputs, finals = reference.run(
            cell, beside(x, others), states, lengths=way.lengths, reset=way.reset, reverse=way.reverse
        )
        pairs = [
            (y, g) for y, g in zip((outputs, *finals), gradients, strict=True) if g is not None and y.requires_grad
        ]
        inputs = [t for t, w in zip(leaves, wanted, strict=True) if w]
        found = iter(
            torch.autograd.grad(
                [y for y, _ in pairs], inputs, [g for _, g in pairs], create_graph=True, allow_unused=True
            )
            if pairs and inputs
            else [None] * len(inputs)
        )
        return [next(found) if w else None for w in wanted]
