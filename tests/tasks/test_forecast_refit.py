"""Backtests that train again: every stage is what a model trained up to there says, and none looks ahead."""

from dataclasses import replace

import numpy as np
import pytest

from frontal.data.series import read_series
from frontal.errors import FrontalError
from frontal.tasks.forecaster import Forecaster

QUICK = {"epochs": 3, "members": 2, "hidden": 4, "horizon": 3}
rng = np.random.default_rng(0)
WAVE = 50 + 10 * np.sin(2 * np.pi * np.arange(96) / 12) + rng.normal(size=96)


@pytest.mark.parametrize("intervals", ["errors", "conformal", "adaptive"])
@pytest.mark.parametrize("every", [1, 7, 40])
def test_nothing_that_was_forecast_depends_on_what_came_later(every: int, intervals: str) -> None:
    spoilt, split = WAVE.copy(), 88
    spoilt[split:] = 1e3 + rng.normal(size=96 - split)
    options = {**QUICK, "intervals": intervals, "test": 0.12, "epochs": 1}
    before, after = (Forecaster(**options).backtest(values, refit=every) for values in (WAVE, spoilt))
    assert before.start == after.start == 84
    np.testing.assert_array_equal(before.fitted[: split + 1], after.fitted[: split + 1])
    early = before.origins < split
    assert early.any()
    np.testing.assert_array_equal(before.paths[early], after.paths[early])
    for level in (80, 95):
        np.testing.assert_array_equal(before.lower[level][early], after.lower[level][early])
        np.testing.assert_array_equal(before.upper[level][early], after.upper[level][early])


def test_every_stage_is_the_forecast_of_a_model_trained_up_to_there() -> None:
    model = Forecaster(test=0.3, **QUICK)
    found = model.backtest(WAVE, refit=10)
    once = Forecaster(test=0.3, **QUICK)
    plain = once.backtest(WAVE)
    assert found.start == plain.start == 67
    np.testing.assert_array_equal(found.origins, plain.origins)
    np.testing.assert_allclose(found.fitted[: 67 + 10], plain.fitted[: 67 + 10], rtol=1e-6)
    np.testing.assert_allclose(found.paths[:10], plain.paths[:10], rtol=1e-6)
    for first in (77, 87):
        fresh = Forecaster(once.chosen).fit(WAVE[:first])
        for origin in (first - 1, min(first + 8, 92)):
            said = fresh.predict(data=WAVE[: origin + 1])
            row = int(np.flatnonzero(found.origins == origin)[0])
            np.testing.assert_allclose(found.paths[row], said.mean, rtol=1e-6)
            np.testing.assert_allclose(found.upper[95][row], said.upper[95], rtol=1e-6)
            np.testing.assert_allclose(found.fitted[origin + 1], said.mean[0], rtol=1e-6)
    assert len(model.series) == 87 and "trained 3 times, every 10 steps" in model.notes[-1]


def test_the_setting_is_the_default_of_the_argument() -> None:
    asked = Forecaster(test=0.3, refit_every=10, **QUICK).backtest(WAVE)
    given = Forecaster(test=0.3, **QUICK).backtest(WAVE, refit=10)
    np.testing.assert_array_equal(asked.paths, given.paths)
    never = Forecaster(test=0.3, refit_every=10, **QUICK).backtest(WAVE, refit=False)
    np.testing.assert_array_equal(never.paths, Forecaster(test=0.3, **QUICK).backtest(WAVE).paths)


def test_training_again_helps_where_the_series_changes() -> None:
    """Waves of two steps become waves of four: a model of the first part expects the old ones."""
    t = np.arange(240)
    noise = 0.3 * np.random.default_rng(1).normal(size=240)
    turned = np.where(t < 120, t % 2, (t // 2) % 2) * 10 + noise
    options = {"test": 0.5, "horizon": 1, "context": 6, "epochs": 80, "members": 2, "period": 1, "log": False}
    once, again = (Forecaster(**options).backtest(turned, refit=every) for every in (False, 20))
    late = slice(180, 240)
    errors = [np.abs(found.fitted[late] - turned[late]).mean() for found in (once, again)]
    assert errors[1] < 0.7 * errors[0]


def test_values_filled_in_at_the_end_of_a_training_part_are_not_learned() -> None:
    """They lie between what was known and what came later."""
    holes = WAVE.copy()
    holes[60:70] = np.nan
    series, model = read_series(holes), Forecaster(test=0.3, **QUICK)
    assert model.backtest(series).start == 67 and len(model.series) == 60
    spoilt = replace(series, values=np.where(np.arange(96) < 60, series.values, 900.0))
    other = Forecaster(test=0.3, **QUICK)
    other.backtest(spoilt)
    np.testing.assert_array_equal(model.predict().mean, other.predict().mean)


@pytest.mark.parametrize("refit", [0, -3, 2.5, True])
def test_a_refit_is_a_number_of_steps(refit) -> None:
    with pytest.raises(FrontalError, match="refit must be a whole number of steps >= 1, or False"):
        Forecaster(**QUICK).backtest(WAVE, refit=refit)
