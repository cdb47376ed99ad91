"""The GPU benchmark says when there is none; its measurement runs on any device."""

import pytest
import torch
from benchmarks.__main__ import main
from benchmarks.report import Report

from benchmarks import gpu


def test_without_a_gpu_it_says_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert main(["gpu"]) == 2
    assert "torch sees no GPU here" in capsys.readouterr().err


@pytest.mark.parametrize("layer", list(gpu.LAYERS))
@pytest.mark.parametrize("dtype", list(gpu.DTYPES))
def test_a_row(layer: str, dtype: str) -> None:
    seconds = gpu.time_layer(layer, dtype, (2, 3, 4), ["reference"], torch.device("cpu"), 0.001)
    assert seconds.keys() == {"torch.nn", "reference"} and min(seconds.values()) > 0


def test_backends_that_cannot_run_there_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpu, "get_args", lambda backends: ("reference", "abacus"))
    report = Report()
    assert gpu.usable(torch.device("cpu"), report) == ["reference"]
    assert "unknown backend 'abacus'" in report.lines[0]
