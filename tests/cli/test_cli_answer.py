"""`frontal answer` through the front door: learn, ask one question, pipe a story in, and what is refused."""

from __future__ import annotations

import csv
import io
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from frontal.cli import main

FAST = ["--questions", "400", "--facts", "3", "--hidden", "32", "--hops", "1", "--support", "1", "--epochs", "4"]
FAST += [f"--set={name}" for name in ("people=3", "places=3", "learning_rate=0.01", "batch_size=8")]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("answer") / "run"
    assert main(["answer", "single-fact", *FAST, "--out", str(folder)]) == 0
    return folder


def piped(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    stdin = SimpleNamespace(buffer=io.BytesIO(text.encode()), isatty=lambda: False)
    monkeypatch.setattr(sys, "stdin", stdin)


def test_the_run_holds_its_report_and_its_stories(run: Path, capsys: pytest.CaptureFixture[str]):
    files = {path.name for path in run.iterdir()}
    assert {"report.html", "attention.png", "confusion.png", "answers.csv", "stories.txt"} <= files
    rows = list(csv.DictReader((run / "answers.csv").read_text().splitlines()))
    right = sum(row["truth"] == row["answer"] for row in rows) / len(rows)
    metrics = json.loads((run / "metrics.json").read_text())
    assert right == metrics["accuracy"] > 0.95 > metrics["accuracy_last_mentioned"]
    page = (run / "report.html").read_text()
    assert "frontal answer single-fact --questions 400 --facts 3" in page
    assert "Where the network looked" in page


def test_the_stories_of_a_run_can_be_learned(run: Path, tmp_path: Path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["answer", str(run / "stories.txt"), "--epochs", "1", "--hidden", "6", "--test", "0.3", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["run"] == "runs/stories"
    assert said["tasks"][0]["questions"] == 12


def test_one_question(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    story = tmp_path / "story.txt"
    story.write_text("1 Anna ran to the attic.\n\n2 Ben walked to the cellar.\n")
    assert main(["answer", str(run), "--story", str(story), "--question", "Where is Anna?", "--json"]) == 0
    (reply,) = json.loads(capsys.readouterr().out)["replies"]
    assert reply["answer"] == "attic"
    assert reply["sure"]
    assert reply["facts"] == ["Anna ran to the attic.", "Ben walked to the cellar."]
    assert reply["attention"][0][0] > 0.5 > reply["attention"][0][1]


def test_how_sure_an_answer_must_be_can_be_said_later(run: Path, capsys: pytest.CaptureFixture[str], monkeypatch):
    piped(monkeypatch, "Anna ran to the attic.\nWhere is Anna?\n")
    assert main(["answer", str(run), "--set", "sure=0.99999", "--json"]) == 0
    (reply,) = json.loads(capsys.readouterr().out)["replies"]
    assert reply["answer"] == "attic"
    assert not reply["sure"]


def test_facts_and_questions_are_piped_in(run: Path, capsys: pytest.CaptureFixture[str], monkeypatch):
    lines = ["Where is Anna?", "Anna ran to the attic.", "Where is Anna?", "Where is Zoe?", "Qué?"]
    piped(monkeypatch, "\n".join([*lines, "/story", "/new", "/story", "/foo", "/quit", "Quoi?"]))
    assert main(["answer", str(run)]) == 0
    said = capsys.readouterr().out
    for part in (
        "The story is empty", "attic  (", "█", "Anna ran to the attic.", "never learned 'zoe'",
        "No word of the question", "  1 Anna ran", "The story is forgotten", "No facts yet", "/foo is no command",
    ):  # fmt: skip
        assert part in said, part
    assert "Quoi" not in said


def test_json_of_what_is_piped_in(run: Path, capsys: pytest.CaptureFixture[str], monkeypatch):
    piped(monkeypatch, "Anna ran to the attic.\nWhere is Anna?\nBen ran to the cellar.\nWhere is Ben?\n")
    assert main(["answer", str(run), "--json"]) == 0
    replies = json.loads(capsys.readouterr().out)["replies"]
    assert [reply["answer"] for reply in replies] == ["attic", "cellar"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--question", "Where?"], "--story and --question go together"),
        (["--epochs", "3"], "epochs says how to learn, and"),
        (["--set", "cell=lstm"], "cell says how to learn, and"),
        (["--out", "x"], "out says how to learn, and"),
        (["--story", "missing.txt", "--question", "Where?"], "missing.txt: No such file"),
    ],
)
def test_a_run_is_not_trained_again(run: Path, words, said, capsys):
    assert main(["answer", str(run), *words]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["singel-fact"], "did you mean 'single-fact'"),
        (["missing.txt"], "neither a task nor a file nor a run"),
        (["single-fact", "--question", "Where?"], "--question is for a saved run"),
        (["single-fact", "--facts", "1"], "facts must be at least 2"),
        (["single-fact", "--questions", "40", "--set", "people=30"], r"people must be within 2 .. 10, got 30"),
        (["bad.txt"], "line 2: a question without its answer"),
        (["one.txt"], "every answer is 'here'"),
        (["same.txt"], "every question drawn for the test is among those learned"),
        (["few.txt"], "cannot be split into a training part and a test part"),
        (["foreign"], "is a folder"),
    ],
)
def test_what_cannot_be_learned_is_said(words, said, tmp_path: Path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("bad.txt").write_text("1 Kim is here.\n2 Where is Kim?\n")
    Path("one.txt").write_text("".join(f"1 Kim is here {n}.\n2 Where is Kim?\there\n" for n in range(40)))
    Path("same.txt").write_text("1 Kim is here.\n2 Where is Kim?\there\n" * 40)
    Path("few.txt").write_text("1 Kim is here.\n2 Where is Kim?\there\n" * 2)
    Path("foreign").mkdir()
    assert main(["answer", *words]) == 2
    assert said in capsys.readouterr().err
    assert not Path("runs").exists()


def test_a_run_of_another_kind(tmp_path: Path, capsys):
    from frontal.training.run_directory import save_run

    save_run(tmp_path / "other", kind="forecaster", settings={}, tensors={}, metrics={}, log=[])
    assert main(["answer", str(tmp_path / "other")]) == 2
    assert "holds a forecaster; to ask about stories" in capsys.readouterr().err
