"""The benchmarks run and refuse what they do not know; no speed is asserted."""

import json
from pathlib import Path

import pytest
import torch
from benchmarks.__main__ import main
from torch import Tensor

from benchmarks import forecast, speed
from frontal.errors import FrontalError


def test_speed_prints_a_row_a_mode_and_keeps_the_figures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept = tmp_path / "speed.json"
    assert main(["speed", "--shapes", "0", "--layers", "RNN", "--seconds", "0.01", "--json", str(kept)]) == 0
    out = capsys.readouterr().out
    assert "| RNN | 1, 1, 1, 4 | training |" in out and "| **RNN** | geometric mean | inference |" in out
    rows = json.loads(kept.read_text())["rows"]
    assert len(rows) == 2 and all(row[who] > 0 for row in rows for who in ("frontal", "torch", "loop"))


def test_wrong_outputs_are_not_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(cell: torch.nn.Module, x: Tensor) -> Tensor:
        return torch.zeros(*x.shape[:2], 4)

    monkeypatch.setattr(speed, "_loop", wrong)
    with pytest.raises(FrontalError, match="the outputs differ"):
        speed._measure("GRU", (2, 3, 1, 4), "inference", 0.01)


def test_the_growth_baseline_is_the_published_one() -> None:
    one, ahead = forecast._latest_growth()
    assert one == pytest.approx(15.6, abs=0.05) and ahead == pytest.approx(0.70, abs=0.005)


def test_an_unknown_benchmark_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sped"]) == 2
    assert "did you mean 'speed'" in capsys.readouterr().err
