"""Batches of sequences of unequal length, like lengths together."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from frontal.errors import FrontalError

POOL = 32  # batches whose sequences are sorted by length together

Example = tuple[tuple[Tensor, Tensor], Tensor]
Draw = Callable[[Tensor], Example]


class RaggedBatches:
    """Batches ((x, lengths), targets) in a new random order every pass.

    Sequences are shuffled; within a pool of `POOL` batches those of like length go together, so that
    little is padded. The order is drawn from torch's generator.

    Args:
        lengths: of the sequences, (N,).
        batch_size: sequences of one batch.
        draw: from rows, int64 (B,), to an example.
    """

    def __init__(self, lengths: Tensor, batch_size: int, draw: Draw) -> None:
        if not len(lengths):
            raise FrontalError("there is nothing to train on: no sequences")
        if batch_size < 1:
            raise FrontalError(f"batch_size must be a whole number >= 1, got {batch_size!r}")
        self.lengths, self.batch_size, self.draw = lengths, batch_size, draw

    def __len__(self) -> int:
        return (len(self.lengths) + self.batch_size - 1) // self.batch_size

    def __iter__(self) -> Iterator[Example]:
        return map(self.draw, self._rows())

    def _rows(self) -> list[Tensor]:
        order = torch.randperm(len(self.lengths))
        if int(self.lengths.min()) == int(self.lengths.max()):
            return list(order.split(self.batch_size))
        pools = order.split(POOL * self.batch_size)
        batches = [rows for pool in pools for rows in pool[self.lengths[pool].argsort()].split(self.batch_size)]
        return [batches[place] for place in torch.randperm(len(batches)).tolist()]
