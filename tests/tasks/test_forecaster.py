import copy
import json

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import torch

import frontal
from frontal.errors import FrontalError
from frontal.tasks.forecast_settings import ForecastSettings
from frontal.tasks.forecaster import Forecaster
from frontal.training.run_directory import read_run, save_run

QUICK = {"epochs": 3, "members": 2, "hidden": 4}
rng = np.random.default_rng(0)
WAVE = 50 + 10 * np.sin(2 * np.pi * np.arange(96) / 12) + rng.normal(size=96)
TIMES = np.arange("2010-01", "2018-01", dtype="datetime64[M]").astype("datetime64[ms]")


@pytest.fixture(scope="module")
def fitted() -> Forecaster:
    return Forecaster(horizon=6, **QUICK).fit("airline")


@pytest.mark.parametrize(
    "frame",
    [pd.DataFrame, pl.DataFrame, pl.LazyFrame, pa.table, dict],
    ids=["pandas", "polars", "lazy", "pyarrow", "dict"],
)
def test_every_frame_gives_the_same_forecast(frame) -> None:
    data = {"when": TIMES, "y": WAVE}
    expected = Forecaster(**QUICK).fit(data).predict(4)
    found = Forecaster(**QUICK).fit(frame(data)).predict(4)
    np.testing.assert_array_equal(found.mean, expected.mean)
    assert [str(t)[:7] for t in found.times] == ["2018-01", "2018-02", "2018-03", "2018-04"]


def test_arrays_and_lists_have_no_times() -> None:
    from_array = Forecaster(**QUICK).fit(WAVE).predict(3)
    assert from_array.times is None
    np.testing.assert_array_equal(from_array.mean, Forecaster(**QUICK).fit(WAVE.tolist()).predict(3).mean)


def test_an_untrained_network_says_last_year_times_the_latest_growth() -> None:
    model = Forecaster(epochs=1, learning_rate=1e-12, members=1, horizon=12).fit("airline")
    values = model.series.values
    expected = values[-12:] * values[-1] / values[-13]
    np.testing.assert_allclose(model.predict().mean, expected, rtol=1e-6)


def test_nothing_of_the_test_part_reaches_the_model() -> None:
    """Guesses, scale, weights and forecasts before the split do not depend on what comes after."""
    spoilt = WAVE.copy()
    spoilt[64:] = 1e3 + rng.normal(size=32)
    clean, other = Forecaster(test=1 / 3, **QUICK), Forecaster(test=1 / 3, **QUICK)
    before = clean.backtest(WAVE)
    after = other.backtest(spoilt)
    assert before.start == after.start == 64
    assert clean.chosen == other.chosen
    np.testing.assert_array_equal(before.fitted[:64], after.fitted[:64])
    np.testing.assert_array_equal(before.paths[0], after.paths[0])


def test_the_tutorial_leaks_the_scale_and_says_so() -> None:
    spoilt = WAVE.copy()
    spoilt[64:] *= 3
    quick = {"epochs": 2, "batch_size": 16, "test": 1 / 3, "preset": "tutorial"}
    before, after = Forecaster(**quick).backtest(WAVE), Forecaster(**quick).backtest(spoilt)
    assert not np.array_equal(before.fitted[1:64], after.fitted[1:64])


@pytest.mark.parametrize("ahead", [1, 3, 6])
def test_backtest_paths_are_what_predict_would_have_said(ahead: int) -> None:
    model = Forecaster(horizon=6, **QUICK)
    backtest = model.backtest("airline")
    origin = int(backtest.origins[5])
    past = model.read("airline").head(origin + 1)
    forecast = model.predict(ahead, past)
    np.testing.assert_allclose(forecast.mean, backtest.paths[5][:ahead], rtol=1e-5)
    np.testing.assert_allclose(forecast.lower[80], backtest.lower[80][5][:ahead], rtol=1e-5)
    one_step = model.predict(1, past)
    np.testing.assert_allclose(one_step.mean[0], backtest.fitted[origin + 1], rtol=1e-5)


def test_intervals_contain_the_mean_and_widen(fitted: Forecaster) -> None:
    forecast = fitted.predict(20)
    for level in (80, 95):
        assert (forecast.lower[level] < forecast.mean).all() and (forecast.mean < forecast.upper[level]).all()
    assert (forecast.lower[95] <= forecast.lower[80]).all() and (forecast.upper[80] <= forecast.upper[95]).all()
    width = np.log(forecast.upper[80] / forecast.lower[80])
    assert (np.diff(width) >= -1e-12).all() and width[-1] > width[5]


def test_intervals_of_steps_too_far_ahead_to_be_known_grow_with_their_root() -> None:
    """One member holds out the last windows, of which the far steps have not happened yet."""
    model = Forecaster(horizon=12, members=1, validation=0.1, epochs=2, context=4).fit(WAVE[:40])
    forecast = model.predict()
    width = forecast.upper[80] - forecast.lower[80]
    assert np.isfinite(width).all() and (np.diff(width) >= 0).all()
    known = int(np.flatnonzero(np.isclose(width[1:] / width[:-1], np.sqrt(np.arange(2, 13) / np.arange(1, 12))))[0]) + 1
    np.testing.assert_allclose(width[known:] / width[known - 1], np.sqrt(np.arange(known + 1, 13) / known))


def test_a_longer_horizon_continues_the_trained_one(fitted: Forecaster) -> None:
    np.testing.assert_allclose(fitted.predict(15).mean[:6], fitted.predict().mean, rtol=1e-12)


def test_features_are_read_and_matter() -> None:
    leading = np.sign(rng.normal(size=300))
    series = np.concatenate([[0.0], leading[:-1]]) * 3 + 0.1 * rng.normal(size=300)
    frame = {"y": series, "lead": leading}
    settings = {"context": 4, "horizon": 1, "members": 2, "epochs": 60, "learning_rate": 0.02}
    with_lead = Forecaster(target="y", features=("lead",), **settings).backtest(frame).metrics()
    without = Forecaster(target="y", **settings).backtest(frame).metrics()
    assert with_lead["rmse_test"] < 0.5 * without["rmse_test"]


def test_features_limit_the_horizon() -> None:
    frame = {"y": WAVE, "x": WAVE}
    model = Forecaster(target="y", features=("x",), horizon=3, **QUICK).fit(frame)
    with pytest.raises(FrontalError, match=r"answers 3 steps at most; train again with --horizon 4"):
        model.predict(4)


def test_the_phase_of_the_season_follows_the_calendar() -> None:
    """Data that start in another month are read in that month, not as if they began the season."""
    settings = {"period": 12, "seasonal_difference": False, "log": False, "horizon": 2, "context": 4}
    model = Forecaster(**settings, **QUICK).fit({"t": TIMES, "y": WAVE})
    whole = model.predict(2, {"t": TIMES, "y": WAVE})
    later = model.predict(2, {"t": TIMES[31:], "y": WAVE[31:]})
    np.testing.assert_allclose(later.mean, whole.mean, rtol=1e-6)


def test_constant_series_are_forecast_as_they_are() -> None:
    model = Forecaster(horizon=3, **QUICK)
    backtest = model.backtest([5.0] * 40)
    np.testing.assert_allclose(model.predict().mean, 5.0)
    assert np.isnan(backtest.metrics()["mase_backtest"]) and backtest.metrics()["rmse_test"] == pytest.approx(0)
    assert "constant" in " ".join(model.notes)


@pytest.mark.parametrize(
    ("data", "settings", "says"),
    [
        ("airline", {"horizon": 500}, r"horizon 500 and context 12 .* the longest horizon with this context is 71"),
        ("airline", {"context": 0}, "context must be at least 1, got 0"),
        ("airline", {"context": 90}, "context 90 together must be shorter than the 84 values .* set a smaller context"),
        ("airline", {"cell": "grx"}, "did you mean 'gru'"),
        ("airline", {"cell": 3}, "cell"),
        ("airline", {"hidden": 0}, "hidden must be at least 1"),
        ("airline", {"period": 60}, "period 60 needs 120 values"),
        ("airline", {"log": True, "target": "Passenger"}, "did you mean 'Passengers'"),
        ([1.0, -1.0] * 20, {"log": True}, "log=true needs values above 0"),
        ([1.0, 2.0, 3.0], {}, "3 values cannot be split"),
        ([1.0], {}, "a series needs two"),
        (np.array([1.0, np.inf] * 20), {}, "inf"),
    ],
)
def test_bad_input_is_told_before_training(data, settings, says) -> None:
    with pytest.raises(FrontalError, match=says):
        Forecaster(**settings, **({} if "hidden" in settings else QUICK)).backtest(data)


@pytest.mark.parametrize("horizon", [0, -1, 2.5, True])
def test_a_horizon_is_a_whole_number(fitted: Forecaster, horizon) -> None:
    with pytest.raises(FrontalError, match="whole number of steps"):
        fitted.predict(horizon)


def test_fitting_again_forgets_the_columns_of_before() -> None:
    model = Forecaster(**QUICK).fit("airline")
    again = model.fit({"when": TIMES, "y": WAVE})
    assert again is model and model.series.target == "y"
    np.testing.assert_array_equal(
        model.predict().mean, Forecaster(**QUICK).fit({"when": TIMES, "y": WAVE}).predict().mean
    )
    assert model.backtest("airline").target == "Passengers"


def test_not_fitted_yet() -> None:
    with pytest.raises(FrontalError, match="not fitted yet; call fit"):
        Forecaster().predict()


def test_too_short_a_past_to_continue(fitted: Forecaster) -> None:
    with pytest.raises(FrontalError, match="10 values are too few to continue; this model reads 24"):
        fitted.predict(data=np.arange(1.0, 11.0))


@pytest.mark.parametrize(
    "options",
    [
        {}, {"preset": "tutorial", "epochs": 2, "batch_size": 32}, {"cell": "lstm", "layers": 2, "dropout": 0.1},
        {"seasonal_difference": False}, {"target": "y", "features": ("x",)},
    ],
    ids=["default", "tutorial", "lstm", "phase", "features"],
)  # fmt: skip
def test_a_saved_forecaster_says_the_same(tmp_path, options) -> None:
    data = {"t": TIMES, "x": WAVE[::-1].copy(), "y": WAVE} if "features" in options else {"t": TIMES, "y": WAVE}
    model = Forecaster(**{**QUICK, "horizon": 3, **options}).fit(data)
    loaded = frontal.load(model.save(tmp_path / "run"))
    assert isinstance(loaded, Forecaster)
    before, after = model.predict(), loaded.predict()
    assert before.to_rows() == after.to_rows()
    assert loaded.settings == model.settings and loaded.chosen == model.chosen and loaded.notes == model.notes
    assert model.measure(data).metrics() == pytest.approx(loaded.measure(data).metrics(), nan_ok=True)


@pytest.mark.parametrize("name", ["settings.json", "model.safetensors", "metrics.json", "log.jsonl"])
def test_a_changed_byte_is_refused_with_the_file_name(tmp_path, fitted: Forecaster, name: str) -> None:
    run = fitted.save(tmp_path / "run")
    content = bytearray((run / name).read_bytes())
    content[len(content) // 2] ^= 1
    (run / name).write_bytes(content)
    with pytest.raises(FrontalError, match=name):
        frontal.load(run)


def leaves(tree: object, path: tuple = ()) -> list[tuple]:
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    return [path] * bool(path) + [leaf for key, value in items for leaf in leaves(value, (*path, key))]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # numbers that overflow are the forger's
def test_forged_runs_are_refused_or_harmless(tmp_path) -> None:
    """Every setting replaced by what it cannot be, every tensor missing or cut, with true checksums."""
    run = read_run(Forecaster(epochs=1, members=1, hidden=2).fit("airline").save(tmp_path / "run"))

    def load(**changed: object) -> None:
        parts = {"settings": run.settings, "tensors": run.tensors, **changed}
        save_run(tmp_path / "forged", kind=run.kind, metrics=run.metrics, log=run.log, **parts)
        try:
            frontal.load(tmp_path / "forged").predict(3)
        except FrontalError:
            return

    for path in leaves(run.settings):
        for value in (None, "../x", -1, 0, [], {}):
            forged = copy.deepcopy(run.settings)
            place = forged
            for key in path[:-1]:
                place = place[key]
            place[path[-1]] = value
            load(settings=forged)
    for name, tensor in run.tensors.items():
        load(tensors={**run.tensors, name: tensor.flatten()[:1]})
        load(tensors={key: other for key, other in run.tensors.items() if key != name})


def test_settings_of_a_later_version_are_refused(tmp_path, fitted: Forecaster) -> None:
    with pytest.raises(FrontalError, match="unknown names: wings"):
        ForecastSettings.from_dict({**fitted.settings.to_dict(), "wings": 2})


def test_same_seed_same_forecast_and_the_global_state_is_left_alone() -> None:
    torch.manual_seed(3)
    state = torch.get_rng_state()
    first = Forecaster(**QUICK).fit("airline").predict()
    assert torch.equal(torch.get_rng_state(), state)
    torch.manual_seed(99)
    assert first.to_rows() == Forecaster(**QUICK).fit("airline").predict().to_rows()
    assert first.to_rows() != Forecaster(seed=1, **QUICK).fit("airline").predict().to_rows()


def test_settings_read_text_as_their_types() -> None:
    settings = ForecastSettings.from_options(
        None, hidden="8", log="no", period="none", learning_rate="1e-3", features="a, b", clip_norm="None"
    )
    assert (settings.hidden, settings.log, settings.period) == (8, False, None)
    assert (settings.learning_rate, settings.features, settings.clip_norm) == (0.001, ("a", "b"), None)
    assert ForecastSettings.from_options(features=["a", "b"]).features == ("a", "b")
    assert ForecastSettings.from_options(clip_norm=None, horizon=None).clip_norm is None
    assert ForecastSettings.from_dict(json.loads(json.dumps(settings.to_dict()))) == settings


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"hiden": "3"}, "did you mean 'hidden'"),
        ({"hidden": "many"}, "expected a whole number"),
        ({"learning_rate": "fast"}, "expected a number"),
        ({"learning_rate": "nan"}, "learning_rate must be greater than 0"),
        ({"log": "maybe"}, "expected true or false"),
        ({"preset": "tutoriel"}, "did you mean 'tutorial'"),
        ({"optimizer": "adm"}, "did you mean 'adam'"),
        ({"scaling": "log"}, "scaling='log'"),
        ({"test": "1.5"}, "test must be at least 0 and below 1"),
        ({"members": "9"}, "set validation to at most 0.111"),
        ({"hidden": 2.5}, "hidden=2.5: expected a whole number"),
        ({"members": True}, "members=True: expected a whole number"),
        ({"epochs": None}, "epochs=None: expected a whole number"),
        ({"log": 1}, "log=1: expected true or false or none"),
        ({"features": 3}, "expected a tuple of names"),
        ({"cell": 3}, "cell=3: expected a text"),
        ({"seasonal_difference": "yes", "period": "1"}, "needs a period above 1"),
    ],
)
def test_settings_that_cannot_be(options, says) -> None:
    with pytest.raises(FrontalError, match=says):
        ForecastSettings.from_options(options.pop("preset", None), **options)
