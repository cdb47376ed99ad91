"""The page of results: its commands can be typed, its figures are means over seeds."""

from __future__ import annotations

import json
import shlex
import subprocess
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from benchmarks.__main__ import main

from benchmarks import systems
from frontal.cli.options import SETTINGS, chosen, parse, part_or_file
from frontal.errors import FrontalError


@pytest.mark.parametrize("row", systems.ROWS.values(), ids=systems.ROWS)
def test_the_command_can_be_typed(row: systems.Row) -> None:
    program, verb, *words = shlex.split(row.command)
    assert program == "frontal"
    options: Any = import_module(f"frontal.cli.{verb}").Options
    parsed = parse(options, "frontal", words)
    kinds = [kind for name in SETTINGS if (kind := getattr(options, name, None)) is not None]
    assert not kinds or any(fits(kind, parsed) for kind in kinds)  # some verbs have no settings


def fits(kind: Any, parsed: Any) -> bool:
    try:
        given: dict[str, Any] = chosen(kind, parsed, parsed.set)
        given, _ = part_or_file(given)
        kind.from_options(given.pop("preset", None), **given)
    except FrontalError as error:
        print(error)
        return False
    return True


def test_the_page_has_means_over_seeds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(systems, "KEPT", tmp_path / "kept.json")
    monkeypatch.setattr(systems, "PAGE", tmp_path / "results.md")
    typed: list[list[str]] = []

    def answer(words: list[str], **_: Any) -> Any:
        typed.append(words)
        seed = int(words[words.index("--seed") + 1])
        metrics = {"accuracy": 0.9 + seed / 10, "accuracy_regression_on_mean_spread_ends": 0.5}
        return SimpleNamespace(returncode=0, stdout=json.dumps({"metrics": metrics}))

    monkeypatch.setattr(subprocess, "run", answer)
    monkeypatch.setattr(systems, "commit", lambda: "abc")
    assert main(["results", "ecg", "--seeds", "2"]) == 0
    page = (tmp_path / "results.md").read_text()
    assert "| accuracy | 0.95 ± 0.05 | ≥ 0.85 |" in page
    assert "| regression on mean, spread, ends | 0.5 ± 0 |  |" in page
    assert "2 seeds; row `ecg`" in page
    assert [words[2:6] for words in typed] == [["frontal", "classify", "ucr_uea/ECG200", "--members"]] * 2
    assert main(["results", "ecc"]) == 2
    assert "did you mean 'ecg'" in capsys.readouterr().err
