"""What the microscope looks at: a model along data, in pieces that fit into memory."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

Tracks = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Piece:
    """Steps `first` .. `stop` of a subject.

    Attributes:
        fresh: whether the model begins anew here, instead of going on with the states of the piece before.
    """

    first: int
    stop: int
    fresh: bool


class Subject(ABC):
    """A model and the N steps that it reads.

    Attributes:
        kind: what the steps are: text, series, sound, rows, numbers.
        model: with recurrent layers of frontal in it.
        name: of the data.
    """

    kind: str
    model: nn.Module
    name: str

    @abstractmethod
    def __len__(self) -> int:
        """N."""

    @abstractmethod
    def pieces(self) -> Iterator[Piece]:
        """Cut the steps into pieces, in their order."""

    @abstractmethod
    def around(self, first: int, stop: int) -> Piece:
        """Return the smallest piece that can be run and holds the steps `first` .. `stop`."""

    @abstractmethod
    def run(self, piece: Piece, carried: Any, copies: int = 1) -> tuple[Any, Any]:
        """Run the model along a piece; return its outputs, and the states for the piece after it.

        A piece of several sequences stands for their steps one sequence after another. Several copies
        run side by side, first all sequences of one copy, then all of the next, for gradients that
        must be told apart.
        """

    @abstractmethod
    def tracks(self, piece: Piece, outputs: Any) -> Tracks:
        """Return what goes with each step of a piece beside the network's inside: by name, (n,) or (n, width)."""

    @abstractmethod
    def each_loss(self, piece: Piece, outputs: Any) -> Tensor:
        """Return the loss of every step in every copy, (copies, n), in the graph; NaN where there is none."""

    @abstractmethod
    def each_score(self, piece: Piece, outputs: Any) -> Tensor:
        """Return what the likeliest answer of every step scores before it becomes a chance, likewise."""

    def losses(self, piece: Piece, outputs: Any) -> Tensor:
        """Return the loss of every step, (n,), in the graph; NaN where there is none."""
        return self.each_loss(piece, outputs)[0]

    @abstractmethod
    def facts(self) -> dict[str, Any]:
        """Return what one needs to know to show the steps, as JSON can hold it."""


def cut(length: int, size: int, starts: NDArray[np.integer[Any]] | None = None) -> Iterator[Piece]:
    """Cut `length` steps into pieces of at most `size`; sequences begin at `starts`, and at 0."""
    begins = np.unique([0, *(() if starts is None else starts.tolist()), length])
    for first, stop in zip(begins[:-1].tolist(), begins[1:].tolist(), strict=True):
        for at in range(first, stop, size):
            yield Piece(at, min(at + size, stop), fresh=at == first)
