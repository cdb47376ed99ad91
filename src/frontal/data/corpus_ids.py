"""A corpus as numbers of symbols: in memory while it is small, else in a file that vanishes with the program."""

from __future__ import annotations

from tempfile import TemporaryFile
from typing import Any

import numpy as np
from numpy.typing import NDArray

from frontal.cache_folder import cache_folder
from frontal.data.corpus import Corpus
from frontal.data.tokenizer import Tokenizer

IN_MEMORY = 1 << 26  # characters

Ids = NDArray[Any]
"""(N,), of the smallest unsigned integers that hold all symbols"""


def encode_corpus(corpus: Corpus, tokenizer: Tokenizer) -> Ids:
    """Return the symbols of a corpus, (N,); a memory map where it has more than 2**26 characters."""
    dtype = np.min_scalar_type(tokenizer.size - 1)
    encoded = (tokenizer.encode(piece).astype(dtype) for piece in corpus.pieces())
    if len(corpus) <= IN_MEMORY:
        return np.concatenate([*encoded, np.empty(0, dtype)])
    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryFile(dir=folder) as file:
        for piece in encoded:
            file.write(piece.tobytes())
        file.flush()
        return np.memmap(file, dtype=dtype, mode="r")
