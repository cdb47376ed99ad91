"""Tokenizers: every text comes back, in one piece or symbol by symbol, also after saving."""

from __future__ import annotations

import json
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontal.data.tokenizer import without_surrogates
from frontal.data.tokenizer_bpe import BPE
from frontal.data.tokenizer_bytes import Bytes
from frontal.data.tokenizer_characters import Characters
from frontal.data.tokenizer_read import learn_tokenizer, read_tokenizer
from frontal.data.tokenizer_words import Words
from frontal.errors import FrontalError

TEXT = "To be, or not to be: that is the question — naïve, 漢字 & 🙂!\n"
ANY = st.text(st.characters(exclude_categories=("Cs",)))
WITH_HALVES = st.text(st.characters())  # lone surrogates too


def streamed(tokenizer, ids):
    return "".join(map(tokenizer.streaming(), ids))


@pytest.fixture(scope="module")
def bpe():
    return BPE.learned([TEXT * 3, "the theme of the thesis"], size=300)


@given(ANY)
def test_bytes_spell_any_text(text):
    ids = Bytes().encode(text)
    assert ids.dtype == np.int32
    assert ids.tolist() == list(text.encode())
    assert Bytes().decode(ids) == text == streamed(Bytes(), ids)


@settings(deadline=None)
@given(ANY)
def test_byte_pairs_spell_any_text(bpe, text):
    ids = bpe.encode(text)
    assert bpe.decode(ids) == text == streamed(bpe, ids)
    assert len(ids) <= len(text.encode())


@given(st.data())
def test_characters_spell_any_text_of_their_alphabet(data):
    seen = data.draw(ANY)
    letters = Characters.learned(seen)
    text = data.draw(st.text(sorted(set(seen)))) if seen else ""
    ids = letters.encode(text)
    assert letters.decode(ids) == text == streamed(letters, ids)
    assert len(ids) == len(text)
    assert letters.unknown(text) == []


@given(ANY, ANY)
def test_strange_characters_become_one_unknown_symbol_each(seen, text):
    letters = Characters.learned(seen)
    expected = "".join(c if c in seen else "\ufffd" for c in text)
    assert letters.decode(letters.encode(text)) == expected
    assert set(letters.unknown(text)) == {c for c in text if c not in seen} - {"\ufffd"}


@given(st.lists(st.sampled_from(["be", "isn't", "to", ",", "!!", "(", "\n", "1906"]), max_size=12))
def test_words_come_back_as_the_same_words(chosen):
    words = Words.learned("be isn't to , !! ( \n 1906")
    text = " ".join(chosen)
    ids = words.encode(text)
    assert words.decode(ids) == streamed(words, ids)
    assert words.encode(words.decode(ids)).tolist() == ids.tolist()


def test_words_are_written_as_one_would():
    text = "He said (twice): it isn't so... is it?\nNo, <unk> said."
    words = Words.learned(text)
    assert words.decode(words.encode(text)) == text
    assert words.unknown("it was so, was it") == ["was"]
    assert words.decode(words.encode("it was so")) == "it <unk> so"


def test_the_most_frequent_words_come_first():
    words = Words.learned(["b a b", "c b a"], most=2)
    assert words.symbols() == ["<unk>", "b", "a"]
    assert Words.learned("b a b", least=2).symbols() == ["<unk>", "b"]
    assert Characters.learned("abba c", least=2).symbols() == ["\ufffd", "a", "b"]


@given(WITH_HALVES)
def test_half_a_pair_becomes_the_replacement_character(text):
    whole = without_surrogates(text)
    whole.encode("utf-8")
    assert Bytes().decode(Bytes().encode(text)) == whole
    assert Characters.learned(text).unknown(text) == []


def test_the_halves_of_a_pair_are_joined():
    assert without_surrogates("a\ud83d\ude42b\ud83dc") == "a🙂b\ufffdc"


def test_bytes_are_held_back_until_they_make_a_character(bpe):
    step = Bytes().streaming()
    assert [step(byte) for byte in "é🙂".encode()] == ["", "é", "", "", "", "🙂"]
    pieces = bpe.streaming()
    assert "".join(pieces(int(i)) for i in bpe.encode("a 漢")) == "a 漢"


@pytest.mark.parametrize("kind", ["characters", "bytes", "words", "bpe"])
def test_saved_and_read(kind):
    learned = learn_tokenizer(kind, TEXT, most=280)
    read = read_tokenizer(json.loads(json.dumps(learned.to_dict())))
    assert (read.kind, read.size, read.symbols()) == (kind, learned.size, learned.symbols())
    assert read.encode(TEXT).tolist() == learned.encode(TEXT).tolist()
    assert len(learned.symbols()) == learned.size
    with pytest.raises(FrontalError, match=f"{learned.size} is no symbol"):
        learned.decode([learned.size])


def test_frequent_strings_become_one_symbol(bpe):
    assert "the" in "|".join(bpe.symbols())
    assert len(bpe.encode("the theme")) < len("the theme")
    assert bpe.symbols()[bpe.encode("é")[0]] in ("é", "⟨C3⟩")


def test_bad_input_says_what_to_do(monkeypatch):
    with pytest.raises(FrontalError, match="begins with 256 symbols"):
        BPE.learned(TEXT, size=100)
    with pytest.raises(FrontalError, match="unknown tokenizer 'byte'; did you mean 'bytes'"):
        read_tokenizer({"kind": "byte"})
    with pytest.raises(FrontalError, match="each once"):
        Characters(["a", "a"])
    with pytest.raises(FrontalError, match="each word once"):
        Words(["a", "<unk>"])
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    with pytest.raises(FrontalError, match=r"pip install 'frontal\[text\]'"):
        BPE.learned(TEXT, size=300)
