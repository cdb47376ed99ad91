"""Beams beside all texts there are."""

from __future__ import annotations

import re
from itertools import product

import numpy as np
import pytest
from generate_models import Bigram
from hypothesis import given, settings
from hypothesis import strategies as st

from frontal.tasks.language_beam import likeliest
from frontal.tasks.language_generate import generate
from frontal.tasks.language_generate_settings import GenerateSettings
from frontal.tasks.language_prompt import Prompt

LETTERS = "abc"


def found(model, prompt="", **options):
    return likeliest(model, Prompt.of(prompt, model.tokenizer), GenerateSettings.given(options))


def all_texts(longest, shortest=0):
    return ["".join(some) for n in range(shortest, longest + 1) for some in product(LETTERS, repeat=n)]


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 999), length=st.integers(1, 5), samples=st.integers(1, 4), prompt=st.sampled_from(["", "c"]))
def test_enough_beams_find_the_likeliest_of_all(seed, length, samples, prompt):
    model = Bigram(LETTERS, seed=seed, sharp=2)
    ranked = sorted((model.log_p(text, before=prompt) for text in all_texts(length, length)), reverse=True)
    best = found(model, prompt, beams=81, samples=samples, length=length)
    assert len({each.text for each in best}) == min(samples, len(ranked))
    np.testing.assert_allclose([each.log_p for each in best], ranked[:samples], rtol=1e-5)
    np.testing.assert_allclose([model.log_p(each.text, before=prompt) for each in best], ranked[:samples], rtol=1e-5)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 999), power=st.sampled_from([0.0, 0.7, 1.0, 2.0]), length=st.integers(1, 5))
def test_texts_that_match_compete_by_length(seed, power, length):
    """A text that is not of full length counts the probability that the next symbol does not fit."""
    model, expression = Bigram(LETTERS, seed=seed, sharp=1.5), "a(b|c)*|cc*"
    p = np.exp(model.tables[0])
    scores = {}
    for text in all_texts(length):
        if not re.fullmatch(expression, text):
            continue
        ids = model.tokenizer.encode(text)
        fits = {"b", "c"} if text[0] == "a" else {"c"}
        going_on = sum(p[ids[-1], model.tokenizer.encode(letter)[0]] for letter in fits)
        end = np.log1p(-going_on) if len(text) < length else 0
        scores[text] = (model.log_p(text) + end) / len(text) ** power
    (best,) = found(model, match=expression, beams=81, length=length, length_power=power)
    assert best.score == pytest.approx(scores[best.text], rel=1e-5)
    assert best.score == pytest.approx(max(scores.values()), rel=1e-5)  # several may be equally likely


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 999), stop=st.sampled_from(["b", "ca", "bb"]), power=st.sampled_from([0.0, 1.0]))
def test_stops_end_a_text_and_count(seed, stop, power):
    model, length = Bigram(LETTERS, seed=seed, sharp=1.5), 4
    scores = {}
    for text in all_texts(length):
        whole = text.endswith(stop) and stop not in text[:-1]
        if whole or (len(text) == length and stop not in text):
            scores[text] = model.log_p(text) / len(text) ** power
    (text,) = generate(model, stop=stop, beams=81, length=length, length_power=power)
    score = max(scores.get(text, -np.inf) if len(text) == length else -np.inf, scores.get(text + stop, -np.inf))
    assert score == pytest.approx(max(scores.values()), rel=1e-5)


def test_few_beams_keep_the_likeliest_beginnings():
    """By the obvious loop over lists."""
    model, length, beams = Bigram("abcdefgh", seed=4), 7, 3
    alive = [("", 0.0)]
    for _ in range(length):
        longer = [(text + letter, model.log_p(text + letter)) for text, _ in alive for letter in "abcdefgh"]
        alive = sorted(longer, key=lambda pair: -pair[1])[:beams]
    best = found(model, beams=beams, samples=3, length=length)
    assert [each.text for each in best] == [text for text, _ in alive]


def test_no_run_twice_along_a_beam():
    model = Bigram(LETTERS, seed=2, sharp=4)
    allowed = [text for text in all_texts(5, 5) if len({text[k : k + 2] for k in range(4)}) == 4]
    (best,) = found(model, beams=243, length=5, no_repeat=2)
    assert best.text == max(allowed, key=model.log_p)
