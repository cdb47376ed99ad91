"""Every cell of the catalogue computes its published formula."""

import numpy as np
import pytest
import torch

import frontal
from frontal.cells import catalogue, named
from frontal.errors import FrontalError

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
    cell, formula = drawn(name), getattr(formulas, name)
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
        ("rhn", {"depth": 0}, "RHN: depth must be a number within 1 .. 100, got 0"),
        ("scrn", {"context_size": -2}, "SCRN: context_size must be"),
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
