"""What is reached without a network: the least that a translator must beat."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from frontal.data.pairs import Pairs
from frontal.data.words import words
from frontal.tasks.pairs_ibm import IBM1

COPY = "copy of the source"
BY_WORD = "word by word (IBM model 1)"
NEAREST = "translation of the nearest training sentence"


def baselines(train: Pairs, asked: Sequence[str], dictionary: IBM1) -> dict[str, list[str]]:
    """Return the answers of each baseline, by name."""
    return {
        COPY: list(asked),
        BY_WORD: [dictionary.translate(text) for text in asked],
        NEAREST: [train.targets[place] for place in nearest(train.sources, asked)],
    }


def nearest(known: Sequence[str], asked: Sequence[str]) -> list[int]:
    """Return the place of the known text that is nearest to each one asked for, the first of equals.

    The cosine of vectors with a 1 for each different word, weighed by log(1 + N / n) where n of N texts have it.
    """
    having: dict[str, list[int]] = {}
    for place, text in enumerate(known):
        for word in dict.fromkeys(words(text)):
            having.setdefault(word, []).append(place)
    places = {word: np.array(rows) for word, rows in having.items()}
    weight = {word: np.log(1 + len(known) / len(rows)) for word, rows in places.items()}
    squares = np.zeros(len(known))
    for word, rows in places.items():
        squares[rows] += weight[word] ** 2
    length = np.sqrt(np.maximum(squares, np.finfo(float).tiny))
    found: list[int] = []
    for text in asked:
        scores = np.zeros(len(known))
        for word in sorted(set(words(text)) & places.keys()):
            scores[places[word]] += weight[word] ** 2
        found.append(int((scores / length).argmax()))
    return found
