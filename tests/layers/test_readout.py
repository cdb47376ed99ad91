"""Read-outs that are solved for, beside one-shot least squares."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Generator, Tensor
from torch.testing import assert_close

from frontal.errors import FrontalError
from frontal.layers.readout import Readout, RecursiveLeastSquares, Ridge


def rows(count: int, features: int, outputs: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    g = Generator().manual_seed(seed)
    s, y = (torch.randn(count, n, generator=g, dtype=torch.float64) for n in (features, outputs))
    return s, y


def one_shot(s: Tensor, y: Tensor, ridge: float) -> np.ndarray:
    """Least squares with one more row a weight, √ridge there and 0 as its answer, (F + 1, O)."""
    features = s.shape[1]
    more = ridge**0.5 * torch.eye(features, features + 1, dtype=torch.float64)
    known = torch.cat([torch.cat([s, torch.ones(len(s), 1)], 1), more])
    return np.linalg.lstsq(known.numpy(), torch.cat([y, torch.zeros(features, y.shape[1])]).numpy())[0]


def as_one(solution: tuple[Tensor, Tensor]) -> np.ndarray:
    return torch.cat([solution[0].T, solution[1][None]]).numpy()


@settings(deadline=None, max_examples=25, database=None, derandomize=True)
@given(
    features=st.sampled_from([1, 2, 5, 127, 128, 129, 300]),
    outputs=st.integers(1, 3),
    ridge=st.floats(1e-3, 10),
    cuts=st.lists(st.integers(1, 399), max_size=4),
)
def test_sums_in_chunks_give_least_squares(features: int, outputs: int, ridge: float, cuts: list[int]):
    s, y = rows(400, features, outputs)
    sums, edges = Ridge(features, outputs, ridge), sorted({0, *cuts, 400})
    for a, b in pairwise(edges):
        sums.add(s[a:b], y[a:b])
    np.testing.assert_allclose(as_one(sums.solve()), one_shot(s, y, ridge), rtol=1e-8, atol=1e-9)


def test_without_a_ridge_it_is_least_squares_even_of_dependent_states():
    s, y = rows(50, 3, 2)
    sums = Ridge(4, 2, 0.0)
    s = torch.cat([s, s[:, :1]], 1)
    sums.add(s, y)
    weight, bias = sums.solve()
    best = np.linalg.lstsq(torch.cat([s, torch.ones(50, 1)], 1).numpy(), y.numpy())[0]
    np.testing.assert_allclose((s @ weight.T + bias).numpy(), s.numpy() @ best[:-1] + best[-1], atol=1e-8)


def test_the_online_read_out_comes_to_the_same():
    s, y = rows(60, 4, 2)
    online, sums = RecursiveLeastSquares(4, 2, 0.5), Ridge(4, 2, 0.5)
    for state, answer in zip(s, y, strict=True):
        online.learn(state, answer)
    sums.add(s, y)
    assert_close(online.solve(), sums.solve(), rtol=1e-5, atol=1e-6)


def test_the_online_read_out_goes_on_from_sums():
    s, y = rows(80, 4, 2)
    some, every = Ridge(4, 2, 0.5), Ridge(4, 2, 0.5)
    some.add(s[:30], y[:30])
    every.add(s, y)
    online = RecursiveLeastSquares.after(some)
    assert_close(online.solve(), some.solve())
    for state, answer in zip(s[30:], y[30:], strict=True):
        online.learn(state, answer)
    assert_close(online.solve(), every.solve(), rtol=1e-9, atol=1e-10)


def test_a_prediction_is_made_before_the_answer_is_known():
    s, y = rows(10, 2, 1)
    online = RecursiveLeastSquares(2, 1, 0.1)
    for state, answer in zip(s, y, strict=True):
        weight, bias = online.solve()
        assert_close(online.learn(state, answer), weight @ state + bias, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("forgetting", [1.0, 0.9])
def test_forgetting_weighs_old_rows_less(forgetting: float):
    """The weighted least squares, written out: a row t steps ago counts forgetting^t."""
    s, y = rows(40, 3, 1)
    online = RecursiveLeastSquares(3, 1, 1e-7)
    for state, answer in zip(s, y, strict=True):
        online.learn(state, answer, forgetting)
    weigh = forgetting ** (torch.arange(39, -1, -1)[:, None] / 2).double()
    ones = torch.cat([s, torch.ones(40, 1)], 1)
    best = np.linalg.lstsq((weigh * ones).numpy(), (weigh * y).numpy())[0]
    np.testing.assert_allclose(as_one(online.solve()), best, rtol=1e-5, atol=1e-6)


def test_a_solution_is_saved_and_loaded():
    s, y = rows(20, 3, 2)
    sums, first, second = Ridge(3, 2, 0.1), Readout(3, torch.float64), Readout(3, torch.float64)
    sums.add(s, y)
    first.take(sums.solve())
    second.load_state_dict(first.state_dict())
    assert second.outputs == 2
    assert_close(second(s), first(s))


def test_another_number_of_features_is_not_loaded():
    with pytest.raises(RuntimeError, match="size mismatch"):
        Readout(3, torch.float64).load_state_dict(Readout(4, torch.float64).state_dict())


def singular() -> Ridge:
    sums = Ridge(1, 1, 1e-300)
    sums.add(torch.ones(4, 1), torch.ones(4, 1))
    return sums


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: Ridge(2, 1, -1.0), "ridge must be a number >= 0, got -1.0"),
        (lambda: Ridge(2, 1, float("nan")), "ridge must be a number >= 0, got nan"),
        (lambda: Ridge(2, 1, True), "ridge must be a number >= 0, got True"),
        (lambda: Ridge(2, 1, 0.1).solve(), "nothing to fit"),
        (lambda: singular().solve(), "ridge = 1e-300 is too small"),
        (lambda: RecursiveLeastSquares(2, 1, 0.0), "needs a ridge above 0"),
        (lambda: RecursiveLeastSquares(2, 1, 0.1).learn(torch.ones(2), torch.ones(1), 1.5), "at most 1, got 1.5"),
        (lambda: RecursiveLeastSquares(2, 1, 0.1).learn(torch.ones(2), torch.ones(1), 0), "above 0"),
    ],
)
def test_wrong_input_is_told(call, says: str):
    with pytest.raises(FrontalError) as error:
        call()
    assert says in str(error.value)
