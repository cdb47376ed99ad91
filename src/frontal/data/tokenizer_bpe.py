"""Pieces of words, learned by byte-pair encoding: frequent strings become one symbol, and nothing is unknown."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterable
from typing import Any, ClassVar, Self, final

import numpy as np
from numpy.typing import NDArray

from frontal.data.tokenizer import Tokenizer, in_pieces, without_surrogates
from frontal.data.tokenizer_bytes import shown_bytes
from frontal.errors import FrontalError

BYTES = 256


@final
class BPE(Tokenizer):
    """Byte-pair encoding over bytes (Sennrich et al. 2016; Radford et al. 2019), by the `tokenizers` package.

    Args:
        learned: JSON text of a byte-level tokenizer, as `learned` makes it.

    Example:
        >>> bpe = BPE.learned("the theme of the thesis", size=260)
        >>> bpe.decode(bpe.encode("the theft, naïve"))
        'the theft, naïve'
    """

    kind: ClassVar = "bpe"
    exact: ClassVar = True

    def __init__(self, learned: str) -> None:
        self._tokenizer = _library().Tokenizer.from_str(learned)
        self.size = self._tokenizer.get_vocab_size()
        alphabet = _alphabet()
        self._pieces = [bytes(alphabet[letter] for letter in self._tokenizer.id_to_token(i)) for i in range(self.size)]

    @classmethod
    def learned(cls, texts: str | Iterable[str], *, size: int) -> Self:
        """Learn up to `size` symbols, at least the 256 bytes, from a text or several."""
        if size < BYTES:
            raise FrontalError(f"byte-pair encoding begins with {BYTES} symbols, the bytes; got size={size}")
        library = _library()
        tokenizer = library.Tokenizer(library.models.BPE())
        tokenizer.pre_tokenizer = library.pre_tokenizers.ByteLevel(add_prefix_space=False)
        trainer = library.trainers.BpeTrainer(
            vocab_size=size, initial_alphabet=sorted(_alphabet()), show_progress=False
        )
        tokenizer.train_from_iterator(map(without_surrogates, in_pieces(texts)), trainer)
        return cls(tokenizer.to_str())

    def spelled(self, text: str) -> NDArray[np.int32]:
        """Return the ids of the pieces, (N,)."""
        return np.array(self._tokenizer.encode(text).ids, dtype=np.int32)

    def decode(self, ids: Iterable[int]) -> str:
        """Return the text of the pieces; bytes that are no UTF-8 become U+FFFD."""
        return b"".join(self._pieces[i] for i in self.checked(ids)).decode("utf-8", "replace")

    def symbols(self) -> list[str]:
        """Return what each piece shows."""
        return list(map(shown_bytes, self._pieces))

    def unknown(self, text: str) -> list[str]:
        """Return nothing: the bytes are among the symbols."""
        return []

    def streaming(self) -> Callable[[int], str]:
        """Return a function from an id to the characters that end with it."""
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        return lambda i: decoder.decode(self._pieces[i])

    def to_dict(self) -> dict[str, Any]:
        """Return the kind and what was learned."""
        return {"kind": self.kind, "learned": self._tokenizer.to_str()}


def _alphabet() -> dict[str, int]:
    """Return the byte that each letter of the package's own spelling stands for.

    Bytes that print in Latin-1 stand for themselves, the others follow from U+0100 on.
    """
    printed = [byte for byte in range(BYTES) if 0x21 <= byte <= 0x7E or (byte >= 0xA1 and byte != 0xAD)]
    others = [byte for byte in range(BYTES) if byte not in printed]
    return {chr(b): b for b in printed} | {chr(BYTES + place): b for place, b in enumerate(others)}


def _library() -> Any:
    try:
        import tokenizers  # noqa: PLC0415 - an extra
        from tokenizers import models, pre_tokenizers, trainers  # noqa: F401, PLC0415
    except ImportError:
        raise FrontalError("byte-pair encoding needs the package tokenizers: pip install 'frontal[text]'") from None
    return tokenizers
