import numpy as np
import pytest

from frontal.diagnostics import accuracy as acc

ACTUAL, FORECAST = np.array([1.0, 2.0, 4.0]), np.array([2.0, 2.0, 1.0])


def test_measures_worked_out_by_hand() -> None:
    assert acc.rmse(ACTUAL, FORECAST) == pytest.approx((10 / 3) ** 0.5)
    assert acc.mae(ACTUAL, FORECAST) == pytest.approx(4 / 3)
    assert acc.smape(ACTUAL, FORECAST) == pytest.approx(200 * (1 / 3 + 0 + 3 / 5) / 3)
    assert acc.mase(ACTUAL, FORECAST, 2.0) == pytest.approx(2 / 3)


def test_smape_of_two_zeros_is_no_error() -> None:
    assert acc.smape(np.zeros(2), np.array([0.0, 1.0])) == pytest.approx(100)


def test_mase_without_a_scale_is_nan() -> None:
    assert np.isnan(acc.mase(ACTUAL, FORECAST, 0.0))


def test_naive_scale_by_hand() -> None:
    assert acc.naive_scale(np.array([1.0, 5.0, 2.0, 9.0]), 2) == pytest.approx((1 + 4) / 2)


def test_naive_forecasts_against_loops() -> None:
    values = np.arange(10.0) ** 2
    origins = np.array([4, 7])
    np.testing.assert_array_equal(acc.last_value(values, origins, 2), [[16, 16], [49, 49]])
    expected = [[values[o + 1 + h - 3 * (1 + h // 3)] for h in range(5)] for o in origins]
    np.testing.assert_array_equal(acc.seasonal_naive(values, origins, 5, 3), expected)
    np.testing.assert_array_equal(acc.futures(values, origins, 2), [[25, 36], [64, 81]])


def test_seasonal_naive_with_period_one_is_the_last_value() -> None:
    values, origins = np.arange(6.0), np.array([2, 5])
    np.testing.assert_array_equal(acc.seasonal_naive(values, origins, 3, 1), acc.last_value(values, origins, 3))
