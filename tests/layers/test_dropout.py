"""Dropout between layers: torch's, by cheaper draws."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from frontal.layers.dropout import STEPS, drop

N = 400_000


@pytest.mark.parametrize("rate", [0.02, 0.2, 0.5, 0.77])
def test_the_share_is_the_rate_at_each_of_the_four_places_of_a_draw(rate: float) -> None:
    torch.manual_seed(0)
    kept = drop(torch.ones(N), rate)
    error = 5 * (rate * (1 - rate) / (N / 4)) ** 0.5  # five standard deviations
    for place in range(4):
        assert abs((kept[place::4] == 0).double().mean().item() - rate) < error


def test_neighbours_are_independent() -> None:
    torch.manual_seed(1)
    dropped = (drop(torch.ones(N), 0.5) == 0).double() - 0.5
    for distance in (1, 2, 3, 4, 5):
        correlation = 4 * (dropped[distance:] * dropped[:-distance]).mean().item()
        assert abs(correlation) < 5 / N**0.5


@settings(deadline=None)
@given(
    st.lists(st.integers(0, 7), min_size=1, max_size=3),
    st.floats(0, 1),
    st.sampled_from([torch.float32, torch.float64]),
    st.booleans(),
)
def test_a_feature_is_zero_or_keeps_the_mean_and_the_gradient_is_the_mask(
    shape: list[int], rate: float, dtype: torch.dtype, turned: bool
) -> None:
    x = torch.rand(*shape, dtype=dtype).add_(1)
    x = (x.transpose(0, -1) if turned else x).detach().requires_grad_()
    y = drop(x, rate)
    assert y.shape == x.shape
    assert y.dtype == dtype
    factor = y.detach() / x.detach()
    share = round(rate * STEPS) / STEPS
    allowed = torch.tensor([0.0, 1 / (1 - share) if share < 1 else 0.0], dtype=dtype)
    if 0.001 < rate < 0.999:
        assert (factor[..., None] - allowed).abs().amin(-1).lt(1e-5 * allowed.max()).all()
    (gradient,) = torch.autograd.grad(y.sum(), x)
    torch.testing.assert_close(gradient, factor)


def test_the_same_seed_drops_the_same() -> None:
    x, dropped = torch.rand(5, 3, 7), []
    for _ in range(2):
        torch.manual_seed(3)
        dropped.append(drop(x, 0.4))
    torch.testing.assert_close(dropped[0], dropped[1], rtol=0, atol=0)


def test_nothing_happens_without_training_or_at_rate_zero() -> None:
    x = torch.rand(4)
    state = torch.random.get_rng_state()
    assert drop(x, 0.5, training=False) is x
    assert drop(x, 0.0) is x
    assert torch.equal(torch.random.get_rng_state(), state)


def test_all_is_dropped_at_rate_one() -> None:
    assert not drop(torch.ones(9), 1.0).any()


@pytest.mark.parametrize("rate", [1e-9, 1 - 1e-9])
def test_a_rate_beyond_sixteen_bits_is_neither_nothing_nor_everything(rate: float) -> None:
    assert drop(torch.ones(64), rate).isfinite().all()


def test_torch_func_may_transform_it() -> None:
    torch.manual_seed(0)

    def f(x: Tensor) -> Tensor:
        return drop(x, 0.5).sum()

    gradients = torch.func.vmap(torch.func.grad(f), randomness="different")(torch.ones(6, 50))
    assert set(gradients.unique().tolist()) == {0.0, 2.0}
    assert not torch.equal(gradients[0], gradients[1])
