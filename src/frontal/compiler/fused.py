"""The kernels as one differentiable function of tensors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch._C._autograd import _get_current_graph_task_keep_graph

from frontal.compiler import reference
from frontal.compiler.build import Built
from frontal.compiler.core import CoreCell, beside
from frontal.compiler.cpu.driver import Driver, Inputs

Tensors = tuple[Tensor, ...]


@dataclass(eq=False, slots=True)
class Way:
    """How a cell runs once."""

    built: Built
    driver: Driver
    lengths: Tensor | None
    reset: Tensor | None
    reverse: bool
    states: int
    constants: int

    def parts(self, tensors: Tensors) -> tuple[Tensor, Tensors, Tensors, Tensors]:
        """Return x, states, constants, other sequences."""
        s, c = 1 + self.states, 1 + self.states + self.constants
        return tensors[0], tensors[1:s], tensors[s:c], tensors[c:]


def fused(way: Way, x: Tensor, states: Tensors, constants: Tensors, others: Tensors) -> tuple[Tensor, Tensors]:
    """Return outputs and final states of the kernels."""
    if torch.is_grad_enabled():
        tensors = (x, *states, *constants, *others)
        if any(t.requires_grad for t in tensors):
            outputs, *finals = _apply(way, *tensors)
            return outputs, tuple(finals)
    outputs, finals, _ = way.driver.forward(_driven(way, x, states, constants, others), record=False)
    return outputs, tuple(finals)


def _driven(way: Way, x: Tensor, states: Tensors, constants: Tensors, others: Tensors) -> Inputs:
    """Return the tensors in the form that kernels take."""
    return Inputs(
        x if x.is_contiguous() else _dense(x),
        [_dense(t) for t in others],
        [t.contiguous() for t in states],
        [t.contiguous() for t in constants],
        way.lengths,
        way.reset,
        way.reverse,
    )


def _dense(x: Tensor) -> Tensor:
    """Return a sequence whose features lie next to each other."""
    if x.is_contiguous():
        return x
    inner = x.stride()[2:]
    expected = x[0, 0].contiguous().stride() if x.dim() > 3 else (1,)
    return x if inner == expected or (x.dim() == 3 and x.shape[2] == 1) else x.contiguous()


class _Fused(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, way: Way, *tensors: Tensor) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        outputs, finals, block = way.driver.forward(_driven(way, *way.parts(tensors)), record=True)
        ctx.way, ctx.block = way, block
        ctx.save_for_backward(*tensors, outputs)
        ctx.set_materialize_grads(False)
        return outputs, *finals

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor | None) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        way: Way = ctx.way
        *tensors, outputs = ctx.saved_tensors
        wanted = ctx.needs_input_grad[1:]
        if torch.is_grad_enabled():
            return None, *_again(way, tuple(tensors), gradients, wanted)
        inputs = _driven(way, *way.parts(tuple(tensors)))
        driver = way.driver
        d_finals = [
            driver.blank(s.shape) if g is None else g.contiguous()
            for g, s in zip(gradients[1:], inputs.initial, strict=True)
        ]
        found = driver.backward(
            inputs, outputs, ctx.block.memory, _row_gradient(driver, gradients[0], outputs), d_finals, wants_x=wanted[0]
        )
        if not _get_current_graph_task_keep_graph():
            ctx.block.give_up()
        return None, found.x, *found.initial, *found.constants, *found.others


def _row_gradient(driver: Driver, gradient: Tensor | None, outputs: Tensor) -> Tensor:
    """Return the gradient of the outputs with features next to each other; one row for all where they are equal."""
    if gradient is None:
        return driver.blank(outputs.shape[2:]).expand(outputs.shape)
    if gradient.stride()[:2] == (0, 0) and gradient.numel():
        return gradient[0, 0].contiguous().expand(outputs.shape)
    return _dense(gradient)


def _again(
    way: Way, tensors: Tensors, gradients: tuple[Tensor | None, ...], wanted: tuple[bool, ...]
) -> list[Tensor | None]:
    """Differentiate the reference loop over the core, so that the gradient has a gradient."""
    with torch.enable_grad():
        leaves = tuple(t.view_as(t) if w else t for t, w in zip(tensors, wanted, strict=True))
        x, states, constants, others = way.parts(leaves)
        named = dict(zip(way.driver.constants, constants, strict=True))
        cell = CoreCell(way.built.hoisted, way.built.plan.states, named, x.shape[2])
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


# without the part for torch.func, which `choose` keeps away
_apply = super(torch.autograd.Function, _Fused).apply  # pyright: ignore[reportAttributeAccessIssue]
