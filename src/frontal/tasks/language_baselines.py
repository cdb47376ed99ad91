"""What a text costs without a network: counted symbols, n-grams, and the compressors that every machine has."""

from __future__ import annotations

import gzip
import lzma
from collections.abc import Callable
from dataclasses import dataclass
from math import exp, log

import numpy as np

from frontal.data.corpus import Corpus
from frontal.data.corpus_ids import encode_corpus
from frontal.data.tokenizer import Tokenizer
from frontal.tasks.language_measure import Surprise
from frontal.tasks.language_ngram import NGram

COUNTED = 1 << 22  # characters that n-grams are counted in, the last ones that are not test part
PACKED = 1 << 23  # characters that the compressors have seen, the last ones that are not test part
ORDERS = {"characters": (1, 5, 7), "bytes": (1, 5, 7), "bpe": (1, 5), "words": (1, 5)}


@dataclass(frozen=True)
class Cost:
    """What the test part costs somebody who predicts or packs it.

    Attributes:
        name: of who does.
        nats_per_character: of the text; None where the symbols do not spell it exactly.
        perplexity: a symbol; None for compressors, which know no symbols.
    """

    name: str
    nats_per_character: float | None
    perplexity: float | None

    @property
    def bits_per_character(self) -> float | None:
        """Bits a character."""
        return None if self.nats_per_character is None else self.nats_per_character / log(2)

    @classmethod
    def of(cls, name: str, cost: Surprise, tokenizer: Tokenizer) -> Cost:
        """Return the cost that a model measured."""
        return cls(name, cost.nats_per_character if tokenizer.exact else None, cost.perplexity)


def baselines(tokenizer: Tokenizer, start: int, learned: Corpus, test: Corpus) -> list[Cost]:
    """Return what the test part costs n-grams and compressors that know all that is not test part.

    Compressors pack both parts together and the first one alone; the difference is the cost of the
    test part. gzip looks back over 32 KB only, xz over everything. Nothing is counted where nothing
    is known.
    """
    ids, wanted = encode_corpus(learned.end(COUNTED), tokenizer), encode_corpus(test, tokenizer)
    found: list[Cost] = []
    for order in ORDERS[tokenizer.kind] if len(ids) else ():
        nats = float(NGram(ids, tokenizer.size, order=order, start=start).surprise(wanted).sum())
        name = "frequency of each symbol" if order == 1 else f"{order}-gram, Kneser-Ney"
        found.append(Cost(name, nats / len(test) if tokenizer.exact else None, exp(nats / len(wanted))))
    if not tokenizer.exact:
        return found
    before, after = (b"".join(piece.encode() for piece in part.pieces()) for part in (learned.end(PACKED), test))
    return [*found, *(_packed(name, pack, before, after, len(test)) for name, pack in PACKERS.items())]


def _packed(name: str, pack: Callable[[bytes], bytes], before: bytes, after: bytes, characters: int) -> Cost:
    return Cost(name, 8 * log(2) * (len(pack(before + after)) - len(pack(before))) / characters, None)


def _xz(data: bytes) -> bytes:
    dictionary = max(1 << 20, 1 << int(np.ceil(np.log2(len(data) + 1))))
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "dict_size": dictionary}]
    return lzma.compress(data, format=lzma.FORMAT_XZ, filters=filters)


PACKERS: dict[str, Callable[[bytes], bytes]] = {"gzip -9": lambda data: gzip.compress(data, 9), "xz -9e": _xz}
