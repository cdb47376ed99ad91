"""The benchmarks run and refuse what they do not know; no speed is asserted."""

import pytest
from benchmarks.__main__ import main

from benchmarks import forecast


def test_the_growth_baseline_is_the_published_one() -> None:
    one, ahead = forecast._latest_growth()
    assert one == pytest.approx(15.6, abs=0.05) and ahead == pytest.approx(0.70, abs=0.005)


def test_an_unknown_benchmark_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sped"]) == 2
    assert "did you mean 'speed'" in capsys.readouterr().err


def test_without_a_name_the_usage_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert "speed" in capsys.readouterr().out
