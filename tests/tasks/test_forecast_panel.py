"""The forecaster of many series: what reaches the model, what comes out, and back from the disk."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import frontal
from frontal.data.panel_read import read_panel
from frontal.errors import FrontalError
from frontal.tasks.forecast_panel import PanelForecaster
from frontal.training.run_directory import read_run, save_run

QUICK = {"epochs": 2, "members": 1, "hidden": 4, "horizon": 3, "periods": (4,), "batches": 4}
rng = np.random.default_rng(0)


def rows(lengths=(40, 31), *, price: bool = False, ahead: int = 0) -> dict[str, list]:
    table: dict[str, list] = {"unique_id": [], "ds": [], "y": []}
    for s, length in enumerate(lengths):
        values = 10 * (s + 1) + np.tile([0.0, 2, 1, 5], 20)[:length] + rng.normal(size=length)
        table["unique_id"] += [f"s{s}"] * (length + ahead)
        table["ds"] += (np.datetime64("2021-03-01") + np.arange(length + ahead)).tolist()
        table["y"] += [*values.tolist(), *[None] * ahead]
    if price:
        table["price"] = rng.integers(0, 2, len(table["y"])).astype(float).tolist()
    return table


@pytest.fixture(scope="module")
def fitted() -> PanelForecaster:
    return PanelForecaster(**QUICK).fit(rows())


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame, pa.table], ids=["pandas", "polars", "pyarrow"])
def test_the_forecast_comes_in_the_library_of_the_data(frame) -> None:
    found = PanelForecaster(**QUICK).fit(frame(rows())).predict()
    assert type(found) is type(frame({"a": [1]}))
    names = found.column_names if frame is pa.table else list(found.columns)
    assert names == ["unique_id", "ds", "frontal", "lower_80", "upper_80", "lower_95", "upper_95"]
    first = pd.DataFrame({name: np.asarray(found[name]) for name in names})
    assert first["unique_id"].tolist() == ["s0"] * 3 + ["s1"] * 3
    assert str(first["ds"][0])[:10] == "2021-04-10"  # forty days from the first of March
    assert str(first["ds"][3])[:10] == "2021-04-01"
    assert (first["lower_95"] <= first["lower_80"]).all()
    assert (first["lower_80"] <= first["frontal"]).all()


@pytest.mark.parametrize("naive", ["season", "last"])
def test_an_untrained_model_says_the_naive_forecast(naive: str) -> None:
    data = {"unique_id": ["a"] * 40, "y": (np.arange(40) % 4 * 1.0).tolist()}
    model = PanelForecaster(**{**QUICK, "epochs": 1, "learning_rate": 1e-12}, naive=naive).fit(data)
    expected = [0, 1, 2] if naive == "season" else [3, 3, 3]
    np.testing.assert_allclose(model.forecast().mean[0], expected, atol=1e-5)


@pytest.mark.parametrize("options", [{}, {"panel": "each"}, {"multi_step": "autoregressive"}, {"log": True}])
def test_saved_and_loaded_forecasts_are_equal(tmp_path, options: dict) -> None:
    model = PanelForecaster(**QUICK, **options, known=("price",)).fit(rows(price=True, ahead=3))
    model.save(tmp_path / "run")
    same = frontal.load(tmp_path / "run")
    assert isinstance(same, PanelForecaster)
    assert same.forecast().to_rows() == model.forecast().to_rows()
    assert same.settings == model.settings


def test_a_forged_run_is_refused(tmp_path, fitted: PanelForecaster) -> None:
    fitted.save(tmp_path / "run")
    run = read_run(tmp_path / "run")
    for name, value in (
        ("panel.starts", run.tensors["panel.starts"] * 7),
        ("model.0.error", run.tensors["panel.values"]),
    ):
        tensors = {**run.tensors, name: value}
        save_run(
            tmp_path / "bad", kind=run.kind, settings=run.settings, tensors=tensors, metrics=run.metrics, log=run.log
        )
        with pytest.raises(FrontalError, match=r"do not fit|has shape"):
            frontal.load(tmp_path / "bad")


@pytest.mark.parametrize("refit", [False, True])
def test_nothing_of_the_test_windows_reaches_the_model(refit: bool) -> None:
    data = rows()
    spoilt = dict(data, y=list(data["y"]))
    spoilt["y"][37:40] = [1e3, -1e3, 1e3]
    spoilt["y"][68:71] = [1e3, -1e3, 1e3]
    kind = {**QUICK, "test": 2, "test_refit": refit, "log": False}
    before, after = PanelForecaster(**kind).backtest(data), PanelForecaster(**kind).backtest(spoilt)
    np.testing.assert_array_equal(before.paths, after.paths)
    np.testing.assert_array_equal(before.scale, after.scale)
    assert before.refits == (2 if refit else 1)
    assert not np.array_equal(before.actual, after.actual)


def test_backtest_paths_are_what_a_forecast_would_have_said() -> None:
    model = PanelForecaster(**QUICK, test=2, log=False)
    panel = read_panel(rows())
    backtest = model.backtest(panel)
    for row in (0, 3):
        s, end = int(backtest.series[row]), int(backtest.ends[row])
        lengths = panel.lengths.copy()
        lengths[s] = end + 1
        np.testing.assert_allclose(model.forecast(data=panel.until(lengths)).mean[s], backtest.paths[row], rtol=1e-6)
        np.testing.assert_array_equal(backtest.actual[row], panel.series(s)[end + 1 : end + 4])


def test_known_features_are_needed_ahead_and_used() -> None:
    data = rows(price=True)
    data["y"] = [value + 20 * price for value, price in zip(data["y"], data["price"], strict=True)]
    model = PanelForecaster(
        **{**QUICK, "epochs": 30, "hidden": 16, "batches": 30, "learning_rate": 0.01}, known=("price",)
    )
    model.fit(data)
    with pytest.raises(FrontalError, match="series 's0' lacks 'price' for 3 of 3 steps, first for 2021-04-10"):
        model.predict()
    ends = {"s0": np.datetime64("2021-04-10"), "s1": np.datetime64("2021-04-01")}
    future = {
        "unique_id": [name for name in ends for _ in range(3)],
        "ds": [(end + step).tolist() for end in ends.values() for step in range(3)],
        "price": [1.0, 0, 0, 0, 1, 0],
    }
    dear, cheap = (model.forecast(future={**future, "price": p}).mean for p in (future["price"], [0.0] * 6))
    assert dear[0, 0] - cheap[0, 0] > 4
    assert dear[1, 1] - cheap[1, 1] > 4
    np.testing.assert_allclose(dear[0, 1:], cheap[0, 1:])


def test_missing_values_change_nothing_by_their_place_holder() -> None:
    data = rows()
    data["y"][5] = data["y"][50] = None
    model = PanelForecaster(**QUICK).fit(data)
    assert np.isnan(model.panel.values).sum() == 2
    assert np.isfinite(model.forecast().mean).all()


def test_past_and_static_features_and_each_series_alone() -> None:
    data = rows(price=True)
    data["town"] = ["north" if name == "s0" else "south" for name in data["unique_id"]]
    model = PanelForecaster(**QUICK, past=("price",), static=("town",), panel="each").fit(data)
    assert len(model.models) == 2
    assert model.models[0].sizes == (3 + model.models[0].sizes[1], model.models[0].sizes[1], 2)
    one = model.panel.take([1])
    np.testing.assert_allclose(model.forecast(data=one).mean[0], model.forecast().mean[1], rtol=1e-5)
    with pytest.raises(FrontalError, match=r"past features \(price\) are not known ahead"):
        model.forecast(horizon=4)
    with pytest.raises(FrontalError, match="no model for series 'x'"):
        model.forecast(data={name: values[:40] for name, values in {**data, "unique_id": ["x"] * 40}.items()})
    with pytest.raises(FrontalError, match="'east' is not among the categories"):
        model.forecast(data={**data, "town": ["east"] * len(data["y"])})


def test_other_horizons(fitted: PanelForecaster) -> None:
    own, short, long = (fitted.forecast(horizon=h) for h in (3, 2, 7))
    np.testing.assert_allclose(short.mean, own.mean[:, :2])
    np.testing.assert_allclose(long.mean[:, :3], own.mean, rtol=1e-6)
    widths = long.upper[80] - long.lower[80]
    assert (widths[:, -1] > widths[:, 2]).all()
    assert long.when.shape == (2, 7)


@pytest.mark.parametrize(
    ("options", "data", "message"),
    [
        ({}, rows((40, 5)), r"1 of 2 series are too short, 8 steps are needed .*'s1' has 5"),
        ({"known": ("price",)}, rows(), "has no column 'price'"),
        ({"calendar": ("hour",)}, {"unique_id": ["a"] * 30, "y": [1.0, 2] * 15}, "calendar=hour needs times"),
        ({"log": True}, {"unique_id": ["a"] * 30, "y": [0.0, 2] * 15}, "set log=false"),
    ],
)
def test_what_cannot_be_fitted(options: dict, data: dict, message: str) -> None:
    with pytest.raises(FrontalError, match=message):
        PanelForecaster(**QUICK, **options).fit(data)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"periods": "24,x"}, "'x' is not a whole number of steps"),
        ({"multi_step": "autoregressive", "segment": 4}, "reads one step at a time"),
        ({"multi_step": "autoregressive", "past": "a"}, "a in past are not known then"),
        ({"layout": "rows", "known": "a"}, "no place for features by row"),
        ({"panel": "globl"}, "did you mean 'global'"),
        ({"horizn": 3}, "did you mean 'horizon'"),
        ({"cell": "grru"}, "did you mean 'gru'"),
    ],
)
def test_wrong_settings(options: dict, message: str) -> None:
    with pytest.raises(FrontalError, match=message):
        PanelForecaster(**options)


def test_before_fit() -> None:
    with pytest.raises(FrontalError, match="not fitted yet"):
        PanelForecaster().predict()
