"""The gates of a cell, found while its step runs, and named after the step's own variables."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType
from typing import Any, final

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_leaves

from frontal.cell import Cell

SQUASHING = {"sigmoid": (0.0, 1.0), "hardsigmoid": (0.0, 1.0), "tanh": (-1.0, 1.0), "hardtanh": (-1.0, 1.0),
             "softsign": (-1.0, 1.0), "softmax": (0.0, 1.0), "cos": (-1.0, 1.0), "sin": (-1.0, 1.0),
             "relu": (0.0, float("inf")), "softplus": (0.0, float("inf")), "exp": (0.0, float("inf")),
             "gelu": (float("-inf"), float("inf")), "silu": (float("-inf"), float("inf")),
             "elu": (-1.0, float("inf"))}  # fmt: skip


@dataclass(frozen=True)
class Gate:
    """What one squashing function of a step gave.

    Attributes:
        function: its name: sigmoid, tanh …
        values: (N, features), a row for each row that the step was given.
    """

    function: str
    values: Tensor

    @property
    def bounds(self) -> tuple[float, float]:
        """Least and greatest value that the function can take."""
        return SQUASHING[self.function]


def gates_of(cell: Cell, x: Tensor, states: tuple[Tensor, ...]) -> dict[str, Gate]:
    """Run one step and return every gate by name, in the order of computation.

    A gate has the name of the variable of `step` that holds it; where it has none of its own, as in
    `sigmoid(f) * c`, that of what was squashed; `tanh(c)` where that is a state.

    Args:
        cell: any cell.
        x: (N, I).
        states: each (N, size).
    """
    with _Noting(len(x)) as noting, _Frames(cell) as frames, torch.no_grad():
        cell(x, *states)
    names = _Names(cell, noting, frames)
    found: dict[str, Gate] = {}
    for function, argument, result in noting.squashed:
        found[_unused(names.of(function, argument, result), found)] = Gate(function, result.detach())
    return found


class _Names:
    """Finds the name of a gate."""

    def __init__(self, cell: Cell, noting: _Noting, frames: _Frames) -> None:
        self.cell, self.noting, self.frames = cell, noting, frames

    def of(self, function: str, argument: Tensor, result: Tensor) -> str:
        """Return the variable that holds the result, or what was squashed, or the function."""
        name = self.frames.name_of(result) or self._scaled(result)
        if name is not None and (name not in self.cell.states or name in self.cell.gates):
            return name
        name = self.frames.name_of(argument)
        if name is None:
            return self._within(argument) or function
        return name if function.endswith("sigmoid") or name in self.cell.gates else f"{function}({name})"

    def _scaled(self, result: Tensor) -> str | None:
        """Return the variable that holds a result times, or plus, a number."""
        made = (tensor for tensor, sources in self.noting.made if len(sources) == 1 and sources[0] is result)
        return next(filter(None, map(self.frames.name_of, made)), None)

    def _within(self, argument: Tensor) -> str | None:
        """Return the one gate that a sum is made of, as in sigmoid(o + p · c)."""
        sources = next((sources for tensor, sources in self.noting.made if tensor is argument), ())
        named = [self.frames.name_of(tensor) for tensor in sources]
        gates = {name for name in named if name in self.cell.gates}
        return gates.pop() if len(gates) == 1 else None


def _unused(name: str, taken: dict[str, Gate]) -> str:
    return next(n for n in (name, *(f"{name} {k}" for k in range(2, len(taken) + 3))) if n not in taken)


@final
class _Noting(TorchFunctionMode):
    """Notes the arguments and results of squashing functions that keep a row a row."""

    def __init__(self, rows: int) -> None:
        super().__init__()
        self.rows = rows
        self.squashed: list[tuple[str, Tensor, Tensor]] = []
        self.made: list[tuple[Tensor, list[Tensor]]] = []  # each result with the tensors it was made of

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run a function."""
        result = func(*args, **(kwargs or {}))
        if isinstance(result, Tensor):
            self.made.append((result, [leaf for leaf in tree_leaves(args) if isinstance(leaf, Tensor)]))
        name = getattr(func, "__name__", "").strip("_")
        if name in SQUASHING and isinstance(result, Tensor) and result.dim() == 2 and len(result) == self.rows:
            self.squashed.append((name, args[0] if args else result, result))
        return result


@final
class _Frames:
    """Keeps what the variables of a cell's step held while they lasted."""

    def __init__(self, cell: Cell) -> None:
        self.code = {type(part).step.__code__ for part in cell.modules() if isinstance(part, Cell)}
        self.code |= {type(part).forward.__code__ for part in cell.modules() if not isinstance(part, Cell)}
        self.names: dict[int, str] = {}
        self.held: list[Tensor] = []  # so that no other tensor takes its identity
        self.before: Callable[..., Any] | None = None

    def __enter__(self) -> _Frames:
        self.before = sys.gettrace()
        sys.settrace(self._trace)
        return self

    def __exit__(self, *_: object) -> None:
        sys.settrace(self.before)

    def name_of(self, tensor: Tensor) -> str | None:
        """Return the variable that held a tensor."""
        return self.names.get(id(tensor))

    def _trace(self, frame: FrameType, event: str, argument: Any) -> Any:
        if frame.f_code not in self.code:
            return None
        for name, value in frame.f_locals.items():
            if isinstance(value, Tensor) and id(value) not in self.names:
                self.names[id(value)] = name
                self.held.append(value)
        return self._trace
