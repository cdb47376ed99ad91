"""IBM model 1 beside expectation-maximisation in plain loops, and the baselines of a translator."""

from __future__ import annotations

from collections import defaultdict
from math import log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontal.data.pairs import Pairs
from frontal.errors import FrontalError
from frontal.tasks.pairs_baselines import baselines
from frontal.tasks.pairs_ibm import IBM1

SOURCES = ["the house", "the book", "a book", "the red house", "a red book"]
TARGETS = ["das Haus", "das Buch", "ein Buch", "das rote Haus", "ein rotes Buch"]


def slow(pairs: list[tuple[list[str], list[str]]], rounds: int):
    """As Brown et al. write it: t equal for all words that meet, then counts and shares."""
    met = defaultdict(set)
    for source, target in pairs:
        for e in [None, *source]:
            met[e] |= set(target)
    t = {(f, e): 1 / len(words) for e, words in met.items() for f in words}
    likelihoods = []
    for _ in range(rounds):
        counts: dict[tuple[str, str | None], float] = defaultdict(float)
        totals: dict[str | None, float] = defaultdict(float)
        logs = []
        for source, target in pairs:
            for f in target:
                norm = sum(t[f, e] for e in [None, *source])
                logs.append(log(norm / (len(source) + 1)))
                for e in [None, *source]:
                    counts[f, e] += t[f, e] / norm
                    totals[e] += t[f, e] / norm
        t = {(f, e): count / totals[e] for (f, e), count in counts.items()}
        likelihoods.append(sum(logs) / len(logs))
    return t, likelihoods


words = st.lists(st.sampled_from("abcd"), min_size=1, max_size=4)


@settings(max_examples=30, deadline=None)
@given(pairs=st.lists(st.tuples(words, words), min_size=1, max_size=5), rounds=st.integers(1, 4))
def test_it_is_the_slow_loop(pairs: list[tuple[list[str], list[str]]], rounds: int):
    model = IBM1([" ".join(s) for s, _ in pairs], [" ".join(t) for _, t in pairs], rounds=rounds)
    wanted, likelihoods = slow(pairs, rounds)
    for (f, e), p in wanted.items():
        assert model.probability(f, e) == pytest.approx(p, abs=1e-12)
    assert model.likelihood == pytest.approx(likelihoods)
    assert model.probability("z", "a") == model.probability("a", "z") == model.probability("z", None) == 0


def test_each_round_makes_the_targets_likelier_and_shares_sum_to_one():
    model = IBM1(SOURCES, TARGETS, rounds=12)
    assert all(np.diff(model.likelihood) >= -1e-12)
    targets = {word for text in TARGETS for word in text.split()}
    for given_word in ("the", "house", None):
        assert sum(model.probability(word, given_word) for word in targets) == pytest.approx(1)


def test_word_by_word():
    model = IBM1(SOURCES, TARGETS, rounds=20)
    assert model.translate("the book, a pyramid house") == "das Buch, ein pyramid Haus"
    assert model.align("the house", "das Haus") == [0, 1]
    assert model.align("the", "Mond") == [None]
    assert IBM1([""], [""]).translate("so") == "so"
    with pytest.raises(FrontalError, match="as many targets as sources"):
        IBM1(["a"], [])


def test_baselines():
    train = Pairs("t", tuple(SOURCES), tuple(TARGETS))
    found = baselines(train, ["a red house"], IBM1(SOURCES, TARGETS, rounds=20))
    assert next(iter(found.values())) == ["a red house"]
    assert list(found.values())[2][0] in ("das rote Haus", "ein rotes Buch")
