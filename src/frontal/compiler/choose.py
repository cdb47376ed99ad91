"""Which backend runs a cell, and why."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import torch
from torch import Tensor
from torch._C._functorch import peek_interpreter_stack
from torch.autograd import forward_ad

from frontal.cell import Cell
from frontal.compiler import reference
from frontal.compiler.compiled import Program, compiled, facts
from frontal.compiler.recorder import UntraceableError
from frontal.compiler.trace import WrongStatesError
from frontal.errors import FrontalError, did_you_mean

Backend = Literal["auto", "cpu", "reference"]
BACKENDS = get_args(Backend)
Run = Callable[..., tuple[Tensor, tuple[Tensor, ...]]]
DTYPES = (torch.float32, torch.float64)

_warned: set[tuple[type, str]] = set()


@dataclass(frozen=True)
class Choice:
    """A backend, the reason for it, and the function that runs it (signature of `reference.run`)."""

    backend: str
    reason: str
    run: Run
    program: Program | None = None

    def __str__(self) -> str:
        return f"backend: {self.backend}\nreason:  {self.reason}"

    def plan(self) -> str:
        """Return the plan of the kernels as text; empty if there are none."""
        return "" if self.program is None else self.program.plan()

    def source(self) -> str:
        """Return the generated kernels; empty if there are none."""
        return "" if self.program is None else self.program.source()


def choose(cell: Cell, backend: Backend = "auto", like: Tensor | None = None) -> Choice:
    """Choose what runs `cell` along a sequence such as `like`.

    Args:
        cell: any cell.
        backend: a name, or "auto" for the fastest that can.
        like: a tensor with the dtype and device of the input; by default that of the parameters.

    Raises:
        FrontalError: the name is unknown, or that backend cannot run the cell on this input.
    """
    if like is None:
        like = next(cell.parameters(), torch.empty(0))
    if like.dtype not in DTYPES or is_transformed():
        return _choose(cell, backend, like)
    key = (backend, like.dtype, like.device, facts(cell))
    known = cell.kept.get(key)
    if known is None:
        known = cell.kept[key] = _choose(cell, backend, like)
    return known


def _choose(cell: Cell, backend: Backend, like: Tensor) -> Choice:
    check_backend(backend)
    if backend == "reference":
        return Choice("reference", "asked for by name", reference.run)
    program = _program(cell, like)
    if isinstance(program, Program):
        reason = "one compiled kernel a direction, for the whole sequence" if backend == "auto" else "asked for by name"
        return Choice("cpu", reason, program.run, program)
    if backend == "cpu":
        raise FrontalError(f'backend="cpu" cannot run {type(cell).__name__}: {program}')
    if isinstance(program, UntraceableError) and not isinstance(program, WrongStatesError):
        _warn_once(cell, str(program))
    return Choice("reference", str(program), reference.run)


def check_backend(backend: str) -> None:
    """Raise `FrontalError` unless `backend` is a known name."""
    if backend not in BACKENDS:
        raise FrontalError(f"unknown backend {backend!r}; {did_you_mean(backend, BACKENDS)}")


def _program(cell: Cell, like: Tensor) -> Program | UntraceableError | str:
    """Return what runs the cell on kernels, or what stands in the way."""
    if like.device.type != "cpu":
        return f"there are no kernels for {like.device.type} yet"
    if like.dtype not in DTYPES and not torch.is_autocast_enabled("cpu"):
        return f"there are no kernels for {like.dtype}"
    if is_transformed():
        return "torch.func or forward-mode differentiation transforms the call, which needs torch's own operations"
    try:
        return compiled(cell, like)
    except UntraceableError as error:
        return error


def is_transformed() -> bool:
    """Whether torch.func or forward-mode differentiation stands around the call."""
    return peek_interpreter_stack() is not None or forward_ad._current_level >= 0


def _warn_once(cell: Cell, message: str) -> None:
    """Warn, once a cell class and message, that the slow loop runs."""
    if (type(cell), message) not in _warned:
        _warned.add((type(cell), message))
        warnings.warn(f"{type(cell).__name__} runs on the slow reference loop: {message}", stacklevel=6)
