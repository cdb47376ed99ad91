"""The nearest known text: words in common, rare ones weighing more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import log, sqrt
from typing import NamedTuple, final

import numpy as np

from frontal.data.words import words


class Near(NamedTuple):
    """Which known text is nearest: its place, and the cosine between 0 and 1."""

    place: int
    similarity: float


@final
class Nearest:
    """Cosine of word counts, each weighed by log(1 + N / n) where n of N texts have the word (tf-idf).

    Args:
        texts: (N,) known ones.

    Example:
        >>> known = Nearest(["When are you open?", "How much is a ticket?"])
        >>> known.look("are you open today?").place
        0
    """

    def __init__(self, texts: Sequence[str]) -> None:
        counted = [Counter(words(text)) for text in texts]
        having = Counter(word for counts in counted for word in counts)
        self._size = len(texts)
        self._weight = {word: log(1 + len(texts) / count) for word, count in having.items()}
        postings: dict[str, list[tuple[int, float]]] = {word: [] for word in having}
        for place, counts in enumerate(counted):
            length = self._length(counts)
            for word, count in counts.items():
                postings[word].append((place, count * self._weight[word] / length))
        self._places = {word: np.array([place for place, _ in rows]) for word, rows in postings.items()}
        self._shares = {word: np.array([share for _, share in rows]) for word, rows in postings.items()}

    def look(self, text: str) -> Near:
        """Return the nearest one, the first of equals; (0, 0.0) where no word is known."""
        counts = Counter(words(text))
        scores = np.zeros(self._size)
        for word, count in counts.items():
            if word in self._places:
                scores[self._places[word]] += count * self._weight[word] * self._shares[word]
        place = int(scores.round(12).argmax())
        return Near(place, float(scores[place]) / self._length(counts))

    def _length(self, counts: Counter[str]) -> float:
        """Return the length of a text's vector; a word that nobody knows weighs like the rarest."""
        rarest = log(1 + max(1, len(self._weight)))
        total = sum((count * self._weight.get(word, rarest)) ** 2 for word, count in counts.items())
        return sqrt(total) or 1.0
