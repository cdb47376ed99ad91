"""What is reached without a network: the least that a translator must beat."""

from __future__ import annotations

from collections.abc import Sequence

from frontal.data.pairs import Pairs
from frontal.tasks.pairs_ibm import IBM1
from frontal.tasks.pairs_nearest import Nearest

COPY = "copy of the source"
BY_WORD = "word by word (IBM model 1)"
NEAREST = "translation of the nearest training sentence"


def baselines(train: Pairs, asked: Sequence[str], dictionary: IBM1) -> dict[str, list[str]]:
    """Return the answers of each baseline, by name."""
    known = Nearest(train.sources)
    return {
        COPY: list(asked),
        BY_WORD: [dictionary.translate(text) for text in asked],
        NEAREST: [train.targets[known.look(text).place] for text in asked],
    }
