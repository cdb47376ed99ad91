"""How the symbols of a language model spell words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from frontal.errors import FrontalError
from frontal.tasks.language_suggest_trie import Trie, is_letter

SPELLERS = ("characters", "bytes", "bpe")
REPLACED = "\ufffd"  # what a symbol decodes to that is no text, such as half a character


class Speller(Protocol):
    """The part of a tokenizer that is asked here."""

    kind: str
    size: int

    def encode(self, text: str) -> NDArray[np.int32]: ...  # noqa: D102

    def decode(self, ids: Iterable[int]) -> str: ...  # noqa: D102


class Spelling:
    """Symbols as pieces of words.

    A byte-level model spells in bytes: there every byte is a letter of its own here, and `inner` and
    `outer` translate.

    Args:
        tokenizer: of characters, bytes or byte pairs; one of words raises `FrontalError`.
    """

    def __init__(self, tokenizer: Speller) -> None:
        if tokenizer.kind not in SPELLERS:
            raise FrontalError(
                f"a keyboard needs a model that spells, and this one reads {tokenizer.kind}; "
                "train one with --tokenizer characters, bytes or bpe"
            )
        self.tokenizer, self.bytes = tokenizer, tokenizer.kind == "bytes"
        texts = [chr(symbol) if self.bytes else tokenizer.decode([symbol]) for symbol in range(tokenizer.size)]
        self.pieces = ["" if REPLACED in text else text for text in texts]
        self.symbol = {piece: place for place, piece in enumerate(self.pieces) if piece}
        self.single = all(len(piece) <= 1 for piece in self.pieces)
        self.texts = self._which(lambda _: True).nonzero()[0]
        """symbols that are text"""
        self.lengths = np.array([len(piece) for piece in self.pieces])
        """(K,)"""
        self.within = self._which(lambda piece: all(map(self.is_letter, piece)))
        """(K,): symbols that go on with a word"""
        self.leading = self._which(lambda piece: piece[0] == " " and all(map(self.is_letter, piece[1:])))
        """(K,): symbols that are a space, or begin with one and go on with a word"""
        self.ending = self._which(lambda piece: not self.is_letter(piece[0]))
        """(K,): symbols before which a word ends"""
        self.spaced = bool((self.leading & self._which(lambda piece: len(piece) > 1)).any())
        """whether the space before a word belongs to its symbol"""
        self.alphabet = sorted({letter for piece in self.pieces for letter in piece})
        self.place = {letter: place for place, letter in enumerate(self.alphabet)}
        self.codes = self.spelled(self.pieces)
        """(K, M): letters of each symbol, -1 behind the last"""

    def is_letter(self, letter: str) -> bool:
        """Tell whether a letter of these symbols belongs to a word; a byte of a longer character does."""
        return is_letter(letter) if not self.bytes or ord(letter) < 128 else True

    def inner(self, text: str) -> str:
        """Return a text in the letters of the symbols."""
        return text.encode("utf-8", "replace").decode("latin-1") if self.bytes else text

    def outer(self, text: str) -> str | None:
        """The inverse of `inner`; None where bytes make no text."""
        if not self.bytes:
            return text
        try:
            return text.encode("latin-1").decode("utf-8")
        except UnicodeDecodeError:
            return None

    def spelled(self, words: Iterable[str]) -> NDArray[np.int64]:
        """(N, M): the letters of words, a row each, -1 behind the last; one that no symbol has is place 0."""
        rows = [[self.place.get(letter, 0) for letter in word] for word in words]
        codes = np.full((len(rows), max(map(len, rows), default=0)), -1)
        for row, places in enumerate(rows):
            codes[row, : len(places)] = places
        return codes

    def fitting(self, rest: str) -> NDArray[np.int64]:
        """Return the symbols that begin with `rest`, or that `rest` begins with."""
        if self.single:
            return np.array([self.symbol[rest[0]]] if rest[0] in self.symbol else [], dtype=np.int64)
        return self._which(lambda piece: rest.startswith(piece) or piece.startswith(rest)).nonzero()[0]

    def _which(self, test: Callable[[str], bool]) -> NDArray[np.bool_]:
        return np.array([bool(piece) and test(piece) for piece in self.pieces], dtype=bool)


class KnownSymbols:
    """The symbols that go on with a known word, from each node of a trie."""

    def __init__(self, spelling: Spelling, trie: Trie) -> None:
        self._spelling, self._trie = spelling, trie
        self._longest = int(spelling.lengths.max())
        self._found: dict[int, NDArray[np.int64]] = {}
        self._nodes = 0  # of the trie, when they were found

    def behind(self, node: int) -> NDArray[np.int64]:
        """Return the symbols, with or without a space before them."""
        if self._nodes != len(self._trie.after):
            self._found, self._nodes = {}, len(self._trie.after)
        found = self._found.get(node)
        if found is None:
            symbol = self._spelling.symbol
            texts = (text for letters in self._beginnings(node) for text in (letters, f" {letters}"))
            found = self._found[node] = np.array([symbol[text] for text in texts if text in symbol], dtype=np.int64)
        return found

    def _beginnings(self, node: int) -> Iterator[str]:
        """Yield the letters that known words go on with, up to as many as a symbol has; none at all are among them."""
        open_nodes = [("", node)]
        while open_nodes:
            letters, here = open_nodes.pop()
            yield letters
            if len(letters) < self._longest:
                open_nodes += [(letters + letter, behind) for letter, behind in self._trie.after[here].items()]
