"""Models whose every probability is known: the next symbol depends on the last one alone."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from frontal.data.tokenizer import Tokenizer
from frontal.data.tokenizer_characters import Characters


class Bigram:
    """A language model by a table; symbol 0, the unknown one, stands before every text."""

    start = 0

    def __init__(self, tokenizer: Tokenizer | str = "abcd", *, seed=0, sharp=1.0, styles: Sequence[str] = ()):
        self.tokenizer = Characters(tokenizer) if isinstance(tokenizer, str) else tokenizer
        self.styles = tuple(styles)
        K = self.tokenizer.size
        tables = np.random.default_rng(seed).normal(size=(max(len(styles), 1), K, K)) * sharp
        self.tables = tables - np.log(np.exp(tables).sum(2, keepdims=True))

    def stepper(self, batch=1, style=None):
        return BigramStepper(self.tables[self.styles.index(style) if style else 0], batch)

    def log_p(self, text: str, *, before: str = "", style=0) -> float:
        """Of a text, symbol by symbol."""
        ids = [0, *self.tokenizer.encode(before + text)]
        first = len(self.tokenizer.encode(before))
        return sum(self.tables[style][a, b] for a, b in list(pairwise(ids))[first:])


class BigramStepper:
    def __init__(self, table, batch):
        self.table, self.batch = table, batch

    def logits(self, ids):
        ids = np.array([ids]) if isinstance(ids, int) else ids
        assert len(ids) == self.batch
        return (self.table[ids] + 3).astype(np.float32)  # up to a constant

    def step(self, ids):
        return self.logits(ids) - np.float32(3)

    def read(self, ids):
        assert self.batch == 1
        return self.table[ids].astype(np.float32)

    def select(self, rows):
        self.batch = len(rows)
