"""Anomalies planted in a real series are found, in a share of ordinary steps as small as asked for."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

import frontal
from frontal.data.series import read_series
from frontal.diagnostics.anomalies import Anomalies, checked_rate, rank_p_values
from frontal.errors import FrontalError
from frontal.tasks.forecaster import Forecaster

FITTED, CONTEXT = 2400, 14


@pytest.fixture(scope="module")
def temperatures(data_dir: Path) -> np.ndarray:
    return read_series(data_dir / "classic_series" / "daily-min-temperatures.csv").values


@pytest.fixture(scope="module", params=["none", "student"])
def fitted(request: pytest.FixtureRequest, temperatures: np.ndarray) -> Forecaster:
    options = {"epochs": 8, "members": 4, "validation": 0.25, "horizon": 2, "context": CONTEXT, "period": 1}
    return Forecaster(likelihood=request.param, **options).fit(temperatures[:FITTED])


@pytest.mark.parametrize("rate", [0.005, 0.02, 0.1])
def test_ordinary_steps_are_flagged_as_rarely_as_asked(
    fitted: Forecaster, temperatures: np.ndarray, rate: float
) -> None:
    """1250 days that were not learned; the errors are not quite exchangeable, so twice the rate is let pass."""
    found = fitted.anomalies(temperatures[FITTED:], false_alarms=rate)
    flagged = int(found.flagged.sum())
    assert found.measured == len(temperatures) - FITTED - CONTEXT
    assert stats.binomtest(flagged, found.measured, 2 * rate, alternative="greater").pvalue > 0.01
    assert stats.binomtest(flagged, found.measured, rate / 3, alternative="less").pvalue > 0.01


def test_planted_anomalies_are_found_and_nothing_else_is(fitted: Forecaster, temperatures: np.ndarray) -> None:
    rng = np.random.default_rng(0)
    at = np.sort(rng.choice(np.arange(50, 1200, 30), 20, replace=False))
    plain = fitted.anomalies(temperatures[FITTED:])
    spoilt = temperatures[FITTED:].copy()
    spoilt[at] += 18 * np.sign(rng.normal(size=20))
    found = fitted.anomalies(spoilt)
    assert found.flagged[at].all()
    others = set(np.flatnonzero(found.flagged)) - set(at)
    assert len(others - set(np.flatnonzero(plain.flagged))) <= 2, "a wrong value is one anomaly, not those after it"
    assert np.sort(np.argsort(-np.nan_to_num(found.scores))[:20]).tolist() == at.tolist(), "they rank first"


def test_a_new_level_is_an_anomaly_only_as_long_as_the_old_is_seen(
    fitted: Forecaster, temperatures: np.ndarray
) -> None:
    moved = temperatures[FITTED:].copy()
    moved[600:] += 40
    plain, found = fitted.anomalies(temperatures[FITTED:]), fitted.anomalies(moved)
    assert found.flagged[600:603].all()
    late = slice(600 + CONTEXT + 4, None)
    np.testing.assert_array_equal(found.flagged[late], plain.flagged[late])


def test_the_past_decides_and_not_what_comes() -> None:
    values = np.random.default_rng(0).normal(size=200)
    model = Forecaster(epochs=2, members=2, horizon=1, context=6, period=1).fit(values)
    spoilt = values.copy()
    spoilt[150:] = 50
    before, after = model.anomalies(values), model.anomalies(spoilt)
    np.testing.assert_array_equal(before.p_values[:150], after.p_values[:150])
    np.testing.assert_array_equal(before.expected[:151], after.expected[:151])


def test_one_wrong_value_changes_only_itself() -> None:
    """What is expected stands in its place: all other steps are as if that had come."""
    values = np.sin(np.arange(160) * 2 * np.pi / 8) + 0.1 * np.random.default_rng(1).normal(size=160)
    model = Forecaster(epochs=20, members=2, horizon=1, context=8, period=1).fit(values[:100])
    wrong = values.copy()
    wrong[120] = 30
    found = model.anomalies(wrong)
    instead = values.copy()
    instead[120] = found.expected[120]
    as_if = model.anomalies(instead)
    rest = np.arange(160) != 120
    np.testing.assert_allclose(found.expected, as_if.expected, rtol=1e-5)
    np.testing.assert_array_equal(found.flagged[rest], as_if.flagged[rest])
    assert found.flagged[120] and not as_if.flagged[120]


def test_holes_are_not_judged_and_a_saved_model_judges_alike(tmp_path: Path) -> None:
    values = np.random.default_rng(2).normal(size=150)
    model = Forecaster(epochs=2, members=2, horizon=2, context=6, period=1).fit(values)
    holes = values.copy()
    holes[[40, 41, 90]] = np.nan
    found = model.anomalies(holes)
    assert np.isnan(found.p_values[[40, 41, 42, 90, 91]]).all() and found.measured == 150 - 6 - 5
    again = frontal.load(model.save(tmp_path / "run")).anomalies(holes)
    np.testing.assert_array_equal(again.p_values, found.p_values)
    assert len(model.anomalies()) == 150


def anomalies() -> Anomalies:
    nan = np.nan
    times = np.arange("2020-01-01", "2020-01-05", dtype="datetime64[D]").astype("datetime64[s]")
    return Anomalies(
        "load", np.array([1.0, 2, 9, 3]), np.array([nan, 2, 2, 3]), np.array([nan, 0.5, 0.01, 0.9]),
        np.array([nan, 1.0, 8.0, 0.1]), np.array([False, False, True, False]), 0.05, times,
    )  # fmt: skip


def test_rows_frame_sentence_and_plot() -> None:
    found = anomalies()
    assert found.to_rows(flagged_only=True) == [
        {"step": 3, "time": "2020-01-03", "load": 9.0, "expected": 2.0, "p_value": 0.01, "score": 8.0, "anomaly": True}
    ]
    assert found.to_rows()[0]["p_value"] is None
    frame = found.to_frame()
    assert (
        list(frame.columns) == ["step", "time", "load", "expected", "p_value", "score", "anomaly"] and len(frame) == 4
    )
    assert str(found) == "1 of 3 steps of 'load' are anomalies; if all were ordinary, about 0.15 would be flagged."
    figure = found.plot()
    points = next(line for line in figure.axes[0].get_lines() if line.get_label() == "anomaly")
    assert points.get_ydata().tolist() == [9.0]
    figure.savefig(BytesIO(), format="png")


def test_p_values_by_hand() -> None:
    found = rank_p_values(np.array([2.5, 4.0, 0.0, np.nan]), np.array([1.0, 2.0, 3.0, np.nan, 4.0]))
    np.testing.assert_allclose(found, [3 / 5, 2 / 5, 1.0, np.nan])


@pytest.mark.parametrize(
    ("rate", "says"),
    [
        (0.0, "share of steps, such as 0.01; got 0"),
        (1.5, "got 1.5"),
        (True, "got True"),
        (0.001, r"cannot be told from 99 values .* the smallest rate is 0.01"),
    ],
)
def test_rates_that_cannot_be(rate, says: str) -> None:
    with pytest.raises(FrontalError, match=says):
        checked_rate(rate, 99)
    assert checked_rate(0.01, 99) == 0.01


def test_too_short_a_series() -> None:
    model = Forecaster(epochs=1, members=1, horizon=1, context=6, period=1).fit(np.arange(40.0) % 5)
    with pytest.raises(FrontalError, match="6 values are too few; the model reads 6 before each"):
        model.anomalies([1.0, 2, 3, 4, 5, 6])
