"""Cells whose recurrence is linear in the state, all steps at once."""

from __future__ import annotations

from typing import Any, Literal, cast, final, get_args

import torch
from torch import Tensor, nn
from torch.compiler import is_compiling
from torch.nn.utils.rnn import PackedSequence

from frontal.cell import Cell
from frontal.cells import catalogue, named
from frontal.compiler.choose import choose
from frontal.errors import FrontalError, did_you_mean
from frontal.layers.dropout import drop
from frontal.layers.linear_recurrence_run import run_linear
from frontal.layers.recurrent import Recurrent
from frontal.layers.sequence import Inputs, Lengths, States, read_inputs, read_states

Way = Literal["auto", "steps", "kernel", "tree", "loop"]
LONG = 512  # steps from which threads that wait at each one cost more than a scan by one of them


@final
class LinearRecurrence(nn.Module):
    """Run a cell that is linear in its state along a sequence: coefficients of all steps at once, then a scan.

    Results and gradients are those of `frontal.Recurrent` with the same cell, which it holds as
    `recurrent`: for `stream`, diagnostics, and wherever single steps are wanted or faster.

    Args:
        cell: a name, a class or one cell, as for `frontal.Recurrent`, that has `coefficients`: see
            `frontal.layers.linear_recurrence_run.Linear`. Of the catalogue: min_gru, min_lstm and lru.
        sizes, num_layers, batch_first, dropout, bidirectional, residual: as for `frontal.Recurrent`.
        method: "auto", the fastest; "steps", the cell's own kernel step by step; or a method of
            `frontal.layers.scan.scan`.
        cell_kwargs: whatever the class takes by name.

    Raises:
        FrontalError: the cell is not linear, or an option is wrong.

    Example:
        >>> import torch
        >>> from frontal.layers.linear_recurrence import LinearRecurrence
        >>> rnn = LinearRecurrence("lru", 3, 8, num_layers=2)
        >>> outputs, (y, re, im) = rnn(torch.zeros(1000, 2, 3), lengths=[1000, 640])
        >>> outputs.shape, re.shape
        (torch.Size([1000, 2, 8]), torch.Size([2, 2, 8]))
    """

    def __init__(
        self,
        cell: str | type[nn.Module] | nn.Module,
        *sizes: int,
        num_layers: int = 1,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        residual: bool = False,
        method: Way = "auto",
        **cell_kwargs: Any,
    ) -> None:
        super().__init__()
        if method not in get_args(Way):
            raise FrontalError(f"LinearRecurrence: unknown method {method!r}; {did_you_mean(method, get_args(Way))}")
        self.method: Way = method
        self.recurrent = Recurrent(
            _linear(named(cell) if isinstance(cell, str) else cell),
            *sizes,
            num_layers=num_layers,
            batch_first=batch_first,
            dropout=dropout,
            bidirectional=bidirectional,
            residual=residual,
            **cell_kwargs,
        )

    def forward(
        self,
        input: Tensor | PackedSequence,
        hx: States | None = None,
        *,
        lengths: Lengths | None = None,
        reset: Tensor | None = None,
    ) -> tuple[Tensor | PackedSequence, States]:
        """Run along a sequence; arguments, results and errors as those of `frontal.Recurrent`."""
        layer = self.recurrent
        cells = layer.bound_cells()
        try:
            inputs = read_inputs(input, lengths, reset, batch_first=layer.batch_first, cell=cells[0])
            initial = read_states(hx, cells[0], len(cells), inputs)
        except FrontalError as error:
            raise FrontalError(f"LinearRecurrence: {error}") from error
        if self.method == "steps" or (self.method == "auto" and steps_are_faster(cells[0], inputs.x)):
            return layer(input, hx, lengths=lengths, reset=reset)
        outputs, finals = self._scanned(cells, inputs, initial)
        states = tuple([inputs.layout.states_out(torch.stack(state)) for state in zip(*finals, strict=True)])
        return inputs.layout.outputs(outputs, inputs.lengths), states[0] if len(states) == 1 else states

    def _scanned(
        self, cells: list[Cell], inputs: Inputs, initial: tuple[Tensor, ...] | None
    ) -> tuple[Tensor, list[tuple[Tensor, ...]]]:
        """Return the last layer's outputs, (T, B, directions · size), and each cell's final states, (B, size)."""
        x, directions = inputs.x, self.recurrent.directions
        finals: list[tuple[Tensor, ...]] = []
        for first in range(0, len(cells), directions):
            below = x
            if first:
                x = drop(x, self.recurrent.dropout, self.training)
            outputs: list[Tensor] = []
            for k in range(first, first + directions):
                states = None if initial is None else tuple([state[k] for state in initial])
                output, final = run_linear(
                    cells[k], x, states, lengths=inputs.lengths, reset=inputs.reset, reverse=k > first,
                    method=cast(Any, self.method),
                )  # fmt: skip
                outputs.append(output)
                finals.append(final)
            x = torch.cat(outputs, -1) if directions == 2 else outputs[0]
            if first and self.recurrent.residual:
                x = below + x
        return x, finals

    @property
    def output_size(self) -> int:
        """Features of the output."""
        return self.recurrent.output_size

    def extra_repr(self) -> str:
        """Return the method, unless it is the usual one."""
        return "" if self.method == "auto" else f"method={self.method!r}"


def linear_cells() -> list[str]:
    """Return the names of the catalogue's cells that are linear in their states."""
    return [name for name, cell in catalogue().items() if hasattr(cell, "coefficients")]


def steps_are_faster(cell: Cell, x: Tensor) -> bool:
    """Whether the cell's own kernel beats the scan for x, (T, B, I), as benchmarks/results/scan.md has it.

    Where it can run, it does, since coefficients never leave the processor; but for long sequences
    so few that several threads share the features of each, and wait for each other at every step.
    """
    if is_compiling():  # the kernel is one operation then, and the scan many
        return x.device.type == "cpu"
    T, B, _ = x.shape
    threads = torch.get_num_threads()
    return choose(cell, "auto", x).program is not None and (threads == 1 or 2 * threads <= B or T < LONG)


def _linear(cell: Any) -> Any:
    """Return the cell, or its class, if it is linear."""
    if not hasattr(cell, "coefficients"):
        name = cell.__name__ if isinstance(cell, type) else type(cell).__name__
        raise FrontalError(
            f"LinearRecurrence: {name} is not linear in its states, as it has no `coefficients`; of the catalogue "
            f"these are: {', '.join(linear_cells())}. Any cell runs in frontal.Recurrent"
        )
    return cell
