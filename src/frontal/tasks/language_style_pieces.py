"""Texts of several styles as symbols to learn: each begins anew with its style, all styles equally often."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from typing import final

import numpy as np
import torch
from torch import Tensor

from frontal.data.ragged import Ragged
from frontal.data.styled_set import END, Styled
from frontal.data.tokenizer import Tokenizer
from frontal.training.ragged_batches import RaggedBatches
from frontal.training.through_time import Sequences, ThroughTime, Window


@dataclass(frozen=True)
class Pieces:
    """N texts as symbols.

    Attributes:
        ids: symbols of each, (T_i + 1,): the first one stands before it, the others are to be predicted, the end last.
        styles: the number of each one's style, int64 (N,).
    """

    ids: Ragged
    styles: Tensor

    @property
    def lengths(self) -> Tensor:
        """Symbols to predict, (N,)."""
        return self.ids.lengths - 1

    def draw(self, rows: Tensor) -> tuple[tuple[Tensor, Tensor], Tensor]:
        """Return ((symbols beside styles (T, B, 2), lengths (B,)), next symbols (T, B)) of some texts."""
        ids, lengths = self.ids.batch(rows)
        styles = self.styles[rows].expand(len(ids) - 1, -1)
        return (torch.stack([ids[:-1], styles], -1), lengths - 1), ids[1:]


def pieces_of(data: Styled, styles: tuple[str, ...], tokenizer: Tokenizer) -> Pieces:
    """Spell texts, with `END` before and behind each."""
    number = {style: place for place, style in enumerate(styles)}
    ids = [torch.from_numpy(tokenizer.encode(f"{END}{text}{END}").astype(np.int64)) for text in data.texts]
    return Pieces(Ragged(ids), torch.tensor([number[label] for label in data.labels]))


def balanced(styles: Tensor, count: int) -> Tensor:
    """Draw the rows of one pass, as many of each of `count` styles: of some a part, others more than once.

    Args:
        styles: (N,).
        count: S.

    Returns:
        int64, (about N,), in no order.
    """
    each = ceil(len(styles) / count)
    drawn: list[Tensor] = []
    for style in range(count):
        rows = (styles == style).nonzero()[:, 0]
        again = [rows[torch.randperm(len(rows))] for _ in range(ceil(each / len(rows)))]
        drawn.append(torch.cat(again)[:each])
    return torch.cat(drawn)


@final
class StyleStreams:
    """B texts side by side, window by window; pass after pass without end.

    Args:
        pieces: of every style at least one.
        count: S styles.
        streams: B.
        window: symbols from one update to the next.
        windows: of a round, after which `train` measures; None for those of a pass.
    """

    def __init__(self, pieces: Pieces, count: int, streams: int, window: int, *, windows: int | None = None) -> None:
        self.pieces, self.count, self.streams, self.window = pieces, count, streams, window
        self.through = ThroughTime(self._batches(), k1=window, carry=False)
        self._iterator = iter(self.through)
        self.windows = windows or self._of_a_pass()

    def __len__(self) -> int:
        return self.windows

    def __iter__(self) -> Iterator[tuple[Window, Tensor]]:
        """Yield the windows of the next round."""
        for _ in range(self.windows):
            yield next(self._iterator)

    def _of_a_pass(self) -> int:
        """Return how many windows a pass has, about: texts of like length are side by side."""
        lengths = self.pieces.lengths[balanced(self.pieces.styles, self.count)].sort().values
        return sum(ceil(int(part.max()) / self.window) for part in lengths.split(self.streams))

    def _batches(self) -> Iterator[Sequences]:
        while True:
            rows = balanced(self.pieces.styles, self.count)
            for (x, lengths), targets in RaggedBatches(
                self.pieces.lengths[rows], self.streams, lambda places, rows=rows: self.pieces.draw(rows[places])
            ):
                yield Sequences(x, targets, lengths)
