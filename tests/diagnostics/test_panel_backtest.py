"""Measures of a panel's backtest, against figures worked out by hand."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest

from frontal.diagnostics.panel_backtest import PanelBacktest, PanelForecast


def backtest(**changed) -> PanelBacktest:
    given = {
        "ids": ("a", "b"), "series": np.array([0, 1]), "ends": np.array([9, 9]),
        "actual": np.array([[1.0, 3.0], [10.0, np.nan]]), "paths": np.array([[2.0, 3.0], [30.0, 5.0]]),
        "naive": {"last value": np.array([[4.0, 6.0], [20.0, 5.0]])}, "scale": np.array([0.5, 10.0]),
        "variance": np.array([4.0, 100.0]),
        "past": np.array([[1.0, 2.0], [3.0, 4.0]]),
        "lower": {80: np.array([[1.0, 3.5], [5.0, 0.0]])}, "upper": {80: np.array([[2.0, 4.0], [35.0, 0.0]])},
    }  # fmt: skip
    return PanelBacktest(**{**given, **changed})


def test_measures_by_hand() -> None:
    table = backtest().table()
    first = (200 * 1 / 3 + 0) / 2
    assert table["test"]["smape"] == pytest.approx((first + 200 * 20 / 40) / 2)
    assert table["test"]["mase"] == pytest.approx((0.5 / 0.5 + 20 / 10) / 2)
    assert table["test"]["mse"] == pytest.approx((1 + 0 + 400) / 3)
    assert table["test"]["nmse"] == pytest.approx((1 / 4 + 0 + 400 / 100) / 3)
    assert table["test"]["rmse"] == pytest.approx(np.sqrt(401 / 3))
    assert table["last value"]["mase"] == pytest.approx((3 / 0.5 + 1) / 2)
    assert backtest().coverage()[80] == pytest.approx(2 / 3)


def test_a_series_that_never_changes_has_no_mase() -> None:
    assert backtest(scale=np.array([0.5, 0.0])).table()["test"]["mase"] == pytest.approx(1)
    assert np.isnan(backtest(scale=np.zeros(2)).table()["test"]["mase"])


def test_verdict_and_ranks() -> None:
    found = backtest()
    assert [row["series"] for row in found.by_series()] == ["b", "a"]
    assert "does not beat the naive forecast in MASE" in backtest(paths=found.paths * 3).verdict()
    better = backtest(paths=found.actual)
    assert better.verdict().startswith("The network beats the naive forecasts: its MASE is 100% below")
    assert "better on 2 of 2 series" in better.verdict()


def test_the_plot_draws() -> None:
    image = BytesIO()
    backtest().plot().savefig(image, format="png")
    assert len(image.getvalue()) > 1000


def test_a_forecast_as_rows() -> None:
    days = np.array([["2020-01-01", "2020-01-02"]], "datetime64[s]")
    forecast = PanelForecast(("7",), days, np.array([[1.0, 2.0]]), {}, {}, "shop", "day", numbered=True)
    assert forecast.to_rows() == [
        {"shop": 7, "day": "2020-01-01", "frontal": 1.0},
        {"shop": 7, "day": "2020-01-02", "frontal": 2.0},
    ]
