"""How the symbols of a language model spell words."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from frontal.errors import FrontalError
from frontal.tasks.language_suggest_trie import NOWHERE, Trie, is_letter

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
        self.texts = self._which(lambda _: True)
        """(K,): symbols that are text"""
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

    def fitting(self, rest: str) -> NDArray[np.bool_]:
        """(K,): symbols that begin with `rest`, or that `rest` begins with."""
        if self.single:
            fits = np.zeros(len(self.pieces), dtype=bool)
            if rest[0] in self.symbol:
                fits[self.symbol[rest[0]]] = True
            return fits
        return self._which(lambda piece: rest.startswith(piece) or piece.startswith(rest))

    def follow(self, trie: Trie, node: int, symbols: NDArray[np.int64]) -> NDArray[np.int64]:
        """(W,): the nodes of `trie` that symbols lead to from `node`; the space before a word is not part of it."""
        if node == NOWHERE:
            return np.full(len(symbols), NOWHERE)
        if self.single:
            nodes = np.full(len(self.pieces), NOWHERE)
            for letter, behind in trie.after[node].items():
                if letter in self.symbol:
                    nodes[self.symbol[letter]] = behind
            return nodes[symbols]
        return np.array([trie.walk(node, self.pieces[symbol].removeprefix(" ")) for symbol in symbols])

    def _which(self, test: Callable[[str], bool]) -> NDArray[np.bool_]:
        return np.array([bool(piece) and test(piece) for piece in self.pieces], dtype=bool)
