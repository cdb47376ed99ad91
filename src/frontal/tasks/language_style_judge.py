"""A judge of style: it learns from real texts alone which style a text has, and never sees the language model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import final

import numpy as np
from numpy.typing import NDArray

from frontal.data.styled_set import END, Styled

Floats = NDArray[np.float64]
BUCKETS, FACTOR, MULTIPLIER, SHIFT = 1 << 22, 1_000_003, 0x9E3779B97F4A7C15, 42


@final
class StyleJudge:
    """Multinomial naive Bayes on runs of 1 .. `order` characters (McCallum & Nigam 1998).

    Styles are equally likely beforehand. Runs are told apart by a hash of 22 bits.

    Args:
        data: real texts.
        order: characters of the longest run.
        added: to every count.
    """

    def __init__(self, data: Styled, order: int = 5, added: float = 0.1) -> None:
        self.order = order
        S, numbers = len(data.styles), data.numbers
        counts = np.zeros((BUCKETS, S), dtype=np.float32)
        for style in range(S):
            runs = [self._runs(data.texts[place]) for place in np.flatnonzero(numbers == style)]
            counts[:, style] = np.bincount(np.concatenate(runs), minlength=BUCKETS)
        known = np.flatnonzero(counts.any(1))
        self._row = np.full(BUCKETS, len(known), dtype=np.int32)  # a run that was never seen speaks for no style
        self._row[known] = np.arange(len(known))
        table = counts[known].astype(np.float64) + added
        self._log_p = np.vstack([np.log(table / table.sum(0)), np.zeros(S)])  # (runs + 1, S)

    def probabilities(self, texts: Sequence[str]) -> Floats:
        """Return the probability of each style for each text, (N, S)."""
        scores = np.stack([self._log_p[self._row[self._runs(text)]].sum(0) for text in texts])  # (N, S)
        likelihoods = np.exp(scores - scores.max(1, keepdims=True))
        return likelihoods / likelihoods.sum(1, keepdims=True)

    def _runs(self, text: str) -> NDArray[np.int64]:
        """Return the buckets of all runs of a text, its beginning and end counting as characters."""
        letters = np.array([ord(letter) for letter in f"{END}{text}{END}"], dtype=np.uint64)
        rolled, found = np.zeros_like(letters), []
        for length in range(1, min(self.order, len(letters)) + 1):
            last = letters[length - 1 :]
            rolled = rolled[: len(last)] * np.uint64(FACTOR) + last + np.uint64(1)
            found.append((rolled * np.uint64(MULTIPLIER)) >> np.uint64(SHIFT))
        return np.concatenate(found).astype(np.int64)
