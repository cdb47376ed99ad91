"""`frontal translate`: from pairs to a run and its report, and from a run to translations."""

from __future__ import annotations

import csv
import io
import json
import sys
from pathlib import Path

import pytest

from frontal.cli import main

FAST = ["--symbols", "words", "--hidden", "16", "--epochs", "6", "--set", "learning_rate=0.02", "--set", "batch_size=8"]


@pytest.fixture
def pairs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A table of 100 pairs; the test runs in its folder."""
    nouns = {"cat": "chat", "dog": "chien", "bird": "oiseau", "horse": "cheval", "tree": "arbre"}
    verbs = {"sees": "voit", "has": "a", "wants": "veut", "likes": "aime"}
    rows = [f"the {a} {v} the {b}\tle {nouns[a]} {verbs[v]} le {nouns[b]}" for a in nouns for v in verbs for b in nouns]
    path = tmp_path / "pairs.tsv"
    path.write_text("\n".join(rows) + "\n")
    monkeypatch.chdir(tmp_path)
    return path


def standard_input(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))


def test_from_a_table_to_a_run_and_back(
    pairs: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    Path("list.csv").write_text("source,expected,refused,kind\nthe cat has the dog,chat,chatte,noun\n")
    assert main(["translate", "pairs.tsv", *FAST, "--agreement", "list.csv", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    run = Path(said["run"])
    assert run == Path("runs/pairs")
    assert [row["translations"] for row in said["scores"]] == [
        "frontal", "copy of the source", "word by word (IBM model 1)", "translation of the nearest training sentence"
    ]  # fmt: skip
    assert said["agreement"][0]["cases"] == 1
    assert 0 <= said["metrics"]["bleu_word_by_word"] <= 100.001
    rows = list(csv.DictReader((run / "translations.csv").read_text().splitlines()))
    assert len(rows) == 10
    right = sum(row["translation"] == row["as it should be"] for row in rows) / 10
    assert right == said["metrics"]["exact"]
    page = (run / "report.html").read_text()
    command = "frontal translate pairs.tsv --agreement list.csv --symbols words --hidden 16 --epochs 6 --set"
    assert command in page and "BLEU nrefs:1|case:mixed" in page and "What was read for" in page
    assert (run / "alignment.png").read_bytes().startswith(b"\x89PNG")

    assert main(["translate", str(run), "--text", "the cat sees the dog", "--plot", "look.png"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0] == "Drawn in look.png." and len(told) == 2
    assert Path("look.png").is_file()
    assert main(["evaluate", str(run), "pairs.tsv", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (
        said["verdict"].startswith("100 texts") and said["metrics"]["bleu"] > said["metrics"]["bleu_copy_of_the_source"]
    )
    standard_input(monkeypatch, "the cat\n\nthé\ndog \u2028 a".encode())
    assert main(["translate", str(run), "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["translations"]
    assert [row["source"] for row in rows] == ["the cat", "", "thé", "dog \u2028 a"]
    assert rows[1]["translation"] == ""


def test_two_files_with_parts_of_their_own(pairs: Path, capsys: pytest.CaptureFixture[str]):
    both = [line.split("\t") for line in pairs.read_text().splitlines()]
    for part, rows in (("train", both[:80]), ("dev", both[80:90]), ("test", both[90:])):
        for side, language in ((0, "en"), (1, "fr")):
            Path(f"{part}.{language}").write_text("".join(f"{row[side]}\n" for row in rows))
    words = ["train.en", "train.fr", "--valid", "dev.en,dev.fr", "--test", "test.en,test.fr", "--swap"]
    assert main(["translate", *words, *FAST, "--out", "run"]) == 0
    said = capsys.readouterr().out
    for part in ("10 texts of the test part", "copy of the source", "report.html", "BLEU", "Guessed"):
        assert part in said
    page = Path("run/report.html").read_text()
    assert "From fr to en, learned from 80 pairs" in page
    assert "--valid dev.en,dev.fr --test test.en,test.fr" in page and "--swap" in page


def test_a_toy(pairs: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["translate", "toy-reversal", "--hidden", "8", "--epochs", "1", "--set", "batch_size=500"]) == 0
    assert "500 texts of the test part were translated" in capsys.readouterr().out
    assert "frontal translate toy-reversal --preset toy --hidden 8" in Path("runs/toy-reversal/report.html").read_text()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["no.tsv"], "no such file"),
        (["pairs.tsv", "other.fr"], "no such file: other.fr"),
        (["short.en", "long.fr"], "line 2 of long.fr"),
        (["bad.tsv"], "bad.tsv, row 2 has 1 column"),
        (["pairs.tsv", "--text", "x"], "--text is for a saved run"),
        (["pairs.tsv", "--agreement", "no.csv"], "no such file: no.csv"),
        (["pairs.tsv", "--test", "0"], "nothing to measure on"),
        (["pairs.tsv", "--test", "no.tsv"], "no such file"),
        (["pairs.tsv", "--set", "beam=3"], "did you mean 'beams'"),
        (["pairs.tsv", "--symbols", "letters"], "symbols='letters'"),
        (["tiny.tsv"], "too few"),
        ([str(Path(__file__).parent)], "expected the files train.AA and train.BB"),
    ],
)
def test_what_cannot_be_is_told_in_one_line(
    pairs: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
):
    Path("short.en").write_text("a\n")
    Path("long.fr").write_text("a\nb\n")
    Path("bad.tsv").write_text("a\tb\nc\n")
    Path("tiny.tsv").write_text("a\tb\nc\td\n")
    assert main(["translate", *words]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert "Traceback" not in told
    assert not Path("runs").exists()


def test_a_run_is_for_translating(pairs: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    assert main(["translate", "pairs.tsv", "--hidden", "8", "--epochs", "1", "--out", "run"]) == 0
    capsys.readouterr()
    for words, said in (
        (["run", "--epochs", "3"], "--epochs is for learning, and run has learned already"),
        (["run", "other.fr"], "TARGETS is for learning"),
        (["run", "--swap"], "--swap is for learning"),
    ):
        assert main(["translate", *words]) == 2
        assert said in capsys.readouterr().err
    for words in (["predict", "run", "pairs.tsv"], ["evaluate", "run", "pairs.tsv", "--anomalies", "a.csv"]):
        assert main(words) == 2
        assert "translator" in capsys.readouterr().err
    assert main(["evaluate", "run", "pairs.tsv"]) == 0
    assert "copy of the source" in capsys.readouterr().out
    assert main(["predict", "run", "pairs.tsv"]) == 2
    assert "translator" in capsys.readouterr().err
    standard_input(monkeypatch, b"\x00\x01")
    assert main(["translate", "run"]) == 2
    assert "standard input is a binary file" in capsys.readouterr().err
