"""`frontal language`, and what other verbs say to its runs, through the front door."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from frontal.cli import main

FAST = ["--hidden", "8", "--epochs", "1", "--set", "window=16"]
SONG = "".join(f"{n} green bottles hanging on the wall,\nand if {n} green bottles fall,\n" for n in range(60, 0, -1))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two texts and a picture in the folder `songs`; the test runs beside it."""
    (tmp_path / "songs").mkdir()
    (tmp_path / "songs" / "a.txt").write_text(SONG)
    (tmp_path / "songs" / "b.md").write_bytes(SONG.replace("\n", "\r\n").encode())
    (tmp_path / "songs" / "c.png").write_bytes(b"\x89PNG\x00\x00")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_from_a_folder_to_a_run_and_back(folder: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["language", "songs", *FAST, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["run"] == "runs/songs"
    assert "1 files that are no text" in said["notes"][1]
    assert {"report.html", "sample.txt"} <= {path.name for path in Path("runs/songs").iterdir()}

    assert main(["evaluate", "runs/songs", "songs/a.txt"]) == 0
    assert "The text costs" in capsys.readouterr().out
    assert main(["predict", "runs/songs", "songs/a.txt"]) == 2
    assert "is a language model: frontal generate runs/songs lets it write" in capsys.readouterr().err
    assert main(["evaluate", "runs/songs", "songs/a.txt", "--anomalies", "a.csv"]) == 2
    assert "means nothing" in capsys.readouterr().err


def test_told_to_a_person(folder: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["language", "songs/a.txt", "songs/b.md", *FAST, "--glob", "*.md", "--out", "run"]) == 0
    said = capsys.readouterr().out
    for part in ("what the test part costs", "5-gram, Kneser-Ney", "xz -9e", "what it writes", "report.html"):
        assert part in said
    assert "b.md: line ends were made \\n" in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "say what to learn"),
        (["none.txt"], "no such file: none.txt"),
        (["songs/c.png"], "no text to learn from"),
        (["songs", "--glob", "*.png"], "holds no text"),
        (["songs", "--glob", "*.rs"], "no files that match"),
        (["songs", "--preset", "tiny"], "unknown preset 'tiny'"),
        (["songs", "--cell", "lstn"], "did you mean 'lstm'"),
        (["songs", "--symbols", "letters"], "symbols='letters'"),
        (["songs", "--set", "window=1"], "window must be at least 2"),
        (["songs", "--test", "0.001"], "too little text"),
    ],
)
def test_bad_input_is_told_and_leaves_nothing(folder: Path, capsys: pytest.CaptureFixture[str], words, said):
    assert main(["language", *words]) == 2
    assert said in " ".join(capsys.readouterr().err.split())
    assert not (folder / "runs").exists()
