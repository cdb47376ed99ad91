"""`main` with stand-ins for the recipes: what reaches them, and what becomes of what they raise."""

from __future__ import annotations

import errno
import json
from pathlib import Path

import pytest
from recipes import Recipes

from frontal.cli import failures, main
from frontal.errors import FrontalError

Capture = pytest.CaptureFixture[str]


def test_options_reach_the_settings(recipes: Recipes) -> None:
    words = ["--target", "sales", "--features", "a,b", "--horizon", "6", "--cell", "lstm"]
    assert main(["forecast", "sales.csv", *words, "--set", "epochs=7", "--set", "log=true"]) == 0
    ((source, settings, out),) = recipes.calls
    assert source == "sales.csv"
    assert (settings.target, settings.features, settings.horizon) == ("sales", ("a", "b"), 6)
    assert (settings.cell, settings.epochs, settings.log, settings.context) == ("lstm", 7, True, None)
    assert out == Path("runs/sales")


def test_a_preset_and_what_overrides_it(recipes: Recipes) -> None:
    assert main(["forecast", "airline", "--preset", "tutorial", "--hidden", "5"]) == 0
    ((_, settings, _),) = recipes.calls
    assert (settings.preset, settings.hidden, settings.scaling) == ("tutorial", 5, "minmax-all")


def test_the_test_part_is_a_share_or_a_file(recipes: Recipes, capsys: Capture) -> None:
    for words in (["--test", "0.25"], ["--test", "later.csv"], []):
        assert main(["forecast", "sales.csv", *words]) == 0
    assert recipes.tests == [None, "later.csv", None]
    assert [settings.test for _, settings, _ in recipes.calls] == [0.25, 0.33, 0.33]
    assert main(["forecast", "sales.csv", "--test", "1.5"]) == 2
    said = capsys.readouterr()
    assert "test must be" in said.err and f"To read and to pass on: {Path('runs/sales/report.html')}" in said.out


def test_a_preset_through_set(recipes: Recipes) -> None:
    assert main(["forecast", "airline", "--set", "preset=tutorial"]) == 0
    assert recipes.calls[0][1].preset == "tutorial"


def test_predict_and_evaluate(recipes: Recipes, capsys: Capture) -> None:
    assert main(["predict", "runs/airline", "--horizon", "3", "--out", "f.csv"]) == 0
    assert main(["predict", "runs/airline", "-"]) == 0
    assert main(["evaluate", "runs/airline", "new.csv"]) == 0
    assert recipes.calls == [
        (Path("runs/airline"), None, 3, Path("f.csv")),
        (Path("runs/airline"), "-", None, None),
        (Path("runs/airline"), "new.csv"),
    ]
    out = capsys.readouterr().out
    assert "… and 16 more rows" in out
    assert "1234.6" in out
    assert "steps ahead" not in out
    assert "interval" not in out


def test_a_second_run_never_overwrites_the_first(recipes: Recipes) -> None:
    for _ in range(3):
        assert main(["forecast", "airline"]) == 0
    assert [out for *_, out in recipes.calls] == [
        Path("runs/airline"),
        Path("runs/airline-2"),
        Path("runs/airline-3"),
    ]


def test_the_report(recipes: Recipes, capsys: Capture) -> None:
    assert main(["forecast", "airline"]) == 0
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    for text in (
        "one step ahead",
        "12 steps ahead, from every point tested",
        "The 80 % interval held 75% of the test values, the 95 % interval 100%; "
        "they are 31.5 and 47.25 wide on average.",
        "The network wins.",
        "Trained in 1.2 s; saved in runs/airline",
    ):
        assert text in lines
    rows = [line.split() for line in lines]
    assert ["last", "value", "48.0", "1.500"] in rows
    assert ["frontal,", "test", "part", "0.625"] in rows


def test_a_failed_run_leaves_nothing(recipes: Recipes, tmp_path: Path) -> None:
    recipes.error = FrontalError("no")
    assert main(["forecast", "airline"]) == 2
    assert list(tmp_path.iterdir()) == []


def test_other_files_are_not_replaced(recipes: Recipes, tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "thesis.tex").touch()
    assert main(["forecast", "airline", "--out", str(tmp_path)]) == 2
    assert "thesis.tex" in capsys.readouterr().err
    assert recipes.calls == []


@pytest.mark.parametrize(
    ("error", "message", "code"),
    [
        (FrontalError("no column 'x';\n did you mean 'y'?"), "no column 'x'; did you mean 'y'?", 2),
        (OSError(errno.ENOSPC, "No space left on device", "runs/a"), "runs/a: No space left on device", 2),
        (PermissionError(errno.EACCES, "Permission denied", "runs"), "runs: Permission denied", 2),
        (MemoryError(), "not enough memory", 2),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried"), "not enough memory", 2),
        (KeyboardInterrupt(), "stopped by Ctrl-C", 130),
        (
            ZeroDivisionError("division by zero"),
            "this is a bug in frontal: ZeroDivisionError: division by zero",
            1,
        ),
        (ValueError("torch says no"), "this is a bug in frontal: ValueError: torch says no", 1),
    ],
)
def test_errors_become_one_paragraph(
    recipes: Recipes, capsys: Capture, error: BaseException, message: str, code: int
) -> None:
    recipes.error = error
    assert main(["forecast", "airline", "--json"]) == code
    out, err = capsys.readouterr()
    assert f"frontal forecast: {message}" in err
    assert "Traceback" not in err
    assert json.loads(out)["error"].startswith(message)
    assert ("--debug" in err) == (code == 1)


def test_debug_shows_the_traceback(recipes: Recipes, capsys: Capture) -> None:
    recipes.error = FrontalError("no")
    assert main(["forecast", "airline", "--debug"]) == 2
    err = capsys.readouterr().err
    assert "Traceback" in err
    assert err.endswith("frontal forecast: no\n")


def test_a_result_that_json_cannot_hold_is_a_bug(recipes: Recipes, capsys: Capture) -> None:
    recipes.evaluate_run = lambda *_, **__: {"metrics": object()}  # type: ignore[method-assign]
    assert main(["evaluate", "run", "data", "--json"]) == 1
    assert "object cannot be written as JSON" in json.loads(capsys.readouterr().out)["error"]


def test_a_paragraph_is_wrapped_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "frontal forecast: " + "word " * 40
    assert failures.paragraph(text) == text
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "50")
    lines = failures.paragraph(text).splitlines()
    assert len(lines) > 3
    assert max(map(len, lines)) <= 50
