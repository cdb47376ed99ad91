"""Sequences that a search has finished, the best of them first."""

from __future__ import annotations

from bisect import insort
from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from frontal.errors import FrontalError


@dataclass(frozen=True, eq=False)
class Hypothesis:
    """One finished sequence.

    Attributes:
        symbols: (T,), the stop symbol included.
        score: see `Search`.
        log_probability: of all symbols together.
        weights: of the attention, (T, S); None without one.
        group: of the search that found it, counted from 0.
    """

    symbols: Tensor
    score: float
    log_probability: float
    weights: Tensor | None
    group: int = 0


@dataclass(frozen=True, eq=False)
class Generated:
    """What a decoder wrote.

    Attributes:
        outputs: symbols, (B, T), the stop symbol included and repeated behind the end; or values, (B, T, D).
        lengths: steps of each sequence, (B,), its stop symbol included.
        scores: see `Search`, (B,); None for values.
        weights: of the attention, (B, T, S), zero behind the end; None without one.
        ranked: for each sequence everything that was kept, the best first; empty for values.
    """

    outputs: Tensor
    lengths: Tensor
    scores: Tensor | None
    weights: Tensor | None
    ranked: tuple[tuple[Hypothesis, ...], ...] = ()


@final
class Finished:
    """The best finished sequences of each search and group.

    Args:
        batch: B searches.
        groups: G of each.
        keep: sequences kept of each group.
    """

    def __init__(self, batch: int, groups: int, keep: int) -> None:
        self.keep = keep
        self._kept: list[list[list[Hypothesis]]] = [[[] for _ in range(groups)] for _ in range(batch)]

    def offer(self, scores: Tensor, alive: Tensor, symbols: Tensor, weights: Tensor | None) -> None:
        """Take what is good enough out of prefixes that are finished.

        Args:
            scores: (B, G, K), -inf where a prefix is not finished.
            alive: log-probabilities, (B, G, K).
            symbols: (B, G, K, t).
            weights: (B, G, K, t, S).
        """
        for b, g, k in (scores > -torch.inf).nonzero().tolist():
            score, kept = float(scores[b, g, k]), self._kept[b][g]
            if len(kept) == self.keep and score <= kept[-1].score:
                continue
            seen = None if weights is None else weights[b, g, k]
            insort(kept, Hypothesis(symbols[b, g, k], score, float(alive[b, g, k]), seen, g), key=lambda h: -h.score)
            del kept[self.keep :]

    def worst(self, like: Tensor) -> Tensor:
        """Return the score that a sequence must beat to be kept, (B, G)."""
        rows = [[kept[-1].score if len(kept) == self.keep else -torch.inf for kept in row] for row in self._kept]
        return torch.tensor(rows, dtype=like.dtype, device=like.device)

    def generated(self, like: Tensor, fill: int) -> Generated:
        """Return the best sequence of each search, and all that were kept."""
        ranked = tuple(tuple(sorted((h for kept in row for h in kept), key=lambda h: -h.score)) for row in self._kept)
        if not all(ranked):
            raise FrontalError("no sequence can be finished: the decoder gives every symbol the probability 0")
        best = [row[0] for row in ranked]
        weights = [h.weights for h in best if h.weights is not None]
        return Generated(
            pad_sequence([h.symbols for h in best], batch_first=True, padding_value=fill),
            torch.tensor([len(h.symbols) for h in best], device=like.device),
            torch.tensor([h.score for h in best], dtype=like.dtype, device=like.device),
            pad_sequence(weights, batch_first=True) if weights else None,
            ranked,
        )
