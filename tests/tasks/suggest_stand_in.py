"""A model of n-grams in the place of a trained network: the same methods, exact and at once there."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from frontal.data.tokenizer import Tokenizer
from frontal.data.tokenizer_characters import Characters
from frontal.tasks.language_suggest_trie import count_words

TEXT = """the cat sat on the mat. the cat ate the rat.
a cat and a rat sat there. then they saw that the hat was on the mat.
there the cat sat, and the rat ran to them.
"""


class StandIn:
    """Interpolated n-grams (Witten & Bell 1991) over the symbols of a tokenizer."""

    def __init__(self, text: str = TEXT, tokenizer: Tokenizer | None = None, order: int = 5) -> None:
        self.tokenizer = tokenizer or Characters.learned(text)
        self.order, self.words = order, dict(count_words([text]))
        self.counts: defaultdict[tuple[int, ...], defaultdict[int, int]] = defaultdict(lambda: defaultdict(int))
        ids = [-1] * (order - 1) + self.tokenizer.encode("\n" + text).tolist()
        for place in range(order - 1, len(ids)):
            for size in range(order):
                self.counts[tuple(ids[place - size : place])][ids[place]] += 1

    def chances(self, context: tuple[int, ...]) -> NDArray[np.float64]:
        """(K,)."""
        said = np.full(self.tokenizer.size, 1 / self.tokenizer.size)
        for size in range(self.order):
            seen = self.counts.get(context[len(context) - size :])
            if seen:
                counts = np.zeros(self.tokenizer.size)
                counts[list(seen)] = list(seen.values())
                said = (counts + len(seen) * said) / (counts.sum() + len(seen))
        return said

    def stepper(self, batch: int = 1) -> NgramStepper:
        return NgramStepper(self, batch)


class NgramStepper:
    def __init__(self, model: StandIn, batch: int) -> None:
        self.model = model
        self.states: Any = (torch.full((1, batch, model.order - 1), -1.0),)

    def step(self, ids: Any) -> NDArray[np.float32]:
        (state,) = self.states
        ids = torch.as_tensor(np.asarray(ids), dtype=torch.float32).reshape(1, -1, 1)
        self.states = (torch.cat([state[..., 1:], ids], dim=-1),)
        contexts = self.states[0][0].to(torch.int64).tolist()
        return np.log(np.stack([self.model.chances(tuple(context)) for context in contexts])).astype(np.float32)

    def read(self, ids: Any) -> NDArray[np.float32]:
        said = np.stack([self.step(np.atleast_1d(i)) for i in np.asarray(ids)])  # (N, B, K)
        return said[:, 0] if np.asarray(ids).ndim == 1 else said
