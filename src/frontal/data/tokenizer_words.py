"""Each word a symbol, and each punctuation mark and line end."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, ClassVar, Self, final

import numpy as np
from numpy.typing import NDArray

from frontal.data.tokenizer import Tokenizer, in_pieces, once, without_surrogates
from frontal.errors import FrontalError

UNKNOWN = "<unk>"
_TOKEN = re.compile(r"<\w+>|\w+(?:['’]\w+)*|\n|([^\w\s])\1*")
_CLOSING = frozenset(".,;:!?)]}%…’”»")  # no space before
_OPENING = frozenset("([{“‘«")  # no space behind


@final
class Words(Tokenizer):
    """Symbol 0 is unknown, <unk>; then come words, punctuation marks and the line end, the most frequent first.

    Letters keep their case. Spaces are not symbols: `decode` puts one between words and none where
    punctuation wants none, so that a text comes back as one would write it, not as it was.

    Args:
        vocabulary: tokens, each once, in the order of their ids.

    Example:
        >>> words = Words.learned("It's dull, isn't it?")
        >>> words.decode(words.encode("isn't it dull?"))
        "isn't it dull?"
    """

    kind: ClassVar = "words"
    exact: ClassVar = False

    def __init__(self, vocabulary: Sequence[str]) -> None:
        if len(set(vocabulary)) != len(vocabulary) or UNKNOWN in vocabulary:
            raise FrontalError(f"a vocabulary has each word once, and no {UNKNOWN}")
        self._symbols = [UNKNOWN, *vocabulary]
        self.size = len(self._symbols)
        self._ids = {token: i for i, token in enumerate(self._symbols)}

    @classmethod
    def learned(cls, texts: str | Iterable[str], *, most: int | None = None, least: int = 1) -> Self:
        """Take the `most` frequent tokens of those that occur at least so often, by frequency, then by text."""
        counts: Counter[str] = Counter()
        for text in in_pieces(texts):
            counts.update(tokens(without_surrogates(text)))
        counts.pop(UNKNOWN, None)
        kept = sorted((t for t, count in counts.items() if count >= least), key=lambda t: (-counts[t], t))
        return cls(kept[:most])

    def spelled(self, text: str) -> NDArray[np.int32]:
        """Return one id a token, (N,)."""
        return np.fromiter((self._ids.get(token, 0) for token in tokens(text)), dtype=np.int32)

    def decode(self, ids: Iterable[int]) -> str:
        """Return the words with spaces where one would write them."""
        return "".join(map(self.streaming(), self.checked(ids)))

    def symbols(self) -> list[str]:
        """Return the tokens, the unknown one first."""
        return list(self._symbols)

    def shown(self) -> list[str]:
        """Return the tokens, with a space before those that may have one."""
        return [token if token == "\n" or token[0] in _CLOSING else f" {token}" for token in self._symbols]

    def unknown(self, text: str) -> list[str]:
        """Return the tokens that are not in the vocabulary."""
        return once(token for token in tokens(without_surrogates(text)) if token not in self._ids)

    def streaming(self) -> Callable[[int], str]:
        """Return a function from an id to its token, with the space before it."""
        before = "\n"

        def next_text(i: int) -> str:
            nonlocal before
            token = self._symbols[i]
            joined = (before in _OPENING or token[0] in _CLOSING) and before[-1] != token[0]
            joined = joined or "\n" in (before, token)
            before = token
            return token if joined else " " + token

        return next_text

    def to_dict(self) -> dict[str, Any]:
        """Return kind and vocabulary."""
        return {"kind": self.kind, "vocabulary": self._symbols[1:]}


def tokens(text: str) -> Iterator[str]:
    """Yield words, runs of one punctuation mark, marks such as <unk>, and line ends."""
    return (match[0] for match in _TOKEN.finditer(text))
