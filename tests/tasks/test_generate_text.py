"""Whole texts: their distribution, what ends them, what they must match, and what is told."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise, product

import numpy as np
import pytest
import torch
from generate_models import Bigram
from hypothesis import given, settings
from hypothesis import strategies as st

from frontal.cells import named
from frontal.data.styled_set import END
from frontal.data.tokenizer_bpe import BPE
from frontal.data.tokenizer_bytes import Bytes
from frontal.data.tokenizer_characters import Characters
from frontal.data.tokenizer_words import Words
from frontal.errors import FrontalError
from frontal.layers.language_network import LanguageNetwork
from frontal.layers.language_stepper import LanguageStepper
from frontal.tasks.language_generate import generate, write
from frontal.tasks.language_prompt import Prompt

N, FAR = 4000, 6  # texts that are counted, standard deviations


class Small:
    """A network as it was made: what it writes is wild, and every symbol comes."""

    styles = ()

    def __init__(self, tokenizer):
        torch.manual_seed(0)
        self.tokenizer, self.start = tokenizer, 0
        self.network = LanguageNetwork(tokenizer.size, named("gru"), hidden=8, embedding=6)

    def stepper(self, batch=1, style=None):
        return LanguageStepper(self.network, batch, style=style)


PLAY = 'First: "né 12, (no) – yes!"\nThe 3 cats, the theme. "Well", the end.\n'
MODELS = {
    kind: Small(tokenizer)
    for kind, tokenizer in {
        "characters": Characters.learned(PLAY), "bytes": Bytes(), "bpe": BPE.learned(PLAY * 3, size=290),
        "words": Words.learned(PLAY),
    }.items()
}  # fmt: skip


def check(texts, expected):
    """Compare counts with probabilities, by chi-square over what is expected often enough."""
    counts = Counter(texts)
    assert set(counts) <= set(expected)
    often = {text: p * len(texts) for text, p in expected.items() if p * len(texts) > 5}
    chi2 = sum((counts[text] - count) ** 2 / count for text, count in often.items())
    assert chi2 < len(often) + FAR * (2 * len(often)) ** 0.5
    assert abs(sum(expected.values()) - 1) < 1e-9


def test_texts_come_as_often_as_they_are_likely():
    """The unknown symbol is never written: the others share its part."""
    model, expected = Bigram("abc"), {}
    texts = generate(model, "c", length=3, samples=N, seed=1, temperature=1)
    for text in map("".join, product("abc", repeat=3)):
        ids = model.tokenizer.encode("c" + text)
        rows = [np.exp(model.tables[0][i, 1:]) for i in ids[:-1]]
        expected[text] = np.prod([row[i - 1] / row.sum() for row, i in zip(rows, ids[1:], strict=True)])
    check(texts, expected)


def test_temperature_and_cuts_follow_one_another():
    """Of the first symbol: half the temperature squares the probabilities, then the two likeliest stay."""
    model = Bigram("abcd", seed=3)
    texts = generate(model, length=1, samples=N, seed=0, temperature=0.5, top_k=2)
    p = np.exp(2 * model.tables[0][0, 1:])
    p *= p >= np.sort(p)[-2]
    check(texts, {letter: share for letter, share in zip("abcd", p / p.sum(), strict=True) if share})


def test_texts_that_match_have_the_probability_that_is_said():
    """At a place that matches, a next symbol that does not fit ends the text; elsewhere only what fits is drawn."""
    model = Bigram("abc", seed=5)
    texts = generate(model, match="ab?(c|b)*", length=9, samples=N, seed=2, temperature=1, top_k=4)
    assert all(re.fullmatch("ab?(c|b)*", text) for text in texts)
    P = np.exp(model.tables[0])[:, 1:] / np.exp(model.tables[0])[:, 1:].sum(1, keepdims=True)
    expected = {}
    for n in range(9):
        for rest in map("".join, product("bc", repeat=n)):
            ids = model.tokenizer.encode("a" + rest)
            p = np.prod([P[i, j - 1] for i, j in pairwise(ids)])  # the first one is sure
            expected["a" + rest] = p * (P[ids[-1], 0] if n < 8 else 1)
    check(texts, expected)


EXPRESSIONS = [r"[a-zA-Z ,\.]{3,20}", r" ?(the|no)( [a-z]+)*\.", r" *\d+(,? *\d*)*", r"(.|\n){2,}\n", ""]


@settings(max_examples=60, deadline=None)
@given(
    kind=st.sampled_from(list(MODELS)), seed=st.integers(0, 999), length=st.integers(8, 30),
    prompt=st.sampled_from(["", "The", "The ", '("']), no_repeat=st.none() | st.integers(1, 3),
    beams=st.sampled_from([1, 4]), expression=st.sampled_from(EXPRESSIONS),
)  # fmt: skip
def test_every_text_matches_whatever_the_symbols(kind, seed, length, prompt, no_repeat, beams, expression):
    options = {"length": length, "seed": seed, "samples": min(beams, 2), "beams": beams, "no_repeat": no_repeat}
    texts = generate(MODELS[kind], prompt, match=expression, **options)
    assert all(re.fullmatch(expression, text) for text in texts), texts


@pytest.mark.parametrize("kind", list(MODELS))
@pytest.mark.parametrize("options", [{}, {"top_p": 0.8}, {"stop": ["e", "\n\n"]}, {"repetition": 1.5, "no_repeat": 2}])
def test_one_text_is_the_same_alone_among_others_and_piece_by_piece(kind, options):
    model = MODELS[kind]
    given_options = {"length": 40, "seed": 3, **options}
    (alone,) = generate(model, "The", **given_options)
    several = generate(model, "The", samples=3, **given_options)
    assert several[0] == alone
    assert len(set(several)) > 1
    pieces = list(write(model, "The", **given_options))
    assert "".join(pieces) == alone
    assert all(pieces)
    assert generate(model, "The", **{**given_options, "seed": 4}) != [alone]


@pytest.mark.parametrize("kind", list(MODELS))
def test_the_unknown_symbol_is_never_written(kind):
    model = MODELS[kind]
    texts = generate(model, length=300, samples=3, seed=0, temperature=2)
    assert not any("\ufffd" in text or "<unk>" in text for text in texts) or kind in ("bytes", "bpe")


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 99), stops=st.lists(st.text("abc", min_size=1, max_size=3), min_size=1, max_size=3))
def test_a_text_with_stops_is_the_beginning_of_the_one_without(seed, stops):
    model = Bigram("abc", seed=1)
    (whole,) = generate(model, length=30, seed=seed)
    (stopped,) = generate(model, length=30, seed=seed, stop=stops)
    assert whole.startswith(stopped)
    assert not any(stop in stopped for stop in stops)
    rest = whole[len(stopped) :]
    assert any(rest.startswith(stop) for stop in stops) or rest == ""


def test_no_run_comes_twice_though_other_texts_are_beside_it():
    for text in generate(Bigram("abcd", sharp=3), "abab", length=12, samples=5, no_repeat=2, seed=0):
        runs = [("abab" + text)[k : k + 2] for k in range(14)]
        late = [run for place, run in enumerate(runs) if run in runs[:place] and place > 2]
        fresh = {a + b for a in "abcd" for b in "abcd"}
        for run in late:  # only where nothing else was left
            place = runs.index(run, 3)
            assert {run[0] + b for b in "abcd"} <= set(runs[:place]) or run not in fresh


def test_styles_have_their_own_tables_and_end():
    model = Bigram(f"abc{END}", styles=("plain", "wild"), sharp=2)
    texts = {
        style: generate(model, style=style, length=50, samples=500, seed=0, temperature=1) for style in model.styles
    }
    for number, style in enumerate(model.styles):
        first = Counter(text[:1] for text in texts[style])
        p = np.exp(model.tables[number][0, 1:])
        for letter, share in zip(["a", "b", "c", ""], p / p.sum(), strict=True):
            assert abs(first[letter] - 500 * share) < FAR * (500 * share * (1 - share)) ** 0.5 + 1
        assert not any(END in text for text in texts[style])
    matched = generate(model, style="wild", match="(.|\n)*", samples=50, length=20, seed=0)
    assert not any(END in text for text in matched)
    assert {len(text) for text in matched} > {0}


def test_a_word_knows_the_space_before_it():
    model = MODELS["words"]
    for prompt, glued in (("The", " "), ("The ", ""), ("(", ""), ("\n", "")):
        texts = generate(model, prompt, match=" ?[a-z]+", length=1, samples=20, seed=0)
        assert {text[: len(glued)] for text in texts} == {glued}
        assert not any(text.startswith(" ") for text in texts) or glued


def test_what_the_model_has_never_seen_is_left_out_and_told():
    letters, words = MODELS["characters"], MODELS["words"]
    assert Prompt.of("The☃€☃", letters.tokenizer).note == "The model has never seen '☃', '€': left out of the prompt."
    assert Prompt.of("The", letters.tokenizer).note is None
    assert Prompt.of("☃€", Bytes()).unknown == []
    for model, odd, plain in ((letters, "T☃he", "The"), (words, "The zebra cats", "The cats")):
        assert generate(model, odd, seed=1, length=20) == generate(model, plain, seed=1, length=20)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"lenght": 3}, "did you mean 'length'"), ({"top_p": 1.5}, "top_p must be at most 1"), ({"top_p": 0}, "top_p"),
        ({"temperature": -1}, "temperature must be"), ({"stop": ""}, "stop must be"),
        ({"samples": 0}, "samples must be"),
        ({"match": "a", "stop": "b"}, "leave stop out"), ({"beams": 3, "top_k": 2}, "beams=3 draws nothing"),
        ({"beams": 2, "samples": 3}, "samples=3"), ({"match": "a{9}", "length": 8}, "9 symbols at least; raise length"),
        ({"match": "e"}, "know no 'e'"), ({"repetition": 0.5}, "repetition must be"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said(options, said):
    with pytest.raises(FrontalError, match=re.escape(said)):
        generate(Bigram(), **options)


def test_pieces_are_of_one_text_and_errors_come_at_once():
    for options in ({"samples": 2}, {"beams": 2}):
        with pytest.raises(FrontalError, match="write gives one text"):
            write(Bigram(), **options)
    with pytest.raises(FrontalError, match="did you mean"):
        write(Bigram(), lenght=3)


def test_a_prompt_is_a_text():
    with pytest.raises(FrontalError, match="prompt must be a text"):
        generate(Bigram(), 7)


def test_broken_weights_are_told():
    model = Small(Characters("ab"))
    with torch.no_grad():
        model.network.bias[1] = torch.nan
    for beams in (1, 2):
        with pytest.raises(FrontalError, match="not finite"):
            generate(model, length=3, beams=beams)
