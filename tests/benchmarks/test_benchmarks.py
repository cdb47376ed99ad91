"""The benchmarks run and refuse what they do not know; no speed is asserted."""

import numpy as np
import pytest
from benchmarks.__main__ import main

import frontal
from benchmarks import forecast, peers
from frontal.data.series import Series
from frontal.diagnostics import accuracy as acc


def test_the_growth_baseline_is_the_published_one() -> None:
    one, ahead = forecast._latest_growth()
    assert one == pytest.approx(15.6, abs=0.05) and ahead == pytest.approx(0.70, abs=0.005)


def test_an_unknown_benchmark_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sped"]) == 2
    assert "did you mean 'speed'" in capsys.readouterr().err


def test_without_a_name_the_usage_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert "speed" in capsys.readouterr().out


def test_peers_that_are_not_installed_are_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(peers, "find_spec", lambda name: None)
    assert main(["forecast", "--peers"]) == 2
    assert "pip install neuralforecast darts" in capsys.readouterr().err


def test_peers_are_measured_at_the_points_of_the_backtest(monkeypatch: pytest.MonkeyPatch) -> None:
    def naive(series: Series, start: int, seed: int) -> acc.Floats:
        origins = np.arange(start - 1, len(series) - peers.HORIZON)
        return acc.seasonal_naive(series.values, origins, peers.HORIZON, peers.PERIOD)

    monkeypatch.setattr(peers, "installed", lambda: {"naive": naive})
    ((name, errors, seconds),) = peers.rows(seeds=2)
    wanted = frontal.Forecaster(horizon=12, members=1, epochs=1).backtest("airline").rolling()["seasonal naive"]
    assert name == "naive" and errors == [pytest.approx(wanted)] * 2 and len(seconds) == 2
