"""How likely a sentence is, by the letters of those that are known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from math import log
from typing import final

BEGIN, END = "\x02", "\x03"


@final
class Familiar:
    """Interpolated n-grams of characters with Witten & Bell's (1991) weights, in small letters.

        p_n(x | c) = (N(c x) + D(c) p_{n-1}(x | c')) / (N(c) + D(c))

    where N counts, D(c) is how many different characters followed c, c' is c without its first
    character, and p_0 is even over the known characters and one for all others.

    Args:
        sentences: known ones; each counts once.
        order: n, characters of the longest run.

    Example:
        >>> known = Familiar(["are you open?", "are you closed?"])
        >>> known.log_p("are you open?") > known.log_p("what is two plus two?")
        True
    """

    def __init__(self, sentences: Iterable[str], order: int = 5) -> None:
        self.order = order
        self._runs: Counter[str] = Counter()  # a context and what followed it
        self._contexts: Counter[str] = Counter()
        self._followers: Counter[str] = Counter()
        letters: set[str] = set()
        for sentence in dict.fromkeys(sentence.casefold() for sentence in sentences):
            letters.update(sentence)
            for context, letter in self._steps(sentence):
                for size in range(order):
                    before = context[order - 1 - size :]
                    self._followers[before] += self._runs[before + letter] == 0
                    self._runs[before + letter] += 1
                    self._contexts[before] += 1
        self._even = 1 / (len(letters) + 2)  # the end, and all that are not known

    def log_p(self, sentence: str) -> float:
        """Return the mean log-probability of its characters and its end, in nats."""
        said = [log(self._probability(context, letter)) for context, letter in self._steps(sentence.casefold())]
        return sum(said) / len(said)

    def _steps(self, sentence: str) -> Iterable[tuple[str, str]]:
        padded = BEGIN * (self.order - 1) + sentence + END
        return ((padded[k : k + self.order - 1], padded[k + self.order - 1]) for k in range(len(sentence) + 1))

    def _probability(self, context: str, letter: str) -> float:
        p = self._even
        for size in range(self.order):
            before = context[self.order - 1 - size :]
            seen, followers = self._contexts[before], self._followers[before]
            if not seen:
                break
            p = (self._runs[before + letter] + followers * p) / (seen + followers)
        return p
