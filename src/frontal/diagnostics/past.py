"""The states of a model at any step of its data, without running all of it each time."""

from __future__ import annotations

from typing import Any, final

import torch

from frontal.diagnostics.recording import evaluating
from frontal.diagnostics.subject import Piece, Subject


@final
class Past:
    """What a model remembers before any step; states at the ends of pieces are kept.

    Args:
        subject: the model and the data.
    """

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self._pieces = list(subject.pieces())
        self._ends: list[Any] = []  # states after each piece that was run

    def before(self, step: int) -> Any:
        """Return the states before a step, for `Subject.run`; None where the model begins anew."""
        subject = self.subject
        if subject.around(step, step + 1).fresh:
            return None
        with evaluating(subject.model), torch.no_grad():
            while self._pieces[len(self._ends)].stop <= step:
                number = len(self._ends)
                _, states = subject.run(self._pieces[number], self._ends[-1] if number else None)
                self._ends.append(states)
            number = next(k for k, piece in enumerate(self._pieces) if piece.stop > step)
            piece, states = self._pieces[number], self._ends[number - 1] if number else None
            if piece.first == step:
                return states
            return subject.run(Piece(piece.first, step, piece.fresh), states)[1]
