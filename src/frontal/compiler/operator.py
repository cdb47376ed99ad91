"""A cell along a sequence as one operation of torch, which torch.compile keeps whole instead of unrolling time.

The operation names its cell by a number and gets all tensors as arguments. Its gradient runs the
sequence again, from a seed, so that a step which draws random numbers draws the same ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, NamedTuple

import torch
from torch import Tensor

from frontal.cell import Cell, bound, numbered, tensors_by_path
from frontal.compiler.choose import Backend, choose
from frontal.compiler.draws import seeded
from frontal.errors import FrontalError

ARGUMENTS = (
    "int cell, str backend, str names, Tensor x, Tensor[] states, Tensor[] tensors, "
    "Tensor? lengths, Tensor? reset, bool reverse, Tensor? seed"
)


class Call(NamedTuple):
    """Arguments of the operation; `names` are the paths of `tensors` in the cell, with semicolons between them."""

    cell: int
    backend: Backend
    names: str
    x: Tensor
    states: Sequence[Tensor]
    tensors: Sequence[Tensor]
    lengths: Tensor | None
    reset: Tensor | None
    reverse: bool
    seed: Tensor | None


def run_whole(
    cell: Cell,
    backend: Backend,
    x: Tensor,
    states: tuple[Tensor, ...] | None,
    *,
    lengths: Tensor | None = None,
    reset: Tensor | None = None,
    reverse: bool = False,
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Run a cell as `choose(cell, backend, x).run` does, as one operation; for code that torch.compile traces."""
    if states is None:
        states = tuple([x.new_zeros(x.shape[1], size) for size in cell.state_sizes])
    tensors = tensors_by_path(cell)
    seed = torch.randint(2**62, ()) if torch.is_grad_enabled() else None
    outputs, *finals = torch.ops.frontal.run(
        cell.kept.number, backend, ";".join(tensors),
        x, states, list(tensors.values()), lengths, reset, reverse, seed,
    )  # fmt: skip
    return outputs, tuple(finals)


def _results(call: Call) -> list[Tensor]:
    """Return outputs and final states."""
    _check_lengths(call.lengths, len(call.x))
    names = call.names.split(";") if call.names else []
    cell = bound(numbered(call.cell), dict(zip(names, call.tensors, strict=True)))
    with seeded(None if call.seed is None else int(call.seed)):
        outputs, finals = choose(cell, call.backend, call.x).run(
            cell, call.x, tuple(call.states), lengths=call.lengths, reset=call.reset, reverse=call.reverse
        )
    return [outputs, *finals]


def _gradients(call: Call, of_results: Sequence[Tensor]) -> list[Tensor]:
    """Return the gradients of x, of the states and of the tensors."""
    with torch.enable_grad(), _autograd_inside():
        leaves = [t.detach().requires_grad_(t.is_floating_point()) for t in (call.x, *call.states, *call.tensors)]
        s = 1 + len(call.states)
        results = _results(call._replace(x=leaves[0], states=leaves[1:s], tensors=leaves[s:]))
        pairs = [(y, g) for y, g in zip(results, of_results, strict=True) if y.requires_grad]
        wanted = [leaf for leaf in leaves if leaf.requires_grad]
        found = iter(
            torch.autograd.grad(
                [y for y, _ in pairs], wanted, [g for _, g in pairs], allow_unused=True, materialize_grads=True
            )
        )
    return [next(found).contiguous() if leaf.requires_grad else torch.zeros_like(leaf) for leaf in leaves]


@torch.library.custom_op("frontal::run", mutates_args=(), schema=f"({ARGUMENTS}) -> Tensor[]")
def _run(*arguments: Any) -> list[Tensor]:
    call = Call(*arguments)
    given = {t.data_ptr() for t in (call.x, *call.states, *call.tensors)}
    return [t.clone() if t.data_ptr() in given else t for t in _results(call)]  # an operation must not hand on


@_run.register_fake
def _(*arguments: Any) -> list[Tensor]:
    call = Call(*arguments)
    (T, B, _), sizes = call.x.shape, numbered(call.cell).state_sizes
    return [call.x.new_empty(T, B, sizes[0]), *(call.x.new_empty(B, size) for size in sizes)]


@torch.library.custom_op("frontal::run_back", mutates_args=(), schema=f"({ARGUMENTS}, Tensor[] gradients) -> Tensor[]")
def _run_back(*arguments: Any) -> list[Tensor]:
    return _gradients(Call(*arguments[:-1]), arguments[-1])


@_run_back.register_fake
def _(*arguments: Any) -> list[Tensor]:
    call = Call(*arguments[:-1])
    tensors = (call.x, *call.states, *call.tensors)
    return [torch.empty_like(t, memory_format=torch.contiguous_format) for t in tensors]


def _keep(ctx: Any, inputs: tuple[Any, ...], output: list[Tensor]) -> None:
    call = Call(*inputs)
    optional = (call.lengths, call.reset, call.seed)
    ctx.rest = call._replace(x=None, states=None, tensors=None, lengths=None, reset=None, seed=None)
    ctx.states, ctx.has = len(call.states), [t is not None for t in optional]
    ctx.shapes = [t.shape for t in output]
    ctx.save_for_backward(*(t for t in optional if t is not None), call.x, *call.states, *call.tensors)


def _back(ctx: Any, gradients: list[Tensor | None]) -> tuple[Any, ...]:
    saved = iter(ctx.saved_tensors)
    lengths, reset, seed = (next(saved) if there else None for there in ctx.has)
    x, *tensors = saved
    s = ctx.states
    call = ctx.rest._replace(x=x, states=tensors[:s], tensors=tensors[s:], lengths=lengths, reset=reset, seed=seed)
    of_results = [x.new_zeros(n) if g is None else g.contiguous() for n, g in zip(ctx.shapes, gradients, strict=True)]
    d_x, *found = torch.ops.frontal.run_back(*call, of_results)
    return None, None, None, d_x, found[:s], found[s:], None, None, None, None


_run.register_autograd(_back, setup_context=_keep)


def _autograd_inside() -> AbstractContextManager[None]:
    """Let torch record what is done inside an operation, where it does not by itself."""
    excluded = torch._C._dispatch_tls_local_exclude_set()
    for name in ("AutogradCPU", "AutogradCUDA", "AutogradOther", "ADInplaceOrView"):
        excluded = excluded.remove(getattr(torch._C.DispatchKey, name))
    return torch._C._ForceDispatchKeyGuard(torch._C._dispatch_tls_local_include_set(), excluded)


def _check_lengths(lengths: Tensor | None, T: int) -> None:
    """Check what cannot be looked at while torch.compile traces."""
    for index, value in enumerate([] if lengths is None else lengths.tolist()):
        if not 1 <= value <= T:
            raise FrontalError(f"lengths[{index}] is {value}; a length must be within 1 .. T = {T}")
