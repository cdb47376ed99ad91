"""A layer that reads one step at a time and keeps its states in between."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from frontal.cell import Cell
from frontal.compiler.choose import Backend, choose
from frontal.compiler.cpu.stepper import Stepper
from frontal.errors import FrontalError

if TYPE_CHECKING:
    from frontal.layers.layer import Layer


class Stream:
    """B sequences, step by step; `layer.stream(B)` makes one.

    A step gives what the layer gives at the last step of the sequence so far, without gradients
    and without dropout between layers. Parameters that change in place are seen at the next step,
    but not those that a fused optimiser changes, which torch does not tell: call `refresh`.

    Args:
        layer: in one direction.
        batch_size: sequences that run side by side, B.
        hx: states to begin with, in the form of the layer's; by default its own.

    Example:
        >>> import torch, frontal
        >>> stream = frontal.LSTM(3, 8).stream()
        >>> for x in torch.randn(100, 1, 3):
        ...     y = stream.step(x)
        >>> y.shape
        torch.Size([1, 8])
    """

    def __init__(self, layer: Layer, batch_size: int = 1, hx: Any = None) -> None:
        if layer.directions == 2:
            raise FrontalError(
                f"{type(layer).__name__}: a bidirectional layer reads the sequence from its end as well, "
                "so it cannot run step by step; use bidirectional=False"
            )
        if not isinstance(batch_size, int) or batch_size < 1:
            raise FrontalError(f"{type(layer).__name__}: batch_size must be a whole number >= 1, got {batch_size!r}")
        self.cells = layer.as_they_run(training=False)
        like = next(layer.parameters(), torch.empty(0))
        self.x = like.new_empty(batch_size, self.cells[0].input_size)  # for its shape and dtype
        self._parts = [_part(cell, layer.backend, like, batch_size) for cell in self.cells]
        if hx is not None:
            self.states = hx

    def step(self, x: Tensor) -> Tensor:
        """Advance by one step.

        Args:
            x: (B, I).

        Returns:
            The last layer's output, (B, size).
        """
        if x.shape != self.x.shape or x.dtype != self.x.dtype:
            raise FrontalError(
                f"a step takes (B, I) = {tuple(self.x.shape)} of {self.x.dtype}, got {tuple(x.shape)} of {x.dtype}"
            )
        x = x.detach().contiguous() if x.requires_grad else x.contiguous()
        for part in self._parts:
            x = part.step(x)
        return x

    @property
    def states(self) -> Tensor | tuple[Tensor, ...]:
        """The states now, in the form of the layer's hx: each (layers, B, size), a copy."""
        stacked = tuple(torch.stack(state) for state in zip(*(part.states for part in self._parts), strict=True))
        return next(iter(stacked)) if len(stacked) == 1 else stacked

    @states.setter
    def states(self, hx: Tensor | tuple[Tensor, ...]) -> None:
        given = (hx,) if isinstance(hx, Tensor) else tuple(hx)
        names, now = self.cells[0].states, self.states
        expected = [tuple(s.shape) for s in (now if isinstance(now, tuple) else (now,))]
        if [tuple(s.shape) for s in given] != expected:
            raise FrontalError(
                f"the states must be {', '.join(names)} of {expected}, got {[tuple(s.shape) for s in given]}"
            )
        for layer, part in enumerate(self._parts):
            for kept, state in zip(part.states, given, strict=True):
                kept.copy_(state[layer].detach())

    def refresh(self) -> None:
        """Read all parameters anew at the next step."""
        for part in self._parts:
            part.refresh()

    @torch.no_grad()
    def reset(self, rows: Tensor | None = None) -> None:
        """Begin anew: all sequences, or those where `rows`, bool (B,), is True."""
        for cell, part in zip(self.cells, self._parts, strict=True):
            for kept, start in zip(part.states, cell.initial_states(len(self.x), self.x), strict=True):
                kept.copy_(start if rows is None else torch.where(rows[:, None], start, kept))


class _Loop:
    """Steps of a cell that has no kernel for them."""

    def __init__(self, run: Callable[..., Any], cell: Cell, states: tuple[Tensor, ...]) -> None:
        self.run, self.cell, self.states = run, cell, tuple(state.clone() for state in states)

    def refresh(self) -> None:
        """Do nothing: the loop reads parameters at every step."""

    @torch.no_grad()
    def step(self, x: Tensor) -> Tensor:
        outputs, finals = self.run(self.cell, x[None], self.states)
        self.states = tuple(final.clone() for final in finals)
        return outputs[0]


@torch.no_grad()
def _part(cell: Cell, backend: Backend, like: Tensor, batch_size: int) -> Stepper | _Loop:
    choice, states = choose(cell, backend, like), cell.initial_states(batch_size, like)
    stepper = None if choice.program is None else choice.program.stepper(cell, states)
    return stepper or _Loop(choice.run, cell, states)
