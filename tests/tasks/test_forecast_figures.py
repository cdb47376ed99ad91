"""The figures that the README states, measured again: means over 5 seeds."""

from pathlib import Path

import numpy as np
import pytest

from frontal.tasks.forecaster import Forecaster

SEEDS = range(5)


def mean_metrics(source: str | Path, **options) -> dict[str, float]:
    runs = [Forecaster(seed=seed, **options).backtest(source).metrics() for seed in SEEDS]
    return {name: float(np.mean([run[name] for run in runs])) for name in runs[0]}


def test_airline_by_default() -> None:
    metrics = mean_metrics("airline")
    assert metrics["rmse_test_last_value"] == pytest.approx(48.0, abs=0.1)
    assert metrics["rmse_test_seasonal_naive"] == pytest.approx(41.9, abs=0.1)
    assert metrics["mase_backtest_seasonal_naive"] == pytest.approx(1.22, abs=0.01)
    assert metrics["rmse_test"] <= 15.6
    assert metrics["mase_backtest"] <= 0.70
    assert 0.7 <= metrics["coverage_80"] <= 0.95
    assert metrics["coverage_95"] >= 0.9


def test_airline_as_the_introductions_print_it() -> None:
    metrics = mean_metrics("airline", preset="tutorial")
    assert metrics["rmse_train"] == pytest.approx(22.9, abs=2)
    assert metrics["rmse_test"] == pytest.approx(47.5, abs=5)


@pytest.mark.parametrize(
    ("name", "options"),
    [("shampoo", {}), ("monthly-sunspots", {"members": 2}), ("daily-min-temperatures", {"members": 2})],
)
def test_classic_series_do_not_lose_to_the_naive_forecasts(data_dir: Path, name: str, options: dict) -> None:
    metrics = Forecaster(**options).backtest(data_dir / "classic_series" / f"{name}.csv").metrics()
    for measure in ("rmse_test", "mase_backtest"):
        naive = min(metrics[f"{measure}_last_value"], metrics[f"{measure}_seasonal_naive"])
        assert metrics[measure] <= 1.05 * naive
