"""Forecaster.stream: after every value the forecast that a whole series would get."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import frontal
from frontal.data.series import read_series
from frontal.errors import FrontalError


@pytest.fixture(scope="module")
def fitted():
    return frontal.Forecaster(horizon=3, members=2, epochs=3).fit(read_series("airline").head(120))


def test_each_step_equals_the_forecast_of_the_series_so_far(fitted):
    whole = read_series("airline")
    stream = fitted.stream()
    for place in range(120, 130):
        said = stream.step(whole.values[place])
        wanted = fitted.predict(data=whole.head(place + 1))
        assert np.array_equal(said.mean, wanted.mean)
        assert np.array_equal(said.lower[80], wanted.lower[80])
        assert np.array_equal(said.times, wanted.times)


def test_a_missing_value_is_the_forecast(fitted):
    stream = fitted.stream()
    expected = stream.forecast.mean[0]
    stream.step(None)
    assert stream.series.values[-1] == expected
    assert not stream.series.observed[-1]


def test_what_does_not_fit_is_said(fitted):
    with pytest.raises(FrontalError, match="2 features are given, but the forecaster reads: none"):
        fitted.stream().step(1.0, [1.0, 2.0])
    with pytest.raises(FrontalError, match="finite numbers"):
        fitted.stream().step(float("inf"))
    stream = fitted.stream()
    stream.series = replace(stream.series, frequency=None)
    with pytest.raises(FrontalError, match="irregular times"):
        stream.step(1.0)
