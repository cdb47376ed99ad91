"""The likeliest sequence, looked for symbol by symbol."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Required, TypedDict

import torch
from torch import Tensor

from frontal.errors import FrontalError
from frontal.layers.decoder_finished import Finished, Generated
from frontal.layers.decoder_steps import DecoderState

LEAST_SEEN = 1e-9  # a place that is never looked at counts as looked at by so much


class SearchOptions(TypedDict, total=False):
    """The fields of `Search`, by name."""

    max_length: Required[int]
    stop: int | None
    beams: int
    length_power: float
    length_offset: float
    coverage: float
    groups: int
    diversity: float
    keep: int


@dataclass(frozen=True)
class Search:
    """How to look for the sequence with the highest score.

        score = log p / ((k + T) / (k + 1)) ** α + β Σ_s log(min(Σ_t w_ts, 1))

    T is its length, the stop symbol included, and w_ts what step t gives to place s of the memory. With
    k = 5 that is the score of Wu et al. (2016); with k = 0 and α = 1 the mean log-probability.

    With groups each one keeps beams / groups prefixes. They go one after another; in each step a symbol
    costs a group λ for every prefix to which an earlier group has just added it (Vijayakumar et al.
    2018, Hamming diversity). That changes which prefixes are kept, not what they score.

    Attributes:
        max_length: steps at most, the stop symbol included.
        stop: the symbol that ends a sequence; None for none.
        beams: prefixes that are kept; 1 takes the likeliest symbol at each step.
        length_power: α >= 0; 0 favours short sequences.
        length_offset: k >= 0.
        coverage: β >= 0; above 0 it needs an attention.
        groups: of beams.
        diversity: λ >= 0.
        keep: finished sequences kept of each group.
    """

    max_length: int
    stop: int | None = None
    beams: int = 1
    length_power: float = 1.0
    length_offset: float = 0.0
    coverage: float = 0.0
    groups: int = 1
    diversity: float = 0.0
    keep: int = 1

    def __post_init__(self) -> None:
        for name in ("max_length", "beams", "groups", "keep"):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                raise FrontalError(f"{name} must be a whole number >= 1, got {value!r}")
        for name in ("length_power", "length_offset", "coverage", "diversity"):
            if not getattr(self, name) >= 0:
                raise FrontalError(f"{name} must be >= 0, got {getattr(self, name)!r}")
        if self.beams % self.groups:
            raise FrontalError(f"beams must be a multiple of groups, got {self.beams} and {self.groups}")
        if self.diversity and self.groups == 1:
            raise FrontalError("diversity is between groups of beams; groups must be at least 2")

    def length_penalty(self, length: int) -> float:
        """Return what the log-probability of so many steps is divided by."""
        return ((self.length_offset + length) / (self.length_offset + 1)) ** self.length_power


Advance = Callable[[Tensor | None, DecoderState], tuple[Tensor, Tensor | None, DecoderState]]
"""From the last symbols, (N,), and a state to log-probabilities (N, V), weights (N, S) or None, and the next state."""


@torch.no_grad()
def beam_search(advance: Advance, state: DecoderState, batch: int, how: Search) -> Generated:
    """Return the best finished sequences of each of B searches.

    At each step each group keeps its likeliest prefixes. One that ends with the stop symbol, or is
    `max_length` long, is finished. The search ends when no prefix can still beat what is finished.
    """
    finished = Finished(batch, how.groups, how.keep)
    places = None if state.memory is None else state.memory.valid  # (B, S)
    symbols, seen, alive = None, None, None  # (B, G, K, t), (B, G, K, t, S), log-probabilities (B, G, K)
    for t in range(1, how.max_length + 1):
        log_p, weights, state = advance(None if symbols is None else symbols[..., -1].flatten(), state)
        if bool(log_p.isnan().any()):
            raise FrontalError("the decoder's probabilities are NaN; its inputs or its parameters are not finite")
        totals = _totals(log_p, alive, batch, how.groups)  # (B, G, K, V)
        picked = _picked(totals, how)  # (B, G, K')
        alive = totals.flatten(2).gather(2, picked)
        parent = _parents(picked // totals.shape[-1], totals, one=symbols is None)
        state = state.rows(parent.flatten())
        symbols = _longer(symbols, picked % totals.shape[-1], parent)
        seen = None if weights is None else _longer(seen, weights[parent], parent)
        ended = torch.full_like(picked, t == how.max_length, dtype=torch.bool)
        if how.stop is not None:
            ended |= symbols[..., -1] == how.stop
        scores = alive / how.length_penalty(t) + _covered(seen, places, how)
        finished.offer(scores.masked_fill(~ended, -torch.inf), alive, symbols, seen)
        alive = alive.masked_fill(ended, -torch.inf)
        if bool((alive.amax(2) / how.length_penalty(how.max_length) <= finished.worst(alive)).all()):
            break
    assert alive is not None
    return finished.generated(alive, 0 if how.stop is None else how.stop)


def _totals(log_p: Tensor, alive: Tensor | None, batch: int, groups: int) -> Tensor:
    """Return the log-probabilities of all prefixes with each symbol added, (B, G, K, V); at first K = 1."""
    if alive is None:
        return log_p[:, None, None].expand(-1, groups, -1, -1)
    return alive[..., None] + log_p.view(batch, groups, -1, log_p.shape[-1])


def _picked(totals: Tensor, how: Search) -> Tensor:
    """Return what each group picks of its K · V, (B, G, K'), one group after another."""
    B, G, K, V = totals.shape
    many = min(how.beams // how.groups, K * V)
    used = totals.new_zeros(B, V)  # how often earlier groups added each symbol
    picked: list[Tensor] = []
    for g in range(G):
        flat = totals[:, g].flatten(1)  # (B, K · V)
        wanted = flat if g == 0 or not how.diversity else (totals[:, g] - how.diversity * used[:, None]).flatten(1)
        chosen = wanted.topk(many)[1]
        picked.append(chosen)
        used.scatter_add_(1, chosen % V, (flat.gather(1, chosen) > -torch.inf).to(used.dtype))
    return torch.stack(picked, 1)


def _parents(beam: Tensor, totals: Tensor, *, one: bool) -> Tensor:
    """Return the rows of the step before, (B, G, K'), whose beams, (B, G, K'), go on; at first a search has one row."""
    B, G, K, _ = totals.shape
    rows = torch.arange(B, device=beam.device)[:, None, None]
    return rows.expand_as(beam) if one else (rows * G + torch.arange(G, device=beam.device)[:, None]) * K + beam


def _longer(history: Tensor | None, new: Tensor, parent: Tensor) -> Tensor:
    """Return the histories, (B, G, K, t, …), of the parents, with one step more."""
    if history is None:
        return new[:, :, :, None]
    return torch.cat([history.flatten(0, 2)[parent], new[:, :, :, None]], 3)


def _covered(seen: Tensor | None, places: Tensor | None, how: Search) -> Tensor | float:
    """Return β Σ_s log(min(Σ_t w_ts, 1)) over the valid places, (B, G, K)."""
    if not how.coverage:
        return 0.0
    assert seen is not None  # the decoder has checked that there is an attention
    logs = seen.sum(3).clamp(LEAST_SEEN, 1).log()  # (B, G, K, S)
    return how.coverage * (logs if places is None else logs.masked_fill(~places[:, None, None], 0)).sum(-1)
