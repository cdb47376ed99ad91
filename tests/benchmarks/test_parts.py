"""Every part of `python -m benchmarks speed` runs on tiny shapes and keeps its figures; no speed is asserted."""

import json
from pathlib import Path
from typing import Any

import pytest
from benchmarks.__main__ import main
from benchmarks.speed import aims, cells, first_use, keras_peer, layers, memory
from benchmarks.speed.choices import SHAPES, TINY

from benchmarks import speed
from frontal.cells import catalogue

KNOWN_CELLS = ["cosine", *(name for name in cells.NAMES if name in catalogue())]


@pytest.fixture(autouse=True)
def without_keras(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keras_peer, "installed", lambda: False)


def run(tmp_path: Path, *words: str) -> dict[str, Any]:
    kept = tmp_path / "speed.json"
    assert main(["speed", "--tiny", "--seconds", "0.001", "--json", str(kept), *words]) == 0
    return json.loads(kept.read_text())


def positive(figures: dict[str, float], *names: str) -> bool:
    return figures.keys() == set(names) and all(figure > 0 for figure in figures.values())


def test_layers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept = run(tmp_path, "--parts", "layers")
    rows = kept["parts"]["layers"]
    told = {(row["layer"], tuple(row["shape"]), row["mode"]) for row in rows}
    assert told == {(layer, shape, mode) for layer in layers.LAYERS for shape in TINY for mode in layers.MODES}
    assert all(positive(row["seconds"], "frontal", "torch.nn", "loop") for row in rows)
    ratios = [
        row["seconds"]["torch.nn"] / row["seconds"]["frontal"]
        for row in rows
        if (row["layer"], row["mode"]) == ("GRU", "training")
    ]
    assert kept["measured"]["GRU training"] == pytest.approx((ratios[0] * ratios[1]) ** 0.5)
    assert kept["measured"]["GRU training worst"] == min(ratios)
    assert "| RNN | 1, 1, 1, 4 | training |" in capsys.readouterr().out


def test_cells(tmp_path: Path) -> None:
    kept = run(tmp_path, "--parts", "cells", "--cells", *KNOWN_CELLS, "--shapes", "1")
    rows = kept["parts"]["cells"]
    assert [row["cell"] for row in rows] == KNOWN_CELLS
    assert all(positive(row["seconds"], "frontal", "loop", "our LSTM") for row in rows)
    row = rows[0]
    assert row["gates"] == 4 and row["shape"] == list(TINY[1])
    assert row["gate_time"] == pytest.approx(row["seconds"]["frontal"] / row["seconds"]["our LSTM"])
    assert kept["measured"]["cosine gate"] == pytest.approx(row["gate_time"])


def test_lengths_step_peak_and_tutorial(tmp_path: Path) -> None:
    kept = run(tmp_path, "--parts", "lengths", "step", "peak", "tutorial")
    parts = kept["parts"]
    assert [row["mode"] for row in parts["lengths"]] == ["training", "inference"]
    assert all(positive(row["seconds"], "frontal", "packed", "unpacked") for row in parts["lengths"])
    assert positive(parts["step"][0]["seconds"], "frontal stream", "frontal layer", "nn.LSTM", "nn.LSTMCell")
    assert positive(parts["peak"][0]["flops_per_second"], "frontal", "torch.nn", "matmul")
    assert [row["model"] for row in parts["tutorial"]] == ["airline", "stock"]
    assert kept["measured"]["airline"] == 1e3 * parts["tutorial"][0]["seconds"]["frontal"]


def test_first_use_and_memory_in_processes_of_their_own(tmp_path: Path) -> None:
    kept = run(tmp_path, "--parts", "first-use", "memory")
    assert kept["parts"]["first-use"][0].keys() == {"cold", "cached", "files"}
    assert all(peak > 0 for peak in kept["parts"]["memory"][0]["bytes"].values())
    assert kept["measured"]["memory frontal"] > 0


def test_an_empty_cache_is_no_compile_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(first_use, "ask", lambda *words, **environment: {"first": 0.5, "second": 0.1})
    assert "first use cold" not in run(tmp_path, "--parts", "first-use")["measured"]

    def compiling(*words: object, **environment: str) -> dict[str, float]:
        Path(environment["FRONTAL_CACHE"], "kernel").touch()
        return {"first": 0.5, "second": 0.1}

    monkeypatch.setattr(first_use, "ask", compiling)
    assert run(tmp_path, "--parts", "first-use")["measured"]["first use cold"] == pytest.approx(0.4)


def test_recompute_is_measured_where_the_layer_takes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class WithRecompute:
        def __init__(self, *, recompute: bool = False) -> None: ...

    peaks = {"nn.LSTM": 400, "frontal": 300, "recompute": 100}
    monkeypatch.setattr(memory.frontal, "LSTM", WithRecompute)
    monkeypatch.setattr(memory, "ask", lambda module, kind, *words: peaks[kind])
    measured = run(tmp_path, "--parts", "memory")["measured"]
    assert measured == {"memory frontal": 0.75, "memory recompute": 0.25}


def test_every_goal_is_a_row_and_can_be_measured(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept = run(tmp_path, "--parts", "step", "--markdown", str(tmp_path / "speed.md"))
    assert len(kept["goals"]) == len(aims.GOALS) == len({goal.key for goal in aims.GOALS})
    assert sum(goal["met"] is not None for goal in kept["goals"]) == 2
    told = (tmp_path / "speed.md").read_text()
    assert told == capsys.readouterr().out
    assert kept["machine"] in told and kept["commit"] in told and kept["command"] in told


def test_a_shape_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["speed", "--shapes", "9"]) == 2
    assert f"shapes 0 .. {len(SHAPES) - 1}" in capsys.readouterr().err


def test_the_parts_are_those_of_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["speed", "--help"])
    told = capsys.readouterr().out
    assert all(part in told for part in speed.PARTS)
