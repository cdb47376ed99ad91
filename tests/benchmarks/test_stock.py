"""The share-price benchmark: both contenders train the same network on the same windows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from benchmarks.__main__ import main

from benchmarks import stock
from frontal.data.series import read_series
from frontal.tasks.forecaster import Forecaster


def test_both_train_the_same_network_on_the_same_windows(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRONTAL_DATA", str(data_dir))
    series = read_series(stock.files()[0], target="Open").head(100)
    networks, windows, following = Forecaster(stock.SETTINGS.replace(epochs=1)).fit(series).examples(series)
    seen: list[tuple[torch.Tensor, torch.Tensor]] = []
    monkeypatch.setattr(stock, "mse_loss", lambda said, came: seen.append((said, came)) or said.sum())
    forward = stock.Plain.forward
    monkeypatch.setattr(stock.Plain, "forward", lambda self, x: seen.append((x, x)) or forward(self, x))
    stock.theirs(series, 1)()
    read = torch.cat([x for x, _ in seen[::2]])
    came = torch.cat([y for _, y in seen[1::2]])
    assert read.shape == windows.shape == (40, 60, 1)
    torch.testing.assert_close(read.sum(0), windows.sum(0), rtol=1e-5, atol=1e-5)  # shuffled
    torch.testing.assert_close(came.sort(0).values, following.sort(0).values, rtol=1e-5, atol=1e-5)
    shapes = sorted(tuple(p.shape) for p in stock.Plain().parameters())
    assert sorted(tuple(p.shape) for p in networks[0].parameters()) == shapes


def test_it_runs(data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    monkeypatch.setenv("FRONTAL_DATA", str(data_dir))
    small = stock.read_series
    monkeypatch.setattr(stock, "read_series", lambda *given, **named: small(*given, **named).head(100))
    assert main(["stock", "--rounds", "1", "--epochs", "1", "--json", str(tmp_path / "f.json")]) == 0
    assert "| torch / frontal |" in capsys.readouterr().out
    kept = json.loads((tmp_path / "f.json").read_text())
    assert kept["training"]["ratios"]["wall"] > 0 and len(kept["training"]["rounds"]["torch"]) == 1
    monkeypatch.setenv("FRONTAL_DATA", str(tmp_path))
    assert main(["stock"]) == 2
