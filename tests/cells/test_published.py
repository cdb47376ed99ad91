"""Every cell of the catalogue computes its published formula."""

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
import torch

import frontal
from frontal.cells import catalogue, named
from frontal.errors import FrontalError
from frontal.layers import initialise

from . import formulas


def drawn(name: str, **options: object) -> frontal.Cell:
    """Return a cell whose parameters, biases and mixes included, are all far from their starting values."""
    torch.manual_seed(0)
    cell = named(name)(3, 4, dtype=torch.float64, **options)
    with torch.no_grad():
        for parameter in cell.parameters():
            parameter.copy_(torch.randn_like(parameter))
    return cell


@pytest.mark.parametrize("name", sorted(catalogue()))
def test_a_cell_computes_its_formula(name: str):
    assert_follows(drawn(name), getattr(formulas, name))


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("janet", {"beta": 0.3}),
        ("leaky", {"leak": 0.9}),
        ("lem", {"time_step": 0.2}),
        ("co_rnn", {"time_step": 0.1, "frequency": 1.5, "damping": 0.5}),
        ("unicornn", {"time_step": 0.3, "frequency": 2.0}),
        ("rhn", {"depth": 1}),
        ("rhn", {"depth": 5}),
        ("scrn", {"slowness": 0.5}),
        ("antisymmetric", {"step_size": 0.2, "diffusion": 0.5}),
        ("gated_antisymmetric", {"step_size": 0.2, "diffusion": 0.5}),
    ],
)
def test_options_are_those_of_the_formula(name: str, options: dict[str, float]):
    assert_follows(drawn(name, **options), partial(getattr(formulas, name), **options))


def test_a_context_of_another_size():
    assert_follows(drawn("scrn", context_size=6), formulas.scrn)


@pytest.mark.parametrize("name", sorted(catalogue()))
def test_keras_weights_suit_every_cell(name: str):
    cell = drawn(name)
    initialise.keras(cell)
    assert all(parameter.isfinite().all() for parameter in cell.parameters())
    assert not hasattr(cell, "weight_ih") or cell.weight_ih.abs().max() < 1


def assert_follows(cell: frontal.Cell, formula: Callable[..., tuple[np.ndarray, ...]]) -> None:
    x = torch.randn(3, 2, 3, dtype=torch.float64)  # (T, B, I)
    states = tuple(torch.randn(1, 2, size, dtype=torch.float64) for size in cell.state_sizes)
    hx = states if len(states) > 1 else states[0]
    outputs, finals = frontal.Recurrent(cell, backend="reference")(x, hx)
    parameters = {key: value.detach().numpy() for key, value in cell.named_parameters()}
    for b in range(2):
        now = tuple(state[0, b].numpy() for state in states)
        for t in range(3):
            now = formula(x[t, b].numpy(), *now, parameters)
            np.testing.assert_allclose(outputs[t, b].detach().numpy(), now[0], rtol=1e-10, atol=1e-12)
        for got, want in zip(finals if len(states) > 1 else (finals,), now, strict=True):
            np.testing.assert_allclose(got[0, b].detach().numpy(), want, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("janet", {"beta": "one"}, "JANET: beta must be a number within"),
        ("leaky", {"leak": 1.5}, r"LeakyElman: leak must be a number within 0 .. 1, got 1.5"),
        ("lem", {"time_step": -1}, "LEM: time_step must be a number within"),
        ("co_rnn", {"damping": True}, "CoRNN: damping must be a number"),
        ("rhn", {"depth": 2.9}, "RHN: depth must be a whole number >= 1, got 2.9"),
        ("scrn", {"context_size": 0}, "SCRN: context_size must be a whole number >= 1, got 0"),
        ("antisymmetric", {"step_size": float("nan")}, "AntisymmetricRNN: step_size must be"),
        ("jordan", {"output_size": 2.5}, "Jordan: output_size must be a whole number"),
        ("mgu", {"hidden": 3}, "unexpected keyword"),
    ],
)
def test_wrong_options_are_refused(name: str, options: dict[str, object], message: str):
    with pytest.raises((FrontalError, TypeError), match=message):
        named(name)(3, 4, **options)


@pytest.mark.parametrize("name", ["gru", "peephole", "min_gru", "star", "br", "jordan", "mut1", "lem", "ind_rnn"])
def test_without_biases_the_formula_has_none(name: str):
    with_bias, without = drawn(name), drawn(name, bias=False)
    gone = {key for key, _ in with_bias.named_parameters()} - {key for key, _ in without.named_parameters()}
    assert gone and all("bias" in key for key in gone)
    with torch.no_grad():
        for key, parameter in with_bias.named_parameters():
            parameter.copy_(torch.zeros_like(parameter) if key in gone else without.get_parameter(key))
    x = torch.randn(3, 2, 3, dtype=torch.float64)
    outputs = [frontal.Recurrent(cell, backend="reference")(x)[0] for cell in (with_bias, without)]
    torch.testing.assert_close(*outputs, rtol=1e-12, atol=1e-12)


def test_jordan_feeds_back_an_output_of_its_own_size():
    outputs, y = frontal.Recurrent(drawn("jordan", output_size=2))(torch.randn(5, 1, 3, dtype=torch.float64))
    assert outputs.shape == (5, 1, 2) and torch.equal(y[0], outputs[-1])


def test_norms_start_as_the_identity_again():
    cell = drawn("layer_norm_lstm")
    cell.reset_parameters()
    assert torch.equal(cell.norm_c.weight, torch.ones(4)) and not cell.norm_ih.bias.any()
    assert cell.weight_ih.abs().max() <= 0.5


@pytest.mark.parametrize("level", [-200.0, 0.0, 200.0])
def test_exponential_gates_neither_vanish_nor_overflow(level: float):
    cell = named("slstm")(3, 4)
    with torch.no_grad():
        cell.bias_ih[:4] = level  # of the input gate: exp(200) is beyond float32, exp(-200) below it
    x = torch.randn(200, 2, 3, requires_grad=True)
    outputs, _ = frontal.Recurrent(cell)(x)
    _, _, z, o = cell.sums(x[0], torch.zeros(2, 4))
    torch.testing.assert_close(outputs[0], torch.sigmoid(o) * torch.tanh(z))  # one step into an empty memory
    gradients = torch.autograd.grad(outputs.square().sum(), [x, *cell.parameters()])
    assert outputs.abs().max() <= 1 and all(g.isfinite().all() for g in gradients)


def test_linear_units_begin_on_their_ring_and_never_grow():
    cell = named("lru")(3, 5000, r_min=0.5, r_max=0.9)
    (re, im), _ = cell.coefficients(torch.zeros(1, 3))
    square = re.square() + im.square()
    assert 0.25 <= square.min() < 0.26 and 0.80 < square.max() <= 0.8101
    assert abs(square.mean() - (0.25 + 0.81) / 2) < 0.02  # uniform on the ring's area
    assert abs(re.mean()) < 0.05 and abs(im.mean()) < 0.05  # all phases
    torch.testing.assert_close(cell.log_gamma.exp().square(), 1 - square)
    with torch.no_grad():
        cell.nu.uniform_(-100, 100)
    (re, im), _ = cell.coefficients(torch.zeros(1, 3))
    assert (re.square() + im.square()).max() <= 1 + 1e-6
    with pytest.raises(FrontalError, match=r"LRU: r_max must be a number within 0.5 .. 1, got 0.2"):
        named("lru")(3, 4, r_min=0.5, r_max=0.2)
