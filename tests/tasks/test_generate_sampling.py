"""What is left of the probabilities, beside the words of the definitions; what is drawn, beside the probabilities."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontal.errors import FrontalError
from frontal.tasks.language_repetition import Repetition
from frontal.tasks.language_sampling import Draws, weights
from frontal.tasks.language_stops import Stops

FAR = 6  # standard deviations


def by_definition(p, temperature, top_k, top_p, min_p):
    """One row, symbol by symbol, in the words of the papers; no two probabilities are alike."""
    p = p ** (1 / temperature)
    left = sorted(range(len(p)), key=lambda i: -p[i])
    if top_k is not None:
        left = left[:top_k]
    if top_p is not None:
        total, nucleus, reached = sum(p[i] for i in left), [], 0.0
        for i in left:
            if reached < top_p * total:
                nucleus.append(i)
            reached += p[i]
        left = nucleus
    if min_p is not None:
        left = [i for i in left if p[i] >= min_p * max(p)]
    found = np.zeros(len(p))
    found[left] = p[left]
    return found / found.sum()


@settings(max_examples=150, deadline=None)
@given(
    seed=st.integers(0, 99), B=st.integers(1, 3), K=st.integers(1, 30), temperature=st.sampled_from([0.3, 1.0, 1.7]),
    top_k=st.none() | st.integers(1, 31), top_p=st.none() | st.floats(0.01, 1), min_p=st.none() | st.floats(0, 1),
)  # fmt: skip
def test_the_definitions(seed, B, K, temperature, top_k, top_p, min_p):
    rng = np.random.default_rng(seed)
    scores = rng.normal(size=(B, K)) * 2
    found = weights(scores + 100, temperature=temperature, top_k=top_k, top_p=top_p, min_p=min_p)  # any constant
    for row in range(B):
        expected = by_definition(np.exp(scores[row]), temperature, top_k, top_p, min_p)
        np.testing.assert_allclose(found[row] / found[row].sum(), expected, rtol=1e-9, atol=1e-12)
    assert (found.max(1) == 1).all()


def test_holtzmans_example_of_a_nucleus():
    """0.5 + 0.3 reach 0.8 and no less does; what is left is in proportion."""
    log_p = np.log([[0.05, 0.5, 0.15, 0.3]])
    assert (weights(log_p, top_p=0.79)[0] > 0).tolist() == [False, True, False, True]
    assert (weights(log_p, top_p=0.81)[0] > 0).tolist() == [False, True, True, True]
    assert (weights(log_p, top_p=1e-9)[0] > 0).tolist() == [False, True, False, False]


def test_what_cannot_be_stays_so_and_zero_is_the_likeliest():
    log_p = np.array([[-np.inf, -1.0, -2.0], [-3.0, -3.0, -np.inf]])
    assert weights(log_p, temperature=0.01, top_k=2, top_p=0.9, min_p=0.0)[:, [0, 2]][[0, 1], [0, 1]].tolist() == [0, 0]
    assert weights(log_p, temperature=0).tolist() == [[0, 1, 0], [1, 0, 0]]


def test_draws_follow_the_weights():
    """Chi-square of 40 000 draws; what weighs nothing never comes."""
    given = np.array([[0.0, 5.0, 1.0, 0.0, 2.5, 1e-9, 0.5, 0.0]], dtype=np.float32)
    draws, rows, rounds = Draws(40, seed=3), np.repeat(given, 40, 0), 1000
    counts = np.bincount(np.concatenate([draws.pick(rows) for _ in range(rounds)]), minlength=8)
    expected = given[0] / given.sum() * 40 * rounds
    assert counts[[0, 3, 5, 7]].sum() == 0
    seen = expected > 1
    chi2 = ((counts - expected)[seen] ** 2 / expected[seen]).sum()
    assert chi2 < (seen.sum() - 1) + FAR * (2 * (seen.sum() - 1)) ** 0.5


def test_a_text_has_its_own_random_numbers():
    given = np.ones((5, 50))
    together, alone = Draws(5, seed=1), Draws(1, seed=1)
    five = np.array([together.pick(given) for _ in range(300)])  # more than a block
    one = np.array([alone.pick(given[:1]) for _ in range(300)])
    np.testing.assert_array_equal(five[:, 0], one[:, 0])
    assert len({tuple(column) for column in five.T.tolist()}) == 5
    assert (Draws(1, seed=2).pick(given[:1]) != one[0]).any()


def test_probabilities_that_are_none_are_told():
    for broken in (np.array([[np.nan, 1.0]]), np.array([[1.0, 1.0], [np.nan, np.nan]])):
        with pytest.raises(FrontalError, match="not finite"):
            Draws(len(broken), 0).pick(weights(broken))


@settings(max_examples=60, deadline=None)
@given(text=st.lists(st.integers(0, 3), max_size=12), n=st.integers(1, 4), later=st.integers(0, 12))
def test_no_run_comes_twice(text, n, later):
    """By trying each symbol; what was written before and after the object was made counts alike."""
    repetition = Repetition(np.array(text[later:], dtype=np.int64)[:, None], power=1, window=1, no_repeat=n)
    for i in text[:later]:
        repetition.add(np.array([i]))
    text = text[later:] + text[:later]
    runs = {tuple(text[k : k + n]) for k in range(len(text) - n + 1)}
    fresh = [tuple([*text, i][len(text) + 1 - n :]) not in runs or len(text) + 1 < n for i in range(4)]
    found = repetition.applied(np.zeros((1, 4)))
    assert np.isfinite(found[0]).tolist() == (fresh if any(fresh) else [True] * 4)


def test_repetition_raises_the_probability_to_a_power():
    log_p = np.log([[0.1, 0.2, 0.3, 0.4], [0.4, 0.3, 0.2, 0.1]])
    repetition = Repetition(np.array([[3, 3], [0, 1], [0, 2]]), power=2, window=2, no_repeat=None)
    found = repetition.applied(log_p + 7)  # logits
    np.testing.assert_allclose(np.exp(found), [[0.01, 0.2, 0.3, 0.4], [0.4, 0.09, 0.04, 0.1]])
    repetition.select(np.array([1]))
    np.testing.assert_allclose(np.exp(repetition.applied(log_p[:1])), [[0.1, 0.04, 0.09, 0.4]])


def first_stop(text, stops):
    """Where the stop begins that is whole first, letter by letter; None where none comes."""
    for end in range(len(text) + 1):
        whole = [stop for stop in stops if text[:end].endswith(stop)]
        if whole:
            return end - max(map(len, whole))
    return None


@settings(max_examples=200, deadline=None)
@given(
    text=st.text("ab\n", max_size=20), cuts=st.lists(st.integers(0, 20), max_size=8),
    stops=st.lists(st.text("ab\n", min_size=1, max_size=4), max_size=3),
)  # fmt: skip
def test_a_stop_is_found_across_pieces_and_never_shown(text, cuts, stops):
    reader, shown = Stops(stops), ""
    places = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    first = first_stop(text, stops)
    for start, end in pairwise(places):
        shown += reader.read(text[start:end])
        assert text.startswith(shown)
        assert first is None or len(shown) <= first
    assert reader.over == (first is not None)
    longest = max(map(len, stops), default=1)
    assert reader.over or len(text) - len(shown) < longest  # no more is held back than must be
    assert shown + ("" if reader.over else reader.rest()) == text[:first]
