"""How words are mistyped: the places of the keys, and a channel from what was meant to what was typed.

An edit distance with transpositions (Damerau 1964) whose costs are log-probabilities: a noisy channel
(Kernighan, Church & Gale 1990).
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from frontal.errors import FrontalError, did_you_mean

Floats = NDArray[np.float32]

LAYOUTS = {  # rows of keys from the digits down
    "qwerty": ("1234567890-=", "qwertyuiop[]", "asdfghjkl;'", "zxcvbnm,./"),
    "qwertz": ("1234567890ß´", "qwertzuiopü+", "asdfghjklöä#", "yxcvbnm,.-"),
    "azerty": ("&é\"'(-è_çà)=", "azertyuiop^$", "qsdfghjklmù*", "wxcvbn,;:!"),
}
INDENT = (0.0, 0.5, 0.75, 1.25)  # of each row, in widths of a key
NEIGHBOURS = 1.3  # widths of a key
NEVER = -1e4  # log-probability of what is ruled out: finite, so that differences of it are


def key_places(layout: str) -> dict[str, tuple[float, float]]:
    """Return where the middle of each key is, in widths of a key.

    >>> key_places("qwerty")["a"]
    (0.75, 2.0)
    """
    if layout not in LAYOUTS:
        raise FrontalError(f"unknown keyboard layout {layout!r}; {did_you_mean(layout, LAYOUTS)}")
    rows = zip(LAYOUTS[layout], INDENT, strict=True)
    return {key: (x + indent, float(y)) for y, (row, indent) in enumerate(rows) for x, key in enumerate(row)}


@dataclass(frozen=True)
class Errors:
    """Log-probabilities of the mistakes, each for one letter.

    Attributes:
        near: another letter, whose key is a neighbour.
        far: any other letter.
        case: the same letter, small or large.
        missing: the letter was left out.
        added: a letter too much.
        swapped: two letters in the wrong order.
    """

    near: float = -6.0
    far: float = -9.0
    case: float = -4.0
    missing: float = -6.5
    added: float = -6.5
    swapped: float = -6.0


class Channel:
    """Log-probability of what was typed, given what was meant, letter by letter and for many words at once.

    Args:
        alphabet: A letters that words are written with.
        errors: the mistakes.
        layout: of the keyboard.
    """

    def __init__(self, alphabet: Sequence[str], errors: Errors, layout: str = "qwerty") -> None:
        self.errors = errors
        self.index = {letter: place for place, letter in enumerate(alphabet)}
        known = key_places(layout)
        places = np.array([known.get(letter.lower(), (np.inf, np.inf)) for letter in alphabet])
        small = np.array([letter.lower() for letter in alphabet])
        with np.errstate(invalid="ignore"):  # keys that are not on the layout are near nothing
            apart = np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1))
        likely = np.where(apart < NEIGHBOURS, errors.near, errors.far)
        likely[small[:, None] == small[None]] = errors.case
        np.fill_diagonal(likely, 0.0)
        other = np.full((len(alphabet), 1), errors.far)  # a typed letter that the alphabet lacks
        self.typed_for = np.concatenate([likely, other], axis=1).astype(np.float32)  # (A, A + 1)

    def start(self, typed: str) -> Typed:
        """Begin with what was typed."""
        return Typed(self, typed)


class Typed:
    """A text that was typed, to be aligned with words that may have been meant."""

    def __init__(self, channel: Channel, typed: str) -> None:
        codes = [channel.index.get(letter, len(channel.index)) for letter in typed]
        self.codes = np.array(codes, dtype=np.int64)  # (n,)
        self.errors = channel.errors
        self.likely = channel.typed_for[:, self.codes]  # (A, n)
        self.added = np.arange(len(typed) + 1, dtype=np.float32) * np.float32(channel.errors.added)  # (n + 1,)
        self.first = np.maximum(self.added, np.float32(NEVER))  # the row of a word without letters

    def advance(self, rows: Floats, before: Floats, last: NDArray[np.int64], letters: NDArray[np.int64]) -> Floats:
        """Return the rows after one more letter of each word, (N,); see `Alignment`."""
        longer = rows + np.float32(self.errors.missing)
        np.maximum(longer[:, 1:], rows[:, :-1] + self.likely[letters], out=longer[:, 1:])
        if len(self.codes) > 1:
            crossed = (letters[:, None] == self.codes[:-1]) & (last[:, None] == self.codes[1:])
            swapped = np.where(crossed, before[:, :-2] + np.float32(self.errors.swapped), np.float32(2 * NEVER))
            np.maximum(longer[:, 2:], swapped, out=longer[:, 2:])
        longer = np.maximum.accumulate(longer - self.added, axis=1) + self.added
        return np.maximum(longer, np.float32(2 * NEVER))

    def skip(self, letters: int) -> Typed:
        """Return what was typed behind its first letters."""
        rest = copy(self)
        rest.codes, rest.likely = self.codes[letters:], self.likely[:, letters:]
        rest.added = self.added[: len(rest.codes) + 1]
        rest.first = self.first[: len(rest.codes) + 1]
        return rest

    def begin(self, many: int) -> Alignment:
        """Return the alignment of so many words that have no letters yet."""
        rows = np.repeat(self.first[None], many, axis=0)
        return Alignment(rows, rows, np.full(many, -1), rows[:, -1])

    def read(self, words: Alignment, codes: NDArray[np.int64]) -> Alignment:
        """Return the alignment of words after more letters of each, (N, M); -1 stands behind the last one."""
        rows, before, last, reached = words
        for letters in codes.T:
            going = letters >= 0
            if not going.any():
                break
            after = self.advance(rows, before, last, np.maximum(letters, 0))
            if going.all():
                rows, before, last = after, rows, letters
            else:
                before, last = np.where(going[:, None], rows, before), np.where(going, letters, last)
                rows = np.where(going[:, None], after, rows)
            reached = np.maximum(reached, rows[:, -1])
        return Alignment(rows, before, last, reached)


class Alignment(NamedTuple):
    """N words, each letter by letter beside what was typed."""

    rows: Floats
    """(N, n + 1): entry j is the log-probability that the letters so far gave the first j typed ones"""
    before: Floats
    """(N, n + 1), a letter earlier"""
    last: NDArray[np.int64]
    """the last letter of each, (N,); -1 for none"""
    reached: Floats
    """the best that any beginning of each gave for all that was typed, (N,)"""

    def pick(self, which: NDArray[Any]) -> Alignment:
        """Return some of the words: numbers, or a mask, (N,)."""
        return Alignment(self.rows[which], self.before[which], self.last[which], self.reached[which])
