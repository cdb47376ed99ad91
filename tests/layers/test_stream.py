"""Step by step equals all at once, whatever else happens between the steps."""

from copy import deepcopy

import hypothesis.strategies as st
import pytest
import torch
from hypothesis import given, settings
from torch.testing import assert_close

import frontal
from frontal.cells import catalogue, named
from frontal.layers.layer import Layer

LAYERS = {
    "lstm of two layers": lambda: frontal.LSTM(3, 5, 2, dropout=0.5),
    "gru": lambda: frontal.GRU(3, 5, dtype=torch.float64),
    "projected": lambda: frontal.LSTM(3, 5, proj_size=2),
    "on the reference": lambda: frontal.RNN(3, 5, backend="reference"),
    "with work before the loop": lambda: frontal.Recurrent(named("minimal_rnn"), 3, 5),
}
layers = pytest.mark.parametrize("name", LAYERS)


def made(name: str) -> tuple[Layer, torch.Tensor]:
    """A layer, and input (T, B, I) for it."""
    torch.manual_seed(0)
    layer = LAYERS[name]().eval()
    return layer, torch.randn(7, 2, 3, dtype=next(layer.parameters()).dtype)


def as_tuple(hx: object) -> tuple[torch.Tensor, ...]:
    return hx if isinstance(hx, tuple) else (hx,)  # type: ignore[return-value]


@layers
def test_steps_equal_the_whole_sequence(name: str):
    layer, x = made(name)
    stream = layer.stream(2)
    outputs, finals = layer(x)
    assert_close(torch.stack([stream.step(x_t) for x_t in x]), outputs.detach(), rtol=1e-6, atol=1e-6)
    for got, want in zip(as_tuple(stream.states), as_tuple(finals), strict=True):
        assert_close(got, want.detach(), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("name", sorted(catalogue()))
def test_so_they_do_for_every_cell(name: str):
    torch.manual_seed(0)
    layer, x = frontal.Recurrent(named(name), 3, 5, dtype=torch.float64), torch.randn(4, 2, 3, dtype=torch.float64)
    stream = layer.stream(2)
    assert_close(torch.stack([stream.step(x_t) for x_t in x]), layer(x)[0].detach(), rtol=1e-12, atol=1e-12)


@settings(deadline=None, max_examples=25, database=None, derandomize=True)
@given(cut=st.integers(0, 7), name=st.sampled_from(sorted(LAYERS)))
def test_states_move_between_layer_and_stream(cut: int, name: str):
    layer, x = made(name)
    outputs, _ = layer(x)
    hx = layer(x[:cut])[1] if cut else None
    stream = layer.stream(2, hx)
    rest = [stream.step(x_t) for x_t in x[cut:]]
    assert_close(torch.stack([*outputs[:cut].detach(), *rest]), outputs.detach(), rtol=1e-6, atol=1e-6)


@layers
def test_outputs_and_states_that_were_given_stay_what_they_were(name: str):
    layer, x = made(name)
    stream = layer.stream(2)
    first, states = stream.step(x[0]), stream.states
    copies = deepcopy((first, states))
    stream.step(x[1])
    stream.step(x[2])
    assert torch.equal(first, copies[0])
    for state, copy in zip(as_tuple(states), as_tuple(copies[1]), strict=True):
        assert torch.equal(state, copy)


@layers
def test_reset_begins_anew_for_all_or_some(name: str):
    layer, x = made(name)
    stream = layer.stream(2)
    wanted = [stream.step(x_t) for x_t in x[:3]]
    stream.reset()
    for x_t, want in zip(x[:3], wanted, strict=True):
        assert torch.equal(stream.step(x_t), want)
    stream.reset(torch.tensor([True, False]))
    outputs, _ = layer(torch.cat([x[:3], x[:3]]), reset=torch.tensor([[t == 3, False] for t in range(6)]))
    assert_close(stream.step(x[0]), outputs[3].detach(), rtol=1e-6, atol=1e-6)


@layers
def test_training_between_steps_counts(name: str):
    layer, x = made(name)
    stream = layer.stream(2)
    before = stream.step(x[0])
    stream.reset()
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.mul_(1.5)
    after = stream.step(x[0])
    assert_close(after, layer(x[:1])[0][0].detach(), rtol=1e-6, atol=1e-6)
    assert not torch.equal(before, after)


def test_two_streams_of_one_layer_do_not_meet():
    layer, x = made("gru")
    one, two = layer.stream(2), layer.stream(2)
    outputs, _ = layer(x)
    for t in range(7):
        assert_close(one.step(x[t]), outputs[t].detach())
        two.step(-x[t])


def test_inputs_need_not_be_contiguous_or_without_gradient():
    layer, x = made("gru")
    strange = x.flip(2).flip(2).transpose(0, 1).contiguous().transpose(0, 1).requires_grad_()
    stream = layer.stream(2)
    outputs = [stream.step(x_t) for x_t in strange]
    assert_close(torch.stack(outputs), layer(x)[0].detach())
    assert not outputs[0].requires_grad


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: frontal.LSTM(3, 5, bidirectional=True).stream(), "use bidirectional=False"),
        (lambda: frontal.GRU(3, 5).stream(0), "batch_size must be a whole number >= 1, got 0"),
        (lambda: frontal.GRU(3, 5).stream(2).step(torch.zeros(3, 3)), r"takes \(B, I\) = \(2, 3\) .* got \(3, 3\)"),
        (lambda: frontal.GRU(3, 5).stream().step(torch.zeros(1, 3).double()), "of torch.float32, got .*float64"),
        (lambda: frontal.LSTM(3, 5).stream(1, torch.zeros(1, 1, 5)), r"the states must be h, c of \[\(1, 1, 5\)"),
        (lambda: frontal.GRU(3, 5).stream(2, torch.zeros(1, 1, 5)), r"the states must be h of \[\(1, 2, 5\)"),
    ],
)
def test_wrong_calls_say_what_is_expected(call, message: str):
    with pytest.raises(frontal.FrontalError, match=message):
        call()
