"""A keyboard that suggests: the next letters, the likeliest words, and words that may have been meant."""

from __future__ import annotations

from collections.abc import Mapping
from heapq import nlargest
from math import exp
from typing import Any, NamedTuple

from frontal.tasks.language_suggest_letters import next_letters
from frontal.tasks.language_suggest_memory import Memory
from frontal.tasks.language_suggest_spelling import Spelling
from frontal.tasks.language_suggest_tree import AT_ONCE, Engine, Node
from frontal.tasks.language_suggest_trie import Trie, find_words
from frontal.tasks.language_suggest_voices import Balance, Place, Voices
from frontal.tasks.language_suggest_written import SHOWN, Suggestion, Written, end_of_word, same, start_of_word
from frontal.tasks.language_typos import Errors

KEPT_ROOTS = 64  # beginnings of words that one can go back to without reading the text again
BEGINNING = "\n"  # what a text stands behind


class Letter(NamedTuple):
    """A letter that may come next."""

    letter: str
    probability: float


class Keyboard(Written):
    """Suggests words while a text is typed; the text is never changed unasked.

    Args:
        model: a `LanguageModel` of characters, bytes or byte pairs; or anything with its `tokenizer` and `stepper`.
        words: the known words and how often they stand in a text; by default those of the text the model learned.
        memory: what the user wrote before; by default nothing.
        layout: of the keys, for typing errors: qwerty, qwertz or azerty.
        balance: how much each voice counts.
        errors: log-probabilities of typing errors.
    """

    def __init__(
        self, model: Any, *, words: Mapping[str, int] | None = None, memory: Memory | None = None,
        layout: str = "qwerty", balance: Balance | None = None, errors: Errors | None = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self.balance = balance or Balance()
        self.memory = memory or Memory()
        self._spelling = Spelling(model.tokenizer)
        counts: Mapping[str, int] = model.words if words is None else words
        known = [*counts, *(word for word, uses in self.memory.uses.items() if uses >= self.balance.learn_after)]
        self._trie = Trie(map(self._spelling.inner, known))
        self._engine = Engine(model.stepper)
        self._voices = Voices(
            self._engine, self._spelling, self._trie, counts, self.memory, balance=self.balance,
            errors=errors or Errors(), layout=layout,
        )  # fmt: skip
        self._roots = [(0, self._engine.begin(model.tokenizer.encode(BEGINNING)))]
        self._seen = ""  # the text that the trees stand behind
        self._words: list[Suggestion] | None = None
        self._masses: dict[str, float] | None = None
        self._learned, self._before = 0, ""  # letters of the text from which words were learned, and the last one
        self._changed()

    @property
    def letters(self) -> list[Letter]:
        """The letters that may come next, the likeliest first."""
        every = sum(self._mass().values()) or 1.0
        texts = ((self._spelling.outer(letter), value / every) for letter, value in self._mass().items())
        return sorted((Letter(text, value) for text, value in texts if text), key=lambda each: -each.probability)

    @property
    def words(self) -> list[Suggestion]:
        """Three words, or fewer: next words, completions of what was begun, or what else may have been meant."""
        if self._words is None:
            self._words = self._likeliest()
        return self._words

    def _likeliest(self) -> list[Suggestion]:
        begun = self.begun
        place = self._place(len(self._text))
        if len(begun) > 1 and not self._voices.knows(begun):
            meant = self._voices.meant(place, begun, whole=False)
            return _shares({word: score for word, score in meant.items() if word != begun})[:SHOWN]
        scores = self._voices.following(place, begun, SHOWN + bool(begun))
        scores.pop(begun, None)
        every = self._voices.share_of(place, begun, sum(self._mass().values())) or 1.0
        best = nlargest(SHOWN, scores, key=scores.__getitem__)
        return [Suggestion(word, min(scores[word] / every, 1.0), "completion" if begun else "next") for word in best]

    def meant(self) -> list[Suggestion]:
        """Return what may have been meant by the last finished word, itself included, the likeliest first.

        A word that is still being written, or that was chosen from a list, is not doubted.
        """
        start, end = self.last_word()
        if start == end or end == len(self._text) or self._accepted == (start, end):
            return []
        word, place = self._text[start:end], self._place(end)
        as_typed = self._voices.literal(place, word) + self.balance.sure
        scores = self._voices.meant(place, word, whole=True, above=as_typed)
        scores[word] = as_typed
        return _shares(scores)

    def clear(self) -> None:
        """Begin a new text; what was learned from the old one stays."""
        self._learn(len(self._text))
        self._text, self._learned, self._before = "", 0, ""
        self._accepted, self._space_is_ours = (0, 0), False
        self._changed()

    def _mass(self) -> dict[str, float]:
        """Return the probability, from the word's beginning, of what was begun and one letter more."""
        if self._masses is None:
            place = self._place(len(self._text))
            text = place.lead + self._spelling.inner(self.begun)
            self._masses = next_letters(self._engine, self._spelling, place.root, text)
        return self._masses

    def _changed(self) -> None:
        """Read what is new in the text; forget what was suggested for the old one, and read behind what has changed."""
        kept = same(self._seen, self._text)
        self._roots = [(place, root) for place, root in self._roots if place <= kept]
        self._seen = self._text
        self._words = self._masses = None
        self._place(self.last_word()[1])  # a correction will ask for it
        self._place(len(self._text))
        self._learn(self.last_word()[0])  # the last one may still be corrected

    def _learn(self, end: int) -> None:
        """Take in the words before a place in the text."""
        for match in find_words(self._text, self._learned, end):
            self.memory.add(match[0], self._before)
            self._before = match[0]
            if self.memory.uses[match[0]] == self.balance.learn_after:
                self._trie.add(self._spelling.inner(match[0]))
        self._learned = max(self._learned, end)

    def _place(self, end: int) -> Place:
        """Return where the word stands that ends at `end`, or would begin there."""
        start = start_of_word(self._text, end)
        spaced = self._spelling.spaced and start > 0 and self._text[start - 1] == " "
        last = end_of_word(self._text, start)
        before = self._text[start_of_word(self._text, last) : last]
        return Place(self._root(start - spaced), " " if spaced else "", before)

    def _root(self, position: int) -> Node:
        """Return the model's tree behind the first letters of the text."""
        while self._roots[-1][0] > position and position not in (place for place, _ in self._roots[-2:]):
            self._roots.pop()
        for place, root in self._roots[-2:]:
            if place == position:
                return root
        self._roots.append((position, self._read(*self._roots[-1], position)))
        for _, old in self._roots[-3:-2]:
            old.behind.clear()
        del self._roots[1:-KEPT_ROOTS]
        return self._roots[-1][1]

    def _read(self, start: int, node: Node, end: int) -> Node:
        """Return the tree behind a part of the text, of which another tree is at its beginning."""
        symbols = self._spelling.tokenizer.encode(self._text[start:end])
        if len(symbols) >= AT_ONCE:
            return self._engine.begin(symbols.tolist(), node)
        return self._engine.spell(node, [symbols.tolist()], self._spelling.pieces)[0].as_root()


def _shares(scores: Mapping[str, float]) -> list[Suggestion]:
    """Return words by their log-probabilities, the likeliest first, with their shares."""
    best = max(scores.values(), default=0.0)
    shares = {word: exp(score - best) for word, score in scores.items()}
    every = sum(shares.values())
    ordered = sorted(shares.items(), key=lambda each: -each[1])
    return [Suggestion(word, share / every, "correction") for word, share in ordered]
