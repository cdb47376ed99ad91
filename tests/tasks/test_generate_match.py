"""Expressions beside Python's own `re`, and masks over symbols of every kind."""

from __future__ import annotations

import re
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontal.data.tokenizer_bpe import BPE
from frontal.data.tokenizer_bytes import Bytes
from frontal.data.tokenizer_characters import Characters
from frontal.data.tokenizer_words import Words
from frontal.errors import FrontalError
from frontal.tasks.language_match import NEVER, Match, automaton
from frontal.tasks.language_match_parse import MatchError

ALPHABET = "ab1_ é\n-²"
ATOMS = [
    "a", "b", "1", "_", " ", "é", "-", r"\n", ".", r"\d", r"\w", r"\s", r"\D", r"\W", r"\S", "[ab]", "[^a]", "[a-b1]",
    r"[\d_]", r"[^\w\n]", "[]a]", "[^]]", "[a-]", "[-a]", r"[\S\n]", r"\x61", r"\u00e9", r"\.", r"\-", "(?:)", "a{",
    "a{b}",
]  # fmt: skip
COUNTS = ["*", "+", "?", "{2}", "{1,}", "{,2}", "{1,3}", "{0}", "{,}", "*?", "+?", "??", "{1,2}?"]
EXPRESSIONS = st.recursive(
    st.sampled_from(ATOMS),
    lambda inner: (
        st.tuples(inner, inner).map("".join)
        | st.tuples(inner, inner).map(lambda ways: f"({ways[0]}|{ways[1]})")
        | st.tuples(inner, st.sampled_from(COUNTS)).map(lambda some: f"(?:{some[0]}){some[1]}")
        | inner.map(lambda some: f"(?P<n>{some})" if "<" not in some else some)
    ),
    max_leaves=6,
)


def accepts(read, text):
    state = 1
    for char in text:
        state = read.table[state, read.classes[char]]
    return bool(read.accepts[state])


@settings(max_examples=300, deadline=None)
@given(expression=EXPRESSIONS, texts=st.lists(st.text(ALPHABET, max_size=6), min_size=1, max_size=20))
def test_matches_what_re_matches(expression, texts):
    try:
        truth = re.compile(expression)
    except re.error:  # a name of a group that comes twice
        return
    read = automaton(expression, sorted(ALPHABET))
    for text in [*texts, "", *ALPHABET]:
        assert accepts(read, text) == bool(truth.fullmatch(text)), text


@pytest.mark.parametrize("expression", ["^a+b$", "^$", "a|b", "a||b", "(a|b){2,3}", "((a?){3}b?){2}", r"^(a|b)*\$?$"])
def test_matches_all_short_texts_as_re_does(expression):
    truth, read = re.compile(expression), automaton(expression, ["a", "b", "$"])
    for n in range(6):
        for text in map("".join, product("ab$", repeat=n)):
            assert accepts(read, text) == bool(truth.fullmatch(text)), text


@pytest.mark.parametrize(
    ("expression", "column", "said"),
    [
        ("a(b", 2, "not closed"), ("a)b", 2, "closes nothing"), ("*a", 1, "nothing stands before"),
        ("a|+", 3, "nothing stands before"), ("{2}", 1, "nothing stands before"), ("a**", 3, "behind another"),
        ("a{2}{3}", 5, "behind another"), ("a++", 3, "possessive"), ("[b-a]", 3, "range"), (r"[\d-z]", 4, "range"),
        ("x[a", 2, "not closed"), ("a\\", 2, "backslash"), (r"(a)\1", 4, "back-reference"), (r"a\b", 2, "looks around"),
        (r"\Aa", 1, "looks around"), ("(?=a)b", 1, "look ahead"), ("a(?<!b)", 2, "look behind"), ("(?i)a", 1, "a flag"),
        ("(?P=n)", 1, "back-reference"), ("(?>a)", 1, "atomic"), ("a$b", 2, "only at the end"),
        ("a^", 2, "only at the beginning"), ("(a$)", 3, "only at the end"), (r"\q", 1, "no meaning"),
        (r"\x4", 1, "hexadecimal"), (r"\UFFFFFFFF", 1, "hexadecimal"), ("a{3,2}", 2, "is never"),
        ("a{99999}", 2, "10000 at most"), ("(" * 60 + ")" * 60, 51, "more than 50 deep"),
    ],
)  # fmt: skip
def test_what_is_not_taken_has_a_caret_under_it(expression, column, said):
    with pytest.raises(MatchError, match=re.escape(f"column {column} of")) as error:
        automaton(expression, ["a"])
    assert said in str(error.value)
    assert error.value.pointed == f"  {expression}\n  {' ' * (column - 1)}^"


def test_too_large_and_long_ones():
    assert len(automaton("(a?){300}a{300}", ["a"]).table) < 1000
    assert accepts(automaton("a?" * 300, ["a"]), "a" * 300)
    with pytest.raises(FrontalError, match="more than 5000 states"):
        automaton("(a|b)*a(a|b){20}", ["a", "b"])


TEXT = 'He said: "né 12, (no) – yes!"\nthe 3 cats, the theme. "Well", the end.\n'
TOKENIZERS = {
    "characters": Characters.learned(TEXT),
    "bytes": Bytes(),
    "bpe": BPE.learned(TEXT * 3, size=290),
    "words": Words.learned(TEXT),
}


@settings(max_examples=120, deadline=None)
@given(
    kind=st.sampled_from(list(TOKENIZERS)), data=st.data(),
    expression=st.sampled_from([
        r"[a-z ]{1,12}", r"(the|no)( [a-z]+)*\.", r'"\w+"(, "\w+")*', r"\d+", r"\(.*\)", r".*\n", r"[^ ]*", r" ?the .*",
        r"(a|the|th|e|me){2,4}", r"\W+", r"(.|\n){3}",
    ]),
)  # fmt: skip
def test_every_way_along_the_masks_ends_in_a_match(kind, data, expression):
    """Any allowed symbol, again and again: no dead end, and the text matches where the states say so."""
    tokenizer = TOKENIZERS[kind]
    last = data.draw(st.none() | st.integers(1, tokenizer.size - 1)) if kind == "words" else None
    try:
        match = Match(expression, tokenizer, last=last)
    except FrontalError:  # no word is a part of it
        assert kind == "words"
        return
    spell = tokenizer.streaming()
    if last is not None:
        spell(last)
    state, text = np.array([match.start]), ""
    length = int(match.left[match.start]) + data.draw(st.integers(0, 6))
    for room in range(length, 0, -1):
        allowed = match.allowed(state, room)[0]
        assert bool(match.accepts[state[0]]) == bool(re.fullmatch(expression, text))
        if match.accepts[state[0]] and (not allowed.any() or data.draw(st.booleans())):
            break
        assert allowed.any()
        symbol = data.draw(st.sampled_from(np.flatnonzero(allowed).tolist()))
        text += spell(symbol)
        state = match.after(state, np.array([symbol]))
    assert re.fullmatch(expression, text), text


def test_masks_leave_nothing_out():
    """Characters: exactly those that begin a text that still fits, by trying all."""
    match, letters = Match("ab{1,2}|c?d", Characters("abcd")), " abcd"
    texts = ["".join(some) for n in range(4) for some in product("abcd", repeat=n)]
    good = [text for text in texts if re.fullmatch("ab{1,2}|c?d", text)]
    for room in (1, 2, 3):
        allowed = match.allowed(np.array([match.start]), room)[0]
        expected = {text[0] for text in good if len(text) <= room}
        assert {letters[i] for i in np.flatnonzero(allowed)} == expected
    assert match.left[match.start] == 1
    assert match.left[0] == NEVER


def test_a_symbol_of_many_characters_counts_once():
    bpe = BPE.learned("the theme " * 20, size=265)
    assert any(text == "the" for text in bpe.symbols())
    match = Match("(the){5}", bpe)
    assert match.left[match.start] == 5


def test_what_the_symbols_cannot_spell_is_told():
    with pytest.raises(FrontalError, match=r"know no 'z', 'ß' matches 'aß"):
        Match("aß+|z", Characters("abc"))
    with pytest.raises(FrontalError, match="too many states for"):
        Match("(a|b)*a(a|b){11}", Characters([chr(0x4E00 + i) for i in range(5000)] + ["a", "b"]))
