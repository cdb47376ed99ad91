"""`frontal improve`: which recipe gets what, and what a person is told."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from frontal.cli import main

TABLE = [{"tried": "as it is", "rmse": 2.5}, {"tried": "more units", "rmse": 2.0}]


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """Both recipes, replaced by one that remembers."""
    found: list[tuple[Any, ...]] = []

    def recipe(run: Path, out: Path, *, progress: Any, say: Any, **given: Any) -> dict[str, Any]:
        found.append((run, out, given))
        return {
            "table": TABLE,
            "verdict": "More units help.",
            "best": out / "best",
            "files": [str(out / "report.html")],
        }

    for module, name in (("forecast_improve", "improve_run"), ("forecast_search", "search_run")):
        fake = ModuleType(module)
        setattr(fake, name, recipe)
        monkeypatch.setitem(sys.modules, f"frontal.tasks.{module}", fake)
    return found


def test_the_improvements(calls: list[tuple[Any, ...]], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["improve", "runs/a/", "--seeds", "4", "--more", "old.csv", "--jobs", "2"]) == 0
    assert main(["improve", "runs/a"]) == 0
    assert calls == [
        (Path("runs/a"), Path("runs/a-improve"), {"seeds": 4, "jobs": 2, "more": "old.csv"}),
        (Path("runs/a"), Path("runs/a-improve"), {"seeds": 3, "jobs": 1, "more": None}),
    ]
    out = capsys.readouterr().out
    assert "more units" in out and "More units help." in out and str(Path("runs/a-improve/report.html")) in out


def test_the_search(calls: list[tuple[Any, ...]]) -> None:
    assert main(["improve", "runs/a", "--trials", "20", "--out", "here"]) == 0
    assert main(["improve", "runs/a", "--trials", "20"]) == 0
    assert calls[0] == (Path("runs/a"), Path("here"), {"seeds": 3, "jobs": 1, "trials": 20})
    assert calls[1][1] == Path("runs/a-search")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--trials", "0"], "--trials 0: expected a whole number >= 1"),
        (["--seeds", "x"], "--seeds x: expected a whole number"),
        (["--jobs", "-1"], "--jobs -1: expected a whole number >= 1"),
        (["--trials", "3", "--more", "f.csv"], "--more belongs to the improvements"),
    ],
)
def test_bad_counts(
    calls: list[tuple[Any, ...]], capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    assert main(["improve", "runs/a", *words]) == 2
    assert said in capsys.readouterr().err
    assert not calls
