"""The likeliest sequence, looked for symbol by symbol."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from frontal.errors import FrontalError
from frontal.layers.decoder_steps import DecoderState


@dataclass(frozen=True)
class Generated:
    """What a decoder wrote.

    Attributes:
        outputs: symbols, (B, T), the stop symbol included and repeated behind the end; or values, (B, T, D).
        lengths: steps of each sequence, (B,), its stop symbol included.
        scores: log-probability / length ** length_power, (B,); None for values.
        weights: of the attention, (B, T, S), zero behind the end; None without one.
    """

    outputs: Tensor
    lengths: Tensor
    scores: Tensor | None
    weights: Tensor | None


@dataclass(frozen=True)
class Search:
    """How to look.

    Attributes:
        max_length: steps at most, the stop symbol included.
        stop: the symbol that ends a sequence; None for none.
        beams: prefixes that are kept; 1 takes the likeliest symbol at each step.
        length_power: sequences compete by log-probability / length ** length_power; 0 favours short ones.
    """

    max_length: int
    stop: int | None = None
    beams: int = 1
    length_power: float = 1.0


Advance = Callable[[Tensor | None, DecoderState], tuple[Tensor, Tensor | None, DecoderState]]
"""From the last symbols, (N,), and a state to log-probabilities (N, V), weights (N, S) or None, and the next state."""


@torch.no_grad()
def beam_search(advance: Advance, state: DecoderState, batch: int, how: Search) -> Generated:
    """Return the best finished sequence of each of B searches.

    At each step the `beams` likeliest prefixes are kept. One that ends with the stop symbol, or is
    `max_length` long, is finished. The search ends when no prefix can still beat what is finished.
    """
    best = None
    symbols, seen = None, None  # (B, K, t), (B, K, t, S)
    alive, rows = None, torch.arange(batch)[:, None]  # log-probabilities (B, K), and which row is whose
    for t in range(1, how.max_length + 1):
        log_p, weights, state = advance(None if symbols is None else symbols[:, :, -1].flatten(), state)
        if alive is None:
            alive, rows = log_p.new_zeros(batch, 1), rows.to(log_p.device)
        K, V = alive.shape[1], log_p.shape[-1]
        total = (alive[..., None] + log_p.view(batch, K, V)).flatten(1)  # (B, K · V)
        alive, picked = total.topk(min(how.beams, K * V))
        parent = rows * K + picked // V  # (B, beams), rows of the step before
        state = state.rows(parent.flatten())
        symbols = _longer(symbols, picked % V, parent)
        seen = None if weights is None else _longer(seen, weights[parent], parent)
        ended = torch.full_like(picked, t == how.max_length, dtype=torch.bool)
        if how.stop is not None:
            ended |= symbols[:, :, -1] == how.stop
        best = _better(best, alive.masked_fill(~ended, -torch.inf) / t**how.length_power, symbols, seen)
        alive = alive.masked_fill(ended, -torch.inf)
        if bool((alive.amax(1) / how.max_length**how.length_power <= best[0]).all()):
            break
    assert best is not None
    return _finished(*best, how)


Best = tuple[Tensor, list[Tensor], list[Tensor | None]]  # scores (B,), symbols and weights of each sequence


def _longer(history: Tensor | None, new: Tensor, parent: Tensor) -> Tensor:
    """Return the histories, (B · K, t, …) as (B, K, t, …), of the parents, with one step more."""
    if history is None:
        return new[:, :, None]
    return torch.cat([history.flatten(0, 1)[parent], new[:, :, None]], 2)


def _better(best: Best | None, scores: Tensor, symbols: Tensor, seen: Tensor | None) -> Best:
    """Return what was best so far, or a finished prefix where that is better."""
    found, which = scores.max(1)
    if best is None:
        best = (torch.full_like(found, -torch.inf), [symbols[0, 0, :0]] * len(found), [None] * len(found))
    for b in (found > best[0]).nonzero().flatten().tolist():
        best[1][b] = symbols[b, which[b]]
        best[2][b] = None if seen is None else seen[b, which[b]]
    return torch.maximum(best[0], found), best[1], best[2]


def _finished(scores: Tensor, symbols: list[Tensor], seen: list[Tensor | None], how: Search) -> Generated:
    if bool(scores.isnan().any()):
        raise FrontalError("the decoder's probabilities are NaN; its inputs or its parameters are not finite")
    lengths = torch.tensor([len(s) for s in symbols], device=scores.device)
    fill = 0 if how.stop is None else how.stop
    weights = [w for w in seen if w is not None]
    outputs = pad_sequence(symbols, batch_first=True, padding_value=fill)
    return Generated(outputs, lengths, scores, pad_sequence(weights, batch_first=True) if weights else None)
