"""Pairs from tables, two files, folders and generators; what is no pair is refused with its line."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from frontal.data.pairs import Pairs
from frontal.data.pairs_read import read_pairs
from frontal.data.pairs_toy import TEST, TOYS, VALID, toy_pairs
from frontal.errors import FrontalError


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)


def write(name: str, text: str | bytes) -> str:
    Path(name).parent.mkdir(exist_ok=True)
    Path(name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return name


def test_a_table_with_tabs():
    pairs = read_pairs(write("p.tsv", "source\ttarget\none\tun\n\ntwo \t deux\r\n\t\n three\t\nfour\tquatre"))
    assert pairs.sources == ("one", "two", "four")
    assert pairs.targets == ("un", "deux", "quatre")
    assert pairs.notes == (
        "p.tsv: the first row names the columns.",
        "p.tsv: pairs with an empty side: 1 (row 6 first); they are left out.",
    )
    assert pairs.split is None


def test_two_files_one_compressed_keep_their_lines_together():
    """Separators of Unicode that are no line ends must not shift a line."""
    write("a.en", "one\u2028line\ntwo\x85\n\nfour\n")
    write("a.fr.gz", gzip.compress(b"un\r\ndeux\r\ntrois\r\nquatre"))
    pairs = read_pairs("a.en", "a.fr.gz")
    assert pairs.languages == ("en", "fr")
    assert list(zip(pairs.sources, pairs.targets, strict=True)) == [
        ("one\u2028line", "un"), ("two", "deux"), ("four", "quatre")
    ]  # fmt: skip
    assert pairs.notes == ("a.en and a.fr.gz: pairs with an empty side: 1 (line 3 first); they are left out.",)


def test_a_folder_with_parts():
    for part, text in (("train", "a\nb\n"), ("val", "c\n"), ("test_2016", "d\n")):
        write(f"set/{part}.de", text)
        write(f"set/{part}.en.gz", gzip.compress(text.upper().encode()))
    write("set/README.md", "x")
    pairs = read_pairs("set")
    assert pairs.languages == ("de", "en")
    assert pairs.split == ("train", "train", "valid", "test")
    test = pairs.part("test")
    assert test is not None and (test.sources, test.targets, test.split) == (("d",), ("D",), None)
    assert pairs.swapped().sources == ("A", "B", "C", "D")
    assert pairs.swapped().languages == ("en", "de")


def test_the_captions_are_there(data_dir: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FRONTAL_DATA", str(data_dir))
    pairs = read_pairs("multi30k")
    assert [len(pairs.part(name) or ()) for name in ("train", "valid", "test")] == [29_000, 1_014, 1_000]
    assert pairs.languages == ("en", "fr")
    test = pairs.part("test")
    assert test is not None and test.targets[0] == "Un homme avec un chapeau orange regardant quelque chose."


def test_in_memory():
    assert read_pairs(["a ", "b"], ["x", "y"]).sources == ("a", "b")
    assert read_pairs(["\ud83d\ude00 \udc00"], ["y"]).sources == ("😀 \ufffd",)
    given = Pairs("mine", ("a",), ("b",))
    assert read_pairs(given) is given


BAD: dict[str, tuple[Callable[[], object], str]] = {
    "one column": (lambda: read_pairs(write("p.tsv", "a\tb\nonly\n")), "p.tsv, row 2 has 1 column, where"),
    "three columns": (lambda: read_pairs(write("p.tsv", "a\tb\tc\n")), r"row 1 has 3 columns.*cut -f1,2 p.tsv"),
    "unequal": (
        lambda: read_pairs(write("a.en", "1\n2\n"), write("a.fr", "1\n2\nthree\n")),
        r"a.en has 2 lines, a.fr has 3: line 3 of a.fr \('three'\) has no counterpart in a.en",
    ),
    "unequal, the first longer": (
        lambda: read_pairs(write("a.en", "1\n2\n"), write("a.fr", "1")), r"line 2 of a.en \('2'\) has no counterpart"
    ),
    "twice the same": (lambda: read_pairs(write("a.en", "1"), "a.en"), "given as both sides"),
    "empty": (lambda: read_pairs(write("p.tsv", "\n \n")), "p.tsv holds no pair of texts"),
    "empty sides": (lambda: read_pairs(write("p.tsv", "a\t\n\tb\n")), "in every pair a side is empty"),
    "binary": (lambda: read_pairs(write("p.tsv", b"a\tb\x00\x01")), "is a binary file, where text is expected"),
    "cut off": (
        lambda: read_pairs(write("p.tsv", gzip.compress(b"a\tb\n" * 99)[:20])), "p.tsv is damaged"
    ),
    "missing": (lambda: read_pairs("a.en", "a.fr"), "no such file: a.en"),
    "a name": (lambda: read_pairs("multi30"), "did you mean 'multi30k'"),
    "a toy's name": (lambda: read_pairs("toy-date"), "did you mean 'toy-dates'"),
    "folder": (lambda: read_pairs("."), r"expected the files train.AA and train.BB of two languages, found none"),
    "lists": (lambda: read_pairs(["a"], ["b", "c"]), "there are 1 sources, but 2 targets"),
    "a list and a file": (lambda: read_pairs(["a"], "b"), "two files, or two lists"),
    "one list": (lambda: read_pairs(["a"]), "give two lists"),
    "no texts": (lambda: read_pairs([1], ["b"]), "a side of a pair must be a text, got int: '1'"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_what_is_no_pair_is_refused(case: str):
    run, message = BAD[case]
    with pytest.raises(FrontalError, match=message):
        run()


@pytest.mark.parametrize("name", TOYS)
def test_toys_test_what_was_never_learned(name: str):
    pairs = toy_pairs(name, count=300, seed=3)
    assert [len(pairs.part(part) or ()) for part in ("train", "valid", "test")] == [300, VALID, TEST]
    assert len(set(pairs.sources)) == len(pairs)
    assert toy_pairs(name, count=300, seed=3) == pairs
    assert toy_pairs(name, count=300, seed=4) != pairs


def test_dates_are_what_the_calendar_says():
    forms = ("%d %B %Y", "%B %d, %Y", "%A, %d %B %Y", "%d.%m.%Y", "%m/%d/%Y", "%Y/%m/%d", "%d-%b-%Y", "%b %d, %Y")
    pairs = toy_pairs("toy-dates", count=500)
    for source, target in zip(pairs.sources, pairs.targets, strict=True):
        plain = source.removeprefix("the ").replace(" of ", " ")
        for ending in ("st", "nd", "rd", "th"):
            for digit in "0123456789":
                plain = plain.replace(f"{digit}{ending},", f"{digit},").replace(f"{digit}{ending} ", f"{digit} ")
        read = set()
        for form in forms:
            try:
                read.add(datetime.strptime(plain, form).date())
            except ValueError:
                continue
        assert [day.isoformat() for day in read] == [target], source
        if source[0].isalpha() and ", " in source and source.split(",")[0].endswith("day"):
            assert datetime.fromisoformat(target).strftime("%A") == source.split(",")[0]


def test_sums_and_letters():
    pairs = toy_pairs("toy-arithmetic", count=500)
    signs = set()
    for source, target in zip(pairs.sources, pairs.targets, strict=True):
        sign = "+" if "+" in source else "-"
        a, b = map(int, source.split(sign))
        signs.add(sign)
        assert int(target) == (a + b if sign == "+" else a - b)
    assert signs == {"+", "-"}
    pairs = toy_pairs("toy-reversal", count=500)
    assert all(
        list(source) == list(reversed(target)) for source, target in zip(pairs.sources, pairs.targets, strict=True)
    )
    assert {len(source) for source in pairs.sources} == set(range(1, 13))


def test_a_toy_has_a_size():
    for count in (0, 3_000_000):
        with pytest.raises(FrontalError, match="is drawn for 1 to 17000 pairs to learn"):
            toy_pairs("toy-arithmetic", count=count)
