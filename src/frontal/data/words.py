"""A text becomes a list of words."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

_WORD = re.compile(r"\w+(?:['’]\w+)*|[^\w\s]")
WORDS_NOTE = "Texts were put into small letters and split into words, each punctuation mark being a word of its own."


def words(text: str) -> list[str]:
    """Split into words in small letters; a punctuation mark is a word, an apostrophe within one is not.

    >>> words("It's dull, isn't it?")
    ["it's", 'dull', ',', "isn't", 'it', '?']
    """
    return _WORD.findall(text.lower())


def token_array(tokens: list[str]) -> NDArray[Any]:
    """(T,) str objects."""
    array = np.empty(len(tokens), dtype=object)
    array[:] = tokens
    return array
