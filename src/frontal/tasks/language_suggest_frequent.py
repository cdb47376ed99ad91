"""The most frequent known words behind every beginning: what is likely where the model was not asked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from math import log

KEPT = 3  # words behind a beginning


class Frequent:
    """Known words by their beginnings.

    Args:
        counts: words and how often they stand in a text.

    Example:
        >>> Frequent({"the": 6, "then": 3, "to": 1}).behind("th")[0][0]
        'the'
    """

    def __init__(self, counts: Mapping[str, int]) -> None:
        self._words: defaultdict[str, list[str]] = defaultdict(list)
        self._every: defaultdict[str, int] = defaultdict(int)
        self._counts = counts
        for word in sorted(counts, key=counts.__getitem__, reverse=True):
            for end in range(len(word) + 1):
                beginning = word[:end]
                self._every[beginning] += counts[word]
                if len(self._words[beginning]) < KEPT:
                    self._words[beginning].append(word)

    def __bool__(self) -> bool:
        return bool(self._counts)

    def share(self, word: str) -> float:
        """Return the share of a word of all words."""
        return self._counts.get(word, 0) / self._every[""] if self._counts else 0.0

    def share_of_all(self, beginning: str) -> float:
        """Return the share of the words that begin so."""
        return self._every.get(beginning, 0) / self._every[""] if self._counts else 0.0

    def behind(self, beginning: str) -> list[tuple[str, float]]:
        """Return the most frequent words that begin so, and the logarithms of their shares of all that do."""
        every = self._every.get(beginning, 0)
        return [(word, log(self._counts[word] / every)) for word in self._words.get(beginning, ())]
