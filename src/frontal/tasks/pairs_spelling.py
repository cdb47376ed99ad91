"""How the texts of pairs become symbols of a network, and back: a tokenizer a side, and one symbol for the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from frontal.data.pairs import Pairs
from frontal.data.tokenizer import Tokenizer, without_surrogates
from frontal.data.tokenizer_characters import Characters
from frontal.data.tokenizer_read import learn_tokenizer, read_tokenizer
from frontal.data.tokenizer_words import Words, tokens
from frontal.tasks.pairs_settings import PairsSettings

UNKNOWN = 0  # the symbol of characters and words for what they do not know


@dataclass(frozen=True)
class Side:
    """One side of pairs: K symbols of a tokenizer, and behind them the end, K.

    Every text ends with the end symbol, so none is empty.
    """

    tokenizer: Tokenizer

    @property
    def stop(self) -> int:
        """The end symbol."""
        return self.tokenizer.size

    @property
    def count(self) -> int:
        """Symbols of the network."""
        return self.tokenizer.size + 1

    def encode(self, text: str, longest: int | None = None) -> Tensor:
        """Return the symbols of a text, int64 (N + 1,), the end included; at most so many before it."""
        ids = self.tokenizer.encode(text)[:longest]
        return torch.from_numpy(np.append(ids, self.stop).astype(np.int64))

    def pieces(self, ids: Sequence[int]) -> list[str]:
        """Return the text of each symbol; that of the end is empty."""
        known = self.tokenizer.symbols()
        return ["" if i == self.stop else known[i] for i in ids]

    @property
    def open(self) -> bool:
        """Whether there are texts that the symbols cannot spell."""
        return isinstance(self.tokenizer, Characters | Words)


@dataclass(frozen=True)
class Spelling:
    """Both sides, which may be one."""

    source: Side
    target: Side

    @property
    def shared(self) -> bool:
        """Whether both sides have the same symbols."""
        return self.source is self.target

    def to_dict(self) -> dict[str, Any]:
        """Return what `from_dict` needs."""
        sides = [self.source] if self.shared else [self.source, self.target]
        return {"tokenizers": [side.tokenizer.to_dict() for side in sides]}

    @classmethod
    def from_dict(cls, saved: dict[str, Any]) -> Spelling:
        """The inverse of `to_dict`."""
        sides = [Side(read_tokenizer(one)) for one in saved["tokenizers"]]
        return cls(sides[0], sides[-1])


def learn_spelling(settings: PairsSettings, pairs: Pairs) -> Spelling:
    """Learn the symbols of the training part."""

    def learned(*texts: Sequence[str]) -> Side:
        least = settings.min_count if settings.symbols == "words" else 1
        every = (text for side in texts for text in side)
        return Side(learn_tokenizer(settings.symbols, every, most=settings.vocabulary or 0, least=least))

    if settings.shared:
        both = learned(pairs.sources, pairs.targets)
        return Spelling(both, both)
    return Spelling(learned(pairs.sources), learned(pairs.targets))


def tokens_of(side: Side, text: str) -> list[str]:
    """Return what each symbol of a text was spelled from, where one token is one symbol (words, characters)."""
    plain = without_surrogates(text)
    return list(tokens(plain)) if isinstance(side.tokenizer, Words) else list(plain)


def written(side: Side, ids: Sequence[int], read: Sequence[str], weights: Tensor | None) -> str:
    """Return the text of what was written.

    An unknown symbol becomes what stands in the source where the attention looked most when it was
    written (Luong et al. 2015); without attention it stays the unknown mark.

    Args:
        side: of the target.
        ids: symbols without the end.
        read: tokens of the source, see `tokens_of`.
        weights: of the attention, (T, S) or wider, of which only the tokens count; None without.
    """
    if not side.open or weights is None or not read or UNKNOWN not in ids:
        return side.tokenizer.decode(ids)
    looked: list[int] = weights[: len(ids), : len(read)].argmax(-1).tolist()
    known: dict[str, int] = {text: i for i, text in enumerate(side.tokenizer.symbols())}
    copied = [
        i if i != UNKNOWN else known.setdefault(read[place], len(known)) for i, place in zip(ids, looked, strict=True)
    ]
    return type(side.tokenizer)(list(known)[1:]).decode(copied)  # pyright: ignore[reportCallIssue], as `open` says
