"""Measures of probabilistic forecasts beside slow sums, integrals and values by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from frontal.diagnostics import probabilistic as measure
from frontal.errors import FrontalError

NUMBERS = st.floats(-50, 50).map(lambda x: round(x, 3))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(NUMBERS, st.lists(NUMBERS, min_size=1, max_size=9))
def test_crps_of_samples_is_the_double_sum(actual: float, samples: list[float]) -> None:
    n = len(samples)
    slow = sum(abs(x - actual) for x in samples) / n - sum(abs(x - z) for x in samples for z in samples) / (2 * n * n)
    assert measure.crps_samples(actual, samples) == pytest.approx(slow, abs=1e-9)


def test_crps_by_hand() -> None:
    assert measure.crps_samples(3.0, [5.0]) == 2.0
    assert measure.crps_samples([0.0, 1.0], [[0.0, 1.0], [0.0, 1.0]]).tolist() == [0.0, 0.0]
    assert measure.crps_samples(0.0, [-1.0, 1.0]) == pytest.approx(0.5)  # ∫ (F - 1{x >= 0})² = 2 · ¼
    with pytest.raises(FrontalError, match=r"samples must be \(n, \*\(2,\)\)"):
        measure.crps_samples([0.0, 1.0], [1.0, 2.0])


@pytest.mark.parametrize(("actual", "mean", "scale"), [(0.0, 0.0, 1.0), (3.0, 1.0, 0.5), (-2.0, 1.0, 4.0)])
def test_crps_of_a_gaussian_is_the_integral(actual: float, mean: float, scale: float) -> None:
    cdf = stats.norm(mean, scale).cdf
    below = integrate.quad(lambda x: cdf(x) ** 2, -60, actual, points=[mean])[0]
    above = integrate.quad(lambda x: (1 - cdf(x)) ** 2, actual, 60, points=[mean])[0]
    assert measure.crps_gaussian(actual, mean, scale) == pytest.approx(below + above, rel=1e-6)
    samples = stats.norm(mean, scale).ppf((np.arange(20_000) + 0.5) / 20_000)
    assert measure.crps_samples(actual, samples) == pytest.approx(below + above, rel=1e-3)


def test_pinball_and_interval_score_by_hand() -> None:
    actual, bound = np.array([10.0, 4.0]), np.array([7.0, 7.0])
    np.testing.assert_allclose(measure.pinball(actual, bound, 0.9), [2.7, 0.3])
    lower, upper = np.array([1.0, 5.0, 1.0]), np.array([3.0, 6.0, 3.0])
    found = measure.interval_score(np.array([2.0, 4.0, 3.5]), lower, upper, 0.8)
    np.testing.assert_allclose(found, [2, 1 + 10, 2 + 5])


def test_an_interval_score_is_two_pinball_losses() -> None:
    """Score = (2 / a) (pinball of a/2 + pinball of 1 - a/2) (Bracher et al. 2021)."""
    rng = np.random.default_rng(0)
    actual, lower = rng.normal(size=50), rng.normal(size=50) - 1
    upper = lower + 2
    both = measure.pinball(actual, lower, 0.1) + measure.pinball(actual, upper, 0.9)
    np.testing.assert_allclose(measure.interval_score(actual, lower, upper, 0.8), both * 2 / 0.2)


@pytest.mark.parametrize("level", [0.0, 1.0, 80.0])
def test_levels_are_shares(level: float) -> None:
    one = np.ones(1)
    for call in (lambda: measure.pinball(one, one, level), lambda: measure.interval_score(one, one, one, level)):
        with pytest.raises(FrontalError, match="between 0 and 1"):
            call()


def test_coverage_leaves_the_unknown_out() -> None:
    actual = np.array([1.0, np.nan, 3.0, 9.0])
    assert measure.coverage(actual, np.full(4, 1.0), np.full(4, 3.0)) == pytest.approx(2 / 3)
    assert np.isnan(measure.coverage(np.array([np.nan]), np.zeros(1), np.ones(1)))


def test_the_pit_histogram_is_flat_for_the_truth_and_not_for_others() -> None:
    values = stats.norm().rvs(4000, random_state=0)
    true = measure.pit_histogram(stats.norm().cdf(values))
    assert true.counts.sum() == 4000 and true.expected == 400
    assert stats.chisquare(true.counts).pvalue > 0.001
    narrow = measure.pit_histogram(stats.norm(0, 0.5).cdf(values)).counts
    assert narrow[0] > 2 * narrow[5] and narrow[-1] > 2 * narrow[5]
    assert true.to_rows()[3]["count"] == true.counts[3]


def test_the_pit_of_counts_is_drawn_within_their_steps() -> None:
    counts, truth = stats.poisson(1.5).rvs(4000, random_state=1), stats.poisson(1.5)
    found = measure.pit_histogram(truth.cdf(counts - 1), truth.cdf(counts))
    assert stats.chisquare(found.counts).pvalue > 0.001
    assert stats.chisquare(measure.pit_histogram(truth.cdf(counts)).counts).pvalue < 1e-9, "without, it is not flat"
    with pytest.raises(FrontalError, match="within 0 and 1"):
        measure.pit_histogram([0.5, 1.5])


def test_the_plot_shows_the_counts() -> None:
    found = measure.pit_histogram(np.linspace(0, 0.999, 50), bins=5)
    bars = found.plot().axes[0].patches
    assert [bar.get_height() for bar in bars if bar.get_width() < 0.5] == found.counts.tolist()
