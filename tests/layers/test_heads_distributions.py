"""Distributions of values beside scipy: densities, tails, quantiles, moments; far out, large, and in float32."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, special, stats
from torch.testing import assert_close

from frontal.errors import FrontalError
from frontal.layers.distribution import Distribution
from frontal.layers.head_distribution import DistributionHead
from frontal.layers.head_gaussian import Gaussian, GaussianDistribution
from frontal.layers.head_negative_binomial import CountDistribution, NegativeBinomial
from frontal.layers.head_quantiles import Quantiles
from frontal.layers.head_student import StudentDistribution, StudentT
from frontal.layers.incomplete_beta import incomplete_beta, lgamma_rise
from frontal.layers.quantile_distribution import QuantileDistribution

LEVELS = (1e-6, 0.025, 0.1, 0.4, 0.5, 0.9, 0.975, 1 - 1e-6)
SETTINGS = settings(max_examples=60, deadline=None, derandomize=True)
HEADS = {
    "gaussian": lambda: Gaussian(3, 2),
    "student": lambda: StudentT(3, 2),
    "negative binomial": lambda: NegativeBinomial(3, 2),
    "quantiles": lambda: Quantiles(3, (0.1, 0.25, 0.5, 0.9), 2),
}


def double(*values: float) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


def same(found: torch.Tensor, expected: object, rtol: float = 1e-8, atol: float = 1e-12) -> None:
    np.testing.assert_allclose(found.numpy(), np.asarray(expected), rtol=rtol, atol=atol)


@SETTINGS
@given(st.floats(-3, 4), st.floats(-3, 4), st.floats(-6, 6))
def test_the_incomplete_beta_function(log_a: float, log_b: float, steps: float) -> None:
    a, b = 10**log_a, 10**log_b
    spread = math.sqrt(a * b / (a + b + 1)) / (a + b)
    x = min(max(a / (a + b) + steps * spread, 1e-9), 1 - 1e-9)
    same(incomplete_beta(double(a), double(b), double(x)), [special.betainc(a, b, x)], rtol=1e-7)


def test_the_incomplete_beta_function_at_its_ends_and_far_out() -> None:
    a, b = double(2, 3, 0.5, 9196.96248), double(5, 0.1, 1e6, 38.6466742)
    found = incomplete_beta(a, b, double(0, 1, 1, 0.922115714))
    same(found, [0, 1, 1, 3.26940266792641e-261], rtol=1e-6)  # the last by mpmath; scipy is off by half there


@SETTINGS
@given(st.floats(-3, 12), st.floats(-3, 9))
def test_rises_of_the_log_of_gamma(log_x: float, log_by: float) -> None:
    x, by = 10**log_x, 10**log_by
    by = max(by, 1e-3)
    expected = special.betaln(x, by)  # log B = log Γ(x) + log Γ(by) - log Γ(x + by), computed without cancellation
    same(special.gammaln(by) - lgamma_rise(double(x), double(by)), [expected], rtol=1e-6, atol=1e-6)


FREEDOM = (2.01, 3.0, 7.5, 200.0, 1e7)


@pytest.mark.parametrize("value", [-40.0, -1.0, -1e-9, 0.0, 0.3, 5.0])
def test_students_density_and_tails(value: float) -> None:
    v, reference = double(*FREEDOM), stats.t(FREEDOM, 0.5, 2.0)
    found, at = StudentDistribution(torch.full_like(v, 0.5), torch.full_like(v, 2.0), v), torch.full_like(v, value)
    same(found.log_density(at), reference.logpdf(value))
    same(found.cdf(at)[:4], reference.cdf(value)[:4])
    same(found.survival(at)[:4], reference.sf(value)[:4])
    same(found.cdf(at)[4:], stats.norm(0.5, 2.0).cdf([value]), rtol=1e-4)


@pytest.mark.parametrize("level", LEVELS)
def test_quantiles_of_values(level: float) -> None:
    v = double(*FREEDOM)
    student = StudentDistribution(torch.full_like(v, 0.5), torch.full_like(v, 2.0), v)
    same(student.quantile(level), stats.t(FREEDOM, 0.5, 2.0).ppf(level), atol=1e-8)
    gaussian = GaussianDistribution(double(0.5, -3), double(2, 0.1))
    same(gaussian.quantile(level), stats.norm([0.5, -3], [2, 0.1]).ppf(level))
    same(gaussian.cdf(double(-7, -3.1)), stats.norm([0.5, -3], [2, 0.1]).cdf([-7, -3.1]))
    same(gaussian.survival(double(20, -1)), stats.norm([0.5, -3], [2, 0.1]).sf([20, -1]))


MEANS, DISPERSIONS = (0.01, 0.5, 3.0, 50.0, 1e3, 1e6), (1e-6, 1e-3, 0.1, 1.0, 10.0)


@pytest.mark.parametrize("dispersion", DISPERSIONS)
def test_counts(dispersion: float) -> None:
    mean = np.array(MEANS)
    found = CountDistribution(double(*mean).log(), torch.full((6,), dispersion, dtype=torch.float64))
    reference = stats.nbinom(1 / dispersion, 1 / (1 + dispersion * mean))
    for factor in (0.0, 0.5, 1.0, 3.0):
        k = np.floor(mean * factor)
        same(found.log_density(torch.from_numpy(k)), reference.logpmf(k), rtol=1e-6, atol=1e-7)
        same(found.cdf(torch.from_numpy(k)), reference.cdf(k), rtol=1e-6)
        same(found.survival(torch.from_numpy(k)), reference.sf(k - 1), rtol=1e-5, atol=1e-250)
    for level in (0.001, 0.3, 0.975):
        same(found.quantile(level), reference.ppf(level), atol=0)
    assert_close(found.mean, double(*mean))


def test_a_quantile_of_counts_is_the_first_that_is_enough() -> None:
    found = CountDistribution(double(0.0, 2.0, 5.0), double(1e-6, 0.5, 2.0))
    for level in LEVELS:
        k = found.quantile(level)
        assert bool((found.cdf(k) >= level).all()) and bool((found.cdf(k - 1) < level).all())


def test_counts_up_to_a_million_millions_are_finite_with_gradients() -> None:
    outputs = torch.tensor([[[-900.0, -900.0], [900.0, 900.0], [27.6, 0.0], [0.0, -900.0]]], requires_grad=True)
    head = NegativeBinomial(3, 4)
    for counts in ([0.0, 0, 0, 0], [1e12, 1e12, 1e12, 1e12]):
        loss = head.losses(outputs, torch.tensor([counts]))
        (gradient,) = torch.autograd.grad(loss.sum(), outputs)
        assert bool(loss.isfinite().all()) and bool(gradient.isfinite().all())


@pytest.mark.parametrize("counts", [[1.0, 2.5], [-1.0, 0.0], [math.nan, 1.0]])
def test_what_is_no_count_is_refused(counts: list[float]) -> None:
    with pytest.raises(FrontalError, match="targets must be counts, 0, 1, 2 …"):
        NegativeBinomial(3, 2).loss(torch.zeros(1, 2, 2), torch.tensor([counts]))


def made(name: str) -> DistributionHead:
    torch.manual_seed(0)
    return HEADS[name]().double()


@pytest.mark.parametrize("name", HEADS)
def test_samples_mean_and_tails_agree(name: str) -> None:
    head = made(name)
    found: Distribution = head.distribution(head(torch.randn(4, 3, dtype=torch.float64)).detach())
    drawn = found.sample(40_000)
    assert drawn.shape == (40_000, 4, 2)
    assert_close(drawn.mean(0), found.mean, rtol=0.05, atol=0.05)
    for level in (0.05, 0.5, 0.8):
        bound = found.quantile(level)
        assert_close((drawn <= bound).double().mean(0), found.cdf(bound), rtol=0, atol=0.012)
        assert_close((drawn >= bound).double().mean(0), found.survival(bound), rtol=0, atol=0.012)
        assert bool((found.surprise(bound) <= 1).all())


@pytest.mark.parametrize("name", ["gaussian", "student", "quantiles"])
def test_the_density_is_the_slope_of_the_cdf(name: str) -> None:
    head = made(name)
    found = head.distribution(head(torch.randn(5, 3, dtype=torch.float64)).detach())
    for value in (-3.0, -0.2, 0.61, 4.0):
        at = torch.full((5, 2), value, dtype=torch.float64)
        slope = (found.cdf(at + 1e-6) - found.cdf(at - 1e-6)) / 2e-6
        assert_close(found.log_density(at).exp(), slope, rtol=1e-4, atol=1e-8)
        assert_close(found.cdf(at) + found.survival(at), torch.ones(5, 2).double())


def test_quantiles_as_a_distribution() -> None:
    found = QuantileDistribution((0.1, 0.5, 0.8), double(1.0, 2.0, 5.0)[None])
    same(found.quantile(0.5), [2.0])
    same(found.quantile(0.65), [3.5])
    for level in LEVELS:
        same(found.cdf(found.quantile(level)), [level], rtol=1e-9)
        same(found.survival(found.quantile(level)), [1 - level], rtol=1e-9)
    same(found.mean, [integrate.quad(lambda u: float(found.quantile(u)), 0, 1, points=[0.1, 0.5, 0.8])[0]], rtol=1e-6)
    with pytest.raises(FrontalError, match="two quantiles or more"):
        Quantiles(3, (0.5,)).distribution(torch.zeros(1, 1))


@pytest.mark.parametrize("name", HEADS)
def test_an_untrained_head_says_the_plainest_and_moves(name: str) -> None:
    head = made(name)
    head.start()
    outputs = head(torch.randn(4, 3, dtype=torch.float64))
    plain = head.distribution(outputs)
    middle = plain.mean if name == "negative binomial" else plain.quantile(0.5)
    assert_close(middle, torch.full((4, 2), float(name == "negative binomial")).double())
    by = torch.randn(4, 2, dtype=torch.float64)
    moved = head.distribution(head.moved(outputs, by)).quantile(0.5)
    if name == "negative binomial":
        assert_close(head.predict(head.moved(outputs, by)), by.exp())
    else:
        assert_close(moved, by)


@pytest.mark.parametrize("name", HEADS)
@pytest.mark.parametrize("far", [-1e4, 1e4])
def test_far_from_everything_loss_and_gradients_are_finite_in_float32(name: str, far: float) -> None:
    head = HEADS[name]()
    outputs = (far * torch.randn(6, 2, head.output_shape[1])).requires_grad_()
    targets = torch.full((6, 2), abs(far)) if name == "negative binomial" else torch.randn(6, 2) * far
    loss = head.loss(outputs, targets)
    (gradient,) = torch.autograd.grad(loss, outputs)
    assert bool(loss.isfinite()) and bool(gradient.isfinite().all())


@pytest.mark.parametrize("name", ["gaussian", "student"])
def test_float32_is_close_to_float64(name: str) -> None:
    head, outputs = made(name), torch.randn(50, 2, 3 if name == "student" else 2)
    outputs[:10, :, -1] *= 1e4  # degrees of freedom or scales of many thousands
    targets = torch.randn(50, 2)
    assert_close(
        head.losses(outputs, targets).double(), head.losses(outputs.double(), targets.double()), rtol=2e-4, atol=2e-4
    )


@pytest.mark.parametrize(
    ("build", "says"),
    [
        (lambda: Gaussian(3, 2, min_scale=0), "Gaussian: min_scale must be a number > 0, got 0"),
        (lambda: StudentT(3, 2, min_scale=math.nan), "StudentT: min_scale must be a number > 0, got nan"),
        (lambda: Gaussian(3, 0), "size"),
        (lambda: Gaussian(3).quantile(torch.zeros(1, 2), 1.0), "lies between 0 and 1"),
    ],
)
def test_what_cannot_be(build, says: str) -> None:
    with pytest.raises(FrontalError, match=says):
        build()
