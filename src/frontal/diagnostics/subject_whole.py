"""What comes in whole sequences of unequal length, one after another, with each of which a model begins anew."""

from __future__ import annotations

from abc import ABC
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from frontal.diagnostics.subject import Piece, Subject
from frontal.errors import FrontalError

PIECE = 2048  # steps of the sequences of a piece, their padding counted


class Whole(Subject, ABC):
    """Sequences, which are run whole, some at a time.

    Args:
        sequences: what is read, (T_i, …) each.
        name: of the data.

    Attributes:
        lengths: T_i of each of N, (N,).
        starts: step at which each begins, and the end of all, (N + 1,).
    """

    def __init__(self, sequences: Sequence[Tensor], name: str) -> None:
        if not sequences or not all(map(len, sequences)):
            raise FrontalError(f"{name}: there is nothing to look at; give sequences of one step or more")
        self.sequences, self.name = list(sequences), name
        self.lengths = torch.tensor([len(x) for x in sequences])
        self.starts = np.concatenate([[0], self.lengths.cumsum(0).numpy()])

    def __len__(self) -> int:
        return int(self.starts[-1])

    def pieces(self) -> Iterator[Piece]:
        """Yield some whole sequences at a time."""
        first, longest = 0, 0
        for k, length in enumerate(self.lengths.tolist()):
            if k > first and (k + 1 - first) * max(longest, length) > PIECE:
                yield self._piece(first, k)
                first, longest = k, 0
            longest = max(longest, length)
        yield self._piece(first, len(self.sequences))

    def around(self, first: int, stop: int) -> Piece:
        """Return whole sequences."""
        begin = int(np.searchsorted(self.starts, first, side="right")) - 1
        return self._piece(begin, int(np.searchsorted(self.starts, stop)))

    def batch(self, piece: Piece, copies: int) -> tuple[Tensor, Tensor]:
        """Return the sequences of a piece side by side, (T, copies · B, …), and their lengths, (copies · B,)."""
        of = self.of(piece)
        x = pad_sequence(self.sequences[of])  # (T, B, …)
        return x.repeat(1, copies, *[1] * (x.dim() - 2)), self.lengths[of].repeat(copies)

    def of(self, piece: Piece) -> slice:
        """Return which sequences a piece holds."""
        first, stop = np.searchsorted(self.starts, [piece.first, piece.stop]).tolist()
        return slice(first, stop)

    def by_step(self, piece: Piece, values: Tensor) -> Tensor:
        """Return values of steps, (T, copies · B, …), of one sequence after another, (copies, n, …)."""
        lengths = self.lengths[self.of(piece)].tolist()
        parts = values.unflatten(1, (-1, len(lengths))).unbind(2)  # (T, copies, …) each
        return torch.cat([part[:length] for part, length in zip(parts, lengths, strict=True)]).transpose(0, 1)

    def at_ends(self, piece: Piece, values: Tensor) -> Tensor:
        """Return values of sequences, (copies · B, …), at their last steps, (copies, n, …), and NaN at all others."""
        lengths = self.lengths[self.of(piece)]
        each = values.unflatten(0, (-1, len(lengths)))  # (copies, B, …)
        found = each.new_full((len(each), int(lengths.sum()), *each.shape[2:]), torch.nan)
        return found.index_copy(1, lengths.cumsum(0) - 1, each)

    def numbers(self, piece: Piece) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
        """Return the number of the sequence of each step, (n,)."""
        of = self.of(piece)
        return np.repeat(np.arange(of.start, of.stop, dtype=np.int32), self.lengths[of].numpy())

    def _piece(self, first: int, stop: int) -> Piece:
        return Piece(int(self.starts[first]), int(self.starts[stop]), fresh=True)
