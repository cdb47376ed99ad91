"""Conformal intervals: the guarantee counted on seeded draws, with the tolerance of the binomial distribution."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from frontal.diagnostics.anomalies import rank_p_values
from frontal.diagnostics.conformal import REMEMBERED, adaptive_radius, split_radius
from frontal.errors import FrontalError

CERTAIN = 1e-4  # a right method fails a test of the binomial with that probability


def test_split_radius_by_hand() -> None:
    scores = np.array([5.0, 1.0, 4.0, 2.0, 3.0, np.nan, 9.0, 8.0, 7.0, 6.0])  # 1 … 9
    assert split_radius(scores[:, None], 0.8).tolist() == [8.0]  # ceil(10 · 0.8) = 8
    assert split_radius(scores[:, None], 0.75).tolist() == [8.0]
    assert split_radius(scores[:, None], 0.95).tolist() == [9.0], "nine scores are too few for 95 %"
    assert np.isnan(split_radius(np.full((3, 1), np.nan), 0.8)).all()
    with pytest.raises(FrontalError, match="between 0 and 1"):
        split_radius(scores[:, None], 80)


@settings(max_examples=12, deadline=None, derandomize=True)
@given(
    st.integers(9, 60),
    st.sampled_from([0.5, 0.8, 0.9]),
    st.sampled_from(["normal", "cauchy", "ties"]),
    st.integers(0, 99),
)
def test_split_intervals_cover_exchangeable_values(n: int, level: float, law: str, seed: int) -> None:
    """At least `level`, and at most 1 / (n + 1) more where no two scores are equal."""
    rng, draws = np.random.default_rng(seed), 4000
    drawn = {
        "normal": lambda: rng.normal(size=(n + 1, draws)) * rng.lognormal(size=draws),  # exchangeable, not independent
        "cauchy": lambda: rng.standard_cauchy((n + 1, draws)),
        "ties": lambda: rng.poisson(2, (n + 1, draws)).astype(float),
    }[law]()
    scores = np.abs(drawn)
    hits = int((scores[-1] <= split_radius(scores[:-1], level)).sum())
    assert stats.binomtest(hits, draws, level, alternative="less").pvalue > CERTAIN
    if law != "ties":
        exact = np.ceil((n + 1) * level - 1e-9) / (n + 1)
        assert stats.binomtest(hits, draws, exact).pvalue > CERTAIN


def test_p_values_of_ranks_are_small_as_rarely_as_they_say() -> None:
    rng, draws, n = np.random.default_rng(0), 4000, 49
    ordinary, new = rng.standard_cauchy((draws, n)), rng.standard_cauchy(draws)
    p = np.array([rank_p_values(new[i : i + 1], ordinary[i])[0] for i in range(draws)])
    for rate in (0.02, 0.1, 0.5):
        assert stats.binomtest(int((p <= rate).sum()), draws, rate).pvalue > CERTAIN
    assert rank_p_values(np.array([3.0, 0.0, np.nan, 2.0]), np.array([1.0, 2.0, np.nan])).tolist()[:2] == [1 / 3, 1.0]


def by_definition(past: np.ndarray, scores: np.ndarray, level: float, delay: int, rate: float) -> list[float]:
    """One column, step by step as in the paper, with feedback that comes late."""
    alpha, radii, target = 1 - level, [], 1 - level
    for row in range(len(scores) + 1):
        if row - delay >= 0 and not np.isnan(scores[row - delay]):
            alpha += rate * (target - (scores[row - delay] > radii[row - delay]))
        seen = np.concatenate([past, scores[: max(row - delay + 1, 0)]])[-REMEMBERED:]
        seen = np.sort(seen[~np.isnan(seen)])
        rank = min(max(int(np.ceil((len(seen) + 1) * (1 - alpha) - 1e-9)), 1), len(seen))
        radii.append(seen[rank - 1])
    return radii


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.integers(1, 600), st.integers(0, 40), st.lists(st.integers(1, 6), min_size=1, max_size=3), st.integers(0, 99))
def test_adaptive_radii_are_those_of_the_definition(n: int, N: int, delays: list[int], seed: int) -> None:
    rng = np.random.default_rng(seed)
    past, scores = rng.random((n, len(delays))), rng.random((N, len(delays)))
    scores[rng.random(scores.shape) < 0.1] = np.nan
    found = adaptive_radius(past, scores, 0.8, delays=np.array(delays), rate=0.1)
    for column, delay in enumerate(delays):
        assert found[:, column].tolist() == by_definition(past[:, column], scores[:, column], 0.8, delay, 0.1)


def test_adaptive_radii_never_look_ahead() -> None:
    rng = np.random.default_rng(0)
    past, scores = rng.random((30, 3)), rng.random((50, 3))
    delays = np.array([1, 2, 3])
    before = adaptive_radius(past, scores, 0.9, delays=delays)
    spoilt = scores.copy()
    spoilt[20:] = 1e6
    after = adaptive_radius(past, spoilt, 0.9, delays=delays)
    for column, delay in enumerate(delays):
        np.testing.assert_array_equal(before[: 20 + delay, column], after[: 20 + delay, column])
        assert after[20 + delay :, column].max() > 1


def test_adaptive_intervals_hold_where_the_errors_grow_and_split_ones_do_not() -> None:
    """Errors become three times as large; both methods know only the small ones at first."""
    rng, N = np.random.default_rng(1), 3000
    past = np.abs(rng.normal(size=(300, 1)))
    scores = np.abs(rng.normal(size=(N, 1))) * np.linspace(1, 3, N)[:, None]
    fixed = (scores <= split_radius(past, 0.9)).mean()
    adaptive = (scores <= adaptive_radius(past, scores, 0.9, rate=0.02)[:-1]).mean()
    assert fixed < 0.75
    assert abs(adaptive - 0.9) < 0.015
