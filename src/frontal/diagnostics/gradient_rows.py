"""Gradients of many values, each by itself: the model runs in as many copies side by side, and each answers for one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from frontal.diagnostics.past import Past
from frontal.diagnostics.recording import Recording, evaluating, recording
from frontal.diagnostics.subject import Piece, Subject
from frontal.errors import FrontalError, did_you_mean

MOST = 256  # steps of a window
LONGEST = 10_000  # steps of sequences that a window lies in, through all of which the gradients go
OTHER = 1 << 30
ROOM = 1 << 21  # numbers of all states that run side by side

Steps = NDArray[np.int64]
Values = Callable[[Piece, Any], Tensor]


class Target(ABC):
    """What the gradients are taken with regard to."""

    @abstractmethod
    def leaves(self, records: list[Recording]) -> list[Tensor]:
        """Return the tensors whose gradients are needed, each (T, B, …)."""

    @abstractmethod
    def read(self, records: list[Recording], gradients: list[Tensor]) -> Tensor:
        """Return from them the gradient at every step, (T, B, size)."""


@final
@dataclass(frozen=True)
class States(Target):
    """The states of a cell after every step, through all that comes later: of one name, or all side by side.

    Args:
        layer: name of the cell; None for the last.
        state: its name; None for all.
    """

    layer: str | None
    state: str | None

    def record(self, records: list[Recording]) -> Recording:
        """Return the cell; an unknown layer or state raises `FrontalError`."""
        names = [record.name for record in records]
        if self.layer is not None and self.layer not in names:
            raise FrontalError(f"no layer is called {self.layer!r}; {did_you_mean(self.layer, names)}")
        found = records[-1 if self.layer is None else names.index(self.layer)]
        if self.state is not None and self.state not in found.cell.states:
            raise FrontalError(
                f"{found.name} has no state {self.state!r}; {did_you_mean(self.state, found.cell.states)}"
            )
        return found

    def names(self, record: Recording) -> tuple[str, ...]:
        """Return which states stand side by side."""
        return tuple(record.cell.states) if self.state is None else (self.state,)

    def leaves(self, records: list[Recording]) -> list[Tensor]:
        """Return what the steps hand on, and what they begin with."""
        record = self.record(records)
        return [record.after, record.nudges]

    def read(self, records: list[Recording], gradients: list[Tensor]) -> Tensor:
        """Return the gradient of what was handed on, and of what the next step began with."""
        record, (handed_on, begun) = self.record(records), gradients
        begun = begun if record.cleared is None else begun.masked_fill(record.cleared[..., None], 0)
        none = torch.zeros_like(begun[:1])
        forwards = record.direction == "forwards"
        whole = handed_on + torch.cat([begun[1:], none] if forwards else [none, begun[:-1]])
        return whole if self.state is None else record.states(whole)[self.state]


@final
class Read(Target):
    """What the first recurrent layer reads: of a symbol its embedding."""

    def leaves(self, records: list[Recording]) -> list[Tensor]:
        """Return that."""
        return [records[0].x]

    def read(self, records: list[Recording], gradients: list[Tensor]) -> Tensor:
        """Return its gradient."""
        return gradients[0]


@dataclass(frozen=True)
class Rows:
    """Gradients of L values with regard to the n steps of a window.

    Attributes:
        steps: of the values, (L,), counted from the window's first.
        values: (L,).
        vectors: (L, n, size); 0 at steps of another sequence.
        back: steps from each value's back to each, (L, n): below 0 ahead of it; `OTHER` in another sequence.
        records: of the cells.
    """

    steps: Steps
    values: Tensor
    vectors: Tensor
    back: Steps
    records: list[Recording]


def gradient_rows(past: Past, first: int, stop: int, of: Values, target: Target) -> Rows:
    """Return the gradient of every value in a window.

    Args:
        past: the subject, and the states with which it comes to the window.
        first, stop: steps of the window.
        of: `each_loss` or `each_score` of the subject; where it is NaN there is no value.
        target: with regard to what.

    Raises:
        FrontalError: no such window, or more than 256 steps; what `target` raises.
    """
    subject = past.subject
    piece = window_piece(subject, first, stop)
    begin, window = past.before(piece.first), slice(first - piece.first, stop - piece.first)
    with evaluating(subject.model):
        with torch.no_grad(), recording(subject.model) as records:
            values = of(piece, subject.run(piece, begin)[0])[0]  # (n,)
        places = records[0].valid.T.nonzero()  # sequence and time of each step, (n, 2)
        steps = window.start + values[window].isfinite().nonzero()[:, 0]
        ranks = _ranks(places[steps, 0])
        shape = target.read(records, target.leaves(records)).shape
        vectors = values.new_zeros(len(steps), stop - first, shape[-1])
        runs = _Window(subject, piece, begin, of, target, places)
        size = max(1, ROOM // (len(places) * sum(record.after.shape[-1] for record in records)))
        for low in range(0, 1 + int(ranks.max()) if len(ranks) else 0, size):
            some = (ranks >= low) & (ranks < low + size)
            vectors[some] = runs.vectors(steps[some], ranks[some] - low)[:, window]
    return Rows((steps - window.start).numpy(), values[steps], vectors, _back(places, steps)[:, window], records)


def window_piece(subject: Subject, first: int, stop: int) -> Piece:
    """Return what must be run for a window; one that is not there or asks for too many steps raises `FrontalError`."""
    if not 0 <= first < stop <= len(subject) or stop - first > MOST:
        raise FrontalError(
            f"a window has 1 to {MOST} steps out of 0 .. {len(subject)} of {subject.name}; got {first} .. {stop}"
        )
    piece = subject.around(first, stop)
    if piece.stop - piece.first > LONGEST:
        raise FrontalError(
            f"the sequence of steps {first} .. {stop} has {piece.stop - piece.first} steps, and gradients go through "
            f"all of them; cut it into sequences of at most {LONGEST}"
        )
    return piece


@dataclass(frozen=True)
class _Window:
    """A window that can be run, in any number of copies.

    Attributes:
        begin: states with which it begins.
        places: sequence and time of each of its n steps, (n, 2).
    """

    subject: Subject
    piece: Piece
    begin: Any
    of: Values
    target: Target
    places: Tensor

    def vectors(self, steps: Tensor, copies: Tensor) -> Tensor:
        """Return the gradients of the values at some steps, (L, n, size), each from a copy of its own.

        Args:
            copies: which copy answers for each step, (L,); a copy for one step of every sequence at most.
        """
        count = int(copies.max()) + 1
        with torch.enable_grad(), recording(self.subject.model) as records:
            outputs, _ = self.subject.run(self.piece, self.begin, count)
            leaves = self.target.leaves(records)
            total = self.of(self.piece, outputs)[copies, steps].sum()
            found = torch.autograd.grad(total, leaves, allow_unused=True)
        gradients = [torch.zeros_like(t) if g is None else g for t, g in zip(leaves, found, strict=True)]
        sequences, times = self.places.unbind(1)
        by_copy = self.target.read(records, gradients).unflatten(1, (count, -1))  # (T, copies, B, size)
        rows = by_copy[times, :, sequences].transpose(0, 1)[copies].detach()  # (L, n, size)
        return rows.masked_fill((sequences[steps, None] != sequences)[..., None], 0)


def _ranks(sequences: Tensor) -> Tensor:
    """Return for each step how many before it are of the same sequence, (L,); sequences ascend."""
    return torch.arange(len(sequences)) - torch.searchsorted(sequences.contiguous(), sequences)


def _back(places: Tensor, steps: Tensor) -> Steps:
    """Return steps from each of some back to each of all, (L, n)."""
    sequences, times = places.cpu().unbind(1)
    back = times[steps, None] - times
    return back.where(sequences[steps, None] == sequences, OTHER).numpy()
