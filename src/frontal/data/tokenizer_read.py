"""Tokenizers by their names: learned from a text, or read back from what was saved."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from frontal.data.tokenizer import Tokenizer
from frontal.data.tokenizer_bpe import BPE
from frontal.data.tokenizer_bytes import Bytes
from frontal.data.tokenizer_characters import Characters
from frontal.data.tokenizer_words import Words
from frontal.errors import FrontalError, did_you_mean

_READ: dict[str, Callable[[dict[str, Any]], Tokenizer]] = {
    "characters": lambda saved: Characters(saved["alphabet"]),
    "bytes": lambda _: Bytes(),
    "words": lambda saved: Words(saved["vocabulary"]),
    "bpe": lambda saved: BPE(saved["learned"]),
}


def read_tokenizer(saved: dict[str, Any]) -> Tokenizer:
    """Return the tokenizer that `to_dict` described; one of an unknown kind raises `FrontalError`."""
    kind = saved["kind"]
    if kind not in _READ:
        raise FrontalError(f"unknown tokenizer {kind!r}; {did_you_mean(str(kind), _READ)}")
    return _READ[kind](saved)


def learn_tokenizer(kind: str, texts: str | Iterable[str], *, most: int, least: int = 1) -> Tokenizer:
    """Learn symbols of some kind from a text.

    Args:
        kind: "characters", "bytes", "words" or "bpe".
        texts: one text, or pieces of it.
        most: symbols of words and of byte-pair encoding, at most.
        least: how often a character or word must occur.
    """
    if kind == "characters":
        return Characters.learned(texts, least=least)
    if kind == "words":
        return Words.learned(texts, most=most, least=least)
    if kind == "bpe":
        return BPE.learned(texts, size=most)
    return read_tokenizer({"kind": kind})
