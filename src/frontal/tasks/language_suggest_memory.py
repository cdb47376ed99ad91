"""The words that one person uses: what was written lately comes again.

A cache model (Kuhn & De Mori 1990) of words and of pairs of words, each time a word is used fading
with the words that follow it. It lives in memory, and in a file only where that is asked for.
"""

from __future__ import annotations

import json
from collections import defaultdict
from heapq import nlargest
from math import exp
from os import PathLike
from pathlib import Path
from typing import Any

from frontal.atomic import reason, write_atomic
from frontal.errors import FrontalError

FORMAT = 1
KEPT = 20_000  # words in a file, those used most and last
FADING = 2000.0  # words after which a use counts 1 / e
PAIRS = 5.0  # uses of a word after which its successors count as much as all words
LARGEST = 1e12  # of a weight, before all are written anew
TRUST = 100.0  # words after which the memory has half its say


class Memory:
    """Words with the weight of their uses.

    Example:
        >>> memory = Memory()
        >>> for word, before in (("my", ""), ("lord", "my"), ("my", "lord")):
        ...     memory.add(word, before)
        >>> list(memory.likely("my", "l")), memory.uses["my"]
        (['lord'], 2)
    """

    def __init__(self) -> None:
        self.now = 0
        """words so far"""
        self.uses: dict[str, int] = {}
        """how often each word was used"""
        self.pairs: defaultdict[str, dict[str, int]] = defaultdict(dict)
        """words that followed a word, and how often"""
        self._weight: dict[str, float] = {}  # of each word, in units that grow with time instead of fading
        self._every = 0.0  # their sum
        self._unit = 1.0

    def add(self, word: str, before: str = "") -> None:
        """Take in a word, and the one that stood before it."""
        self.now += 1
        self.uses[word] = self.uses.get(word, 0) + 1
        self._unit *= exp(1 / FADING)
        self._weight[word] = self._weight.get(word, 0.0) + self._unit
        self._every += self._unit
        if self._unit > LARGEST:
            self._rescale()
        if before:
            behind = self.pairs[before]
            behind[word] = behind.get(word, 0) + 1

    def likely(self, before: str, prefix: str = "") -> dict[str, float]:
        """Return the probability of each word that begins with `prefix`, behind the word `before`."""
        behind = self.pairs.get(before, {})
        seen = sum(behind.values()) + PAIRS
        share = PAIRS / (self._every * seen) if self._every else 0.0
        return {
            word: share * weight + behind.get(word, 0) / seen
            for word, weight in self._weight.items()
            if word.startswith(prefix)
        }

    def _rescale(self) -> None:
        self._weight = {word: weight / self._unit for word, weight in self._weight.items()}
        self._every, self._unit = self._every / self._unit, 1.0

    def say(self, most: float) -> float:
        """Return how much of the say the memory has by now, at most `most`."""
        return most * self.now / (self.now + TRUST)

    def save(self, path: str | PathLike[str]) -> Path:
        """Write a JSON file; after a crash it is the old one or the new one."""
        kept = nlargest(KEPT, self.uses, key=self._weight.__getitem__)
        words = {word: [self.uses[word], self._weight[word] / self._unit] for word in kept}
        pairs = {before: behind for before, behind in self.pairs.items() if before in words}
        saved = {"format": FORMAT, "now": self.now, "words": words, "pairs": pairs}
        return write_atomic(path, json.dumps(saved, ensure_ascii=False, indent=1).encode())

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Memory:
        """Read what `save` wrote; a file that is not there yet is an empty memory."""
        try:
            text = Path(path).read_text(encoding="utf-8")
        except FileNotFoundError:
            return cls()
        except OSError as error:
            raise FrontalError(f"cannot read {path}: {reason(error)}") from error
        except UnicodeDecodeError as error:
            raise FrontalError(f"{path} is not a file of learned words: it is no UTF-8 text") from error
        try:
            return cls._from_saved(json.loads(text))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise FrontalError(
                f"{path} is not a file of learned words ({error}); name another file, which may be new"
            ) from error

    @classmethod
    def _from_saved(cls, saved: Any) -> Memory:
        if saved["format"] != FORMAT:
            raise ValueError(f"its format is {saved['format']!r}, known is {FORMAT}")
        memory = cls()
        memory.now = int(saved["now"])
        for word, (uses, weight) in saved["words"].items():
            memory.uses[word], memory._weight[word] = int(uses), float(weight)
        memory._every = sum(memory._weight.values())
        for before, behind in saved["pairs"].items():
            memory.pairs[before] = {str(word): int(count) for word, count in behind.items()}
        return memory
