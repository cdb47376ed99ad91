"""Each byte of the UTF-8 text a symbol: any text, any language, nothing unknown."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterable
from typing import Any, ClassVar, final

import numpy as np
from numpy.typing import NDArray

from frontal.data.tokenizer import Tokenizer


@final
class Bytes(Tokenizer):
    """256 symbols; bytes that are no UTF-8 decode to U+FFFD.

    Example:
        >>> Bytes().encode("né").tolist()
        [110, 195, 169]
    """

    kind: ClassVar = "bytes"
    exact: ClassVar = True
    size = 256

    def spelled(self, text: str) -> NDArray[np.int32]:
        """Return one id a byte, (N,)."""
        return np.frombuffer(text.encode("utf-8"), dtype=np.uint8).astype(np.int32)

    def decode(self, ids: Iterable[int]) -> str:
        """Return the text of these bytes."""
        return bytes(self.checked(ids)).decode("utf-8", "replace")

    def symbols(self) -> list[str]:
        """Return what each byte shows."""
        return [shown_bytes(bytes([byte])) for byte in range(256)]

    def unknown(self, text: str) -> list[str]:
        """Return nothing: bytes spell every text."""
        return []

    def streaming(self) -> Callable[[int], str]:
        """Return a function from a byte to the characters that end with it."""
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        return lambda i: decoder.decode(bytes([i]))

    def to_dict(self) -> dict[str, Any]:
        """Return the kind."""
        return {"kind": self.kind}


def shown_bytes(piece: bytes) -> str:
    """Return bytes as text where they are UTF-8, else as ⟨C3⟩."""
    try:
        return piece.decode("utf-8")
    except UnicodeDecodeError:
        return f"⟨{piece.hex(' ').upper()}⟩"
