"""`frontal scope` through the front door."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from frontal.cli import main
from frontal.scope import launch, opening
from frontal.scope.given import Given
from frontal.scope.home_calls import CALLS
from frontal.scope.workspace import Workspace
from frontal.tasks.forecaster import Forecaster
from frontal.tasks.language_model import LanguageModel
from frontal.training.live import live_path
from frontal.training.run_directory import save_run

TEXT = 'Row, "row, row" your boat,\nGently (down) the stream.\n'


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs")
    boat = LanguageModel(hidden=8, embedding=4, epochs=1, test=0.0).fit(TEXT * 40)
    boat.save(folder / "boat", files={"test.txt": (TEXT * 2).encode()})
    boat.save(folder / "other", files={"sample.txt": b"Row, row"})
    boat.save(folder / "silent")
    Forecaster(horizon=2, context=12, members=1, epochs=1, hidden=4).fit([1.0, 2.0, 3.0] * 30).save(folder / "waves")
    (folder / "text.txt").write_text(TEXT, encoding="utf-8")
    (folder / "binary.txt").write_bytes(bytes(range(256)) * 20)
    (folder / "table.csv").write_text("value\n" + "\n".join(str(n % 3) for n in range(60)), encoding="utf-8")
    return folder


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[list[dict[str, Any]]]:
    """What is open when the server would start; the server itself is left out."""
    found: list[dict[str, Any]] = []

    def serve_on(door: Any, workspace: Workspace, **options: Any) -> None:
        found.extend(CALLS["looks"](workspace, Given({}))["looks"])

    monkeypatch.setenv("FRONTAL_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(launch, "serve_on", serve_on)
    yield found


def opened(runs: Path, *words: str) -> int:
    return main(["scope", *(str(runs / word) if (runs / word).exists() and word else word for word in words)])


@pytest.mark.parametrize(
    ("words", "titles", "steps"),
    [
        (["boat", "--text", "text.txt"], ["boat on text.txt"], [53]),
        (["boat", "text.txt"], ["boat on text.txt"], [53]),
        (["boat", "Row, row"], ["boat on text"], [8]),
        (["boat", "--steps", "7"], ["boat on its test text"], [7]),
        (["other"], ["other on what it wrote"], [8]),
        (["boat", "--text", "text.txt", "--with", "other"], ["boat on text.txt", "other on text.txt"], [53, 53]),
        (["waves", "--csv", "table.csv"], ["waves on table.csv"], [48]),
        (["waves"], ["waves on the list"], [84]),
    ],
)
def test_runs_are_opened_along_what_was_given(
    runs: Path, shown: list[dict[str, Any]], words: list[str], titles: list[str], steps: list[int],
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    assert opened(runs, *words) == 0
    assert [look["title"] for look in shown] == titles
    assert [look["steps"] for look in shown] == steps
    assert [look["id"] for look in shown] == ["a", "b"][: len(titles)]
    assert Path(shown[0]["run"]).name == words[0]
    assert "The microscope is closed." in capsys.readouterr().out


def test_a_capture_is_kept_and_opened_again(runs: Path, shown: list[dict[str, Any]], tmp_path: Path) -> None:
    kept = str(tmp_path / "kept")
    assert opened(runs, "boat", "--text", "text.txt", "--capture", kept) == 0
    assert main(["scope", kept]) == 0
    first, again = shown
    assert again["signals"] == first["signals"]
    assert (again["steps"], again["live"], again["run"]) == (53, False, None)


def test_a_run_on_its_way_shows_its_training(
    runs: Path, shown: list[dict[str, Any]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    live_path(tmp_path / "soon").write_text('{"kind": "start", "training": 1, "time": 0}\n', encoding="utf-8")
    assert main(["scope", str(tmp_path / "soon")]) == 0
    assert "soon is not saved yet; its training is shown." in capsys.readouterr().out
    assert shown == []
    assert main(["scope", str(tmp_path / "soon"), str(runs / "text.txt")]) == 2
    assert "no such run directory" in capsys.readouterr().err


def test_a_run_that_cannot_be_looked_at_shows_its_training(
    shown: list[dict[str, Any]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save_run(tmp_path / "run", kind="something-else", settings={}, tensors={}, metrics={}, log=[])
    assert main(["scope", str(tmp_path / "run")]) == 0
    assert "run is a something else, which cannot be looked at step by step; its training" in capsys.readouterr().out
    assert shown == []
    save_run(tmp_path / "run", kind="strange", settings={}, tensors={}, metrics={}, log=[])
    assert main(["scope", str(tmp_path / "run"), "text"]) == 2
    assert "holds a strange; frontal.load reads" in capsys.readouterr().err


def test_the_folder_is_gone_afterwards(
    runs: Path, shown: list[dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    assert opened(runs, "boat", "Row, row") == 0
    assert opened(runs, "boat", "--text", "binary.txt") == 2
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "say which run: frontal scope RUN; or try: frontal scope --demo"),
        (["nowhere"], "no such run directory: nowhere"),
        (["text.txt"], "is a file, not a run"),
        (["silent"], "is a language model: say which a text it reads, with --text FILE"),
        (["boat", "--text", "nowhere.txt"], "--text nowhere.txt: no such file or folder"),
        (["boat", "--text", "no where.txt"], "--text no where.txt: no such file or folder"),
        (["boat", "--text", "binary.txt"], "binary.txt"),
        (["boat", "--csv", "table.csv"], "is a language model and reads a text: give --text FILE, not --csv"),
        (["waves", "--text", "text.txt"], "is a forecaster and reads a series: give --csv FILE, not --text"),
        (["waves", "--with", "boat"], "a language model and"),
        (["boat", "text.txt", "--text", "text.txt"], "--text and DATA are given; one thing"),
        (["boat", "--steps", "1"], "--steps 1: too few"),
        (["boat", "--steps", "x"], "whole number"),
        (["boat", "--port", "99999"], "a port is a number"),
        (["boat", "--port", "x"], "whole number"),
        (["boat", "--witth", "other"], "did you mean '--with'"),
        (["boat", "--capture", ""], "is not empty; a capture needs a new folder"),
        (["--demo", "boat"], "--demo brings its own run"),
    ],
)
def test_what_cannot_be_opened_is_said(
    runs: Path, shown: list[dict[str, Any]], words: list[str], said: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    (tmp_path / "something").touch()
    assert opened(runs, *words) == 2
    error = capsys.readouterr().err
    assert said in error
    assert "Traceback" not in error
    assert shown == []


def test_a_taken_port_is_said_before_anything_is_read(
    runs: Path, shown: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    with launch.listening(None) as door:
        assert opened(runs, "nowhere", "--port", str(door.getsockname()[1])) == 2
    assert "cannot be used" in capsys.readouterr().err


def test_an_installation_without_its_demonstration_says_so(
    shown: list[dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(opening, "DEMO", tmp_path)
    assert main(["scope", "--demo"]) == 2
    assert "no demonstration" in capsys.readouterr().err


def test_the_demonstration_is_a_run_and_its_text(
    runs: Path, shown: list[dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(runs / "boat", tmp_path / "demo")
    (tmp_path / "text.txt").write_text(TEXT, encoding="utf-8")
    monkeypatch.setattr(opening, "DEMO", tmp_path)
    assert main(["scope", "--demo"]) == 0
    assert shown[0]["title"] == "demo on text.txt"


def test_it_serves_until_ctrl_c(runs: Path, tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "frontal", "scope", str(runs / "boat"), "--no-browser"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "FRONTAL_CACHE": str(tmp_path), "TMPDIR": str(tmp_path)},
    ) as process:  # fmt: skip
        try:
            assert process.stdout is not None
            assert re.search(r"http://127\.0\.0\.1:\d+/\?t=[\w-]{32}\n$", process.stdout.readline())
            assert list(tmp_path.glob("frontal-scope-*"))
            process.send_signal(signal.SIGINT)
            said, error = process.communicate(timeout=20)
        finally:
            process.kill()
    assert (process.returncode, said) == (0, "\nThe microscope is closed.\n")
    assert "Traceback" not in error
    assert not list(tmp_path.glob("frontal-scope-*"))
