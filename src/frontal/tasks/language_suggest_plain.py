"""What a list of words and their frequencies can do without any model: the baseline of the keyboard."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping

import numpy as np

from frontal.tasks.language_suggest_written import SHOWN, Suggestion, Written
from frontal.tasks.language_typos import Channel, Errors

ONE_EACH = Errors(*[-1.0] * 6)  # every mistake counts one: the edit distance
FARTHEST = 2


class PlainKeyboard(Written):
    """Completes what was begun by the most frequent words that begin so, and next words by the most frequent of all.

    Args:
        words: words and how often they stand in a text.
    """

    def __init__(self, words: Mapping[str, int]) -> None:
        super().__init__()
        self._counts = dict(words)
        self._sorted = sorted(words)
        self._by_length: defaultdict[int, list[str]] = defaultdict(list)
        for word in words:
            self._by_length[len(word)].append(word)
        alphabet = sorted({letter for word in words for letter in word})
        self._channel = Channel(alphabet, ONE_EACH)
        self._every = sorted(words, key=self._rank)[:SHOWN]

    @property
    def words(self) -> list[Suggestion]:
        """The three most frequent words that begin as the one that was begun."""
        begun = self.begun
        if not begun:
            return [self._suggestion(word, "next") for word in self._every]
        first, last = (bisect_left(self._sorted, each) for each in (begun, begun + "\U0010ffff"))
        fitting = sorted((word for word in self._sorted[first:last] if word != begun), key=self._rank)
        return [self._suggestion(word, "completion") for word in fitting[:SHOWN]]

    def meant(self) -> list[Suggestion]:
        """Return the last finished word if it is known, else words at the least edit distance up to 2, by frequency."""
        start, end = self.last_word()
        typed = self.text[start:end]
        if not typed or end == len(self.text) or typed in self._counts:
            return [self._suggestion(typed, "correction")] if typed else []
        lengths = range(len(typed) - FARTHEST, len(typed) + FARTHEST + 1)
        near = [word for length in lengths for word in self._by_length.get(length, ())]
        index, channel = self._channel.index, self._channel.start(typed)
        codes = np.full((len(near), len(typed) + FARTHEST), -1)
        for row, word in enumerate(near):
            codes[row, : len(word)] = [index[letter] for letter in word]
        apart = -channel.read(channel.begin(len(near)), codes).rows[:, -1]
        best = sorted((round(float(d)), *self._rank(w)) for d, w in zip(apart, near, strict=True) if d < FARTHEST + 0.5)
        return [self._suggestion(word, "correction") for _, _, word in best[:SHOWN]]

    def _changed(self) -> None:
        """Nothing is kept."""

    def _rank(self, word: str) -> tuple[int, str]:
        return -self._counts[word], word

    def _suggestion(self, word: str, kind: str) -> Suggestion:
        return Suggestion(word, self._counts.get(word, 0) / max(sum(self._counts.values()), 1), kind)
