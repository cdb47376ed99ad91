"""The nearest known question: words in common, rare ones weighing more."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from math import log, sqrt
from typing import NamedTuple, final

from frontal.data.words import words


class Near(NamedTuple):
    """Which known question is nearest: its place, and the cosine between 0 and 1."""

    place: int
    similarity: float


@final
class Nearest:
    """Cosine of word counts, each weighed by log(1 + N / n) where n of N questions have the word (tf-idf).

    Args:
        questions: (N,) known ones.

    Example:
        >>> known = Nearest(["When are you open?", "How much is a ticket?"])
        >>> known.look("are you open today?").place
        0
    """

    def __init__(self, questions: Sequence[str]) -> None:
        counted = [Counter(words(question)) for question in questions]
        having = Counter(word for counts in counted for word in counts)
        self._weight = {word: log(1 + len(questions) / count) for word, count in having.items()}
        self._postings: dict[str, list[tuple[int, float]]] = {word: [] for word in having}
        for place, counts in enumerate(counted):
            length = self._length(counts)
            for word, count in counts.items():
                self._postings[word].append((place, count * self._weight[word] / length))

    def look(self, question: str) -> Near:
        """Return the nearest one, the first of equals; (0, 0.0) where no word is known."""
        counts = Counter(words(question))
        scores: defaultdict[int, float] = defaultdict(float)
        for word, count in counts.items():
            for place, weight in self._postings.get(word, ()):
                scores[place] += count * self._weight[word] * weight
        if not scores:
            return Near(0, 0.0)
        place = min(scores, key=lambda place: (-round(scores[place], 12), place))
        return Near(place, scores[place] / self._length(counts))

    def _length(self, counts: Counter[str]) -> float:
        """Return the length of a question's vector; a word that nobody knows weighs like the rarest."""
        rarest = log(1 + max(1, len(self._postings)))
        total = sum((count * self._weight.get(word, rarest)) ** 2 for word, count in counts.items())
        return sqrt(total) or 1.0
