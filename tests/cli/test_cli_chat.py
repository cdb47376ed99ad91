"""`frontal chat` through the front door: learned from a file, talked to in lines and in a terminal."""

from __future__ import annotations

import io
import json
import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

from frontal.cli import main

TURNS = [
    ["Are you open on mondays?", "No.", "And on sundays?", "Yes, until four."],
    ["Are you open on sundays?", "Yes, until four.", "And on mondays?", "No."],
    ["Thank you", "You are welcome."],
]
FAST = ["--hidden", "24", "--epochs", "30", "--set", "learning_rate=0.01", "--set", "hide=0", "--set", "dropout=0.1"]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("chat")
    text = "\n\n".join("\n".join(turns) for turns in TURNS * 8)
    (folder / "desk.txt").write_text(text)
    before = Path.cwd()
    os.chdir(folder)
    try:
        assert main(["chat", "desk.txt", *FAST]) == 0
    finally:
        os.chdir(before)
    return str(folder / "runs" / "desk")


def piped(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))


def test_learned_measured_and_saved(run: str):
    assert {"report.html", "depth.png"} <= {path.name for path in Path(run).iterdir()}
    page = (Path(run) / "report.html").read_text()
    assert "frontal chat desk.txt" in page
    assert "--hidden 24 --set dropout=0.1 --epochs 30" in page
    assert "Right answers, word for word" in page


def test_lines_in_answers_out(run: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    piped(monkeypatch, "are you open on mondays?\nand on sundays?\n\nHow far is the moon from here?\n")
    assert main(["chat", run]) == 0
    first, second, third = capsys.readouterr().out.splitlines()
    assert (first, second) == ("No.", "Yes, until four.")
    assert "out of my depth" in third or "do not understand" in third


def test_lines_of_json(run: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    piped(monkeypatch, '{"question": "Are you open on sundays?"}\n{"new": true}\nThank you\n')
    assert main(["chat", run, "--lines"]) == 0
    said = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [reply["text"] for reply in said] == ["Yes, until four.", "You are welcome."]
    assert said[0]["sure"] is True
    assert said[0]["nearest"]["question"] == "Are you open on sundays?"


def test_one_object_at_the_end(run: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    piped(monkeypatch, "Thank you\n")
    assert main(["chat", run, "--json"]) == 0
    told = capsys.readouterr()
    assert json.loads(told.out)["replies"][0]["answer"] == "You are welcome."
    assert told.err.strip() == "You are welcome."


def test_in_a_terminal(run: str):
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "frontal", "chat", run], stdin=theirs, stdout=theirs, stderr=theirs, close_fds=True
    )
    os.close(theirs)
    try:
        said = read_until(ours, "you: ")
        for line in ("/why", "are you open on mondays?", "and on sundays?", "/why", "/others", "/nwe", "/new"):
            os.write(ours, line.encode() + b"\n")
            said += read_until(ours, "you: ")
        os.write(ours, b"\x04")
        assert process.wait(timeout=30) == 0
    finally:
        process.kill()
        os.close(ours)
    for part in ("Nothing was asked yet", " it: No.", " it: Yes, until four.", "nats a character (bar",
                 "/nwe is no command", "What was said is forgotten"):  # fmt: skip
        assert part in said


def read_until(terminal: int, mark: str) -> str:
    said, until = "", time.monotonic() + 60
    while not said.endswith(mark):
        if not select.select([terminal], [], [], max(0, until - time.monotonic()))[0]:
            raise AssertionError(f"no {mark!r} behind {said!r}")
        said += os.read(terminal, 4096).decode()
    return said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["no.tsv"], "No such file"),
        (["bad.tsv"], "line 2: expected question<TAB>answer"),
        (["RUN", "--epochs", "3"], "has learned"),
        (["RUN", "--set", "hidden=3"], "has learned"),
        (["RUN", "--out", "x"], "has learned"),
        (["RUN", "--groups", "4"], "multiple of groups"),
        (["RUN", "--lines"], "line 1: expected a question"),
        (["bad.tsv", "--lines"], "--lines is for a saved run"),
        (["bad.tsv", "--set", "memroy=2"], "did you mean 'memory'"),
    ],
)
def test_what_cannot_be_is_told_in_one_line(
    run: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str],
    said: str,
):  # fmt: skip
    monkeypatch.chdir(tmp_path)
    Path("bad.tsv").write_text("Hi\tHello\nBye\n")
    piped(monkeypatch, '{"questoin": 3}\n')
    assert main(["chat", *(run if word == "RUN" else word for word in words)]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert "Traceback" not in told
    assert not Path("runs").exists()
