"""A cell under examination: how it is run, and how two runs are compared."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from os import sep
from pathlib import Path
from sysconfig import get_paths
from traceback import extract_tb
from typing import Any

import torch
from torch import Tensor

from frontal import cell as contract
from frontal.cell import Cell, bound, tensors_by_path
from frontal.compiler.choose import choose
from frontal.layers.wrapped import OneStateModule, TwoStateModule

States = tuple[Tensor, ...]
Result = tuple[Tensor, States]
TOLERANCE = 1e-9
OTHERS = (str(Path(contract.__file__).parent), *(get_paths()[where] for where in ("stdlib", "purelib", "platlib")))


class Broken(Exception):  # noqa: N818 - it is no error of the program
    """A cell does not keep what the check asks."""


def user_line(error: BaseException) -> str:
    """Return "FILE, line N: " for the innermost line of an error's traceback that is the user's, or ""."""
    others = ("<", *(f"{folder}{sep}" for folder in OTHERS))
    frames = [f for f in extract_tb(error.__traceback__) if not f.filename.startswith(others)]
    return f"{Path(frames[-1].filename).name}, line {frames[-1].lineno}: " if frames else ""


def name_of(cell: Cell) -> str:
    """Return the name of its class, or of the class of the module that it wraps."""
    return type(cell.module if isinstance(cell, OneStateModule | TwoStateModule) else cell).__name__


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


def total(cell: Cell, which: str, tensors: dict[str, Tensor]) -> Tensor:
    """Return a number that depends on x, states and parameters, where `tensors` stand in for `which` of them."""
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(3, 2, cell.input_size, dtype=torch.float64, generator=generator)
    states = [0.5 * torch.randn(2, n, dtype=torch.float64, generator=generator) for n in cell.state_sizes]
    if which == "x":
        x = tensors["x"]
    elif which == "states":
        states = [tensors[name] for name in cell.states]
    else:
        name_of_tensor = {id(p): name for name, p in cell.named_parameters()}
        paths = {path: name_of_tensor.get(id(t)) for path, t in tensors_by_path(cell).items()}  # tied ones have several
        cell = bound(cell, {path: tensors[name] for path, name in paths.items() if name in tensors})
    return weighted_sum(run(cell, x, tuple(states)))


def gradients(cell: Cell, x: Tensor, **call: Any) -> dict[str, Tensor]:
    """Return outputs, final states, and the gradients of x, of the states and of the parameters, by name."""
    generator = torch.Generator().manual_seed(2)
    B = x.shape[1]
    states = [0.5 * torch.randn(B, size, dtype=x.dtype, generator=generator) for size in cell.state_sizes]
    parameters = {name: p for name, p in cell.named_parameters() if p.requires_grad}
    leaves = {
        "the gradient of the input": x.clone().requires_grad_(),
        **{f"the gradient of state {n}": s.requires_grad_() for n, s in zip(cell.states, states, strict=True)},
        **{f"the gradient of {n}": p for n, p in parameters.items()},
    }
    outputs, finals = run(cell, leaves["the gradient of the input"], tuple(states), **call)
    found = torch.autograd.grad(
        weighted_sum((outputs, finals)), list(leaves.values()), allow_unused=True, materialize_grads=True
    )
    named = {"the outputs": outputs, **{f"the last {n}": f for n, f in zip(cell.states, finals, strict=True)}}
    return {**{n: t.detach() for n, t in named.items()}, **dict(zip(leaves, found, strict=True))}
