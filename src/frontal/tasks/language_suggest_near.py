"""The known words that may have been meant by what was typed: all that a few errors lead to."""

from __future__ import annotations

from collections.abc import Mapping
from math import log
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from frontal.tasks.language_suggest_trie import START, Trie
from frontal.tasks.language_typos import Floats, Typed

SHORT = 4  # letters up to which only one error is looked for; two in longer words
SURPRISE = 6.0  # how much likelier (log) a word can be in its place than anywhere


class Near(NamedTuple):
    """A known word near what was typed."""

    word: str
    channel: float
    """log-probability of what was typed, given the word"""
    prior: float
    """log-probability of the word anywhere"""


class _Level(NamedTuple):
    """The nodes of a trie with the same number of letters."""

    codes: NDArray[np.int64]  # (M,): last letter of each
    first: NDArray[np.int64]  # (M,): where its children begin in the next level
    children: NDArray[np.int64]  # (M,): how many there are
    word: NDArray[np.int64]  # (M,): the word that ends there, or -1


class Neighbours:
    """Known words by their letters, for looking many of them up at once.

    Args:
        counts: words and how often they stand in a text.
        index: places of letters in the channel's alphabet.
    """

    def __init__(self, counts: Mapping[str, int], index: Mapping[str, int]) -> None:
        self.words = [word for word in counts if all(letter in index for letter in word)]
        every = sum(counts.values())
        self.priors = np.array([log(counts[word] / every) for word in self.words])
        self._levels = _levels(self.words, index)

    def find(self, typed: Typed, lead: int, *, whole: bool, above: float, count: int) -> list[Near]:
        """Return up to `count` words, the likeliest by themselves first.

        Args:
            typed: what was typed; its first `lead` letters are a space that belongs to the word.
            lead: letters.
            whole: whether that is a whole word, or its beginning.
            above: log-probability that a word must be able to reach in its place.
            count: words.
        """
        errors = 1 if len(typed.codes) - lead <= SHORT else 2
        least = errors * min(typed.errors.near, typed.errors.missing, typed.errors.added, typed.errors.swapped)
        numbers, channel = self._within(typed.skip(lead), whole, least)
        priors = self.priors[numbers]
        able = np.minimum(priors + SURPRISE, 0.0) + channel > above
        numbers, channel, priors = numbers[able], channel[able], priors[able]
        best = np.argsort(-(priors + channel), kind="stable")[:count]
        return [Near(self.words[numbers[i]], float(channel[i]), float(priors[i])) for i in best]

    def _within(self, typed: Typed, whole: bool, least: float) -> tuple[NDArray[np.int64], Floats]:
        """Return the numbers of all words with at least so high a log-probability of the channel, and that."""
        numbers: list[NDArray[np.int64]] = [np.zeros(0, dtype=np.int64)]
        scores: list[Floats] = [np.zeros(0, dtype=np.float32)]
        alive, place = np.zeros(1, dtype=np.int64), typed.begin(1)
        for level, below in zip(self._levels, self._levels[1:], strict=False):
            many = level.children[alive]
            parents = np.repeat(np.arange(len(alive)), many)
            within = np.arange(len(parents)) - np.repeat(np.cumsum(many) - many, many)
            alive = level.first[alive][parents] + within
            place = typed.read(place.pick(parents), below.codes[alive, None])
            bound = place.rows.max(1) if whole else np.maximum(place.rows.max(1), place.reached)
            kept = bound >= least
            alive, place = alive[kept], place.pick(kept)
            score = place.rows[:, -1] if whole else place.reached
            ended = (below.word[alive] >= 0) & (score >= least)
            numbers.append(below.word[alive][ended])
            scores.append(score[ended])
        return np.concatenate(numbers), np.concatenate(scores)


def _levels(words: list[str], index: Mapping[str, int]) -> list[_Level]:
    trie = Trie(words)
    number = {word: place for place, word in enumerate(words)}
    levels: list[_Level] = []
    nodes = [(START, "")]
    while nodes:
        below = [[(node, text + letter) for letter, node in trie.after[here].items()] for here, text in nodes]
        children = np.array([len(each) for each in below])
        codes = np.array([index[text[-1]] if text else -1 for _, text in nodes])
        found = np.array([number.get(text, -1) for _, text in nodes])
        levels.append(_Level(codes, np.cumsum(children) - children, children, found))
        nodes = [child for each in below for child in each]
    return levels
