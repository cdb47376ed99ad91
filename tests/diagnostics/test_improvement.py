"""Which way is better, beyond chance: figures worked by hand and by another library."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from frontal.diagnostics.improvement import T_QUANTILES, Improvement, Way

BASE = Way("as it is", "the run", {0: 10.0, 1: 12.0, 2: 11.0})
BETTER = Way("units", "8 → 16", {0: 8.9, 1: 11.1, 2: 10.0})
LUCK = Way("layers", "1 → 2", {0: 9.0, 1: 13.5, 2: 10.0})
WORSE = Way("half", "", {0: 13.0, 1: 15.1, 2: 14.0})
LOST = Way("context", "diverges", {0: float("nan"), 1: float("nan")})


def found(*ways: Way, **naive: float) -> Improvement:
    return Improvement([BASE, *ways], naive or {"last value": 9.0}, "RMSE")


def test_the_interval_of_a_gain_is_that_of_a_paired_t_test() -> None:
    for way in (BETTER, LUCK, WORSE):
        gains = np.array([BASE.errors[seed] - way.errors[seed] for seed in range(3)])
        low, _ = stats.ttest_1samp(gains, 0).confidence_interval(0.95)
        gain, width = found(way).gain(way)
        assert width is not None
        assert gain == pytest.approx(gains.mean() / 11)
        assert (gain - width) * 11 == pytest.approx(low, rel=5e-3)
        assert found(way).clear(way) == (stats.ttest_1samp(gains, 0).pvalue < 0.05)
    assert np.allclose(T_QUANTILES, stats.t.ppf(0.975, np.arange(1, 11)), atol=6e-3)


def test_only_seeds_of_both_count_and_one_tells_nothing() -> None:
    late = Way("layers", "", {1: 6.0, 7: 1.0})
    assert found(late).gain(late) == (0.5, None)
    assert math.isnan(found(LOST).gain(LOST)[0])
    assert "With one seed" in found(late).verdict()


def test_the_verdict_names_what_helps_what_hurts_and_whether_the_naive_forecast_is_better() -> None:
    said = found(LUCK, BETTER, WORSE, LOST).verdict()
    assert said == (
        "The error falls with units (-9.1%), by more than the seeds explain. It grows with half (+27.6%). "
        "The lowest mean is that of 'units', 10. The last value is still better, with 9: prefer it."
    )
    assert "Nothing that was tried" in found(LUCK).verdict()
    assert found(BETTER, last=20.0).verdict().endswith("The last has 20.")


def test_rows_and_the_best_one() -> None:
    result = found(LOST, BETTER)
    assert result.best == 2
    rows = result.rows()
    assert [row["tried"] for row in rows] == ["as it is", "context", "units", "last value"]
    assert rows[2]["against the run"] == "-9.1% *" and rows[2]["sd"] == pytest.approx(np.std([8.9, 11.1, 10], ddof=1))
    assert rows[1]["against the run"] == "" and rows[0]["sd"] == pytest.approx(1.0)


def test_the_plot_shows_every_seed_of_every_way_that_has_one() -> None:
    axes = found(LUCK, LOST).plot().axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["as it is", "layers"]
    dots = [line for line in axes.lines if line.get_marker() == "o"]
    assert [sorted(line.get_xdata()) for line in dots] == [[10, 11, 12], [9, 10, 13.5]]
