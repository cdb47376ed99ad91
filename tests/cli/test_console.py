"""Tables and JSON."""

from __future__ import annotations

import io
import json
import sys
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontal.cli.console import Console, jsonable
from frontal.diagnostics.report_numbers import shown

Capture = pytest.CaptureFixture[str]
ROWS = [
    {"month": "[bold]1961-01[/bold]", "value": 445.123456, "low": 1},
    {"month": "x" * 200, "value": 2.0, "low": 22},
]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_table_in_a_pipe_is_plain_and_whole(capsys: Capture) -> None:
    Console(as_json=False).table(ROWS, title="forecast")
    out, err = capsys.readouterr()
    title, head, first, second = out.splitlines()
    assert title.strip() == "forecast"
    assert head.split() == ["month", "value", "low"]
    assert first.split() == ["[bold]1961-01[/bold]", "445.1", "1"]
    assert second.split() == ["x" * 200, "2.0", "22"]
    assert "\x1b" not in out
    assert err == ""


@pytest.mark.parametrize(("no_color", "coloured"), [("", True), ("1", False)])
def test_a_table_on_a_terminal(monkeypatch: pytest.MonkeyPatch, no_color: str, coloured: bool) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("NO_COLOR", no_color)
    Console(as_json=False).table(ROWS)
    text = screen.getvalue()
    assert ("\x1b[" in text) == coloured
    assert max(map(len, text.replace("\x1b[1m", "").replace("\x1b[0m", "").splitlines())) <= 40


def test_with_json_a_person_reads_stderr(capsys: Capture) -> None:
    console = Console(as_json=True)
    console.say("hello")
    console.table(ROWS)
    out, err = capsys.readouterr()
    assert out == ""
    assert "hello" in err and "445.1" in err


def test_what_json_does_not_know() -> None:
    value = {
        "path": Path("runs/a"),
        "when": datetime(1961, 1, 1),
        "scalar": np.float32(0.5),
        "array": np.array([1.0, np.inf]),
        "nothing": float("nan"),
        3: (True, None, np.int64(7)),
    }
    assert jsonable(value) == {
        "path": "runs/a",
        "when": "1961-01-01T00:00:00",
        "scalar": 0.5,
        "array": [1.0, None],
        "nothing": None,
        "3": [True, None, 7],
    }
    with pytest.raises(TypeError, match="object cannot be written as JSON"):
        jsonable({"x": [object()]})


LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.dates()


@settings(deadline=None, max_examples=25)
@given(
    st.dictionaries(st.text(), st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
)
def test_every_result_is_strict_json(value: dict[str, object]) -> None:
    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    text = json.dumps(jsonable(value), allow_nan=False)
    assert list(json.loads(text, parse_constant=refuse)) == list(value)


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ([15.55555, 9.0, None, 3], ["15.56", "9.00", "", "3"]),
        ([123456.78, 1.0, float("nan")], ["123456.8", "1.0", "nan"]),
        ([0.0123456, -0.1], ["0.0123", "-0.1000"]),
        ([1e-7, 0.0], ["1e-07", "0"]),
        ([0.0, float("inf")], ["0", "inf"]),
        (["a", None], ["a", ""]),
    ],
)
def test_a_column_of_a_table(values: list[object], texts: list[str]) -> None:
    assert shown(values) == texts
