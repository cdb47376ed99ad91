"""The same test over several seeds."""

import json
from pathlib import Path

import numpy as np
import pytest

from frontal.cli import main
from frontal.tasks.forecast import forecast_run
from frontal.tasks.forecast_settings import ForecastSettings
from frontal.tasks.forecaster import Forecaster
from frontal.training.progress import SilentProgress

QUICK = ForecastSettings(epochs=2, members=1, hidden=2, horizon=3, seed=4)


def test_every_figure_is_that_of_as_many_tests(tmp_path: Path) -> None:
    result = forecast_run("airline", QUICK, tmp_path / "run", seeds=3, progress=SilentProgress(), say=lambda _: None)
    alone = [Forecaster(QUICK.replace(seed=seed)).backtest("airline").metrics() for seed in (4, 5, 6)]
    rows = {row["figure"]: row for row in result["over_seeds"]}
    for name in ("rmse_test", "mase_backtest", "coverage_80", "interval_score_95"):
        values = [figures[name] for figures in alone]
        assert rows[name]["mean"] == pytest.approx(np.mean(values))
        assert rows[name]["sd"] == pytest.approx(np.std(values, ddof=1))
        assert (rows[name]["least"], rows[name]["most"]) == pytest.approx((min(values), max(values)))
        assert rows[name]["seeds"] == 3 and result["metrics"][name] == pytest.approx(values[0])
    saved = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert saved["over_seeds"] == result["over_seeds"] and saved["seed"] == 4


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    quick = ["--horizon", "3", "--hidden", "2", "--set", "epochs=2", "--set", "members=1", "--out", "run"]
    assert main(["forecast", "airline", *quick, "--seeds", "2"]) == 0
    assert "the same test over seeds" in capsys.readouterr().out
    assert main(["forecast", "airline", *quick]) == 0
    assert "over seeds" not in capsys.readouterr().out
    assert main(["forecast", "airline", *quick, "--seeds", "many"]) == 2
    assert "--seeds many" in capsys.readouterr().err
    assert main(["forecast", "airline", *quick, "--seeds", "0"]) == 2
    assert "test with 1 or more" in capsys.readouterr().err
    Path("many.csv").write_text(
        "unique_id,ds,y\n" + "".join(f"{shop},2020-01-{day:02d},{day}\n" for shop in "ab" for day in range(1, 29))
    )
    for words in (["--seeds", "2"], ["--refit-every", "3"]):
        assert main(["forecast", "many.csv", *words]) == 2
        assert f"{words[0]} belongs to a single series" in " ".join(capsys.readouterr().err.split())
