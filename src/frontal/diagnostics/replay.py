"""What every cell read and held at a step, in full precision: the subject run again, piece by piece."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import numpy as np
import torch
from numpy.typing import NDArray

from frontal.cell import Cell
from frontal.diagnostics.recording import Recording, evaluating, recording
from frontal.diagnostics.subject import Piece, Subject
from frontal.errors import FrontalError, did_you_mean

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class CellAt:
    """One cell at one step.

    Attributes:
        cell: as it ran.
        x: what it read, (I,).
        before, after: its states by name, each (size,).
        names: of what it read, where that is what cells below hand on; empty otherwise.
    """

    cell: Cell
    x: Floats
    before: dict[str, Floats]
    after: dict[str, Floats]
    names: tuple[str, ...]


@final
class Replay:
    """A subject that is run again up to the steps that are asked for.

    What is carried from piece to piece is kept, so that going back and forth runs one piece at most;
    a step that lies further on than all before runs every piece up to it.

    Args:
        subject: the model and the data.
    """

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.pieces: list[Piece] = list(subject.pieces())
        self._carried: list[Any] = [None]  # into each piece, as far as known
        self._latest: tuple[int, list[Recording]] | None = None

    def at(self, layer: str, step: int) -> CellAt:
        """Return a layer's cell at a step; an unknown layer, or a step that is not there, raises `FrontalError`."""
        if not 0 <= step < len(self.subject):
            raise FrontalError(f"{self.subject.name} has the steps 0 to {len(self.subject) - 1}; there is no {step}")
        number = next(n for n, piece in enumerate(self.pieces) if step < piece.stop)
        records = self._records(number)
        names = [record.name for record in records]
        if layer not in names:
            raise FrontalError(f"no layer is called {layer!r}; {did_you_mean(layer, names)}")
        k = names.index(layer)
        at, sequence = _place(records[k], step - self.pieces[number].first)
        record = records[k]
        before, after = (
            {name: values[at, sequence].cpu().float().numpy() for name, values in record.states(joined).items()}
            for joined in (record.before, record.after)
        )
        x = record.x[at, sequence].cpu().float().numpy()
        return CellAt(record.cell, x, before, after, _names(records, k))

    def _records(self, number: int) -> list[Recording]:
        """Return what the cells did in a piece."""
        if self._latest is None or self._latest[0] != number:
            with evaluating(self.subject.model), torch.no_grad():
                for k in range(len(self._carried) - 1, number):
                    self._carried.append(self.subject.run(self.pieces[k], self._carried[k])[1])
                with recording(self.subject.model) as records:
                    self.subject.run(self.pieces[number], self._carried[number])
            self._latest = number, records
        return self._latest[1]


def _place(record: Recording, offset: int) -> tuple[int, int]:
    """Return time and sequence of the step `offset` of a piece, one sequence after another."""
    sequences, times = torch.nonzero(record.valid.T.cpu(), as_tuple=True)
    return int(times[offset]), int(sequences[offset])


def _names(records: list[Recording], k: int) -> tuple[str, ...]:
    """Return names of what a cell reads where it is what one cell below hands on, or the two directions of one."""
    x, below = records[k].x, records[:k]
    outputs = [(record, next(iter(record.states(record.after).values()))) for record in below]
    for n, (record, output) in enumerate(outputs):
        if output.shape == x.shape and torch.equal(output, x):
            return tuple(f"below {j}" for j in range(x.shape[-1]))
        if n and outputs[n - 1][1].shape[:-1] == output.shape[:-1]:
            other, before = outputs[n - 1]
            joined = torch.cat([before, output], -1)
            if joined.shape == x.shape and torch.equal(joined, x):
                both = ((other, before), (record, output))
                return tuple(f"{r.direction} {j}" for r, o in both for j in range(o.shape[-1]))
    return ()
