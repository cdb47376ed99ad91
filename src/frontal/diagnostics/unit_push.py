"""What a unit says: which symbols, classes or values it raises and which it lowers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from frontal.diagnostics.experiment import placed, sequence_lengths
from frontal.diagnostics.intervene import Change, add, cells_of, intervening
from frontal.diagnostics.recording import evaluating
from frontal.diagnostics.subject import Piece, Subject
from frontal.diagnostics.subject_pairs import Answered, Targets, moments
from frontal.diagnostics.subject_series import Series
from frontal.diagnostics.subject_text import Text
from frontal.errors import FrontalError

SHARE = 0.1  # of the size by which the unit is moved, up and down
MOMENTS = 32
STRETCH = 256  # symbols of a text that are run

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Push:
    """How outputs change when a unit stands `size` higher.

    Attributes:
        effect: of each of K outputs: change of the log-probability of each symbol or class in nats, or of the
            forecast of each step ahead in the network's units; the mean over the moments, (K,).
        spread: standard deviation of the same over the moments, (K,).
        moments: at which it was measured.
        direct: whether only the read-out lies between the unit and the answer, no step and no layer above.
        lag: steps of the model between the nudge and the answer.
    """

    effect: Floats
    spread: Floats
    moments: int
    direct: bool
    lag: int


def unit_push(subject: Subject, signal: str, unit: int, size: float) -> Push:
    """Move a unit a little up and down, and return how far the answers move, scaled to `size`.

    A unit that the layer hands on is moved after a step, and a gate within it, and the answer at the same
    step compared; of other states, such as an LSTM's c, which nothing but the cell reads, the answer one
    step later. A
    text is nudged at 32 moments of its first 256 symbols, each in a copy of its own; targets of a decoder
    each at another part of its length; windows and sequences before their last answer, sources of an
    encoder before the first symbol of their targets.

    Args:
        subject: the model and the data.
        signal: a state or a gate, "layers.0/h".
        unit: its number.
        size: of the move that the effect is given for: the unit's standard deviation, say.

    Raises:
        FrontalError: there is no such state, gate or unit, or the size is not above 0.
    """
    if not size > 0:
        raise FrontalError(f"the size of the move must be above 0, got {size:g}; does the unit ever change?")
    lag, direct, backwards = _place(subject, signal)
    if isinstance(subject, Text):
        up, down = _of_text(subject, signal, unit, SHARE * size, lag)
    else:
        up, down = _of_sequences(subject, signal, unit, SHARE * size, -lag if backwards else lag, backwards=backwards)
    moved = ((up - down) / (2 * SHARE)).double().numpy()  # (M, K)
    return Push(moved.mean(0), moved.std(0), len(moved), direct, lag)


def _place(subject: Subject, signal: str) -> tuple[int, bool, bool]:
    """Return steps until a value is read, whether by the read-out alone, and whether the layer runs backwards."""
    cells = cells_of(subject.model)
    layer, _, value = signal.rpartition("/")
    if layer not in cells:
        raise FrontalError(f"there is no layer {layer!r} to move a unit of; there are {', '.join(map(repr, cells))}")
    of, k = cells[layer]
    output, *inner = of.bound_cells()[k].states
    lag = int(value in inner)
    last = of is [*cells.values()][-1][0] and k // of.directions == of.num_layers - 1
    return lag, last and value == output, layer.endswith(", backwards")


def _of_text(subject: Text, signal: str, unit: int, move: float, lag: int) -> tuple[Tensor, Tensor]:
    """Return log-probabilities at the moments, with the unit moved up and down, each (M, K)."""
    stop = min(STRETCH, len(subject))
    moments = np.unique(np.linspace(min(stop // 8 + lag, stop - 1), stop - 1, MOMENTS).astype(int)).tolist()
    M = len(moments)
    changes = [
        add(signal, unit, sign * move, steps=slice(step - lag, step - lag + 1), sequences=side * M + number)
        for number, step in enumerate(moments)
        for side, sign in enumerate((1, -1))
    ]
    logits: Tensor = _outputs(subject, Piece(0, stop, fresh=True), changes, 2 * M)  # (n, 2 M, K)
    said = logits[torch.tensor(moments).repeat(2), torch.arange(2 * M)].log_softmax(-1)
    return said[:M], said[M:]


def _of_sequences(
    subject: Subject, signal: str, unit: int, move: float, lag: int, *, backwards: bool
) -> tuple[Tensor, Tensor]:
    """Return the answers to the first windows or sequences likewise; the unit is moved before it is read last."""
    piece = next(subject.pieces())
    while len(sequence_lengths(subject, piece)) > MOMENTS:
        piece = subject.around(piece.first, piece.stop // 2)
    lengths = sequence_lengths(subject, piece)
    ends = np.cumsum([0, *lengths])
    last = np.array(lengths) - 1  # step of each that answers
    if isinstance(subject, Targets):
        last = np.minimum(moments(lengths).clip(lag), last)
    steps = ends[:-1] + (0 if backwards else last)
    changes = [
        add(signal, unit, sign * move, steps=slice(step - lag, step - lag + 1), sequences=side)
        for step, length in zip(steps.tolist(), lengths, strict=True)
        for side, sign in enumerate((1, -1) if length > abs(lag) else ())
    ]
    outputs = _outputs(subject, piece, changes, 2)
    outputs = outputs.first if isinstance(outputs, Answered) else outputs
    if isinstance(subject, Series):
        up, down = outputs.flatten(1).chunk(2)
        return up, down
    if outputs.dim() == 3:  # an answer after every step
        outputs = outputs[torch.from_numpy(last).repeat(2), torch.arange(2 * len(lengths))]
    up, down = outputs.log_softmax(-1).chunk(2)
    return up, down


def _outputs(subject: Subject, piece: Piece, changes: list[Change], copies: int) -> Any:
    here = placed(changes, sequence_lengths(subject, piece), piece.first)
    with evaluating(subject.model), torch.no_grad(), intervening(subject.model, here):
        return subject.run(piece, None, copies)[0]
