"""Corpora: whatever the source, every character once and in order; parts that do not overlap."""

from __future__ import annotations

import gzip
import io
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import frontal.data.corpus as corpus_module
from frontal.data import corpus_ids
from frontal.data.corpus import Corpus, Document
from frontal.data.corpus_ids import encode_corpus
from frontal.data.corpus_read import read_corpus, stdlib_files
from frontal.data.tokenizer_bpe import BPE
from frontal.data.tokenizer_characters import Characters
from frontal.errors import FrontalError


def text_of(corpus):
    return "".join(corpus.pieces())


def documents(*texts):
    return Corpus.of("some", [Document(str(k), len(text), text) for k, text in enumerate(texts)], [])


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "a.txt").write_text("first\nfile\n", encoding="utf-8")
    (tmp_path / "deep" / "b.py").write_bytes("naïve\r\nlines\rhere\n".encode())
    (tmp_path / "deep" / "er" / "latin.txt").write_bytes("café\n".encode("latin-1"))
    (tmp_path / "deep" / "utf16.txt").write_text("wide\n", encoding="utf-16")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00")
    (tmp_path / "packed.gz").write_bytes(gzip.compress(b"text"))
    (tmp_path / ".hidden").write_text("secret")
    return tmp_path


def test_a_folder_is_read_in_order_and_says_what_it_left_out(folder):
    corpus = read_corpus(folder)
    assert text_of(corpus) == "first\nfile\n" + "naïve\nlines\nhere\n" + "café\n" + "wide\n"
    assert len(corpus) == len(text_of(corpus))
    notes = " ".join(corpus.notes)
    assert "2 files that are no text" in notes
    assert "packed.gz, picture.png" in notes
    assert "read as Latin-1" in notes
    assert "b.py: line ends were made \\n" in notes


def test_a_glob_chooses(folder):
    assert text_of(read_corpus(folder, glob="*.py")) == "naïve\nlines\nhere\n"
    with pytest.raises(FrontalError, match=r"no files that match \*\.rs"):
        read_corpus(folder, glob="*.rs")


def test_a_list_is_read_one_after_the_other(folder):
    corpus = read_corpus([folder / "deep" / "b.py", str(folder / "a.txt"), "and\na text\n"])
    assert text_of(corpus) == "naïve\nlines\nhere\nfirst\nfile\nand\na text\n"


def test_text_in_memory_is_repaired_and_says_so():
    corpus = read_corpus("one\r\ntwo\rthree \ud83d alone \ud83d\ude42\n")
    assert text_of(corpus) == "one\ntwo\nthree \ufffd alone 🙂\n"
    assert len(corpus.notes) == 2


def test_standard_input(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"piped\ntext\n")))
    assert text_of(read_corpus("-")) == "piped\ntext\n"


def test_a_data_set_by_its_name(data_dir, monkeypatch):
    monkeypatch.setenv("FRONTAL_DATA", str(data_dir))
    corpus = read_corpus("tinyshakespeare")
    assert len(corpus) == 1_115_394
    assert text_of(corpus).startswith("First Citizen:\nBefore we proceed")


def test_the_library_of_python_is_on_every_machine():
    files = stdlib_files()
    names = {path.name for path in files}
    assert {"argparse.py", "textwrap.py"} <= names
    assert not [path for path in files if "test" in path.parts or "site-packages" in path.parts]


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda d: d / "none.txt", "no such file: .*none.txt. Give a file or folder of text"),
        (lambda d: "tinyshakespear", "no such file: tinyshakespear; did you mean 'tinyshakespeare'"),
        (lambda d: d / "picture.png", "picture.png is no text to learn from"),
        (lambda d: d / "packed.gz", "gzip-compressed"),
        (lambda d: d / "nowhere" / "a.txt", "there is no folder"),
        (lambda d: 3.5, "must be a file, a folder or a text"),
        (lambda d: [], "no text"),
    ],
)
def test_bad_sources_say_what_to_do(folder, make, said):
    source = make(folder)
    with pytest.raises(FrontalError, match=said):
        read_corpus(source if isinstance(source, str | Path | list) else [source])


def test_empty_and_binary_only(tmp_path):
    (tmp_path / "empty.txt").touch()
    with pytest.raises(FrontalError, match="holds no text"):
        read_corpus(tmp_path)
    (tmp_path / "empty.txt").write_bytes(b"\x00\x01")
    with pytest.raises(FrontalError, match="holds no text; 1 files that are no text"):
        read_corpus(tmp_path)


@given(text=st.text("ab\n", min_size=1, max_size=60), piece=st.integers(1, 7), data=st.data())
def test_pieces_of_any_size_and_any_span(tmp_path_factory, text, piece, data):
    path = tmp_path_factory.mktemp("p") / "t.txt"
    path.write_bytes(text.encode())
    first = data.draw(st.integers(0, len(text)))
    stop = data.draw(st.integers(first, len(text)))
    before = corpus_module.PIECE
    corpus_module.PIECE = piece
    try:
        span = corpus_module.Span(Document("t", len(text), path), first, stop)
        assert "".join(span.pieces()) == text[first:stop]
    finally:
        corpus_module.PIECE = before


def test_one_text_is_cut_at_its_end():
    left, part, how = documents("abcdefghij").split(0.3, most=100, seed=0)
    assert (text_of(left), text_of(part)) == ("abcdefg", "hij")
    assert how == "the last 3 of 10 characters"
    _, part, _ = documents("abcdefghij").split(0.3, most=2, seed=0)
    assert text_of(part) == "ij"


def test_many_files_stay_whole_and_are_drawn_by_the_seed():
    texts = [f"<{k}>" + "x" * (k % 7) for k in range(40)]
    left, part, how = documents(*texts).split(0.2, most=10**6, seed=1)
    assert sorted([*left.pieces(), *part.pieces()]) == sorted(texts)
    assert 0.1 * len("".join(texts)) < len(part) <= 0.2 * len("".join(texts))
    assert how == f"{len(part.spans)} of 40 files, drawn by chance"
    again, other = (documents(*texts).split(0.2, most=10**6, seed=seed)[1] for seed in (1, 2))
    assert text_of(again) == text_of(part) != text_of(other)


def test_a_few_long_files_are_cut():
    left, part, _ = documents("a" * 50, "b" * 50).split(0.1, most=100, seed=0)
    assert (text_of(left), text_of(part)) == ("a" * 50 + "b" * 40, "b" * 10)


@given(st.lists(st.text("ab", max_size=4), max_size=5), st.integers(0, 25))
def test_the_end_of_many(texts, most):
    assert text_of(documents(*texts).end(most)) == "".join(texts)[max(0, len("".join(texts)) - most) :]


def test_nothing_is_held_out_where_nothing_is_asked_for():
    left, part, _ = documents("abc").split(0.0, most=100, seed=0)
    assert (text_of(left), len(part)) == ("abc", 0)


def test_numbers_are_small_and_the_same_on_disk(monkeypatch, tmp_path):
    text = "to be or not to be\n" * 20
    corpus = documents(text, text)
    letters = Characters.learned(text)
    ids = encode_corpus(corpus, letters)
    assert ids.dtype == np.uint8
    assert ids.tolist() == letters.encode(text * 2).tolist()
    monkeypatch.setattr(corpus_ids, "IN_MEMORY", 10)
    monkeypatch.setenv("FRONTAL_CACHE", str(tmp_path))
    mapped = encode_corpus(corpus, letters)
    assert isinstance(mapped, np.memmap)
    assert mapped.tolist() == ids.tolist()
    assert list(tmp_path.iterdir()) == []  # the file has no name, so nothing is left behind
    assert encode_corpus(corpus, BPE.learned(text, size=270)).dtype == np.uint16
