import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontal.data.representation import Representation, based, cut, season_steadies, spread_grows, undone
from frontal.errors import FrontalError

rng = np.random.default_rng(0)
AIR = 100 * np.exp(0.01 * np.arange(96)) * (1 + 0.2 * np.sin(2 * np.pi * np.arange(96) / 12))


@settings(deadline=None, max_examples=60)
@given(
    log=st.booleans(),
    season=st.sampled_from([0, 1, 4, 12]),
    horizon=st.integers(1, 30),
    seed=st.integers(0, 99),
)
def test_a_perfect_answer_restores_the_future_exactly(log: bool, season: int, horizon: int, seed: int) -> None:
    values = np.exp(np.random.default_rng(seed).normal(size=80))
    representation = Representation.anchor(values, log=log, season=season)
    origins = np.arange(season + 5, len(values) - horizon)
    flat = representation.flatten(values)
    path = cut(flat, origins - season, 1, 1 + horizon)
    recent = representation.recent(values, origins)
    restored = representation.back(undone(recent, path))
    expected = np.array([values[o + 1 : o + 1 + horizon] for o in origins])
    np.testing.assert_allclose(restored, expected, rtol=1e-9)


@settings(deadline=None, max_examples=30)
@given(season=st.sampled_from([0, 1, 4, 12]), horizon=st.integers(1, 30), seed=st.integers(0, 99))
def test_bases_are_paths_without_further_change(season: int, horizon: int, seed: int) -> None:
    """What an answer of zero to every step adds up to."""
    values = np.random.default_rng(seed).normal(size=60)
    representation = Representation.anchor(values, log=False, season=season)
    origins = np.arange(season + 5, 60)
    anchors = np.random.default_rng(seed + 1).normal(size=(len(origins), 1))
    recent = representation.recent(values, origins)
    zero = np.repeat(anchors, horizon, axis=1)
    np.testing.assert_allclose(based(recent, anchors, horizon), undone(recent, zero))


def test_what_is_added_up_was_known_at_the_origin() -> None:
    values = AIR.copy()
    representation = Representation.anchor(values, log=True, season=12)
    origins, path = np.array([40]), rng.normal(size=(1, 30))
    before = undone(representation.recent(values, origins), path)
    values[41:] = 1e6
    np.testing.assert_array_equal(undone(representation.recent(values, origins), path), before)


def test_zero_change_of_the_seasonal_difference_is_last_year_times_the_latest_growth() -> None:
    representation = Representation.anchor(AIR, log=True, season=12)
    flat = representation.flatten(AIR)
    origin = 60
    path = np.full((1, 3), flat[origin - 12])
    forecast = representation.back(undone(representation.recent(AIR, np.array([origin])), path))[0]
    growth = AIR[origin] / AIR[origin - 12]
    np.testing.assert_allclose(forecast, AIR[origin - 11 : origin - 8] * growth)


def test_anchored_scale_is_the_spread_of_the_steps() -> None:
    values = rng.normal(size=50)
    assert Representation.anchor(values, log=False, season=0).scale == pytest.approx(np.diff(values).std())


def test_minmax_maps_to_zero_and_one() -> None:
    values = np.array([3.0, 7.0, 5.0])
    representation = Representation.minmax(values, log=False, season=0)
    scaled = (values - representation.anchors(values[None])[0]) / representation.scale
    np.testing.assert_allclose(scaled, [0, 1, 0.5])


def test_constant_series_have_scale_one() -> None:
    assert Representation.anchor(np.ones(20), log=False, season=0).scale == 1
    assert Representation.minmax(np.ones(20), log=False, season=0).scale == 1


def test_logarithm_of_a_zero_is_refused_with_its_place() -> None:
    with pytest.raises(FrontalError, match=r"value 3 is 0; set log=false"):
        Representation(True, 0, True, 0.0, 1.0).flatten(np.array([1.0, 2.0, 0.0, 5.0]))


def test_cut_marks_what_lies_outside() -> None:
    found = cut(np.arange(5.0), np.array([0, 4]), -1, 2)
    np.testing.assert_array_equal(found, [[np.nan, 0, 1], [3, 4, np.nan]])


def test_spread_grows_only_for_multiplicative_series() -> None:
    noise = rng.normal(size=200)
    level = np.linspace(10, 100, 200)
    assert spread_grows(level * (1 + 0.1 * noise), 1)
    assert not spread_grows(level + noise, 1)
    assert not spread_grows(level * noise, 1), "values below zero have no logarithm"
    assert not spread_grows(np.full(50, 3.0), 12)


def test_season_steadies_a_seasonal_series_and_no_other() -> None:
    season = np.tile(rng.normal(size=12), 10)
    assert season_steadies(season + 0.1 * rng.normal(size=120), 12, log=False)
    assert not season_steadies(np.cumsum(rng.normal(size=120)), 12, log=False)
    assert not season_steadies(season, 1, log=False)
    assert not season_steadies(season[:30], 12, log=False), "two and a half periods are too few"
