"""Sequences of unequal length, one after the other in one tensor; batches of them are one look-up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import final

import torch
from torch import Tensor

from frontal.errors import FrontalError


@final
class Ragged:
    """N sequences without padding in between.

    Args:
        sequences: (T_i, …) each, of one dtype; T_i >= 1.

    Attributes:
        values: all steps, (Σ T_i, …).
        lengths: T_i, int64 (N,).

    Example:
        >>> import torch
        >>> ragged = Ragged([torch.ones(2, 3), torch.ones(5, 3)])
        >>> x, lengths = ragged.batch(torch.tensor([1, 0]))
        >>> x.shape, lengths.tolist()
        (torch.Size([5, 2, 3]), [5, 2])
    """

    def __init__(self, sequences: Sequence[Tensor]) -> None:
        self.lengths = torch.tensor([len(sequence) for sequence in sequences], dtype=torch.int64)
        if not len(sequences) or int(self.lengths.min()) < 1:
            raise FrontalError(f"there must be sequences of at least one step, got lengths {self.lengths.tolist()}")
        self.values = torch.cat(list(sequences))
        self._starts = self.lengths.cumsum(0) - self.lengths

    def __len__(self) -> int:
        return len(self.lengths)

    def __getitem__(self, row: int) -> Tensor:
        start = int(self._starts[row])
        return self.values[start : start + int(self.lengths[row])]

    def __iter__(self) -> Iterator[Tensor]:
        return map(self.__getitem__, range(len(self)))

    def batch(self, rows: Tensor, lengths: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return sequences side by side, (T, B, …), and their lengths (B,); padding repeats the last step.

        Args:
            rows: which sequences, int64 (B,).
            lengths: how many of their first steps, (B,); by default all.
        """
        lengths = self.lengths[rows] if lengths is None else lengths
        steps = torch.arange(int(lengths.max()))[:, None].minimum(lengths - 1)  # (T, B)
        return self.values[self._starts[rows] + steps], lengths
