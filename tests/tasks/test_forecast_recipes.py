"""The three recipes as the command line calls them, end to end on small trainings."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

import frontal
from frontal.errors import FrontalError
from frontal.tasks.forecast import evaluate_run, forecast_run, predict_run
from frontal.tasks.forecast_settings import ForecastSettings
from frontal.training.progress import SilentProgress

QUICK = ForecastSettings(epochs=3, members=2, hidden=4, horizon=6)
KEYS = {
    "rmse_train", "rmse_test", "rmse_test_last_value", "rmse_test_seasonal_naive", "mase_backtest", "coverage_80",
    "coverage_95", "seconds_train", "seed",
}  # fmt: skip


def run(tmp_path: Path, settings: ForecastSettings = QUICK, source: str = "airline") -> tuple[dict, list[str]]:
    said: list[str] = []
    return forecast_run(source, settings, tmp_path / "run", progress=SilentProgress(), say=said.append), said


def test_what_a_run_leaves_behind(tmp_path: Path) -> None:
    result, said = run(tmp_path)
    folder = tmp_path / "run"
    names = {path.name for path in folder.iterdir()}
    assert names == {"settings.json", "model.safetensors", "metrics.json", "log.jsonl", "manifest.json",
                     "forecast.csv", "forecast.png", "report.html", "request.json"}  # fmt: skip
    metrics = json.loads((folder / "metrics.json").read_text())
    assert metrics.keys() >= KEYS and metrics["seed"] == 0 and metrics["rmse_test"] == result["metrics"]["rmse_test"]
    assert (folder / "forecast.png").read_bytes().startswith(b"\x89PNG")
    log = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    assert [line["member"] for line in log] == [1, 1, 1, 2, 2, 2]
    rows = list(csv.DictReader((folder / "forecast.csv").read_text().splitlines()))
    assert len(rows) == 6 and rows[0]["time"] == "1961-01-01"
    assert [float(row["Passengers"]) for row in rows] == [row["Passengers"] for row in result["forecast"]]
    assert any("Period 12" in sentence for sentence in said)


def test_the_saved_model_is_the_one_that_forecast(tmp_path: Path) -> None:
    result, _ = run(tmp_path)
    loaded = frontal.load(tmp_path / "run")
    assert loaded.predict().to_rows() == result["forecast"]
    assert len(loaded.series) == 144, "it was trained again on everything"
    assert loaded.settings == QUICK


def test_without_refit_the_tested_model_forecasts_the_end_of_the_series(tmp_path: Path) -> None:
    result, _ = run(tmp_path, QUICK.replace(refit=False))
    tested = frontal.Forecaster(QUICK)
    tested.backtest("airline")
    expected = tested.predict(data="airline").mean
    np.testing.assert_allclose([row["Passengers"] for row in result["forecast"]], expected)
    assert result["forecast"][0]["time"] == "1961-01-01"


def test_predict_goes_on_from_the_run_or_from_other_data(tmp_path: Path) -> None:
    result, _ = run(tmp_path)
    out, said = tmp_path / "ahead.csv", []
    own = predict_run(tmp_path / "run", None, 8, out=out, say=said.append)
    assert own["forecast"][:6] == result["forecast"] and own["horizon"] == 8
    assert len(list(csv.DictReader(out.read_text().splitlines()))) == 8 and str(out) in said[-1]
    shorter = tmp_path / "shorter.csv"
    lines = ["Month,Passengers"] + [f"{1955 + i // 12}-{i % 12 + 1:02d},{300 + i}" for i in range(40)]
    shorter.write_text("\n".join(lines))
    other = predict_run(tmp_path / "run", str(shorter), None, out=None, say=said.append)
    assert other["forecast"][0]["time"] == "1958-05-01"


def test_evaluate_measures_without_training_and_warns_of_known_values(tmp_path: Path) -> None:
    run(tmp_path)
    said: list[str] = []
    result = evaluate_run(tmp_path / "run", "airline", say=said.append)
    assert any("trained on some of these values" in sentence for sentence in said)
    assert result["values"] == 144 - 24 and result["metrics"]["rmse_test"] > 0
    later = tmp_path / "later.csv"
    later.write_text("Month,Passengers\n" + "\n".join(f"{1990 + i // 12}-{i % 12 + 1:02d},{i + 5}" for i in range(60)))
    said.clear()
    evaluate_run(tmp_path / "run", str(later), say=said.append)
    assert not any("trained on" in sentence for sentence in said)


def test_a_target_that_would_be_destroyed_is_told_before_training(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "diary.txt").write_text("mine")
    with pytest.raises(FrontalError, match=r"diary\.txt"):
        run(tmp_path)
    assert (tmp_path / "run" / "diary.txt").read_text() == "mine"


def test_data_with_another_column_is_refused_by_its_name(tmp_path: Path) -> None:
    run(tmp_path)
    other = tmp_path / "other.csv"
    other.write_text("Month,Passenger\n1960-01,3\n1960-02,4\n")
    with pytest.raises(FrontalError, match="no column 'Passengers'; did you mean 'Passenger'"):
        predict_run(tmp_path / "run", str(other), None, out=None, say=print)


def test_ctrl_c_ends_the_run_with_the_members_so_far(tmp_path: Path) -> None:
    class Impatient(SilentProgress):
        calls = 0

        def update(self, advance: float, **figures: object) -> None:
            self.calls += 1
            if self.calls == 12:
                raise KeyboardInterrupt

    said: list[str] = []
    settings = QUICK.replace(members=4, epochs=4)
    result = forecast_run("airline", settings, tmp_path / "run", progress=Impatient(), say=said.append)
    assert any("interrupted: 2 of 4 members are kept" in sentence for sentence in said)
    assert len(frontal.load(tmp_path / "run").predict()) == 6 and len(result["forecast"]) == 6


PUBLIC = (
    "classic_series/shampoo.csv", "classic_series/monthly-sunspots.csv", "classic_series/daily-min-temperatures.csv",
    "airline/airline-passengers.csv", "google_stock/Google_Stock_Price_Train.csv", "ett/ETTh1.csv",
)  # fmt: skip


@pytest.mark.parametrize("name", PUBLIC)
def test_public_series_go_all_the_way(tmp_path: Path, data_dir: Path, name: str) -> None:
    """From the file to the plot and the forecast, whatever its columns, dates and gaps."""
    settings = ForecastSettings(epochs=1, members=1, hidden=2, context=4, horizon=3)
    result, _ = run(tmp_path, settings, str(data_dir / name))
    assert len(result["forecast"]) == 3 and "time" in result["forecast"][0]
    assert np.isfinite([row[result["target"]] for row in result["forecast"]]).all()
