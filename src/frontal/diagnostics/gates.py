"""The gates of a cell, found while its step runs, and named after the step's own variables."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from inspect import unwrap
from types import CodeType, FrameType
from typing import Any, final

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_leaves

from frontal.cell import Cell, GatedCell
from frontal.layers.around import Around

INF = float("inf")
SQUASHING = {"sigmoid": (0.0, 1.0), "special_expit": (0.0, 1.0), "hardsigmoid": (0.0, 1.0), "softmax": (0.0, 1.0),
             "tanh": (-1.0, 1.0), "softsign": (-1.0, 1.0), "cos": (-1.0, 1.0), "sin": (-1.0, 1.0), "relu6": (0.0, 6.0),
             "relu": (0.0, INF), "softplus": (0.0, INF), "exp": (0.0, INF),
             "gelu": (-INF, INF), "silu": (-INF, INF), "elu": (-INF, INF)}  # fmt: skip
CLIPPING = {"clamp": (None, None), "clip": (None, None), "hardtanh": (-1.0, 1.0)}  # with the ends if none are given

BASES = (*Around.__mro__, *GatedCell.__mro__)


@dataclass(frozen=True)
class Gate:
    """What one squashing function of a step gave.

    Attributes:
        function: its name: sigmoid, tanh …
        bounds: least and greatest value that it can take.
        values: (N, features), a row for each row that the step was given.
    """

    function: str
    bounds: tuple[float, float]
    values: Tensor


@dataclass(frozen=True)
class GatePlace:
    """Where in a step a gate is made.

    Attributes:
        call: number of the squashing function, counted from 0.
        width: features of what that gives.
        features: which of these are the gate's.
    """

    call: int
    width: int
    features: tuple[int, ...]


@dataclass(frozen=True)
class _Squashed:
    function: str
    bounds: tuple[float, float]
    argument: Tensor
    result: Tensor


def gates_of(cell: Cell, x: Tensor, states: tuple[Tensor, ...]) -> dict[str, Gate]:
    """Run one step and return every gate by name, in the order of computation.

    A gate has the name of the variable of `step` that holds it; where it has none of its own, as in
    `sigmoid(f) * c`, that of what was squashed; `tanh(c)` where that is a state. Gates that were
    squashed together, as in `i, f = sigmoid(a).chunk(2, -1)`, are told apart.

    Args:
        cell: any cell.
        x: (N, I).
        states: each (N, size).
    """
    found = _found(cell, x, states)
    return {name: Gate(s.function, s.bounds, values.detach().flatten(1)) for name, (_, s, values) in found.items()}


def gate_places(cell: Cell, like: Tensor) -> dict[str, GatePlace]:
    """Return where every gate is made, by its name in a capture: one that is called like a state is "gate h".

    Args:
        cell: any cell.
        like: a tensor with the dtype and device of the input.
    """
    x = like.new_zeros(2, cell.input_size)
    return {
        f"gate {name}" if name in cell.states else name: _place(call, squashed.result, part)
        for name, (call, squashed, part) in _found(cell, x, cell.initial_states(2, x)).items()
    }


def _found(cell: Cell, x: Tensor, states: tuple[Tensor, ...]) -> dict[str, tuple[int, _Squashed, Tensor]]:
    """Run one step; return by name the number of the function, what it did, and which part of that is the gate."""
    with SquashingMode(x, states) as noting, _Frames(cell) as frames, torch.no_grad():
        cell(x, *states)
    names = _Names(cell, noting, frames)
    found: dict[str, tuple[int, _Squashed, Tensor]] = {}
    for call, squashed in enumerate(noting.squashed):
        for name, values in (names.parts(squashed) or {names.of(squashed): squashed.result}).items():
            found[_unused(name, found)] = call, squashed, values
    return found


def _place(call: int, whole: Tensor, part: Tensor) -> GatePlace:
    """Return which features of a result, (N, …), its part holds, by where both lie in memory."""
    numbers = torch.arange(whole[0].numel()).expand(len(whole), -1).reshape(whole.shape)
    memory = torch.empty(whole.untyped_storage().nbytes() // whole.element_size(), dtype=torch.int64)
    memory.as_strided(whole.shape, whole.stride(), whole.storage_offset()).copy_(numbers)
    held = memory.as_strided(part.shape, part.stride(), part.storage_offset())[0].flatten()
    return GatePlace(call, whole[0].numel(), tuple(held.tolist()))


class _Names:
    """Finds the name of a gate."""

    def __init__(self, cell: Cell, noting: SquashingMode, frames: _Frames) -> None:
        self.cell, self.noting, self.frames = cell, noting, frames

    def parts(self, squashed: _Squashed) -> dict[str, Tensor]:
        """Return the variables that hold parts of a result, if they hold all of it."""
        whole, parts = squashed.result, dict[str, Tensor]()
        for tensor, _ in self.noting.made:
            name = self.frames.name_of(tensor)
            if name is not None and tensor.numel() < whole.numel() and _shared(tensor, whole):
                parts[name] = tensor
        return parts if sum(part.numel() for part in parts.values()) == whole.numel() else {}

    def of(self, squashed: _Squashed) -> str:
        """Return the variable that holds the result, or what was squashed, or the function."""
        name = self.frames.name_of(squashed.result) or self._scaled(squashed.result)
        if name is not None and (name not in self.cell.states or name in self.cell.gates):
            return name
        name = self.frames.name_of(squashed.argument)
        if name is None:
            return self._within(squashed.argument) or squashed.function
        opens = squashed.bounds == (0, 1) or name in self.cell.gates
        return name if opens else f"{squashed.function}({name})"

    def _scaled(self, result: Tensor) -> str | None:
        """Return the variable that holds a result times, or plus, a number."""
        alone = (made for made, sources in self.noting.made if len(sources) == 1 and sources[0] is result)
        return next(filter(None, (self.frames.name_of(made) for made in alone if _alike(made, result))), None)

    def _within(self, argument: Tensor) -> str | None:
        """Return the one gate that a sum is made of, as in sigmoid(o + p · c)."""
        sources = next((sources for tensor, sources in self.noting.made if tensor is argument), ())
        named = [self.frames.name_of(tensor) for tensor in sources]
        gates = {name for name in named if name in self.cell.gates}
        return gates.pop() if len(gates) == 1 else None


def _shared(a: Tensor, b: Tensor) -> bool:
    return a.untyped_storage().data_ptr() == b.untyped_storage().data_ptr()


def _alike(a: Tensor, b: Tensor) -> bool:
    return a.shape == b.shape and not _shared(a, b)


def _unused(name: str, taken: Mapping[str, Any]) -> str:
    return next(n for n in (name, *(f"{name} {k}" for k in range(2, len(taken) + 3))) if n not in taken)


class SquashingMode(TorchFunctionMode):
    """Notes what squashing functions do to what comes from the input and the states, row by row.

    Args:
        x: the input of a step, (N, I).
        states: each (N, size).
    """

    def __init__(self, x: Tensor, states: tuple[Tensor, ...]) -> None:
        super().__init__()
        self.rows = len(x)
        self.read = (x, *states)
        self.known = {id(tensor) for tensor in self.read}  # of tensors that come from these
        self.squashed: list[_Squashed] = []
        self.made: list[tuple[Tensor, list[Tensor]]] = []  # each result with the tensors it was made of

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run a function."""
        kwargs = kwargs or {}
        result = func(*args, **kwargs)
        sources = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, Tensor)]
        if not any(id(source) in self.known for source in sources):
            return result
        for leaf in tree_leaves(result):
            if isinstance(leaf, Tensor):
                self.made.append((leaf, sources))
                self.known.add(id(leaf))
        bounds = _bounds(getattr(func, "__name__", "").strip("_"), args, kwargs)
        if bounds is not None and isinstance(result, Tensor) and result.dim() > 1 and len(result) == self.rows:
            name = func.__name__.strip("_").removeprefix("special_")
            self.squashed.append(_Squashed(name, bounds, sources[0], result))
            return self.handed_on(len(self.squashed) - 1, result)
        return result

    def handed_on(self, call: int, result: Tensor) -> Tensor:
        """Return what the step goes on with in place of a squashing function's result."""
        return result


def _bounds(function: str, args: Any, kwargs: Any) -> tuple[float, float] | None:
    """Return the least and the greatest value of a squashing function; None for other functions."""
    if function not in CLIPPING:
        return SQUASHING.get(function)
    given = (*args[1:3], None, None)
    low, high = (
        next((v for v in (at, kwargs.get(end), kwargs.get(f"{end}_val"), unasked) if v is not None), None)
        for at, end, unasked in zip(given, ("min", "max"), CLIPPING[function], strict=False)
    )
    return (float(low), float(high)) if isinstance(low, int | float) and isinstance(high, int | float) else None


@final
class _Frames:
    """Keeps what the variables of a cell's step held while they lasted, and those of its other methods."""

    def __init__(self, cell: Cell) -> None:
        own = [part for part in cell.modules() if not type(part).__module__.startswith("torch.")]
        self.steps = {_code(type(part).step if isinstance(part, Cell) else type(part).forward) for part in own}
        classes = {kind for part in own for kind in type(part).__mro__}
        written = [kind for kind in classes if kind.__module__.partition(".")[0] != "torch" and kind not in BASES]
        self.others = {_code(method) for kind in written for method in vars(kind).values() if callable(method)}
        self.names: dict[int, str] = {}
        self.names_elsewhere: dict[int, str] = {}
        self.held: list[Tensor] = []  # so that no other tensor takes its identity
        self.before: Callable[..., Any] | None = None

    def __enter__(self) -> _Frames:
        self.before = sys.gettrace()
        sys.settrace(self._trace)
        return self

    def __exit__(self, *_: object) -> None:
        sys.settrace(self.before)

    def name_of(self, tensor: Tensor) -> str | None:
        """Return the variable that held a tensor, of the step if there is one."""
        return self.names.get(id(tensor)) or self.names_elsewhere.get(id(tensor))

    def _trace(self, frame: FrameType, event: str, argument: Any) -> Any:
        in_step = frame.f_code in self.steps
        if not in_step and frame.f_code not in self.others:
            return None
        names = self.names if in_step else self.names_elsewhere
        for name, value in frame.f_locals.items():
            if isinstance(value, Tensor) and id(value) not in names:
                names[id(value)] = name
                self.held.append(value)
        return self._trace


def _code(function: Any) -> CodeType | None:
    return getattr(unwrap(function), "__code__", None)
