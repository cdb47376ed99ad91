"""Words, letters, residues: each token its number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, final

import torch
from torch import Tensor

from frontal.data.inputs import Inputs, InputStream, Pieces, Values
from frontal.errors import FrontalError

UNKNOWN = 0  # number of every token that was not learned


@final
class TokenInputs(Inputs):
    """(T,) texts to int64 (T,): 1 for the most frequent token, and so on; 0 for those unknown.

    Args:
        vocabulary: the known tokens, in order of their numbers.
    """

    kind = "tokens"
    tokens = True

    def __init__(self, vocabulary: Sequence[str]) -> None:
        self.vocabulary = list(vocabulary)
        self._numbers = {token: number for number, token in enumerate(self.vocabulary, start=UNKNOWN + 1)}
        self.size = len(self.vocabulary) + 1

    @classmethod
    def learned(cls, sequences: Sequence[Values], *, least: int, most: int) -> TokenInputs:
        """Keep the `most` frequent tokens of those that occur `least` times, by frequency, then by text."""
        counts = Counter(token for sequence in sequences for token in sequence)
        kept = sorted((token for token, count in counts.items() if count >= least), key=lambda t: (-counts[t], t))
        if not kept:
            raise FrontalError(f"no token occurs {least} times; lower min_count, or give more text")
        return cls(kept[:most])

    def stream(self) -> InputStream:
        """Begin a sequence; every token is ready at once."""
        return Pieces(self._numbered)

    def _numbered(self, chunk: Values | Sequence[str] | str) -> Tensor:
        tokens = [chunk] if isinstance(chunk, str) else list(chunk)
        return torch.tensor([self._numbers.get(token, UNKNOWN) for token in tokens], dtype=torch.int64)

    def to_dict(self) -> dict[str, Any]:
        """The vocabulary."""
        return {"vocabulary": self.vocabulary}

    @classmethod
    def from_dict(cls, saved: dict[str, Any]) -> TokenInputs:
        """The inverse of `to_dict`."""
        return cls([str(token) for token in saved["vocabulary"]])
