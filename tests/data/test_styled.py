"""Texts with their styles, from tables, folders, endings, plays and lists."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pandas
import pytest

from frontal.data.styled import END, Styled, read_styled
from frontal.data.styled_places import SYLLABLES, place_names
from frontal.errors import FrontalError

NAMES = {"irish": ["Byrne", "Nolan", "Quinn"], "russian": ["Orlov", "Belov", "Юдин"]}


def expected(data: Styled) -> dict[str, list[str]]:
    return {style: [t for t, s in zip(data.texts, data.labels, strict=True) if s == style] for style in data.styles}


def folder(root: Path, ending: str = "\n") -> Path:
    for style, names in NAMES.items():
        (root / f"{style}.txt").write_bytes((ending.join(names) + ending).encode())
    return root


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_a_file_a_style(tmp_path: Path, ending: str):
    (tmp_path / "README.md").write_text("about these names")
    (tmp_path / ".hidden").write_text("not a name")
    data = read_styled(folder(tmp_path, ending))
    assert expected(data) == NAMES
    assert data.styles == ("irish", "russian")
    assert data.numbers.tolist() == [0, 0, 0, 1, 1, 1]
    assert data.ids[1] == "irish.txt:2"
    assert "Each line of a file is a text" in data.notes[0]


def test_a_file_with_blank_lines_within_is_one_text(tmp_path: Path):
    folder(tmp_path)
    (tmp_path / "irish.txt").write_text("One day\n\nanother day\n")
    data = read_styled(tmp_path)
    assert expected(data)["irish"] == ["One day\n\nanother day"]
    assert expected(data)["russian"] == ["\n".join(NAMES["russian"])]
    assert "irish.txt" in data.notes[0]


def test_a_folder_a_style(tmp_path: Path):
    for style, names in NAMES.items():
        (tmp_path / style).mkdir()
        for name in names:
            (tmp_path / style / f"{name}.txt").write_text(f"{name}\nand {name}\n")
    data = read_styled(tmp_path)
    assert sorted(expected(data)["irish"]) == [f"{name}\nand {name}" for name in NAMES["irish"]]


def test_an_ending_a_style_with_its_split(tmp_path: Path):
    for stem in ("train", "val", "test_2016"):
        (tmp_path / f"{stem}.en.gz").write_bytes(gzip.compress(f"{stem} one\n{stem} two\n".encode()))
        (tmp_path / f"{stem}.fr.gz").write_bytes(gzip.compress(f"{stem} un\n\n".encode()))
    data = read_styled(tmp_path)
    assert expected(data) == {
        "en": ["test_2016 one", "test_2016 two", "train one", "train two", "val one", "val two"],
        "fr": ["test_2016 un", "train un", "val un"],
    }
    assert data.split is not None
    assert [part for part, text in zip(data.split, data.texts, strict=True) if "test" in text] == ["test"] * 3
    assert data.split.count("train") == 6
    data = data.select(np.array(data.split) == "test")
    assert len(data) == 3


def test_one_of_two_endings_names_both(tmp_path: Path):
    (tmp_path / "rt.pos").write_text("good\n")
    (tmp_path / "rt.neg").write_text("bad\n")
    assert expected(read_styled(tmp_path / "rt.pos")) == {"neg": ["bad"], "pos": ["good"]}


@pytest.mark.parametrize("suffix", [".csv", ".tsv"])
def test_a_table(tmp_path: Path, suffix: str):
    comma = "," if suffix == ".csv" else "\t"
    rows = [comma.join(row) for row in (("name", "language"), ("Byrne", "irish"), ("Orlov", "russian"))]
    (tmp_path / f"names{suffix}").write_text("\n".join(rows))
    data = read_styled(tmp_path / f"names{suffix}")
    assert (data.texts, data.labels) == (["Byrne", "Orlov"], ["irish", "russian"])
    assert "'name' is the text, 'language' the style" in data.notes[-1]


def test_columns_that_are_named(tmp_path: Path):
    path = tmp_path / "t.csv"
    path.write_text("id,a,b\n1,Byrne,irish\n2,,irish\n3,Orlov,\n4,Belov,russian\n")
    data = read_styled(path, text="a", label="b")
    assert (data.texts, data.labels) == (["Byrne", "Belov"], ["irish", "russian"])
    assert data.notes == [
        "Without a text: 1 (\"line 3, column 'a'\"); left out.",
        "Without a label: 1 (\"line 4, column 'a'\"); left out.",
    ]
    frame = pandas.DataFrame({"a": ["x", "y"], "b": [1, 2]})
    assert read_styled(frame, text="a", label="b").labels == ["1", "2"]


def test_a_play(tmp_path: Path):
    speeches = [("ANNA", "Who is there?"), ("First Guard", "It is I.\nOpen!"), ("ANNA", "Never."), ("BEN", "Hm.")]
    path = tmp_path / "play.txt"
    path.write_text("\n\n".join(f"{role}:\n{speech}" for role, speech in speeches))
    data = read_styled(path)
    assert expected(data) == {"ANNA": ["Who is there?", "Never."], "BEN": ["Hm."], "First Guard": ["It is I.\nOpen!"]}
    assert data.ids == ["line 1", "line 4", "line 8", "line 11"]
    assert set(read_styled(path, most=2).styles) == {"ANNA", "First Guard"}


def test_places_are_made_of_their_own_syllables():
    data = place_names(50, seed=3)
    assert data.styles == tuple(sorted(SYLLABLES))
    assert len(set(data.texts)) == len(data) == 250
    for text, style in zip(data.texts, data.labels, strict=True):
        first, _, last = (part.split() for part in SYLLABLES[style])
        assert text.startswith(tuple(first))
        assert text.endswith(tuple(last))
    assert place_names(50, seed=3).texts == data.texts != place_names(50, seed=4).texts
    assert len(read_styled("places")) == 2000


@pytest.mark.parametrize(
    ("texts", "labels", "said"),
    [
        (["a", "b"], ["x"], "2 texts, but 1 labels"),
        (["a", "b"], ["x", "x"], "two styles are needed"),
        (["a", 3], ["x", "y"], "text 1 is int"),
        (["", " "], ["x", "y"], "holds no text with a label"),
        (["a", "b\ud800"], ["x", "y"], "half of a surrogate pair"),
        (["a", f"b{END}c"], ["x", "y"], "marks the end"),
    ],
)
def test_lists_that_cannot_be(texts: list[str], labels: list[str], said: str):
    with pytest.raises(FrontalError, match=said):
        Styled.from_lists(texts, labels)


def test_sources_that_cannot_be(tmp_path: Path):
    (tmp_path / "names").mkdir()
    folder(tmp_path / "names")
    (tmp_path / "novel.txt").write_text("It was a dark night.\n\nIt rained.\n")
    (tmp_path / "t.csv").write_text("a,b,c\nx,1,2\ny,2,3\n")
    (tmp_path / "numbers.csv").write_text("text,label\n" + "".join(f"x {k},{k}\n" for k in range(200)))
    (tmp_path / "bad.fr.gz").write_bytes(b"\x1f\x8b nonsense")
    (tmp_path / "bad.en.gz").write_bytes(gzip.compress(b"good\n"))
    (tmp_path / "empty").mkdir()
    cases = {
        "nmes": "did you mean",
        "novel.txt": "0 of 2 paragraphs",
        "t.csv": "which column is the label",
        "numbers.csv": "200 different values",
        "bad.fr.gz": "damaged",
        "empty": "nothing, where styles are expected",
    }
    for name, said in cases.items():
        with pytest.raises(FrontalError, match=said):
            read_styled(tmp_path / name)
    with pytest.raises(FrontalError, match="names a column of a table"):
        read_styled(tmp_path / "names", label="b")
    with pytest.raises(FrontalError, match="two styles are needed"):
        read_styled(tmp_path / "names", most=1)
    with pytest.raises(FrontalError, match="no column 'd'"):
        read_styled(tmp_path / "t.csv", text="d")
