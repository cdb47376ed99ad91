"""From probabilities at every step to a labelling: the decoders of connectionist temporal classification."""

from __future__ import annotations

from collections import defaultdict
from itertools import groupby
from math import exp, inf, log1p

from torch import Tensor

Labelling = tuple[int, ...]


def collapsed(path: list[int], blank: int = 0) -> list[int]:
    """Return the labelling of a path: repetitions merged, then blanks removed."""
    return [symbol for symbol, _ in groupby(path) if symbol != blank]


def prefix_beam(log_probabilities: Tensor, beams: int, blank: int = 0) -> list[tuple[Labelling, float]]:
    """Return the likeliest labellings with the log of their probabilities, best first.

    A labelling's probability is the sum over all of its paths. At each step the `beams` likeliest
    prefixes are kept (Graves et al. 2006, Hannun et al. 2014); where none is dropped the sums are exact.

    Args:
        log_probabilities: of one sequence, (T, classes).
        beams: prefixes to keep, >= 1.
        blank: class of the blank.
    """
    kept: dict[Labelling, tuple[float, float]] = {(): (0.0, -inf)}  # log of paths that end blank, and that do not
    for step in log_probabilities.tolist():
        grown: defaultdict[Labelling, list[float]] = defaultdict(lambda: [-inf, -inf])
        for prefix, (ends_blank, ends_symbol) in kept.items():
            either = _log_sum(ends_blank, ends_symbol)
            stays = grown[prefix]
            stays[0] = _log_sum(stays[0], either + step[blank])
            if prefix:
                stays[1] = _log_sum(stays[1], ends_symbol + step[prefix[-1]])
            for symbol, score in enumerate(step):
                if symbol != blank:
                    longer = grown[*prefix, symbol]
                    repeats = bool(prefix) and prefix[-1] == symbol  # needs a blank in between
                    longer[1] = _log_sum(longer[1], (ends_blank if repeats else either) + score)
        possible = [(prefix, both) for prefix, both in grown.items() if max(both) > -inf]
        ranked = sorted(possible, key=lambda item: -_log_sum(*item[1]))[:beams]
        kept = {prefix: (ends_blank, ends_symbol) for prefix, (ends_blank, ends_symbol) in ranked}
    return [(prefix, _log_sum(*both)) for prefix, both in kept.items()]


def _log_sum(a: float, b: float) -> float:
    """Return log(exp a + exp b)."""
    high, low = (a, b) if a > b else (b, a)
    return high if low == -inf else high + log1p(exp(low - high))
