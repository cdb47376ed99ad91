"""Jacobians of a step, beside the formula and finite differences."""

from io import BytesIO

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import frontal
from frontal.cells import named
from frontal.diagnostics.jacobian_spectrum import jacobian_spectrum
from frontal.errors import FrontalError
from frontal.layers import Recurrent

T, B, I, H = 8, 3, 2, 4  # noqa: E741


def test_jacobians_of_an_elman_network():
    layer = Recurrent(named("elman"), I, H, dtype=torch.float64)
    x = torch.randn(T, B, I, dtype=torch.float64)
    (found,) = jacobian_spectrum(layer, x, sequence=1)
    h = layer(x)[0][:, 1].detach()
    weight = layer.bound_cells()[0].weight_hh.detach()
    product = torch.eye(H, dtype=torch.float64)
    for t in range(T):
        jacobian = (1 - h[t] ** 2)[:, None] * weight  # diag(1 - tanh²) W
        product = jacobian @ product
        np.testing.assert_allclose(found.singular[t], torch.linalg.svdvals(jacobian), rtol=1e-9)
        moduli = torch.linalg.eigvals(jacobian).abs().sort(descending=True).values
        np.testing.assert_allclose(found.moduli[t], moduli, rtol=1e-9)
    assert found.exponents.sum() * T == pytest.approx(torch.linalg.slogdet(product)[1].item(), rel=1e-9)
    np.testing.assert_allclose(found.exponents, torch.linalg.svdvals(product).log() / T, rtol=1e-3)
    found.plot().savefig(BytesIO())
    assert len(found.to_frame()) == T * H and "Lyapunov" in str(found)


def test_jacobians_by_finite_differences():
    layer = Recurrent(named("lstm"), I, 2, dtype=torch.float64)
    x = torch.randn(2, 1, I, dtype=torch.float64)
    (found,) = jacobian_spectrum(layer, x)
    (cell,) = layer.bound_cells()
    state = torch.cat(cell(x[0], *cell.initial_states(1, x)), -1)[0].detach()

    def step(s: Tensor) -> Tensor:
        return torch.cat(cell(x[1], *s[None].split([2, 2], -1)), -1)[0].detach()

    columns = [(step(state + e) - step(state - e)) / 2e-6 for e in 1e-6 * torch.eye(4, dtype=torch.float64)]
    np.testing.assert_allclose(found.singular[1], torch.linalg.svdvals(torch.stack(columns, 1)), rtol=1e-6, atol=1e-9)


def test_exponents_of_a_rotation_that_shrinks():
    layer = Recurrent(named("elman"), 1, 2, nonlinearity="relu", bias=False)
    with torch.no_grad():
        layer.cells[0].weight_hh.copy_(torch.tensor([[0.5, 0.0], [0.0, 0.25]]))
        layer.cells[0].weight_ih.fill_(1.0)
    (found,) = jacobian_spectrum(layer, torch.ones(30, 1, 1))
    np.testing.assert_allclose(found.exponents, np.log([0.5, 0.25]), rtol=1e-6)
    assert found.memory == pytest.approx(1 / np.log(2), rel=1e-6)


def test_backwards_with_lengths_and_any_model():
    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.rnn = frontal.RNN(I, H, 2, bidirectional=True, dtype=torch.float64)

        def forward(self, x: Tensor, lengths: list[int]) -> Tensor:
            return self.rnn(x, lengths=lengths)[0]

    model, x = Model(), torch.randn(T, B, I, dtype=torch.float64)
    short = x[:5, 1:2].clone()
    x[5:, 1] = float("nan")
    found = jacobian_spectrum(model, x, [8, 5, 1], sequence=1)
    assert [f.name for f in found] == [
        "rnn, layer 0", "rnn, layer 0, backwards", "rnn, layer 1", "rnn, layer 1, backwards",
    ]  # fmt: skip
    for spectrum, alone in zip(found, jacobian_spectrum(model, short, [5]), strict=True):
        np.testing.assert_allclose(spectrum.singular, alone.singular, rtol=1e-9)
        np.testing.assert_allclose(spectrum.exponents, alone.exponents, rtol=1e-6)
    h = model.rnn(short)[0].detach()
    weight = model.rnn.weight_hh_l1_reverse.detach()
    for k, t in enumerate(reversed(range(5))):  # the order in which that direction runs
        jacobian = (1 - h[t, 0, H:] ** 2)[:, None] * weight
        np.testing.assert_allclose(found[3].singular[k], torch.linalg.svdvals(jacobian), rtol=1e-9)


def test_a_cell_itself():
    cell, x = named("gru")(I, H), torch.randn(T, 1, I)
    (found,), (same,) = jacobian_spectrum(cell, x), jacobian_spectrum(Recurrent(cell), x)
    np.testing.assert_array_equal(found.singular, same.singular)


def test_wrong_input_is_told():
    layer, x = frontal.GRU(I, H), torch.randn(T, B, I)
    with pytest.raises(FrontalError, match=r"sequence must be within 0 \.\. 2, got 3"):
        jacobian_spectrum(layer, x, sequence=3)
    with pytest.raises(FrontalError, match="no recurrent layer"):
        jacobian_spectrum(nn.Linear(I, H), x)
    growing = Recurrent(named("elman"), I, H, nonlinearity="relu")
    with torch.no_grad():
        for parameter in growing.parameters():
            parameter.fill_(float("inf"))
    with pytest.raises(FrontalError, match="no finite Jacobian"):
        jacobian_spectrum(growing, x)
