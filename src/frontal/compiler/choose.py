"""Which backend runs a cell, and why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

from torch import Tensor

from frontal.cell import Cell
from frontal.compiler import reference
from frontal.errors import FrontalError, did_you_mean

Backend = Literal["auto", "reference"]
Run = Callable[..., tuple[Tensor, tuple[Tensor, ...]]]


@dataclass(frozen=True)
class Choice:
    """A backend, the reason for it, and the function that runs it (signature of `reference.run`)."""

    backend: str
    reason: str
    run: Run

    def __str__(self) -> str:
        return f"backend: {self.backend}\nreason:  {self.reason}"


def choose(cell: Cell, backend: Backend = "auto") -> Choice:
    """Choose what runs `cell` along a sequence; an unknown name raises `FrontalError`."""
    check_backend(backend)
    if backend == "reference":
        return Choice("reference", "asked for by name", reference.run)
    return Choice("reference", f"the plain loop is the only backend for {type(cell).__name__} so far", reference.run)


def check_backend(backend: str) -> None:
    """Raise `FrontalError` unless `backend` is a known name."""
    if backend not in get_args(Backend):
        raise FrontalError(f"unknown backend {backend!r}; {did_you_mean(backend, get_args(Backend))}")
