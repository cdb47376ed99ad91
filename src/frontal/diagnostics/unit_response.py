"""How a unit answers: to each symbol of a text, and to a step and an impulse of an input."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from frontal.diagnostics.capture_read import Capture
from frontal.diagnostics.recording import evaluating, recording
from frontal.diagnostics.subject import Piece, Subject
from frontal.diagnostics.subject_sequences import Sequences
from frontal.diagnostics.subject_series import Series
from frontal.diagnostics.watch import watched
from frontal.errors import FrontalError

STEPS = 20
QUARTER = 4  # the input changes after so many parts of a sequence
SEQUENCES = 32

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class SymbolResponse:
    """The mean change of a unit around the commonest symbols.

    Attributes:
        symbols: their numbers, the commonest first, (S,).
        counts: of their occurrences that count, (S,).
        change: of the unit against the step before the symbol, in the steps 0 .. n from it on, (S, n + 1).
        usual: the same after any symbol, (n + 1,).
    """

    symbols: NDArray[np.int64]
    counts: NDArray[np.int64]
    change: Floats
    usual: Floats


@dataclass(frozen=True)
class InputResponse:
    """How far a unit moves when an input stands one standard deviation higher.

    Attributes:
        channel: number of the input.
        size: by which it was raised, in what the network reads.
        step: change of the unit, from the first raised step on, while the input stays up, (n,).
        impulse: the same where it is raised at that one step, (n,).
        sequences: over which these are means.
    """

    channel: int
    size: float
    step: Floats
    impulse: Floats
    sequences: int


def symbol_response(capture: Capture, signal: str, unit: int, *, most: int = 12) -> SymbolResponse:
    """Return how a unit moves after the commonest symbols of a captured text.

    Occurrences count that have a step before them and n behind in their sequence: 20, or half of the usual
    sequence where that is less.

    Raises:
        FrontalError: the capture is of no text, or there is no such signal or unit.
    """
    if "symbol" not in capture.index.tracks:
        raise FrontalError(f"{capture.index.name} is no text: it has no symbols to answer to")
    values, symbols = capture.unit(signal, unit).astype(np.float64), capture.track("symbol")
    sequence = capture.track("fresh").cumsum()
    n = min(STEPS, max(1, int(np.median(np.bincount(sequence)[1:])) // 2)) if sequence[-1] > 1 else STEPS
    at = np.arange(1, max(len(values) - n, 1))
    at = at[sequence[at - 1] == sequence[np.minimum(at + n, len(values) - 1)]] if len(values) > n + 1 else at[:0]
    moved = np.stack([values[at + k] - values[at - 1] for k in range(n + 1)], 1)  # (m, n + 1)
    counts = np.bincount(symbols[at], minlength=1)
    chosen = np.argsort(-counts, kind="stable")[:most]
    chosen = chosen[counts[chosen] > 0]
    if not len(chosen):
        raise FrontalError(f"{capture.index.name} is too short: no symbol has {n} steps behind it")
    change = np.stack([moved[symbols[at] == symbol].mean(0) for symbol in chosen])
    return SymbolResponse(chosen, counts[chosen], change, moved.mean(0))


def input_response(subject: Subject, signal: str, unit: int, channel: int) -> InputResponse:
    """Raise an input by its standard deviation, for good and for one step, and return how far a unit moves.

    The model runs along the first windows or sequences three times; the input changes after a quarter of each.

    Args:
        subject: the model and the data.
        signal: a state or gate, "layers.0/h".
        unit: its number.
        channel: number of the input.

    Raises:
        FrontalError: the data has no such input, or the model no such signal.
    """
    if not isinstance(subject, Series | Sequences):
        raise FrontalError(f"{subject.name} is read symbol by symbol; an input that can be raised is a number")
    piece = next(subject.pieces())
    inputs = _inputs(subject)
    if inputs[0].dim() < 2 or not 0 <= channel < inputs[0].shape[-1]:
        known = "no numbers" if inputs[0].dim() < 2 else f"the inputs 0 to {inputs[0].shape[-1] - 1}"
        raise FrontalError(f"{subject.name} has {known}; there is no input {channel}")
    size = float(torch.cat([x[:, channel] for x in inputs]).std())

    def step(x: Tensor, at: int) -> None:
        x[at:, channel] += size

    def impulse(x: Tensor, at: int) -> None:
        x[at, channel] += size

    usual = _values(subject, piece, signal, unit)
    found = [_aligned(_values(_changed(subject, change), piece, signal, unit), usual) for change in (step, impulse)]
    return InputResponse(channel, size, found[0], found[1], len(usual))


def _inputs(subject: Series | Sequences) -> list[Tensor]:
    return [*subject.windows] if isinstance(subject, Series) else subject.sequences


def _changed(subject: Series | Sequences, change: Callable[[Tensor, int], None]) -> Series | Sequences:
    """Return the same model along inputs that are changed after a quarter of each sequence."""
    other, inputs = copy(subject), [x.detach().clone() for x in _inputs(subject)]
    for x in inputs:
        change(x, len(x) // QUARTER)
    if isinstance(other, Series):
        other.windows = torch.stack(inputs)
    else:
        other.sequences = inputs
    return other


def _values(subject: Subject, piece: Piece, signal: str, unit: int) -> list[Floats]:
    """Return the values of a unit along each sequence of a piece, (T_i,)."""
    layer, _, value = signal.rpartition("/")
    with evaluating(subject.model), torch.no_grad():
        with recording(subject.model) as records:
            subject.run(piece, None)
        cells = {record.name: watched(record) for record in records}
    if layer not in cells or value not in cells[layer].values:
        known = (f"{name}/{value}" for name, cell in cells.items() for value in cell.values)
        raise FrontalError(f"no signal is called {signal!r}; there are {', '.join(known)}")
    values, valid = cells[layer].values[value], cells[layer].valid  # (T, B, U), (T, B)
    if not 0 <= unit < values.shape[-1]:
        raise FrontalError(f"{signal} has the units 0 to {values.shape[-1] - 1}; there is no {unit}")
    return [values[valid[:, b], b, unit].double().numpy() for b in range(min(valid.shape[1], SEQUENCES))]


def _aligned(changed: list[Floats], usual: list[Floats]) -> Floats:
    """Return the mean difference from the changed step on, over the sequences that last so long, (n,)."""
    moved = [(a - b)[len(a) // QUARTER :] for a, b in zip(changed, usual, strict=True)]
    length = max(map(len, moved))
    rows = np.full((len(moved), length), np.nan)
    for row, values in zip(rows, moved, strict=True):
        row[: len(values)] = values
    return np.nanmean(rows, 0)
