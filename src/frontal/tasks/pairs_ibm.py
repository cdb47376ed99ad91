"""Which word translates which: IBM model 1 (Brown et al. 1993), learned by expectation-maximisation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import final

import numpy as np
from numpy.typing import NDArray

from frontal.data.tokenizer_words import Words, tokens
from frontal.errors import FrontalError

NOTHING = 0  # id of the source word that words without a counterpart come from
MOST = 100_000  # pairs that are learned from, at most
LONGEST = 100  # words of a side that are read


@final
class IBM1:
    """t(f | e), the probability that source word e is translated as f, whatever stands around them.

    Each target word comes from one source word or from nothing, each with the same prior probability.

    Args:
        sources: N texts.
        targets: N texts.
        rounds: of expectation-maximisation, from t equal for all.

    Attributes:
        likelihood: mean log-probability of the target words, in nats, before each round.

    Example:
        >>> model = IBM1(["the house", "the book", "a book"], ["das Haus", "das Buch", "ein Buch"], rounds=20)
        >>> model.translate("a house")
        'ein Haus'
    """

    def __init__(self, sources: Sequence[str], targets: Sequence[str], *, rounds: int = 6) -> None:
        if len(sources) != len(targets) or not len(sources):
            raise FrontalError(f"as many targets as sources are needed, got {len(sources)} and {len(targets)}")
        pairs = [(_words(s), _words(t)) for s, t in zip(sources[:MOST], targets[:MOST], strict=True)]
        self._ids = _numbered((s for s, _ in pairs), first=NOTHING + 1)
        self._numbers = _numbered((t for _, t in pairs), first=0)
        self._words = list(self._numbers)
        self._lay_out(pairs)
        self.likelihood = [self._round() for _ in range(rounds)]
        self._best = self._likeliest()

    def probability(self, word: str, given: str | None) -> float:
        """Return t(word | given); None stands for nothing."""
        e = NOTHING if given is None else self._ids.get(given, -1)
        f = self._numbers.get(word, -1)
        wanted = e * len(self._words) + f if e >= 0 and f >= 0 else -1
        place = int(np.searchsorted(self._keys, wanted))
        return float(self._t[place]) if place < len(self._keys) and self._keys[place] == wanted else 0.0

    def best(self, word: str) -> str:
        """Return the likeliest translation of a source word; one that was never read stays as it is."""
        return self._words[self._best[self._ids[word]]] if word in self._ids else word

    def translate(self, text: str) -> str:
        """Return a text word by word."""
        said = [self.best(word) for word in _words(text)]
        vocabulary = Words(list(dict.fromkeys(said)))
        return vocabulary.decode(vocabulary.encode(" ".join(said)).tolist()).strip()

    def align(self, source: str, target: str) -> list[int | None]:
        """Return for each target word the place of the source word it most likely comes from, None for nothing."""
        read: list[str | None] = [*_words(source), None]
        found: list[int | None] = []
        for word in _words(target):
            chances = [self.probability(word, given) for given in read]
            place = int(np.argmax(chances))
            found.append(None if place == len(read) - 1 or not chances[place] else place)
        return found

    def _lay_out(self, pairs: list[tuple[list[str], list[str]]]) -> None:
        """Lay out every target word beside every source word of its pair, and nothing."""
        known = self._numbers
        keys: list[NDArray[np.int64]] = []
        sizes: list[NDArray[np.int64]] = []
        for source, target in pairs:
            e = np.array([NOTHING, *(self._ids[word] for word in source)], dtype=np.int64)
            f = np.array([known[word] for word in target], dtype=np.int64)
            keys.append((e[None] * len(known) + f[:, None]).ravel())  # one target word after another
            sizes.append(np.full(len(f), len(e)))
        self._keys, self._entry = np.unique(np.concatenate(keys), return_inverse=True)
        self._size = np.concatenate(sizes)
        self._start = np.cumsum(self._size) - self._size
        self._given = self._keys // len(known)  # the source word of each entry
        counts = np.bincount(self._given, minlength=len(self._ids) + 1)
        self._t = 1.0 / counts[self._given]  # equal for all words that ever stand beside it

    def _round(self) -> float:
        """Count how often each word came from each other one, and take the shares as t."""
        t = self._t[self._entry]
        total = np.add.reduceat(t, self._start)  # of each target word
        counts = np.bincount(self._entry, t / np.repeat(total, self._size), minlength=len(self._keys))
        norm = np.bincount(self._given, counts, minlength=len(self._ids) + 1)
        self._t = counts / norm[self._given]
        return float(np.log(total / self._size).mean())

    def _likeliest(self) -> NDArray[np.int64]:
        """Return the likeliest target word of each source word, (E + 1,)."""
        order = np.lexsort((self._t, self._given))
        last = np.searchsorted(self._given[order], np.arange(len(self._ids) + 1), side="right") - 1
        return self._keys[order][last] % len(self._words)


def _words(text: str) -> list[str]:
    """Return the words of a text, or one mark of emptiness where there are none."""
    return list(tokens(text))[:LONGEST] or ["…"]


def _numbered(texts: Iterable[list[str]], *, first: int) -> dict[str, int]:
    return {word: place for place, word in enumerate(dict.fromkeys(chain.from_iterable(texts)), first)}
