"""An ordinary module that advances a state, such as torch.nn.LSTMCell, as a `Cell`."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import torch
from torch import Tensor, nn

from frontal.cell import Cell
from frontal.errors import FrontalError


class OneStateModule(Cell):
    """A module whose forward takes (x, h) and returns the new h, (B, H)."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__(*_sizes(module))
        self.module = module

    def step(self, x: Tensor, h: Tensor) -> Tensor:
        """Return the module's new h."""
        return self.module(x, h)

    def reset_parameters(self) -> None:
        """Let the module draw its parameters anew."""
        _reset(self.module)


class TwoStateModule(Cell):
    """A module whose forward takes (x, (h, c)) and returns the new (h, c), each (B, H)."""

    states = ("h", "c")

    def __init__(self, module: nn.Module) -> None:
        super().__init__(*_sizes(module))
        self.module = module

    def step(self, x: Tensor, h: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
        """Return the module's new h and c."""
        return self.module(x, (h, c))

    def reset_parameters(self) -> None:
        """Let the module draw its parameters anew."""
        _reset(self.module)


def wrap(module: nn.Module) -> Cell:
    """Return the module as a cell; a cell comes back as it is.

    The module needs `input_size` and `hidden_size`. A copy of it takes one step over zeros, once,
    to find out whether it has one state, `forward(x, h)`, or two, `forward(x, (h, c))`.

    Raises:
        FrontalError: the module lacks a size or takes neither form.
    """
    if isinstance(module, Cell):
        return module
    input_size, hidden_size = _sizes(module)
    weight = next(module.parameters(), torch.empty(0))
    x, h = weight.new_zeros(1, input_size), weight.new_zeros(1, hidden_size)
    one, one_said = _try(module, x, h)
    if isinstance(one, Tensor) and one.shape == h.shape:
        return OneStateModule(module)
    two, two_said = _try(module, x, (h, h))
    if isinstance(two, tuple | list) and len(two) == 2 and all(_like(state, h) for state in two):
        return TwoStateModule(module)
    raise FrontalError(
        f"{type(module).__name__} is not a cell: it must take (x, h) and return h, or take (x, (h, c)) "
        f"and return (h, c), each (B, hidden_size). It {one_said} for (x, h) and {two_said} for (x, (h, c))"
    )


def _sizes(module: nn.Module) -> tuple[int, int]:
    for name in ("input_size", "hidden_size"):
        if not isinstance(getattr(module, name, None), int):
            raise FrontalError(
                f"{type(module).__name__} cannot be wrapped as a cell: it has no whole number `{name}`; "
                "give it one or write it as a frontal.Cell"
            )
    return int(module.input_size), int(module.hidden_size)  # pyright: ignore[reportArgumentType]


def _try(module: nn.Module, x: Tensor, state: Any) -> tuple[Any, str]:
    """Take one step with a copy of the module; return what came out, and that in words."""
    try:
        with torch.no_grad():
            result = deepcopy(module).eval()(x, state)
    except Exception as error:  # a foreign module may raise anything when it is given the wrong form
        return None, f"raised {type(error).__name__}: {error}"
    return result, f"returned {type(result).__name__}"


def _like(state: Any, h: Tensor) -> bool:
    return isinstance(state, Tensor) and state.shape == h.shape


def _reset(module: nn.Module) -> None:
    for part in module.modules():
        reset = getattr(part, "reset_parameters", None)
        if callable(reset):
            reset()
