"""The figures of `python -m benchmarks panel`, with less training: the published ones are still reached."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from frontal.data.panel_future import continued
from frontal.data.panel_read import read_panel
from frontal.tasks.forecast_panel import PanelForecaster

MONTH = 30 * 24


def test_m4_hourly(data_dir: Path) -> None:
    training = read_panel(data_dir / "m4" / "Hourly-train.csv")
    whole = continued(training, read_panel(data_dir / "m4" / "Hourly-test.csv"))
    model = PanelForecaster(horizon=48, periods=(24, 168), members=1, epochs=8).fit(training)
    table = model.measure(whole, start=training.lengths).table()
    assert table["seasonal naive 24"]["smape"] == pytest.approx(13.912, abs=5e-4)  # as the competition published
    assert table["seasonal naive 24"]["mase"] == pytest.approx(1.193, abs=5e-4)
    assert table["test"]["smape"] <= 13.0
    assert table["test"]["mase"] <= 1.19


def test_ett_oil_temperature(data_dir: Path) -> None:
    whole = read_panel(data_dir / "ett" / "ETTh1.csv")
    model = PanelForecaster(horizon=24, validation=4 * MONTH, loss="squared", members=1, epochs=2)
    model.fit(whole.until(np.array([16 * MONTH])))
    backtest = model.measure(whole.until(np.array([20 * MONTH])), start=16 * MONTH, stride=1)
    assert len(backtest.series) == 4 * MONTH - 24 + 1
    table = backtest.table()
    assert table["test"]["nmse"] == pytest.approx(table["test"]["mse"] / np.var(whole.series(0)[: 12 * MONTH]))
    assert table["test"]["nmse"] <= 0.098
    assert table["test"]["mse"] < table["last value"]["mse"]
