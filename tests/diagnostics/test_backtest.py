from io import BytesIO

import numpy as np
import pytest

from frontal.diagnostics.backtest import Backtest, Forecast

VALUES = np.array([1.0, 3, 2, 4, 3, 5, 4, 6, 5, 7])
START = 6


def backtest(error: float = 0.0, horizon: int = 2) -> Backtest:
    """A backtest that is off by `error` everywhere, with bounds one unit above and below."""
    fitted = np.concatenate([[np.nan, np.nan], VALUES[2:] + error])
    origins = np.arange(START - 1, len(VALUES) - horizon)
    actual = VALUES[origins[:, None] + np.arange(1, horizon + 1)]
    paths = actual + error
    return Backtest(
        "sales", VALUES, START, 2, 1.0, fitted, origins, paths,
        {80: paths - 1, 95: paths - 2}, {80: paths + 1, 95: paths + 2},
    )  # fmt: skip


def test_metrics_of_a_known_error() -> None:
    metrics = backtest(error=0.5).metrics()
    assert metrics["rmse_train"] == metrics["rmse_test"] == pytest.approx(0.5)
    assert metrics["mase_backtest"] == pytest.approx(0.5)
    assert metrics["rmse_test_last_value"] == pytest.approx(np.sqrt((1 + 4 + 1 + 4) / 4))
    assert metrics["rmse_test_seasonal_naive"] == pytest.approx(1.0)
    assert metrics["coverage_80"] == metrics["coverage_95"] == 1.0


def test_coverage_counts_what_lies_within() -> None:
    assert backtest(error=1.5).coverage() == {80: 0.0, 95: 1.0}


def test_a_test_part_shorter_than_the_horizon_has_no_rolling_figures() -> None:
    short = backtest(horizon=5)
    assert not len(short.origins)
    assert np.isnan(short.metrics()["mase_backtest"])
    assert "beats" in short.verdict()


@pytest.mark.parametrize(("error", "says"), [(0.1, "beats both"), (9.0, "does not beat the naive forecast")])
def test_the_verdict_is_plain(error: float, says: str) -> None:
    assert says in backtest(error).verdict()


def test_forecast_rows_and_array() -> None:
    times = np.array(["2020-01-01", "2020-01-02"], "datetime64[s]")
    mean = np.array([1.0, 2.0])
    forecast = Forecast("sales", mean, {80: mean - 1}, {80: mean + 1}, times)
    assert forecast.to_rows()[1] == {
        "step": 2, "time": "2020-01-02", "sales": 2.0, "lower_80": 1.0, "upper_80": 3.0
    }  # fmt: skip
    np.testing.assert_array_equal(np.asarray(forecast), mean)


@pytest.mark.parametrize("name", ["step", "time"])
def test_a_target_called_like_another_column_keeps_its_own(name: str) -> None:
    times = np.array(["2020-01-01"], "datetime64[s]")
    row = Forecast(name, np.array([7.0]), {}, {}, times).to_rows()[0]
    assert row["step"] == 1 and row["time"] == "2020-01-01" and 7.0 in row.values()


@pytest.mark.parametrize("repeat", [1, 60], ids=["short", "long"])
def test_the_plot_draws_the_series_and_both_fits(repeat: int) -> None:
    values = np.tile(VALUES, repeat)
    T, start = len(values), 6 * repeat
    paths = np.zeros((0, 3))
    whole = Backtest("sales", values, start, 2, 1.0, values + 0.5, np.zeros(0, int), paths)
    ahead = Forecast("sales", np.ones(3), {80: np.zeros(3)}, {80: np.full(3, 2.0)})
    figure = whole.plot(ahead)
    lines = {line.get_label(): line for line in figure.axes[0].get_lines()}
    np.testing.assert_array_equal(lines["sales"].get_ydata(), values)
    test = next(line for label, line in lines.items() if "test" in label)
    assert "0.5" in test.get_label()
    np.testing.assert_array_equal(test.get_ydata(), values[start:] + 0.5)
    np.testing.assert_array_equal(lines["forecast"].get_xdata(), T - 1 + np.arange(4))
    figure.savefig(BytesIO(), format="png")


@pytest.mark.parametrize(
    ("first", "ahead_has_times", "dated"),
    [("2020-01", True, True), ("0001-01", True, False), ("9998-12", True, False), ("2020-01", False, False)],
    ids=["dates", "year 1", "year 9999", "irregular"],
)
def test_times_that_cannot_be_drawn_become_steps(first: str, ahead_has_times: bool, dated: bool) -> None:
    times = (np.datetime64(first, "M") + np.arange(12)).astype("datetime64[s]")
    whole = Backtest("sales", VALUES, START, 2, 1.0, VALUES + 0.5, np.zeros(0, int), np.zeros((0, 2)), times=times[:10])
    ahead = Forecast("sales", np.ones(2), {80: np.zeros(2)}, {80: np.ones(2)}, times[10:] if ahead_has_times else None)
    figure = whole.plot(ahead)
    axis = figure.axes[0]
    line = next(line for line in axis.get_lines() if line.get_label() == "forecast")
    assert (axis.get_xlabel() == "step") != dated
    assert np.issubdtype(np.asarray(line.get_xdata()).dtype, np.datetime64) == dated
    assert len(line.get_xdata()) == 3
    figure.savefig(BytesIO(), format="png")
