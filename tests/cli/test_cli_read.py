"""`frontal read` and `frontal neurons` through the front door."""

from __future__ import annotations

import io
import json
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

import frontal.tasks
from frontal.cli import main
from frontal.tasks.forecaster import Forecaster
from frontal.tasks.language_model import LanguageModel
from frontal.training.run_directory import save_run

TEXT = 'Row, "row, row" your boat,\nGently (down) the stream.\n'


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("runs") / "boat"
    LanguageModel(hidden=16, embedding=8, epochs=4, learning_rate=0.02, test=0.0).fit(TEXT * 100).save(path)
    return str(path)


@pytest.fixture
def file(tmp_path: Path) -> str:
    (tmp_path / "boat.txt").write_text(TEXT * 40, encoding="utf-8")
    return str(tmp_path / "boat.txt")


def test_rows_of_a_line_stand_below_one_another(run: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["read", run, "Row, row\nyour boat", "--unit", "3"]) == 0
    said = capsys.readouterr().out
    lines = said.splitlines()
    start = lines.index("Row,␣row⏎")
    rows = lines[start : start + 8]
    assert {len(row) for row in rows} == {9}
    assert set(rows[1]) <= set("▁▂▃▄▅▆▇█")
    assert set(rows[2]) <= set("+- ")
    assert "your␣boat" in lines
    assert "Unit 3 of layers.0/h" in lines[0]
    assert "of 18 symbols" in lines[-1]


def test_read_as_json_and_as_a_page(run: str, file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "unit.html"
    assert main(["read", run, file, "--signal", "c", "--steps", "30", "--html", str(page), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert "".join(s["text"] for s in said["symbols"]) == (TEXT * 40)[:30]
    assert said["signal"] == "layers.0/c"
    assert max(abs(s["value"]) for s in said["symbols"]) == pytest.approx(1)
    assert page.read_text(encoding="utf-8").count("class=symbol") == 30


def test_colours_in_a_terminal(run: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert main(["read", run, "Row, row", "--unit", "3"]) == 0
    assert "\x1b[" in terminal.getvalue()
    assert ";48;2;" in terminal.getvalue()
    assert "▔" in terminal.getvalue()


def test_neurons_says_what_is_watched_and_what_is_too_rare(
    run: str, file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = tmp_path / "neurons.png"
    assert main(["neurons", run, file, "--plot", str(picture)]) == 0
    said = capsys.readouterr().out
    assert "inside double quotes" in said
    assert "Too seldom here to be told: inside a URL" in said
    assert "frontal read" in said
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert main(["neurons", run, file, "--signal", "f", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {row["signal"] for row in found["best"]} == {"layers.0/f"}
    assert len(found["units"]) == 16
    spaces = next(row for row in found["best"] if row["predicate"] == "white space")
    assert spaces["area"] > 0.9
    assert abs(spaces["control"] - 0.5) < 0.1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["read", "RUN", "Row, row", "--unit", "16"], "units 0 to 15"),
        (["read", "RUN", "Row, row", "--unit", "x"], "whole number"),
        (["read", "RUN", "Row, row", "--signal", "gate"], "no signal is called 'gate'"),
        (["read", "RUN", "Row, row", "--steps", "1"], "too few"),
        (["read", "RUN", "nowhere.txt"], "nowhere.txt"),
        (["read", "RUN", "FILE", "--html", "FILE/x.html"], "cannot write"),
        (["neurons", "RUN", "Row, row"], "often enough"),
        (["neurons", "RUN", "FILE", "--plot", "x.doc"], ".png"),
        (["neurons", "nothing", "FILE"], "nothing"),
        (["neurons", "OTHER", "FILE"], "cannot be looked at"),
    ],
)
def test_what_cannot_be_done_is_said(
    run: str, file: str, tmp_path: Path, words: list[str], message: str, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    places = {"RUN": run, "FILE": file, "FILE/x.html": f"{file}/x.html", "OTHER": "other"}
    if "OTHER" in words:
        monkeypatch.setattr(frontal.tasks, "load", lambda _: object())
    assert main([places.get(word, word) for word in words]) == 2
    said = capsys.readouterr().err
    assert message in said
    assert "Traceback" not in said


def test_units_of_a_forecast(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    days = [date(2024, 1, 1) + timedelta(days=k) for k in range(700)]
    rows = "".join(f"{day},{10 + 5 * (day.weekday() >= 5) + 0.001 * k}\n" for k, day in enumerate(days))
    data, folder = tmp_path / "shop.csv", tmp_path / "run"
    data.write_text(f"day,sales\n{rows}", encoding="utf-8")
    Forecaster(members=1, epochs=3, hidden=8, context=14, horizon=2, period=1).fit(str(data)).save(folder)
    assert main(["neurons", str(folder), str(data), "--json"]) == 0
    found = {row["predicate"]: row for row in json.loads(capsys.readouterr().out)["best"]}
    assert found["weekend"]["area"] > 0.8  # which the values show
    assert abs(found["weekend"]["control"] - 0.5) < 0.1
    assert {"Monday", "rising", "last quarter of the window"} <= set(found)
    assert main(["neurons", str(folder), str(data)]) == 0
    assert "To see one" not in capsys.readouterr().out
    assert main(["read", str(folder), str(data)]) == 2
    assert "not of a text" in capsys.readouterr().err


def test_another_kind_of_run(tmp_path: Path, file: str, capsys: pytest.CaptureFixture[str]) -> None:
    nothing: dict[str, Any] = {"settings": {}, "tensors": {}, "metrics": {}, "log": []}
    save_run(tmp_path / "odd", kind="oddity", **nothing)
    assert main(["read", str(tmp_path / "odd"), file]) == 2
    assert "holds a oddity" in capsys.readouterr().err
