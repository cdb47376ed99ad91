"""Every head's loss beside plain numbers or torch.distributions; padding; predictions; samples."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from torch import Tensor
from torch import distributions as td
from torch.testing import assert_close

from frontal.errors import FrontalError
from frontal.layers.head import Head, StepHead
from frontal.layers.head_binary import Binary
from frontal.layers.head_ctc import CTC
from frontal.layers.head_gaussian import Gaussian
from frontal.layers.head_mixture import MixtureDensity
from frontal.layers.head_negative_binomial import NegativeBinomial
from frontal.layers.head_pen import Pen
from frontal.layers.head_quantiles import Quantiles
from frontal.layers.head_regression import Regression
from frontal.layers.head_softmax import Softmax
from frontal.layers.head_student import StudentT

F = 4
HEADS: dict[str, Callable[[], StepHead]] = {
    "regression": lambda: Regression(F, 2),
    "softmax": lambda: Softmax(F, 3),
    "softmax with options": lambda: Softmax(F, 3, class_weights=[1.0, 0.5, 2.0], label_smoothing=0.25),
    "binary": lambda: Binary(F, 2),
    "binary, weighted": lambda: Binary(F, 2, positive_weight=3.0),
    "mixture": lambda: MixtureDensity(F, 2, 3),
    "mixture as Graves'": lambda: MixtureDensity(F, 1, 2, min_scale=0),
    "pen": lambda: Pen(F, 3),
    "quantiles": lambda: Quantiles(F, (0.1, 0.3, 0.5, 0.95), 2),
    "gaussian": lambda: Gaussian(F, 2, min_scale=0.1),
    "student": lambda: StudentT(F, 2, min_scale=0.1),
    "negative binomial": lambda: NegativeBinomial(F, 2),
}


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    yield
    torch.set_num_threads(before)


def built(name: str) -> StepHead:
    torch.manual_seed(0)
    return HEADS[name]().double()


def targets_for(head: StepHead, *shape: int) -> Tensor:
    if isinstance(head, Softmax):
        return torch.randint(head.classes, shape)
    drawn = torch.randn(*shape, *head.target_shape, dtype=torch.float64)
    if isinstance(head, Binary):
        return (drawn > 0).double()
    if isinstance(head, NegativeBinomial):
        return (3 * drawn).abs().round()
    if isinstance(head, Pen):
        return torch.cat([drawn[..., :2], (drawn[..., 2:] > 0).double()], -1)
    return drawn


def by_hand(head: StepHead, o: list[Any], y: Any) -> tuple[float, float]:
    """The loss of one step and what it counts."""
    match head:
        case Regression():
            return sum((a - b) ** 2 for a, b in zip(o, y, strict=True)) / len(o), 1.0
        case Softmax():
            log_p = [a - math.log(sum(map(math.exp, o))) for a in o]
            w = [1.0] * len(o) if head.class_weights is None else head.get_buffer("class_weights").tolist()
            e, C = head.label_smoothing, len(o)
            goal = [(1 - e) * (c == y) + e / C for c in range(C)]
            return -sum(w[c] * goal[c] * log_p[c] for c in range(C)), w[y]
        case Binary():
            p = [1 / (1 + math.exp(-a)) for a in o]
            w = head.positive_weight
            terms = [-(w * b * math.log(a) + (1 - b) * math.log(1 - a)) for a, b in zip(p, y, strict=True)]
            return sum(terms) / len(terms), 1
        case Quantiles():
            terms = [
                tau * (b - q) if b > q else (1 - tau) * (q - b)
                for row, b in zip(o, y, strict=True)
                for tau, q in zip(head.levels, row, strict=True)
            ]
            return sum(terms) / len(terms), 1
        case Gaussian() | StudentT() | NegativeBinomial():
            terms = [-float(by_scipy(head, *row)(b)) for row, b in zip(o, y, strict=True)]
            return sum(terms) / len(terms), 1
        case MixtureDensity() | Pen():
            return -float(density_by_torch(head, torch.tensor(o, dtype=torch.float64)).log_prob(y)), 1
    raise AssertionError(head)


def by_scipy(head: StepHead, location: float, spread: float, freedom: float = 0.0) -> Any:
    """The distribution of one value."""
    scale = math.log1p(math.exp(spread))
    match head:
        case Gaussian():
            return stats.norm(location, scale + 0.1).logpdf
        case StudentT():
            return stats.t(math.log1p(math.exp(freedom)) + 2.01, location, scale + 0.1).logpdf
    dispersion, mean = scale + 1e-6, math.exp(location)
    return stats.nbinom(1 / dispersion, 1 / (1 + dispersion * mean)).logpmf


class Together:
    """Independent parts of one point."""

    def __init__(self, *parts: tuple[td.Distribution, slice | int]) -> None:
        self.parts = parts

    def log_prob(self, y: list[float]) -> Tensor:
        point = torch.tensor(y, dtype=torch.float64)
        return sum((part.log_prob(point[where]) for part, where in self.parts), torch.zeros(()).double())


def density_by_torch(head: MixtureDensity | Pen, o: Tensor) -> Together:
    """The density of one step's outputs, (C,), written with torch.distributions."""
    K = head.components
    weights = td.Categorical(logits=o[:K])
    if isinstance(head, MixtureDensity):
        D = head.size
        means, scales = o[K : K + K * D].view(K, D), o[K + K * D :].view(K, D).exp()
        floor = math.exp(head.log_floor)
        each = td.Independent(td.Normal(means, scales + floor), 1)
        return Together((td.MixtureSameFamily(weights, each), slice(None)))
    means, sigma, rho = o[K : 3 * K].view(K, 2), o[3 * K : 5 * K].view(K, 2).exp(), o[5 * K : 6 * K].tanh()
    covariance = torch.diag_embed(sigma.square())
    covariance[:, 0, 1] = covariance[:, 1, 0] = rho * sigma.prod(-1)
    moves = td.MixtureSameFamily(weights, td.MultivariateNormal(means, covariance))
    return Together((moves, slice(0, 2)), (td.Bernoulli(logits=o[6 * K]), 2))


@pytest.mark.parametrize("name", HEADS)
@settings(max_examples=10, deadline=None, derandomize=True)
@given(T=st.integers(1, 5), data=st.data())
def test_the_loss_is_the_mean_over_valid_steps(name: str, T: int, data: st.DataObject):
    lengths = data.draw(st.lists(st.integers(0, T), min_size=1, max_size=3).filter(any))
    head = built(name)
    features = torch.randn(len(lengths), T, F, dtype=torch.float64)
    outputs, targets = head(features, lengths), targets_for(head, len(lengths), T)
    steps = [
        by_hand(head, outputs[b, t].tolist(), targets[b, t].tolist()) for b, n in enumerate(lengths) for t in range(n)
    ]
    expected = sum(loss for loss, _ in steps) / sum(count for _, count in steps)
    assert head.loss(outputs, targets, lengths).item() == pytest.approx(expected, rel=1e-10)
    valid = torch.arange(T) < torch.tensor(lengths)[:, None]
    assert_close(head.loss(outputs[valid], targets[valid]), head.loss(outputs, targets, lengths))


@pytest.mark.parametrize("name", HEADS)
def test_gradients_and_padding(name: str):
    head, lengths = built(name), [3, 1, 0]
    targets = targets_for(head, 3, 3)
    beyond = ~(torch.arange(3) < torch.tensor(lengths)[:, None])
    features = torch.randn(3, 3, F, dtype=torch.float64, requires_grad=True)

    def run(features: Tensor, *_: Tensor) -> Tensor:
        return head.loss(head(features, lengths), targets, lengths)

    assert torch.autograd.gradcheck(run, (features, *head.parameters()))
    clean = [run(features), *torch.autograd.grad(run(features), [features, *head.parameters()])]
    targets = targets.clone()
    targets[beyond] = -100 if isinstance(head, Softmax) else math.nan
    dirty = features.detach().clone()
    dirty[beyond] = math.nan
    dirty.requires_grad_()
    assert_close([run(dirty), *torch.autograd.grad(run(dirty), [dirty, *head.parameters()])], clean, rtol=0, atol=0)
    outputs = head(features, lengths).detach().clone()
    outputs[beyond] = math.nan
    assert_close(head.loss(outputs, targets, lengths), clean[0], rtol=0, atol=0)


@pytest.mark.parametrize("name", HEADS)
def test_any_leading_dimensions(name: str):
    head = built(name)
    for shape in ((), (2,), (2, 3, 2)):
        features = torch.randn(*shape, F, dtype=torch.float64)
        outputs, targets = head(features), targets_for(head, *shape)
        assert outputs.shape == (*shape, *head.output_shape)
        assert head.loss(outputs, targets).isfinite()
        assert head.predict(outputs).shape == (*shape, *head.target_shape)
        if shape == (2, 3, 2):
            flat = head.loss(outputs.flatten(0, 2), targets.flatten(0, 2))
            assert_close(head.loss(outputs, targets), flat)


@pytest.mark.parametrize("name", ["mixture", "mixture as Graves'", "pen"])
def test_densities_far_from_everything_have_finite_gradients(name: str):
    """In float32, where each density alone would underflow to zero."""
    head = HEADS[name]()
    outputs = head(torch.randn(2, 5, F))
    targets = 1e4 * targets_for(head, 2, 5).float()
    if isinstance(head, Pen):
        targets[..., 2] = 1
    loss = head.loss(outputs, targets)
    loss.backward()
    assert loss.isfinite()
    assert all(p.grad is not None and bool(p.grad.isfinite().all()) for p in head.parameters())


def test_correlations_of_almost_one():
    head = Pen(F, 1).double()
    o = torch.tensor([0, 0, 0, 0, 0, 6.0, 0.3], dtype=torch.float64)
    for point in ([1.0, 1.0, 0.0], [0.5, 0.5 + 1e-5, 1.0], [1.0, -1.0, 1.0]):
        expected = density_by_torch(head, o).log_prob(point)
        assert_close(head.mixture(o).log_density(torch.tensor(point).double()), expected, rtol=1e-6, atol=0)
    o[5] = 25.0  # tanh is 1 in any precision, 1 - ρ² is not 0
    assert_close(
        head.mixture(o).log_density(torch.zeros(3).double()),
        torch.tensor(-math.log(2 * math.pi) + 25 - math.log(2) - math.log1p(math.exp(0.3))).double(),
    )


def test_a_floor_bounds_the_likelihood():
    """A target that never varies: σ̂ may go anywhere, the density stays below that of the floor."""
    head = MixtureDensity(F, 1, 1, min_scale=0.1)
    o = torch.tensor([[0.0, 2.0, -500.0]])
    assert_close(head.loss(o, torch.tensor([[2.0]])), torch.tensor(math.log(0.1) + 0.5 * math.log(2 * math.pi)))


@pytest.mark.parametrize("bias", [0.0, 1.5])
@pytest.mark.parametrize("name", ["mixture", "pen"])
def test_samples_have_the_moments_of_the_mixture(name: str, bias: float):
    head = built(name)
    assert isinstance(head, MixtureDensity | Pen)
    o = head(torch.randn(F, dtype=torch.float64)).detach()
    samples = head.sample(o.expand(200_000, -1), bias)
    mixture = head.mixture(o, bias)
    K = head.components
    assert_close(mixture.log_weights, (o[:K] * (1 + bias)).log_softmax(-1))
    weights, means, sigma = mixture.log_weights.exp(), mixture.means, mixture.log_scales.exp()
    mean = weights @ means
    covariances = torch.diag_embed(sigma.square())
    if isinstance(head, Pen):
        assert_close(sigma, (o[3 * K : 5 * K].view(K, 2) - bias).exp())
        covariances[:, 0, 1] = covariances[:, 1, 0] = o[5 * K : 6 * K].tanh() * sigma.prod(-1)
        assert_close(samples[:, 2].mean(), o[-1].sigmoid(), rtol=0, atol=0.01)
    spread = torch.einsum("k,kij->ij", weights, covariances + means[:, :, None] * means[:, None]) - mean.outer(mean)
    assert_close(samples[:, :2].mean(0), mean, rtol=0, atol=0.02)
    assert_close(samples[:, :2].T.cov(), spread, rtol=0.03, atol=0.02)
    if bias == 0:
        assert_close(head.predict(o)[:2], mean)


def test_classes_and_answers_are_drawn_by_their_probabilities():
    softmax, o = Softmax(F, 3), torch.tensor([0.0, 1.0, 2.0])
    drawn = softmax.sample(o.expand(10, 10_000, 3), temperature=2.0)
    assert drawn.shape == (10, 10_000)
    assert_close(drawn.flatten().bincount() / 1e5, (o / 2).softmax(-1), rtol=0, atol=0.01)
    assert_close(softmax.probabilities(o), o.softmax(-1))
    assert int(softmax.predict(o)) == 2
    binary, logits = Binary(F, 2), torch.tensor([-1.0, 0.5])
    answers = binary.sample(logits.expand(100_000, 2))
    assert answers.dtype == torch.bool
    assert_close(answers.float().mean(0), binary.probabilities(logits), rtol=0, atol=0.01)
    assert binary.predict(logits).tolist() == [False, True]


def test_quantiles_never_cross_and_are_learned():
    torch.manual_seed(0)
    head = Quantiles(F, (0.05, 0.4, 0.5, 0.9))
    assert bool((head(50 * torch.randn(1000, F)).diff(dim=-1) >= 0).all())
    assert head.middle == 2
    y = td.Normal(0, 1).icdf(torch.arange(1, 1000) / 1000)[:, None]
    optimiser = torch.optim.Adam(head.parameters(), 0.05)
    for _ in range(300):
        loss = head.loss(head(torch.ones(999, F)), y)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    q = head(torch.ones(F))[0]
    assert_close(td.Normal(0, 1).cdf(q), torch.tensor([0.05, 0.4, 0.5, 0.9]), rtol=0, atol=0.02)


def test_weights_of_classes_follow_the_model():
    head = Softmax(F, 2, class_weights=torch.tensor([1.0, 3.0]))
    assert "class_weights" in head.state_dict()
    assert "class_weights" not in Softmax(F, 2).state_dict()


O3 = torch.zeros(2, 3, 5)
Y3 = torch.zeros(2, 3, dtype=torch.long)
ERRORS: dict[str, tuple[Callable[[], Any], str]] = {
    "features": (lambda: Softmax(4, 5)(torch.zeros(2, 3)), r"features must be \(…, F\) with F = 4, got \(2, 3\)"),
    "no tensor": (lambda: Softmax(4, 5)([1.0]), "got list"),
    "lengths of one step": (lambda: Softmax(4, 5)(torch.zeros(2, 4), [1, 1]), r"sequences, \(B, T, …\); got \(2, 4\)"),
    "too long": (lambda: Softmax(4, 5).loss(O3, Y3, [3, 4]), r"Softmax: lengths\[1\] is 4"),
    "outputs": (lambda: Softmax(4, 6).loss(O3, Y3), r"outputs must be \(…, 6\), got \(2, 3, 5\)"),
    "targets": (lambda: Softmax(4, 5).loss(O3, Y3[:, :2]), r"targets must be \(2, 3\) for these .* got \(2, 2\)"),
    "targets are no tensor": (lambda: Softmax(4, 5).loss(O3[0, 0], 1), "targets must be .* got int"),  # pyright: ignore
    "no targets": (lambda: Softmax(4, 5).loss(O3[:, :0], Y3[:, :0]), r"no targets, \(2, 0\)"),
    "no valid targets": (lambda: Softmax(4, 5).loss(O3, Y3, [0, 0]), r"no targets, .* lengths \[0, 0\]"),
    "class": (lambda: Softmax(4, 5).loss(O3, Y3 + 5), "targets must be within 0 .. 4, got 5"),
    "ignored class": (lambda: Softmax(4, 5).loss(O3, Y3 - 100), "targets must be within 0 .. 4, got -100"),
    "class type": (lambda: Softmax(4, 5).loss(O3, Y3.float()), "whole numbers, got torch.float32; use .long"),
    "feature of a value": (lambda: Regression(4, 5).loss(O3, O3[..., 0]), r"targets must be \(2, 3, 5\)"),
    "dtype": (lambda: Regression(4, 5).loss(O3, O3.double()), "targets are torch.float64, outputs torch.float32"),
    "answers": (lambda: Binary(4, 5).loss(O3, O3 + 2), "bool, or numbers within 0 .. 1"),
    "pen": (lambda: Pen(4, 1).loss(torch.zeros(2, 7), torch.full((2, 3), 0.5)), "1 where a stroke ends, else 0"),
    "classes": (lambda: Softmax(4, 0), "classes must be a whole number >= 1, got 0"),
    "smoothing": (lambda: Softmax(4, 5, label_smoothing=1.5), "label_smoothing must be within 0 .. 1, got 1.5"),
    "weights": (lambda: Softmax(4, 2, class_weights=[1.0]), "class_weights must be 2 numbers > 0"),
    "negative weights": (lambda: Softmax(4, 2, class_weights=[1.0, -1.0]), "class_weights must be 2 numbers > 0"),
    "temperature": (lambda: Softmax(4, 5).sample(O3, 0), "temperature must be > 0, got 0; predict"),
    "positive weight": (lambda: Binary(4, positive_weight=0), "positive_weight must be a number > 0"),
    "floor": (lambda: MixtureDensity(4, min_scale=-1), "min_scale must be a number >= 0"),
    "bias": (lambda: MixtureDensity(4, 1, 1).sample(torch.zeros(3), -1), "bias must be >= 0"),
    "bias of a pen": (lambda: Pen(4, 1).sample(torch.zeros(7), -1), "bias must be >= 0"),
    "levels": (lambda: Quantiles(4, (0.5, 0.1)), r"levels must rise within 0 .. 1, .* got \(0.5, 0.1\)"),
    "level": (lambda: Quantiles(4, (0.0, 0.1)), "levels must rise"),
    "no level": (lambda: Quantiles(4, ()), "levels must rise"),
    "components": (lambda: Pen(4, 0), "components must be a whole number"),
    "size": (lambda: Regression(4, 0), "size must be a whole number"),
    "a size that is none": (lambda: Regression(0), "features must be a whole number"),
    "symbols": (lambda: CTC(4, 0), "symbols must be a whole number"),
}


@pytest.mark.parametrize("case", ERRORS)
def test_what_cannot_be_used_is_refused(case: str):
    run, message = ERRORS[case]
    with pytest.raises(FrontalError, match=message):
        run()


def test_a_head_is_a_module():
    assert issubclass(StepHead, Head)
    assert [name for name, _ in Pen(F, 2).named_parameters()] == ["linear.weight", "linear.bias"]
