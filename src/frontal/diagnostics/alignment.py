"""Where an attention looked while it wrote: a matrix of words read and words written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from frontal.diagnostics.alignment_plot import draw
from frontal.errors import FrontalError

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Alignment:
    """The weights of an attention over one source, for each step of what was written.

    Attributes:
        read: S texts of the source, such as pieces of words.
        written: T texts.
        weights: (T, S).
    """

    read: tuple[str, ...]
    written: tuple[str, ...]
    weights: NDArray[np.float64]

    def __post_init__(self) -> None:
        if self.weights.shape != (len(self.written), len(self.read)):
            raise FrontalError(
                f"weights must be (T, S) = {(len(self.written), len(self.read))}, got {self.weights.shape}"
            )

    def by_word(self) -> Alignment:
        """Return the alignment of whole words: a piece that begins with a space begins a word.

        A word's pieces are read together, so their weights add up; they are written one after another,
        so theirs are averaged.
        """
        of_read, of_written = _words(self.read), _words(self.written)
        columns = np.stack([self.weights[:, places].sum(1) for _, places in of_read], 1)
        rows = np.stack([columns[places].mean(0) for _, places in of_written])
        return Alignment(tuple(word for word, _ in of_read), tuple(word for word, _ in of_written), rows)

    def places(self) -> list[int]:
        """Return where the attention looked most, for each step, T."""
        return self.weights.argmax(1).tolist()

    def plot(self) -> Figure:
        """Draw the matrix, words read above, words written on the left."""
        return draw(self)


def _words(pieces: Sequence[str]) -> list[tuple[str, list[int]]]:
    """Return each word with the places of its pieces."""
    found: list[tuple[str, list[int]]] = []
    for place, piece in enumerate(pieces):
        if not found or piece[:1].isspace():
            found.append((piece.strip(), [place]))
        else:
            word, places = found[-1]
            found[-1] = (word + piece.rstrip(), [*places, place])
    return found
