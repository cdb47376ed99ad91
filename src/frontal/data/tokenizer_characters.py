"""Each character a symbol."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar, Self, final

import numpy as np
from numpy.typing import NDArray

from frontal.data.tokenizer import REPLACEMENT, Tokenizer, in_pieces, once, without_surrogates
from frontal.errors import FrontalError


@final
class Characters(Tokenizer):
    """Symbol 0 is unknown, U+FFFD; then come the characters of the alphabet.

    Args:
        alphabet: characters, each once, in the order of their ids.

    Example:
        >>> letters = Characters.learned("abba")
        >>> letters.encode("bad").tolist(), letters.unknown("bad")
        ([2, 1, 0], ['d'])
    """

    kind: ClassVar = "characters"
    exact: ClassVar = True

    def __init__(self, alphabet: Sequence[str]) -> None:
        if len(set(alphabet)) != len(alphabet) or any(len(a) != 1 or a == REPLACEMENT for a in alphabet):
            raise FrontalError("an alphabet is made of single characters, each once, without U+FFFD")
        self._symbols = [REPLACEMENT, *alphabet]
        self.size = len(self._symbols)
        points = _points("".join(alphabet))
        self._ids = np.zeros(int(points.max(initial=0)) + 2, dtype=np.int32)  # the last one: beyond the table
        self._ids[points] = np.arange(1, self.size)

    @classmethod
    def learned(cls, texts: str | Iterable[str], *, least: int = 1) -> Self:
        """Take the characters that occur at least so often, in the order of Unicode."""
        counts = np.zeros(sys.maxunicode + 1, dtype=np.int64)
        for text in in_pieces(texts):
            found = np.bincount(_points(without_surrogates(text)))
            counts[: len(found)] += found
        counts[ord(REPLACEMENT)] = 0
        return cls([chr(point) for point in np.flatnonzero(counts >= max(least, 1))])

    def spelled(self, text: str) -> NDArray[np.int32]:
        """Return one id a character, (N,)."""
        return self._ids[np.minimum(_points(text), len(self._ids) - 1)]

    def decode(self, ids: Iterable[int]) -> str:
        """Return the characters; an unknown one is U+FFFD."""
        return "".join(self._symbols[i] for i in self.checked(ids))

    def symbols(self) -> list[str]:
        """Return the characters, the unknown one first."""
        return list(self._symbols)

    def unknown(self, text: str) -> list[str]:
        """Return the characters that are not in the alphabet."""
        known = set(self._symbols)
        return once(character for character in without_surrogates(text) if character not in known)

    def streaming(self) -> Callable[[int], str]:
        """Return a function from an id to its character."""
        return self._symbols.__getitem__

    def to_dict(self) -> dict[str, Any]:
        """Return kind and alphabet."""
        return {"kind": self.kind, "alphabet": self._symbols[1:]}


def _points(text: str) -> NDArray[np.uint32]:
    """Return the code points of a text, (N,)."""
    return np.frombuffer(text.encode("utf-32-le"), dtype="<u4")
