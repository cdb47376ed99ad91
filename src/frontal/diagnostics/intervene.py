"""Run a model with some of its units changed: what would it have said, had it remembered something else?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import accumulate
from typing import Any

import torch
from torch import Tensor, nn

from frontal.cell import Cell
from frontal.diagnostics.gates import GatePlace, gate_places
from frontal.diagnostics.intervene_gates import ChangedGates, starts_of
from frontal.diagnostics.recording import stepwise
from frontal.errors import FrontalError, did_you_mean
from frontal.layers.changed import Changed
from frontal.layers.layer import Layer
from frontal.layers.linear_recurrence import LinearRecurrence

Units = int | Sequence[int] | None


@dataclass(frozen=True)
class Change:
    """s ← factor · s + term, for some units of a state or a gate, at some steps; `clamp`, `scale`, … make one.

    Attributes:
        signal: layer and state, or gate, as a capture names them, "layers.0/h"; "h" alone is the last layer's.
        units: their numbers; None for all.
        factor: 0 forgets what the step gave.
        term: a number, or a tensor that fits (steps, sequences, units).
        steps: of a call, counted from 0; a step beyond its end is none.
        sequences: of the batch; None for all.
    """

    signal: str
    units: tuple[int, ...] | None
    factor: float
    term: float | Tensor
    steps: slice
    sequences: int | slice | None = None


def clamp(
    signal: str, units: Units, value: float | Tensor = 0.0, *, steps: slice = slice(None), sequences: Any = None
) -> Change:
    """Hold units, or gates, at a value, by default at zero."""
    return _change(signal, units, 0.0, value, steps, sequences)


def scale(signal: str, units: Units, factor: float, *, steps: slice = slice(None), sequences: Any = None) -> Change:
    """Multiply units by a factor after every step, or gates within it."""
    return _change(signal, units, factor, 0.0, steps, sequences)


def add(
    signal: str, units: Units, value: float | Tensor, *, steps: slice = slice(None), sequences: Any = None
) -> Change:
    """Add to units after every step, or to gates within it."""
    return _change(signal, units, 1.0, value, steps, sequences)


def replace(signal: str, state: Tensor, *, step: int, sequences: Any = None) -> Change:
    """Put a whole state, (U,), in the place of the one after a step: that of another moment, say."""
    return _change(signal, None, 0.0, state, slice(step, step + 1), sequences)


@contextmanager
def intervening(model: nn.Module, changes: Sequence[Change]) -> Iterator[None]:
    """Within the block some units of a model do not do what their cells say.

    A state is changed after a step, so that the layer's output, all layers above and all later steps
    see the change; a gate within the step, which goes on with what the change makes of it. Several
    changes of a unit act one after another. It holds for every call in the block, with any cell,
    direction and layer, with gradients, and under `recording`. Without changes the model runs as
    ever; a unit that is not changed is multiplied by 1.

    Args:
        model: any module with recurrent layers of frontal.
        changes: what `clamp`, `scale`, `add` and `replace` return.

    Raises:
        FrontalError: there is no such layer, state, gate or unit; or, when the model runs, a value does not fit.

    Example:
        >>> import torch, frontal
        >>> from frontal.diagnostics.intervene import clamp, intervening
        >>> lstm = frontal.LSTM(3, 8)
        >>> with intervening(lstm, [clamp("LSTM/h", 5, 0.25, steps=slice(2, 4))]):
        ...     outputs, _ = lstm(torch.randn(6, 1, 3))
        >>> (outputs[:, 0, 5] == 0.25).tolist()
        [False, False, True, True, False, False]
    """
    places = cells_of(model)
    found: dict[Layer, dict[int, list[Change]]] = {}
    for change in changes:
        signal = resolved(model, change.signal)
        layer, k = places[signal.rpartition("/")[0]]
        _checked_units(change, layer.bound_cells()[k])
        found.setdefault(layer, {}).setdefault(k, []).append(change)
    with ExitStack() as stack:
        for layer, by_cell in found.items():
            stack.enter_context(_changing(layer, by_cell))
        for part in model.modules() if found else ():
            if isinstance(part, LinearRecurrence):
                stack.enter_context(stepwise(part))
        yield


def cells_of(model: nn.Module) -> dict[str, tuple[Layer, int]]:
    """Return every recurrent cell of a model by its name in a capture: its layer, and its number within that."""
    found: dict[str, tuple[Layer, int]] = {}
    for name, layer in model.named_modules():
        if not isinstance(layer, Layer):
            continue
        for k in range(layer.num_layers * layer.directions):
            title = name or type(layer).__name__
            title += f", layer {k // layer.directions}" if layer.num_layers > 1 else ""
            found[title + (", backwards" if k % layer.directions else "")] = layer, k
    return found


def states_of(model: nn.Module) -> list[str]:
    """Return the names of all states of a model's recurrent cells, as a capture has them."""
    cells = cells_of(model).items()
    return [f"{name}/{state}" for name, (layer, k) in cells for state in layer.bound_cells()[k].states]


def _change(
    signal: str, units: Units, factor: float, term: float | Tensor, steps: slice, sequences: int | slice | None
) -> Change:
    chosen = None if units is None else (units,) if isinstance(units, int) else tuple(units)
    ends = (steps.start or 0, 0 if steps.stop is None else steps.stop)
    if steps.step not in (None, 1) or min(ends) < 0:
        raise FrontalError(f"steps must be a slice from one step to a later one, counted from 0; got {steps}")
    return Change(signal, chosen, float(factor), term, steps, sequences)


def gates_in(model: nn.Module) -> list[str]:
    """Return the names of all gates of a model's recurrent cells, as a capture has them."""
    cells = cells_of(model).items()
    return [f"{name}/{gate}" for name, (layer, k) in cells for gate in _gates(layer.bound_cells()[k])]


def resolved(model: nn.Module, signal: str, *, gates: bool = True) -> str:
    """Return the whole name of a state, or of a gate: "h" is the last layer's. `FrontalError` where there is none."""
    known = states_of(model)
    found = _named(signal, known)
    if found is None and gates:
        known += gates_in(model)
        found = _named(signal, known)
    if found is None:
        what = "state or gate" if gates else "state"
        raise FrontalError(f"there is no {what} {signal!r} to change; {did_you_mean(signal, known)}")
    return found


def _named(signal: str, known: list[str]) -> str | None:
    return next((name for name in reversed(known) if signal in (name, name.rpartition("/")[2])), None)


def _gates(cell: Cell) -> dict[str, GatePlace]:
    with torch.no_grad():
        return gate_places(cell, next(cell.parameters(), torch.empty(0)))


def _checked_units(change: Change, cell: Cell) -> None:
    """Raise `FrontalError` unless the state or the gate has the units of a change."""
    value = change.signal.rpartition("/")[2]
    sizes = _sizes(cell)
    size = sizes[value] if value in sizes else len(_gates(cell)[value].features)
    for unit in change.units or ():
        if not 0 <= unit < size:
            raise FrontalError(f"{change.signal} has the units 0 to {size - 1}; there is no {unit}")


def _sizes(cell: Cell) -> dict[str, int]:
    return dict(zip(cell.states, cell.state_sizes, strict=True))


@contextmanager
def _changing(layer: Layer, by_cell: dict[int, list[Change]]) -> Iterator[None]:
    """Within the block a layer runs some of its cells changed."""
    usual, own = layer.as_they_run, vars(layer).get("as_they_run")

    def as_they_run(*, training: bool) -> list[Cell]:
        cells = list(usual(training=training))  # a layer may keep its own list
        for k, changes in by_cell.items():
            cells[k] = _changed(cells[k], changes)
        return cells

    layer.as_they_run = as_they_run
    try:
        yield
    finally:
        del layer.as_they_run
        if own is not None:
            layer.as_they_run = own


def _changed(cell: Cell, changes: list[Change]) -> Cell:
    """Return a cell whose gates and states are changed."""
    sizes = _sizes(cell)
    of_states = [change for change in changes if change.signal.rpartition("/")[2] in sizes]
    of_gates = [change for change in changes if change.signal.rpartition("/")[2] not in sizes]
    if of_gates:
        gates = _gates(cell)
        places = [(change, gates[change.signal.rpartition("/")[2]]) for change in of_gates]
        calls = tuple(sorted({(place.call, place.width) for _, place in places}))
        begin = starts_of(calls)
        at = [(change, [begin[place.call] + k for k in place.features]) for change, place in places]
        cell = ChangedGates.by(cell, partial(_plan, sum(width for _, width in calls), at), calls)
    if of_states:
        begin = dict(zip(sizes, accumulate(sizes.values(), initial=0), strict=False))
        names = [change.signal.rpartition("/")[2] for change in of_states]
        at = [(c, range(begin[n], begin[n] + sizes[n])) for c, n in zip(of_states, names, strict=True)]
        cell = Changed.by(cell, partial(_plan, sum(sizes.values()), at))
    return cell


def _plan(size: int, changes: Sequence[tuple[Change, Sequence[int]]], x: Tensor) -> tuple[Tensor, Tensor]:
    """Return what `size` features are multiplied with, and what is added to them, each (T, B, size).

    Args:
        size: features.
        changes: each with the features that its signal has among them.
        x: of the sequences, (T, B, I).
    """
    factors = x.new_ones(*x.shape[:2], size)
    terms = torch.zeros_like(factors)
    for change, features in changes:
        units = torch.tensor(features if change.units is None else [features[unit] for unit in change.units])
        rows = slice(None) if change.sequences is None else change.sequences
        rows = slice(rows, rows + 1) if isinstance(rows, int) else rows
        part = (change.steps, rows, units)
        new = terms[part] * change.factor
        term = torch.as_tensor(change.term, dtype=x.dtype, device=x.device)
        try:
            terms[part] = new + term.expand(new.shape)
        except RuntimeError as error:
            raise FrontalError(
                f"{change.signal}: {tuple(term.shape)} values do not fit (steps, sequences, units) = {tuple(new.shape)}"
            ) from error
        factors[part] *= change.factor
    return factors, terms
