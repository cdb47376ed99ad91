"""Echo state networks: what they learn, in chunks, from several sequences, on their own answers."""

from __future__ import annotations

from copy import deepcopy
from itertools import pairwise
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Generator, Tensor
from torch.testing import assert_close

import frontal
from frontal.data.problem_dynamics import mackey_glass
from frontal.layers import EchoState, reservoir_stack
from frontal.layers.readout import Ridge

F64 = torch.float64
CHAOS: dict[str, Any] = {"spectral_radius": 1.25, "leak": 0.3, "bias_scale": 1.0}


@pytest.fixture(scope="module")
def series() -> Tensor:
    """Mackey-Glass, (2300, 1), between about 0.2 and 1.3."""
    return mackey_glass(2300, 1, Generator().manual_seed(0))


def rmse(told: Tensor, right: Tensor) -> float:
    return (told - right).square().mean().sqrt().item()


def test_mackey_glass_one_step_ahead(series: Tensor):
    """Published by reservoirpy: 0.00203 for its seed, from the first 1600 of 2000 steps, 100 units, no biases."""
    x, errors = series[:2000], []
    for seed in range(5):
        network = EchoState(1, 100, ridge=1e-5, seed=seed, **CHAOS).fit(x[:1600], x[1:1601], washout=100)
        errors.append(rmse(network.predict(x[1600:-1]), x[1601:]))
    assert sorted(errors)[2] <= 0.0021
    assert max(errors) < rmse(x[1600:-1], x[1601:]) / 10  # the last value


@pytest.mark.parametrize("scaled", [False, True])
def test_an_input_that_the_read_out_sees_helps(scaled: bool, series: Tensor):
    x = series[:2000]
    x = 2 * (x - x.min()) / (x.max() - x.min()) - 1 if scaled else x
    for seed in range(3):
        network = EchoState(1, 100, ridge=1e-5, seed=seed, see_input=True, **CHAOS)
        network.fit(x[:1600], x[1:1601], washout=100)
        assert rmse(network.predict(x[1600:-1]), x[1601:]) <= 0.0021


@settings(deadline=None, max_examples=15, database=None, derandomize=True)
@given(cuts=st.lists(st.integers(1, 299), max_size=5), layers=st.integers(1, 3), see_input=st.booleans())
def test_any_chunks_give_what_the_whole_gives(cuts: list[int], layers: int, see_input: bool):
    x = torch.randn(701, 2, generator=Generator().manual_seed(0), dtype=F64)
    network = EchoState(2, 20, layers=layers, see_input=see_input, density=0.3, dtype=F64)
    network.fit(x[:400], x[1:401], washout=20)
    other, edges = deepcopy(network), [0, *sorted({*cuts}), 300]
    whole = network.predict(x[400:700])
    parts = [other.predict(x[400 + a : 400 + b]) for a, b in pairwise(edges)]
    assert_close(torch.cat(parts), whole)


def test_step_by_step_gives_what_the_whole_gives(series: Tensor):
    network = EchoState(1, 30, **CHAOS).fit(series[:400], series[1:401], washout=50)
    other = deepcopy(network)
    steps = torch.cat([other.predict(step) for step in series[400:450].split(1)])
    assert_close(steps, network.predict(series[400:450]))


def test_fitting_holds_few_states_and_gives_the_same(series: Tensor, monkeypatch: pytest.MonkeyPatch):
    x, y = series[:900], series[1:901]
    whole = EchoState(1, 30, dtype=F64, ridge=1e-3).fit(x, y, washout=100)
    monkeypatch.setattr(reservoir_stack, "HELD", 37 * 30)
    chunked = EchoState(1, 30, dtype=F64, ridge=1e-3).fit(x, y, washout=100)
    assert_close(chunked.readout.weight, whole.readout.weight, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("spoil", [0.0, torch.nan])
def test_washout_and_lengths_choose_the_steps_that_count(spoil: float):
    torch.manual_seed(0)
    x, y = torch.randn(30, 2, 3, dtype=F64), torch.randn(30, 2, 1, dtype=F64)
    network = EchoState(3, 20, ridge=0.1, dtype=F64, density=0.5)
    sums = Ridge(20, 1, 0.1)
    for b, length in enumerate((30, 12)):
        (chunk,) = network.stack.run(x[:length, b : b + 1])
        sums.add(chunk.seen[5:, 0], y[5:length, b])
    x[12:, 1], y[12:, 1] = spoil, spoil
    network.fit(x, y, washout=5, lengths=[30, 12])
    assert_close((network.readout.weight, network.readout.bias), sums.solve())


def test_padding_is_never_read():
    torch.manual_seed(0)
    x = torch.randn(41, 2, 1, dtype=F64)
    network = EchoState(1, 20, density=0.5, dtype=F64).fit(x[:-1], x[1:])
    whole, short, spoilt = deepcopy(network), deepcopy(network), x[:9].clone()
    spoilt[4:, 1] = torch.nan
    told = network.predict(spoilt, lengths=[9, 4])
    assert_close(told[:, 0], whole.predict(x[:9])[:, 0])
    assert_close(told[:4, 1], short.predict(x[:4])[:, 1])
    assert (told[4:, 1] == 0).all()
    following = network.predict(x[9:20])  # each goes on from its own end
    assert_close(following[:, 0], whole.predict(x[9:20])[:, 0])
    assert_close(following[:, 1], short.predict(x[9:20])[:, 1])


def test_it_runs_free_and_follows_the_series_for_a_while(series: Tensor):
    network = EchoState(1, 300, ridge=1e-8, dtype=F64, **CHAOS).fit(series[:1999], series[1:2000], washout=100)
    assert (network.generate(100) - series[2000:2100]).abs().max() < 0.05


def test_several_sequences_run_free_as_each_alone():
    t = torch.arange(301)[:, None] / torch.tensor([5.0, 8.0])
    x = torch.sin(t)[..., None].double()  # (T, 2, 1)
    network = EchoState(1, 60, dtype=F64, ridge=1e-4, leak=0.5).fit(x[:-1], x[1:], washout=50)
    told = network.generate(20)
    for b in range(2):
        network.reset()
        network.predict(x[:-1, b])
        network._said = x[-1, b : b + 1]
        assert_close(network.generate(20), told[:, b], rtol=1e-5, atol=1e-6)


def test_feedback_of_the_answer():
    """A sine without any input: only the answer fed back keeps it going."""
    wave = torch.sin(torch.arange(600) / 8)[:, None].double()
    nothing = torch.zeros(600, 1)
    network = EchoState(1, 100, feedback=1, noise=0.01, spectral_radius=0.8, bias_scale=0.3, dtype=F64)
    network.fit(nothing[:400], wave[:400], washout=100)
    other = deepcopy(network)
    told = network.generate(1000)
    assert (told[:20] - wave[400:420]).abs().max() < 0.15
    assert 0.7 < told[-60:].max() < 1.3 and -1.3 < told[-60:].min() < -0.7  # it goes on and on
    assert_close(other.predict(nothing[:100]), told[:100])


def test_the_right_answers_are_fed_back_while_fitting():
    """By hand: the answer of the step before stands beside the input, zero at first."""
    torch.manual_seed(0)
    x, y = torch.randn(40, 2, dtype=F64), torch.randn(40, 1, dtype=F64)
    network = EchoState(2, 15, feedback=1, see_input=True, ridge=0.1, density=0.5, dtype=F64).fit(x, y)
    read = torch.cat([x, torch.cat([torch.zeros(1, 1), y[:-1]])], 1)
    (chunk,) = network.stack.run(read[:, None])
    assert_close(chunk.seen[:, 0, :3], read)
    sums = Ridge(18, 1, 0.1)
    sums.add(chunk.seen[:, 0], y)
    assert_close((network.readout.weight, network.readout.bias), sums.solve())


def test_learning_online_comes_to_the_fit(series: Tensor):
    x, y = series[:600], series[1:601]
    online = EchoState(1, 40, ridge=1e-2, dtype=F64, **CHAOS)
    told = online.learn(x, y)
    fitted = EchoState(1, 40, ridge=1e-2, dtype=F64, **CHAOS).fit(x, y)
    assert_close(online.readout.weight, fitted.readout.weight, rtol=1e-3, atol=1e-4)
    assert (told[-100:] - y[-100:]).abs().mean() < 0.02 < (told[:20] - y[:20]).abs().mean()
    assert_close(online.predict(series[600:700]), fitted.predict(series[600:700]), rtol=1e-4, atol=1e-4)


def test_learning_goes_on_from_a_fit(series: Tensor):
    first = EchoState(1, 40, ridge=1e-2, dtype=F64, **CHAOS).fit(series[:400], series[1:401])
    first.learn(series[400:600], series[401:601])
    fitted = EchoState(1, 40, ridge=1e-2, dtype=F64, **CHAOS).fit(series[:600], series[1:601])
    assert_close(first.readout.weight, fitted.readout.weight, rtol=1e-6, atol=1e-8)


def test_forgetting_follows_a_change():
    x = torch.randn(1200, 1, generator=Generator().manual_seed(0), dtype=F64)
    y = torch.cat([x[:600], -x[600:]])
    errors = {}
    for forgetting in (1.0, 0.98):
        told = EchoState(1, 20, see_input=True, density=0.3, dtype=F64).learn(x, y, forgetting=forgetting)
        errors[forgetting] = (told[-50:] - y[-50:]).abs().mean().item()
    assert errors[0.98] < 1e-3
    assert errors[1.0] > 0.1


def test_what_was_fitted_is_saved_and_loaded(series: Tensor):
    first, second = (EchoState(1, 20, layers=2, seed=seed, **CHAOS) for seed in (0, 1))
    first.fit(series[:300], series[1:301], washout=50)
    second.load_state_dict(first.state_dict())
    first.reset()
    told = first.predict(series[300:400])
    assert_close(second.predict(series[300:400]), told)
    online = second.learn(series[400:450], series[401:451])  # begins from what was loaded
    assert_close(online[:1], first.predict(series[400:401]))


def test_all_of_it_can_be_made_double(series: Tensor):
    network = EchoState(1, 20, **CHAOS).double()
    assert network.fit(series[:300], series[1:301]).predict(series[300:310]).dtype == F64


def fitted(outputs: int = 2, **options: Any) -> EchoState:
    return EchoState(1, 10, **options).fit(torch.randn(20, 1), torch.randn(20, outputs))


NAN = float("nan")


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: EchoState(0, 10), "input_size must be a whole number >= 1"),
        (lambda: EchoState(1, 0), "must be a whole number >= 1"),
        (lambda: EchoState(1, 10, spectral_radius=0), "spectral_radius must be above 0, got 0"),
        (lambda: EchoState(1, 10, leak=0), "leak must be above 0"),
        (lambda: EchoState(1, 10, leak=1.5), "leak must be a number within 0 .. 1"),
        (lambda: EchoState(1, 10, density=2), "density must be a number within 0 .. 1"),
        (lambda: EchoState(1, 10, layers=0), "layers must be a whole number >= 1"),
        (lambda: EchoState(1, 10, feedback=-1), "feedback must be a whole number >= 0"),
        (lambda: EchoState(1, 10, noise=-0.1), "noise must be a number >= 0"),
        (lambda: EchoState(1, 10, ridge=-1), "ridge must be a number >= 0"),
        (lambda: EchoState(1, 10).predict(torch.zeros(3, 1)), "call fit"),
        (lambda: EchoState(1, 10).generate(3), "call fit"),
        (lambda: EchoState(1, 10).fit(torch.zeros(9, 1), torch.zeros(9, 1), washout=9), "below the shortest"),
        (lambda: EchoState(1, 10).fit(torch.zeros(9, 1), torch.zeros(9, 1), washout=-1), "washout must be a whole"),
        (
            lambda: EchoState(1, 10).fit(torch.zeros(9, 2, 1), torch.zeros(9, 2, 1), washout=4, lengths=[9, 4]),
            "shortest sequence, 4 steps",
        ),
        (lambda: EchoState(1, 10).fit(torch.zeros(9, 1), torch.zeros(8, 1)), "as many steps"),
        (lambda: EchoState(2, 10).fit(torch.zeros(9, 1), torch.zeros(9, 1)), "x must be (T, 2 features)"),
        (lambda: EchoState(1, 10).fit(torch.zeros(9), torch.zeros(9, 1)), "x must be (T, 1 features)"),
        (lambda: EchoState(1, 10).fit(torch.zeros(0, 1), torch.zeros(0, 1)), "x is empty"),
        (lambda: EchoState(1, 10, feedback=2).fit(torch.zeros(9, 1), torch.zeros(9, 1)), "y must be (T, 2 features)"),
        (lambda: EchoState(1, 10).fit(torch.full((9, 1), NAN), torch.zeros(9, 1)), "x is nan at step 0"),
        (lambda: EchoState(1, 10).fit(torch.zeros(9, 1), torch.full((9, 1), NAN)), "y is nan at step 0"),
        (lambda: fitted().predict(torch.tensor([[0.0], [NAN]])), "x is nan at step 1"),
        (lambda: fitted().predict(torch.zeros(4, 2, 1), lengths=[4, 5]), "lengths must be 2 whole numbers"),
        (lambda: fitted().predict(torch.zeros(4, 1), lengths=[4]), "lengths go with several sequences"),
        (lambda: fitted().predict(torch.zeros(4, 3, 1)), "cannot go on with 3; call reset()"),
        (lambda: fitted().generate(3), "cannot be read back"),
        (lambda: fitted(1).generate(0), "steps must be a whole number"),
        (lambda: fitted(1).generate(3, torch.zeros(3, 1)), "leave out x"),
        (lambda: fitted(1, feedback=1).generate(3, torch.zeros(4, 1)), "x must be (3, 1, 1)"),
        (lambda: fitted(1, feedback=1).predict(torch.zeros(4, 1, 1), lengths=[3]), "one sequence at a time"),
        (lambda: fitted().learn(torch.zeros(3, 2, 1), torch.zeros(3, 2, 1)), "learn takes one sequence"),
        (lambda: fitted().learn(torch.zeros(3, 1), torch.zeros(3, 1)), "y must have 2 features"),
        (lambda: fitted().learn(torch.zeros(3, 1), torch.zeros(3, 2), forgetting=1.5), "forgetting must be above 0"),
    ],
)
def test_wrong_input_is_told(call: Any, says: str):
    with pytest.raises(frontal.FrontalError) as error:
        call()
    assert says in str(error.value)
