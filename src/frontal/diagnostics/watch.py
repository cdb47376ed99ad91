"""Every state and every gate of every cell in a model, at every step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from frontal.cell import Cell
from frontal.diagnostics.frame import frame_of
from frontal.diagnostics.gates import Gate, gates_of
from frontal.diagnostics.recording import Recording, evaluating, run_recorded
from frontal.diagnostics.watch_plot import draw
from frontal.errors import FrontalError
from frontal.layers.around import Around
from frontal.layers.initialise import keeping

if TYPE_CHECKING:
    from matplotlib.figure import Figure

KEEPERS = ("f", "z")  # names of gates that may keep a state


@dataclass(frozen=True)
class WatchedCell:
    """One cell along its sequences; NaN where a sequence has ended.

    Attributes:
        name: of its layer.
        kind: of the cell.
        states: after every step, by name, each (T, B, size).
        gates: at every step, by name, each (T, B, features).
        functions: what squashed each gate: sigmoid, tanh …
        bounds: least and greatest value of each gate.
        keeping: of gates "f" and "z", 1 where an open gate keeps the old state, -1 where a closed one does.
        valid: bool, (T, B).
    """

    name: str
    kind: str
    states: dict[str, Tensor]
    gates: dict[str, Tensor]
    functions: dict[str, str]
    bounds: dict[str, tuple[float, float]]
    keeping: dict[str, float]
    valid: Tensor

    @property
    def outputs(self) -> Tensor:
        """What the layer hands on, (T, B, size): the first state."""
        return next(iter(self.states.values()))

    @property
    def values(self) -> dict[str, Tensor]:
        """Gates and states, by name; a gate that is called like a state keeps the word gate."""
        return {f"gate {k}" if k in self.states else k: v for k, v in self.gates.items()} | self.states


@dataclass(frozen=True)
class Watch:
    """What a model's recurrent cells did: `watch.cells`, from input to output."""

    cells: tuple[WatchedCell, ...]

    def __getitem__(self, name: str) -> WatchedCell:
        """Return the cell of a layer by its name; an unknown one raises `FrontalError`."""
        for cell in self.cells:
            if cell.name == name:
                return cell
        raise FrontalError(f"no layer is called {name!r}; there are {', '.join(repr(c.name) for c in self.cells)}")

    def to_frame(self) -> Any:
        """Return a long table: layer, sequence, step, value, unit, number."""
        parts: list[dict[str, Any]] = []
        for cell in self.cells:
            steps, rows = np.nonzero(cell.valid.numpy())
            for name, values in cell.values.items():
                size = values.shape[-1]
                parts.append({
                    "layer": np.repeat(cell.name, len(steps) * size), "sequence": np.repeat(rows, size),
                    "step": np.repeat(steps, size), "value": np.repeat(name, len(steps) * size),
                    "unit": np.tile(np.arange(size), len(steps)), "number": values[steps, rows].flatten().numpy(),
                })  # fmt: skip
        return frame_of({name: np.concatenate([part[name] for part in parts]) for name in parts[0]})

    def plot(self, sequence: int = 0) -> Figure:
        """Draw gates and states of one sequence as heat maps: steps across, units down."""
        return draw(self, sequence)

    def __str__(self) -> str:
        lines: list[str] = []
        for cell in self.cells:
            lines.append(f"{cell.name}: {cell.kind}, {cell.valid.shape[0]} steps of {cell.valid.shape[1]} sequences")
            for name, values in cell.values.items():
                seen = values[cell.valid]
                lines.append(f"  {name:<10} mean {seen.mean():8.3f}   from {seen.min():8.3f} to {seen.max():8.3f}")
        return "\n".join(lines)


def watch(model: nn.Module, *inputs: Any, **named: Any) -> Watch:
    """Run a model once, in evaluation mode, and return all states and gates of its recurrent cells.

    Any model with layers of frontal in it, and any cells, also a user's; nothing needs to be prepared.
    The model, its mode and torch's random state are as before.

    Args:
        model: any module.
        inputs, named: what it is called with.

    Raises:
        FrontalError: there is no recurrent layer of frontal in the model, or none ran.

    Example:
        >>> import torch, frontal
        >>> from frontal.diagnostics.watch import watch
        >>> seen = watch(frontal.LSTM(3, 8), torch.randn(5, 2, 3))
        >>> {name: tuple(gate.shape) for name, gate in seen.cells[0].gates.items()}["f"]
        (5, 2, 8)
    """
    with evaluating(model), torch.no_grad():
        _, records = run_recorded(model, *inputs, **named)
        return Watch(tuple(watched(record) for record in records))


def watched(record: Recording) -> WatchedCell:
    """Return what a cell did, its gates found out."""
    valid = record.valid.cpu()
    T, B = valid.shape
    before = tuple(record.states(record.before.flatten(0, 1)).values())
    x = record.x.flatten(0, 1).masked_fill(~record.valid.flatten()[:, None], 0)  # padding may hold anything
    found = gates_of(record.cell, x, before)
    return WatchedCell(
        record.name,
        type(record.cell).__name__,
        {name: _shown(state, valid) for name, state in record.states(record.after.detach()).items()},
        {name: _shown(gate.values.view(T, B, -1), valid) for name, gate in found.items()},
        {name: gate.function for name, gate in found.items()},
        {name: gate.bounds for name, gate in found.items()},
        _keeping(record.cell, found),
        valid,
    )


def _keeping(cell: Cell, gates: dict[str, Gate]) -> dict[str, float]:
    """Return which way round gates keep the state: tried, or for an "f" that cannot be, as the name says."""
    while isinstance(cell, Around):
        cell = cell.inner
    found: dict[str, float] = {}
    for name, gate in gates.items():
        kind = name.partition(" ")[0]
        if kind in KEEPERS and kind in cell.gates and cell._parameters.get("bias_ih") is not None:
            found[name] = keeping(cell, kind)
        elif kind == "f" and gate.bounds == (0, 1):
            found[name] = 1.0
    return found


def _shown(values: Tensor, valid: Tensor) -> Tensor:
    return values.cpu() if valid.all() else values.cpu().masked_fill(~valid[..., None], float("nan"))
