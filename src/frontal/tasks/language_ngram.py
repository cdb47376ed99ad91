"""What comes next by counting: n-grams with modified Kneser-Ney smoothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from frontal.errors import FrontalError

USUAL = np.array([0.0, 0.5, 1.0, 1.5])  # discounts of counts 0, 1, 2, 3 and more, where a text is too short to tell

Numbers = NDArray[Any]


@dataclass(frozen=True)
class Order:
    """The n-grams of one length n that occur; each has a number, its rank in `codes`.

    Attributes:
        codes: rank of the first n - 1 symbols times K, plus the last symbol; sorted, (M,).
        counts: how often each occurs; for n below the highest, behind how many different symbols, (M,).
        totals: counts of all that begin with the same n - 1 symbols, by the rank of these, (C,).
        freed: share of the total that the discounts take from them, (C,).
        discounts: of counts 0, 1, 2, and 3 and more, (4,).
    """

    codes: Numbers
    counts: Numbers
    totals: Numbers
    freed: Numbers
    discounts: Numbers

    def find(self, codes: Numbers) -> Numbers:
        """Return ranks, -1 for what does not occur, such as the codes below 0 of what begins with rank -1."""
        place = np.searchsorted(self.codes, codes).clip(max=len(self.codes) - 1)
        return np.where(self.codes[place] == codes, place, -1)

    def mixed(self, ranks: Numbers, before: Numbers, shorter: Numbers) -> Numbers:
        """Return probabilities of n-grams, given those of one symbol less.

        Args:
            ranks: of the n-grams, -1 where they do not occur.
            before: ranks of their first n - 1 symbols, -1 where these do not occur.
            shorter: probabilities with one symbol less before.
        """
        counts = np.where(ranks >= 0, self.counts[ranks], 0)
        left = counts - self.discounts[counts.clip(max=3)]
        known = (before >= 0) & (self.totals[before] > 0)
        return np.where(known, left / self.totals[before].clip(min=1) + self.freed[before] * shorter, shorter)


@final
class NGram:
    """Interpolated modified Kneser-Ney smoothing (Kneser & Ney 1995; Chen & Goodman 1999) over K symbols.

        p(w | h) = (c(h w) - D(c)) / c(h) + γ(h) p(w | h without its first symbol)

    down to the uniform 1/K. At the highest order c counts; below, it is the number of symbols behind
    which h w was found. D has three values an order, for counts 1, 2, and 3 or more, from the counts
    of counts; where a text is too short for those, they are 0.5, 1 and 1.5. γ(h) is what they free.

    Args:
        ids: text to learn, symbols 0 .. K - 1, (N,).
        size: K.
        order: n, 1 or more; 1 counts symbols alone.
        start: the symbol that stands before the text, n - 1 times.

    Example:
        >>> import numpy as np
        >>> counts = NGram(np.array([0, 1, 0, 1, 0, 1, 2]), 3, order=2)
        >>> int(counts.distribution(np.array([0])).argmax())
        1
    """

    def __init__(self, ids: Numbers, size: int, *, order: int = 5, start: int = 0) -> None:
        if not len(ids):
            raise FrontalError("there is no text to count n-grams in")
        self.size, self.order, self.start = size, order, start
        text, N = self._padded(ids), len(ids)
        codes: list[Numbers] = []
        ranks = [np.zeros(len(text), np.int64)]  # of the n-grams that end at each place from the n-th on
        for n in range(1, order + 1):
            seen, inverse = np.unique(ranks[-1][:-1] * size + text[n:], return_inverse=True)
            codes.append(seen)
            ranks.append(inverse)
        counts = [np.bincount(ranks[order][-N:], minlength=len(codes[-1]))]
        for n in range(order - 1, 0, -1):
            _, first = np.unique(ranks[n + 1][-N:], return_index=True)  # each longer one, once
            counts.insert(0, np.bincount(ranks[n][-N:][first], minlength=len(codes[n - 1])))
        contexts = [1, *map(len, codes)]
        self.orders = [_order(c, k, size, many) for c, k, many in zip(codes, counts, contexts, strict=False)]

    def probabilities(self, ids: Numbers) -> NDArray[np.float64]:
        """Return p of every symbol of a text given those before it, (N,)."""
        text, N = self._padded(ids), len(ids)
        p = np.full(N, 1 / self.size)
        before = np.zeros(len(text), np.int64)
        for n, order in enumerate(self.orders, start=1):
            before = before[:-1]  # ends one place before
            ranks = order.find(before * self.size + text[n:])
            p = order.mixed(ranks[-N:], before[-N:], p) if N else p
            before = ranks
        return p

    def surprise(self, ids: Numbers) -> NDArray[np.float64]:
        """Return -ln p of every symbol of a text, (N,), in nats."""
        return -np.log(self.probabilities(ids))

    def distribution(self, before: Numbers) -> NDArray[np.float64]:
        """Return the probability of every symbol after a text, (K,)."""
        p, symbols = np.full(self.size, 1 / self.size), np.arange(self.size)
        for order, rank in zip(self.orders, self._contexts(self._padded(before)), strict=True):
            p = order.mixed(order.find(rank * self.size + symbols), np.full(self.size, rank), p)
        return p

    def _contexts(self, text: Numbers) -> Iterator[int]:
        """Yield the ranks of the last 0, 1, … n - 1 symbols."""
        for length in range(self.order):
            rank = 0
            for order, symbol in zip(self.orders, text[len(text) - length :].tolist(), strict=False):
                rank = int(order.find(np.array([rank * self.size + symbol]))[0])
            yield rank

    def _padded(self, ids: Numbers) -> Numbers:
        return np.concatenate([np.full(self.order, self.start), ids]).astype(np.int64)


def _order(codes: Numbers, counts: Numbers, size: int, contexts: int) -> Order:
    discounts = _discounts(counts)
    context = codes // size
    totals = np.bincount(context, counts, contexts).astype(np.int64)
    freed = np.bincount(context, discounts[counts.clip(max=3)], contexts)
    return Order(codes, counts, totals, freed / totals.clip(min=1), discounts)


def _discounts(counts: Numbers) -> Numbers:
    """Return the discounts that the counts of counts 1 to 4 ask for."""
    of = np.bincount(counts.clip(max=5), minlength=6)[1:5].astype(np.float64)
    if not of.all():
        return USUAL
    y = of[0] / (of[0] + 2 * of[1])
    asked = [0, *(k - (k + 1) * y * of[k] / of[k - 1] for k in (1, 2, 3))]
    return np.clip(asked, 0, [0, 1, 2, 3])
