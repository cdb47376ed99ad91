"""`frontal language --style` through the front door: learned, judged, written, evaluated."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path

import pytest

from frontal.cli import main
from frontal.data.styled_places import place_names

FAST = ["--hidden", "32", "--epochs", "8", "--set", "learning_rate=0.02", "--set", "minutes=none", "--test", "0.2"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table of names in three languages, and a run on it."""
    folder = tmp_path_factory.mktemp("style")
    data = place_names(120)
    rows = [row for row in zip(data.texts, data.labels, strict=True) if row[1] in ("nordic", "tokai", "drovish")]
    with (folder / "names.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("word", "from"), *rows])
    before = Path.cwd()
    os.chdir(folder)
    try:
        assert main(["language", "names.csv", "--style", "--text", "word", "--label", "from", *FAST]) == 0
    finally:
        os.chdir(before)
    return folder


def test_learned_judged_and_saved(folder: Path):
    run = folder / "runs" / "names"
    metrics = json.loads((run / "metrics.json").read_text())
    assert metrics["recognised_real"] > 0.9
    assert metrics["recognised"] > 0.7
    assert metrics["recognised_chance"] == pytest.approx(1 / 3)
    assert metrics["bits_per_character"] < metrics["bits_per_character_other_styles"]
    written = (run / "written.tsv").read_text(encoding="utf-8").splitlines()
    assert len(written) == 1 + 999
    assert {line.split("\t")[0] for line in written[1:]} == {"nordic", "tokai", "drovish"}
    page = (run / "report.html").read_text(encoding="utf-8")
    assert "frontal language names.csv --style --text word --label from" in page
    assert (run / "confusion.png").is_file()


def test_it_writes_in_a_style_or_a_blend(folder: Path, capsys: pytest.CaptureFixture[str]):
    run = str(folder / "runs" / "names")
    for style in ("tokai", "tokai=1,nordic=2"):
        assert main(["generate", run, "--style", style, "--samples", "3", "--seed", "1", "--json"]) == 0
        texts = json.loads(capsys.readouterr().out)["texts"]
        assert len(texts) == 3
        assert all(1 < len(text) < 40 for text in texts)
    words = ["--prompt", "Yo", "--prompt-style", "tokai", "--style", "nordic", "--seed", "1"]
    assert main(["generate", run, *words]) == 0
    assert capsys.readouterr().out.startswith("Yo")


def test_evaluated_on_other_texts(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    data = place_names(60, seed=9)
    rows = [f"{text},{label}" for text, label in zip(data.texts, data.labels, strict=True) if label != "haelic"]
    (tmp_path / "more.csv").write_text("\n".join(["word,from", *rows]), encoding="utf-8")
    assert main(["evaluate", str(folder / "runs" / "names"), str(tmp_path / "more.csv"), "--json"]) == 0
    told = capsys.readouterr()
    assert json.loads(told.out)["metrics"]["bayes_accuracy"] > 0.9
    assert "Texts of styles that were not learned: 60" in told.err
    assert main(["evaluate", str(folder / "runs" / "names"), str(tmp_path / "more.csv")]) == 0
    assert "their own" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["language", "nmes.csv", "--style"], "did you mean 'names.csv'"),
        (["language", "names.csv", "--style", "--label", "form"], "did you mean 'from'"),
        (["language", "names.csv", "--style", "--set", "most_styles=1"], "at least 2"),
        (["language", "names.csv", "names.csv", "--style"], "one source"),
        (["language", "names.csv", "--label", "from"], "set style=true"),
        (["language", "few.csv", "--style"], "style 'b' has 1 different texts"),
        (["language", "one.csv", "--style"], "two styles are needed"),
        (["generate", "runs/names"], "say in which style"),
        (["generate", "runs/names", "--style", "tokia"], "did you mean 'tokai'"),
        (["generate", "runs/names", "--style", "tokai=x"], "tokai=0.5"),
        (["evaluate", "runs/names", "other.csv"], "no style is known"),
    ],
)
def test_what_cannot_be_is_told_in_one_line(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str], said: str
):
    monkeypatch.chdir(folder)
    Path("few.csv").write_text("text,label\n" + "".join(f"a{k},a\n" for k in range(9)) + "x,b\n")
    Path("one.csv").write_text("text,label\n" + "".join(f"a{k},a\n" for k in range(9)))
    Path("other.csv").write_text("word,from\nx,a\ny,b\n")
    assert main(words) == 2
    told = capsys.readouterr().err
    assert said in told
    assert "Traceback" not in told
