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

LOOKED_UP = 1 << 20  # rows of a table times states; products of larger tables take much memory


class Stream:
    """B sequences, step by step; `layer.stream(B)` makes one.

    A step gives what the layer gives at the last step of the sequence so far, without gradients
    and without dropout between layers. Parameters that change in place are seen at the next step,
    but not those that a fused optimiser changes, which torch does not tell: call `refresh`.

    Args:
        layer: in one direction.
        batch_size: sequences that run side by side, B.
        hx: states to begin with, in the form of the layer's; by default its own.
        table: (R, I); a step then takes the numbers of its rows in place of x, and is quicker where there
            are few rows: their products with the weights of x are made once, here and by `refresh`.

    Example:
        >>> import torch, frontal
        >>> stream = frontal.LSTM(3, 8).stream()
        >>> for x in torch.randn(100, 1, 3):
        ...     y = stream.step(x)
        >>> y.shape
        torch.Size([1, 8])
    """

    def __init__(self, layer: Layer, batch_size: int = 1, hx: Any = None, *, table: Tensor | None = None) -> None:
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
        self.table = table
        first, *others = self.cells
        self._parts: list[Stepper | _Loop | _Rows] = [_part(cell, layer.backend, like, batch_size) for cell in others]
        if table is None:
            self._parts.insert(0, _part(first, layer.backend, like, batch_size))
        else:
            self._parts.insert(0, _Rows(first, layer.backend, table, batch_size))
        if hx is not None:
            self.states = hx

    def step(self, x: Tensor | int) -> Tensor:
        """Advance by one step.

        Args:
            x: (B, I); of a stream with a table, rows of it: int64, (B,), or a number for one sequence.

        Returns:
            The last layer's output, (B, size).
        """
        if self.table is None:
            x = self._checked(x)
        y: Any = x
        for part in self._parts:
            y = part.step(y)
        return y

    def _checked(self, x: Tensor | int) -> Tensor:
        if not isinstance(x, Tensor) or x.shape != self.x.shape or x.dtype != self.x.dtype:
            given = f"{tuple(x.shape)} of {x.dtype}" if isinstance(x, Tensor) else repr(x)
            raise FrontalError(f"a step takes (B, I) = {tuple(self.x.shape)} of {self.x.dtype}, got {given}")
        return x.detach().contiguous() if x.requires_grad else x.contiguous()

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


class _Rows:
    """Steps of a cell on rows of a table."""

    def __init__(self, cell: Cell, backend: Backend, table: Tensor, batch_size: int) -> None:
        self.cell, self.table, self.part = cell, table.detach().contiguous(), _part(cell, backend, table, batch_size)
        program = choose(cell, backend, table).program
        self.program = program if len(table) * sum(cell.state_sizes) <= LOOKED_UP else None
        self.refresh()

    @torch.no_grad()
    def refresh(self) -> None:
        """Multiply all rows by the weights again; the states stay."""
        self.part.refresh()
        found = None if self.program is None else self.program.lookup(self.cell, self.table, self.part.states)
        if found is not None:
            self.part = found[0]
        self.sources = [self.table, *([] if found is None else found[1])]
        self.single = [source.split(1) for source in self.sources]

    @property
    def states(self) -> tuple[Tensor, ...]:
        """The states now, each (B, size); what is written into them counts."""
        return self.part.states

    def step(self, rows: Tensor | int) -> Tensor:
        """Advance by rows of the table, (B,); return the output, (B, size)."""
        if isinstance(rows, int):
            if not 0 <= rows < len(self.table):
                raise FrontalError(f"a step takes a row of the table, 0 to {len(self.table) - 1}, got {rows}")
            return self.part.step(*[source[rows] for source in self.single])
        return self.part.step(*[source[rows] for source in self.sources])


@torch.no_grad()
def _part(cell: Cell, backend: Backend, like: Tensor, batch_size: int) -> Stepper | _Loop:
    choice, states = choose(cell, backend, like), cell.initial_states(batch_size, like)
    stepper = None if choice.program is None else choice.program.stepper(cell, states)
    return stepper or _Loop(choice.run, cell, states)
