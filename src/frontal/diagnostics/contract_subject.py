"""A cell under examination: how it is run, and how two runs are compared."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from frontal.cell import Cell, bound
from frontal.compiler.choose import choose
from frontal.compiler.compiled import Program

States = tuple[Tensor, ...]
Result = tuple[Tensor, States]
TOLERANCE = 1e-9


class Broken(Exception):  # noqa: N818 - it is no error of the program
    """A cell does not keep what the check asks."""


@dataclass
class Subject:
    """A cell under examination; `make` builds it."""

    make: Callable[[], Cell]
    name: str = "the cell"

    def cell(self, dtype: torch.dtype = torch.float64) -> Cell:
        """Build it, in eval mode."""
        return self.make().to(dtype).eval()


def need(kept: bool, found: str) -> None:
    """Raise `Broken` with what was found unless the cell keeps it."""
    if not kept:
        raise Broken(found)


def same(what: str, one: Tensor, other: Tensor, tolerance: float = TOLERANCE) -> None:
    """Need two tensors to be equal within a tolerance, relative to the larger of 1 and the second."""
    need(one.shape == other.shape, f"{what}: {tuple(one.shape)} and {tuple(other.shape)}")
    difference = float((one - other).abs().max()) if one.numel() else 0.0
    scale = max(1.0, float(other.abs().max())) if other.numel() else 1.0
    need(difference <= tolerance * scale, f"{what} differ by {difference:.2g}")


def same_result(what: str, one: Result, other: Result, tolerance: float = TOLERANCE) -> None:
    """Need outputs and final states to be equal."""
    same(what, one[0], other[0], tolerance)
    for a, b in zip(one[1], other[1], strict=True):
        same(what, a, b, tolerance)


def same_gradients(what: str, one: dict[str, Tensor], other: dict[str, Tensor], tolerance: float = TOLERANCE) -> None:
    """Need all tensors to be equal, by name."""
    for name, gradient in one.items():
        same(f"{what}: {name}", gradient, other[name], tolerance)


def inputs(cell: Cell, T: int, B: int) -> Tensor:
    """Return a random input, (T, B, I)."""
    return torch.randn(T, B, cell.input_size, dtype=torch.float64)  # (T, B, I)


def some_states(cell: Cell, B: int) -> States:
    """Return random states, each (B, size)."""
    return tuple(0.5 * torch.randn(B, size, dtype=torch.float64) for size in cell.state_sizes)


def zeros(cell: Cell, B: int) -> States:
    """Return zero states, each (B, size)."""
    return tuple(torch.zeros(B, size, dtype=torch.float64) for size in cell.state_sizes)


def run(cell: Cell, x: Tensor, states: States | None = None, *, backend: Any = "reference", **call: Any) -> Result:
    """Run one cell; by default the step itself, in a loop."""
    return choose(cell, backend, x).run(cell, x, states, **call)


def program_of(cell: Cell) -> Program:
    """Return the kernels of the cell; without any it is broken."""
    program = choose(cell, "auto").program
    if program is None:
        raise Broken(choose(cell, "auto").reason)
    return program


def weighted_sum(result: Result) -> Tensor:
    """Return a sum in which every number has its own weight."""
    tensors = (result[0], *result[1])
    return torch.stack(
        [(t * torch.linspace(0.5, 1.5, t.numel(), dtype=t.dtype).view_as(t)).sum() for t in tensors]
    ).sum()


def leaves_of(cell: Cell, which: str) -> dict[str, Tensor]:
    """Return x, the states or the parameters, by name, as leaves of a gradient."""
    if which == "parameters":
        return {name: p for name, p in cell.named_parameters() if p.requires_grad}
    tensors: Sequence[Tensor] = (inputs(cell, 3, 2),) if which == "x" else some_states(cell, 2)
    return {name: t.requires_grad_() for name, t in zip(("x",) if which == "x" else cell.states, tensors, strict=True)}


def total(cell: Cell, tensors: dict[str, Tensor]) -> Tensor:
    """Return a number that depends on x, the states and the parameters; those in `tensors` are given."""
    generator = torch.Generator().manual_seed(1)
    x = tensors.get("x", torch.randn(3, 2, cell.input_size, dtype=torch.float64, generator=generator))
    states = tuple(
        tensors.get(name, 0.5 * torch.randn(2, size, dtype=torch.float64, generator=generator))
        for name, size in zip(cell.states, cell.state_sizes, strict=True)
    )
    own = {name: tensor for name, tensor in tensors.items() if name in dict(cell.named_parameters())}
    return weighted_sum(run(bound(cell, own), x, states))


def gradients(cell: Cell, x: Tensor, **call: Any) -> dict[str, Tensor]:
    """Return outputs, final states, and the gradients of x, of the states and of the parameters, by name."""
    generator = torch.Generator().manual_seed(2)
    B = x.shape[1]
    states = [0.5 * torch.randn(B, size, dtype=x.dtype, generator=generator) for size in cell.state_sizes]
    parameters = {name: p for name, p in cell.named_parameters() if p.requires_grad}
    leaves = {
        "the gradient of x": x.clone().requires_grad_(),
        **{f"the gradient of {n}": s.requires_grad_() for n, s in zip(cell.states, states, strict=True)},
        **{f"the gradient of {n}": p for n, p in parameters.items()},
    }
    outputs, finals = run(cell, leaves["the gradient of x"], tuple(states), **call)
    found = torch.autograd.grad(
        weighted_sum((outputs, finals)), list(leaves.values()), allow_unused=True, materialize_grads=True
    )
    named = {"the outputs": outputs, **{f"the last {n}": f for n, f in zip(cell.states, finals, strict=True)}}
    return {**{n: t.detach() for n, t in named.items()}, **dict(zip(leaves, found, strict=True))}
