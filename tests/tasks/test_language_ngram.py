"""N-grams: the fast tables say what a slow and obvious reading of the paper says; probabilities sum to one."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontal.errors import FrontalError
from frontal.tasks.language_ngram import USUAL, NGram


class Slow:
    """Chen & Goodman 1999, equation by equation, with dictionaries of tuples."""

    def __init__(self, ids, size, order, start):
        self.size, self.order, self.start = size, order, start
        text = [start] * order + list(ids)
        longest = Counter(tuple(text[t - order + 1 : t + 1]) for t in range(order, len(text)))
        self.counts: dict[int, Any] = {order: longest}
        for n in range(order - 1, 0, -1):
            found = defaultdict(set)
            for gram in self.counts[n + 1]:
                found[gram[1:]].add(gram[0])
            self.counts[n] = Counter({gram: len(symbols) for gram, symbols in found.items()})
        self.discounts = {n: self.of(counts) for n, counts in self.counts.items()}

    def of(self, counts):
        n1, n2, n3, n4 = (sum(1 for c in counts.values() if c == k) for k in (1, 2, 3, 4))
        if not (n1 and n2 and n3 and n4):
            return list(USUAL)
        y = n1 / (n1 + 2 * n2)
        asked = [0, 1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3]
        return [min(max(a, 0), k) for k, a in enumerate(asked)]

    def p(self, before, symbol):
        return self.of_order(tuple([self.start] * self.order + list(before)), symbol, self.order)

    def of_order(self, before, symbol, n):
        if n == 0:
            return 1 / self.size
        h = before[len(before) - (n - 1) :]
        shorter = self.of_order(before, symbol, n - 1)
        after = {w: self.counts[n][(*h, w)] for w in range(self.size) if self.counts[n][(*h, w)]}
        total, d = sum(after.values()), self.discounts[n]
        if not total:
            return shorter
        freed = sum(d[min(c, 3)] for c in after.values())
        c = after.get(symbol, 0)
        return (c - d[min(c, 3)]) / total + freed / total * shorter


TEXTS = st.lists(st.integers(0, 3), min_size=1, max_size=120)


@settings(deadline=None, max_examples=60)
@given(TEXTS, TEXTS, st.integers(1, 4), st.integers(0, 3))
def test_the_tables_say_what_the_paper_says(learned, text, order, start):
    fast, slow = NGram(np.array(learned), 4, order=order, start=start), Slow(learned, 4, order, start)
    expected = [slow.p(text[:t], text[t]) for t in range(len(text))]
    assert np.allclose(fast.probabilities(np.array(text)), expected, rtol=1e-12)


@settings(deadline=None, max_examples=60)
@given(TEXTS, TEXTS, st.integers(1, 5))
def test_probabilities_sum_to_one_and_are_those_of_a_text(learned, before, order):
    ngram = NGram(np.array(learned), 5, order=order)  # symbol 4 never occurs
    p = ngram.distribution(np.array(before))
    assert p.sum() == pytest.approx(1)
    assert (p > 0).all() or (ngram.orders[0].discounts[1:] == 0).any()
    for symbol in range(5):
        assert ngram.probabilities(np.array([*before, symbol]))[-1] == pytest.approx(p[symbol])


def test_by_hand():
    # a b a b a c, after the start symbol c; bigrams: ca 1, ab 2, ba 2, ac 1. Too short: D = 0.5, 1, 1.5.
    ngram = NGram(np.array([0, 1, 0, 1, 0, 2]), 3, order=2, start=2)
    # behind how many symbols: a 2 (c, b), b 1, c 1; total 4, freed (1 + 0.5 + 0.5) / 4 = 0.5
    a, b, c = (2 - 1) / 4 + 0.5 / 3, (1 - 0.5) / 4 + 0.5 / 3, (1 - 0.5) / 4 + 0.5 / 3
    # after a: b 2, c 1; total 3, freed (1 + 0.5) / 3
    expected = [0 + 0.5 * a, (2 - 1) / 3 + 0.5 * b, (1 - 0.5) / 3 + 0.5 * c]
    assert ngram.distribution(np.array([0])) == pytest.approx(expected)


def test_discounts_of_a_long_text():
    rng = np.random.default_rng(0)
    text = (rng.zipf(1.5, 20_000) % 50).astype(np.uint8)
    ngram = NGram(text, 50, order=3)
    for order in ngram.orders[1:]:
        assert (np.diff(order.discounts) > 0).all()
        assert (order.discounts <= [0, 1, 2, 3]).all()


def test_more_before_helps_where_order_matters():
    text = np.tile([0, 0, 1, 0, 1, 1], 200)
    costs = [NGram(text, 2, order=order).surprise(text).mean() for order in (1, 2, 3, 4)]
    assert costs == sorted(costs, reverse=True)
    assert costs[0] == pytest.approx(np.log(2), abs=1e-3)
    assert costs[3] < 0.1


def test_no_text():
    with pytest.raises(FrontalError, match="no text to count"):
        NGram(np.array([], int), 3)
    assert NGram(np.array([1]), 3).probabilities(np.array([], int)).shape == (0,)
