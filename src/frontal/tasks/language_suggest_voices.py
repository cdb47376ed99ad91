"""The voices that know what word may stand at a place: the model, the frequent words, the user's memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from heapq import nlargest
from math import exp, inf, log

import numpy as np

from frontal.tasks.language_suggest_frequent import Frequent
from frontal.tasks.language_suggest_memory import Memory
from frontal.tasks.language_suggest_near import Neighbours
from frontal.tasks.language_suggest_search import TINY, Found, Ranking, likeliest
from frontal.tasks.language_suggest_spelling import Spelling
from frontal.tasks.language_suggest_tree import Engine, Node
from frontal.tasks.language_suggest_trie import NOWHERE, START, Trie
from frontal.tasks.language_typos import Channel, Errors

OWN = 50  # words of the memory that are heard, at most
RESCORED = 8  # words near what was typed of which the model is asked


@dataclass(frozen=True)
class Balance:
    """How much each voice counts.

    Attributes:
        steps: of the model for one search, at most.
        worth: share of the words that may follow below which a path is not followed.
        frequent: share of the words that come from the text's own frequencies instead of the model.
        unknown: log-probability that a word is not among the known ones.
        doubt: the same for a word that was typed, when it is asked what was meant.
        memory: share of the words that come from the user's own, once there are many.
        learn_after: uses after which a word of the user's is a known one.
        sure: how much likelier (log) a correction must be than what was typed.
    """

    steps: int = 3
    worth: float = 0.003
    frequent: float = 0.2
    unknown: float = -2.0
    doubt: float = -6.0
    memory: float = 0.25
    learn_after: int = 2
    sure: float = 1.0


@dataclass(frozen=True)
class Place:
    """Where a word stands.

    Attributes:
        root: the model's tree there.
        lead: the space that belongs to the word's first symbol, or "".
        before: the word before.
    """

    root: Node
    lead: str
    before: str


class Voices:
    """Says which words are likely.

    Args:
        engine: asks the model.
        spelling: of its symbols.
        trie: known words, in the letters of the symbols, those that the user added among them.
        counts: those of a text and how often they stand there.
        memory: the user's words.
        balance: of the voices.
        errors: log-probabilities of typing errors.
        layout: of the keys.
    """

    def __init__(
        self, engine: Engine, spelling: Spelling, trie: Trie, counts: Mapping[str, int], memory: Memory, *,
        balance: Balance, errors: Errors, layout: str,
    ) -> None:  # fmt: skip
        self.engine, self.spelling, self.trie, self.memory, self.balance = engine, spelling, trie, memory, balance
        self.unknown = balance.unknown if trie.after[START] else 0.0
        inner = {spelling.inner(word): count for word, count in counts.items()}
        self._frequent = Frequent(inner)
        self._ranking = Ranking(engine, spelling, trie, self._frequent, self.unknown)
        self._channel = Channel(spelling.alphabet, errors, layout)
        self._near = Neighbours(inner, self._channel.index)

    def knows(self, beginning: str) -> bool:
        """Tell whether a known word begins so, or whether no words are known at all."""
        return not self.trie.after[START] or self.trie.walk(START, self.spelling.inner(beginning)) != NOWHERE

    def following(self, place: Place, begun: str, count: int) -> dict[str, float]:
        """Return the probability of words that begin with `begun`, at least `count` if there are so many."""
        text = place.lead + self.spelling.inner(begun)
        found = likeliest(
            self._ranking, place.root, text, place.lead, count=count, steps=self.balance.steps, worth=self.balance.worth
        )
        model = {word: exp(each.logp) for word, each in self._as_text(found)}
        for word, _ in self._frequent.behind(self.spelling.inner(begun)):
            model.setdefault(self.spelling.outer(word) or "", 0.0)
        return self._mixed(model, self.memory.likely(place.before, begun))

    def share_of(self, place: Place, begun: str, mass: float) -> float:
        """Return the probability that a word begins with `begun`, of which the model says `mass`."""
        frequent, memory = self._shares()
        counted = self._frequent.share_of_all(self.spelling.inner(begun))
        own = sum(self.memory.likely(place.before, begun).values())
        return (1 - memory) * ((1 - frequent) * mass + frequent * counted) + memory * own

    def meant(self, place: Place, typed: str, *, whole: bool, above: float = -inf) -> dict[str, float]:
        """Return known words near what was typed, with their log-probabilities and that of typing them so.

        Args:
            place: of the word.
            typed: what was typed.
            whole: whether that is all of the word, or its beginning.
            above: log-probability from which on a word is of interest.
        """
        through = self._channel.start(place.lead + self.spelling.inner(typed))
        near = self._near.find(through, len(place.lead), whole=whole, above=above, count=RESCORED)
        channel = {word: each.channel for each in near if (word := self.spelling.outer(each.word))}
        own = self.memory.likely(place.before)
        learned = self._learned(own)
        if learned:
            codes = self.spelling.spelled(place.lead + self.spelling.inner(word) for word in learned)
            after = through.read(through.begin(len(learned)), codes)
            channel |= dict(zip(learned, (after.rows[:, -1] if whole else after.reached).tolist(), strict=True))
        model = {word: exp(logp) for word, logp in self._logp(place, list(channel)[: len(near)]).items()}
        mixed = self._mixed(model, own)
        scores = {word: log(chance) + channel[word] for word, chance in mixed.items() if chance > 0}
        return {word: score for word, score in scores.items() if score > above}

    def literal(self, place: Place, word: str) -> float:
        """Return the log-probability that a word was meant as it was typed."""
        known = self.spelling.inner(word) in self.trie or not self.trie.after[START]
        return self._logp(place, [word])[word] + (0.0 if known else self.balance.doubt)

    def _logp(self, place: Place, words: list[str]) -> dict[str, float]:
        """Return the model's log-probability that each word stands at a place, and ends there."""
        symbols = [self.spelling.tokenizer.encode(place.lead + word).tolist() for word in words]
        nodes = self.engine.spell(place.root, symbols, self.spelling.pieces)
        ends = (np.exp(node.said[self.spelling.ending]).sum() for node in nodes)  # type: ignore[index]
        return {word: node.logp + log(end + TINY) for word, node, end in zip(words, nodes, ends, strict=True)}

    def _mixed(self, model: dict[str, float], own: dict[str, float]) -> dict[str, float]:
        """Return the probability of words, and of known ones of the memory, as all voices say together."""
        frequent, memory = self._shares()
        mixed: dict[str, float] = {}
        for word in {**model, **dict.fromkeys(self._learned(own))}:
            counted = self._frequent.share(self.spelling.inner(word))
            said = (1 - frequent) * model.get(word, 0.0) + frequent * counted
            mixed[word] = (1 - memory) * said + memory * own.get(word, 0.0)
        return mixed

    def _shares(self) -> tuple[float, float]:
        """Return how much the frequent words say beside the model, and the memory beside both."""
        return self.balance.frequent if self._frequent else 0.0, self.memory.say(self.balance.memory)

    def _as_text(self, found: list[Found]) -> Iterator[tuple[str, Found]]:
        for each in found:
            word = self.spelling.outer(each.word)
            if word is not None:
                yield word, each

    def _learned(self, own: dict[str, float]) -> list[str]:
        """Return the likeliest words of the memory that count as known."""
        known = (word for word in own if self.spelling.inner(word) in self.trie)
        return nlargest(OWN, known, key=own.__getitem__)
