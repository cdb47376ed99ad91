"""The states with which a subject comes to any of its steps."""

from __future__ import annotations

from typing import Any, final

import torch

from frontal.diagnostics.recording import evaluating
from frontal.diagnostics.subject import Piece, Subject


@final
class Carried:
    """Runs a subject up to the steps that are asked for, and keeps what it carries from piece to piece.

    So the second question about a place costs one piece at most; a subject that begins anew with each
    piece costs nothing.

    Args:
        subject: the model and the data.
    """

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self._pieces = list(subject.pieces())
        self._known: list[Any] = [None]  # into each piece, as far as it was run

    def into(self, piece: Piece) -> Any:
        """Return the states with which the model comes to a piece, those of a run from the beginning; None if fresh."""
        if piece.fresh:
            return None
        number = next(k for k, known in enumerate(self._pieces) if piece.first < known.stop)
        with evaluating(self.subject.model), torch.no_grad():
            for k in range(len(self._known) - 1, number):
                self._known.append(self.subject.run(self._pieces[k], self._known[k])[1])
            begun = self._pieces[number]
            if begun.first == piece.first:
                return self._known[number]
            return self.subject.run(Piece(begun.first, piece.first, begun.fresh), self._known[number])[1]
