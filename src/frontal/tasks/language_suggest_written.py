"""A text that grows at its end: letters, words that were accepted, and corrections that were asked for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import NamedTuple

from frontal.data.tokenizer import without_surrogates
from frontal.errors import FrontalError
from frontal.tasks.language_suggest_trie import is_letter

SHOWN = 3  # words
CLOSING = ".,;:!?)]}…\n"  # they take the place of the space that came with a word


class Suggestion(NamedTuple):
    """A word that is offered."""

    word: str
    probability: float
    """among all words that may stand here"""
    kind: str
    """next, completion or correction"""


class Written(ABC):
    """What every keyboard does with its text, which is never changed unasked."""

    def __init__(self) -> None:
        self._text = ""
        self._accepted = 0, 0  # where the word stands that was chosen last: it needs no correction
        self._space_is_ours = False

    @property
    @abstractmethod
    def words(self) -> list[Suggestion]:
        """Up to three words: next ones, or what the word that was begun may become."""

    @abstractmethod
    def meant(self) -> list[Suggestion]:
        """Return what may have been meant by the last finished word, itself included, the likeliest first."""

    @abstractmethod
    def _changed(self) -> None:
        """Take notice of a new text."""

    @property
    def text(self) -> str:
        """What was typed and accepted so far."""
        return self._text

    @property
    def begun(self) -> str:
        """The word that has been begun, or ""."""
        return self._text[start_of_word(self._text, len(self._text)) :]

    @property
    def correction(self) -> Suggestion | None:
        """What may have been meant instead of the last finished word; None if that seems right."""
        start, end = self.last_word()
        best = self.meant()[:1]
        return best[0] if best and best[0].word != self._text[start:end] else None

    def type(self, text: str) -> None:
        """Type a letter, or paste a text.

        The space that an accepted word brought gives way to a closing mark, the end of the line or a typed space.
        """
        text = without_surrogates(text)
        if self._space_is_ours and text and text[0] in CLOSING + " ":
            self._text = self._text[:-1]
        self._space_is_ours &= not text
        self._text += text
        self._changed()

    def backspace(self, count: int = 1) -> None:
        """Take away the last letters, all if there are no more."""
        self._text = self._text[: max(len(self._text) - count, 0)]
        self._space_is_ours = False
        self._changed()

    def accept(self, word: str | int = 0) -> None:
        """Put a word, with a space behind it, in the place of the one that was begun.

        Args:
            word: a word, or the place of one in `words`.
        """
        if isinstance(word, int):
            offered = self.words
            if not 0 <= word < len(offered):
                raise FrontalError(f"there are {len(offered)} words to choose from, numbered from 0; got {word}")
            word = offered[word].word
        start = len(self._text) - len(self.begun)
        self._text = self._text[:start] + without_surrogates(word) + " "
        self._accepted, self._space_is_ours = (start, len(self._text) - 1), True
        self._changed()

    def correct(self) -> None:
        """Take the `correction` that is offered; without one nothing happens."""
        offered = self.correction
        if offered is not None:
            start, end = self.last_word()
            self._text = self._text[:start] + offered.word + self._text[end:]
            self._accepted = start, start + len(offered.word)
            self._changed()

    def last_word(self) -> tuple[int, int]:
        """Return where the last word of the text begins and ends."""
        end = end_of_word(self._text, len(self._text))
        return start_of_word(self._text, end), end


def start_of_word(text: str, end: int) -> int:
    """Return where the word that ends at `end` begins."""
    while end and is_letter(text[end - 1]):
        end -= 1
    return end


def end_of_word(text: str, end: int) -> int:
    """Return where the last word before `end` ends."""
    while end and not is_letter(text[end - 1]):
        end -= 1
    return end


def same(one: str, other: str) -> int:
    """Return how many letters two texts have in common at their beginning."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one[low:middle] == other[low:middle] else (low, middle - 1)
    return low
