"""Text becomes numbers of symbols, and numbers become text again."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from frontal.errors import FrontalError

REPLACEMENT = "\ufffd"  # stands for what cannot be spelled


class Tokenizer(ABC):
    """A fixed set of K symbols, ids 0 .. K - 1, that spell text.

    No text is refused: half of a surrogate pair, which is no character, counts as U+FFFD, and what
    the symbols cannot spell becomes the unknown symbol.
    """

    kind: ClassVar[str]
    """name of the kind of symbols"""
    exact: ClassVar[bool]
    """whether `decode` gives back every text that has no unknown symbol in it"""
    size: int
    """K"""

    def encode(self, text: str) -> NDArray[np.int32]:
        """Return the symbols of a text, (N,)."""
        return self.spelled(without_surrogates(text))

    @abstractmethod
    def spelled(self, text: str) -> NDArray[np.int32]:
        """Return the symbols, (N,), of a text that has no lone surrogates."""

    @abstractmethod
    def decode(self, ids: Iterable[int]) -> str:
        """Return the text that ids spell; an id beyond K - 1 raises `FrontalError`."""

    @abstractmethod
    def symbols(self) -> list[str]:
        """Return the text that each symbol stands for, for display, (K,)."""

    def shown(self) -> list[str]:
        """Return likewise, with any space that stands before a symbol in a text."""
        return self.symbols()

    @abstractmethod
    def unknown(self, text: str) -> list[str]:
        """Return what `encode` could not spell, each once, in the order of the text."""

    @abstractmethod
    def streaming(self) -> Callable[[int], str]:
        """Return a function from the next id to the text that is certain with it.

        Bytes that do not make a character yet are held back until they do.
        """

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """Return what `read_tokenizer` needs, as JSON can hold it."""

    def checked(self, ids: Iterable[int]) -> list[int]:
        """Return ids as a list; raise `FrontalError` for one that is no symbol."""
        listed = [int(i) for i in ids]
        for i in listed:
            if not 0 <= i < self.size:
                raise FrontalError(f"{i} is no symbol; the {self.size} symbols have the ids 0 to {self.size - 1}")
        return listed


def without_surrogates(text: str) -> str:
    """Join surrogate pairs to the character that they mean; a lone half becomes U+FFFD."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def in_pieces(texts: str | Iterable[str]) -> Iterable[str]:
    """Return one text as a list of one."""
    return [texts] if isinstance(texts, str) else texts


def once(items: Iterable[str]) -> list[str]:
    """Return each item once, in the order in which they come."""
    return list(dict.fromkeys(items))
