"""Several networks, one verdict."""

from io import BytesIO

import numpy as np
import pytest
import torch
from torch import nn

from frontal.cells import named
from frontal.diagnostics.memory_reach import memory_reach
from frontal.diagnostics.verdict import diagnose
from frontal.errors import FrontalError
from frontal.layers import Recurrent, initialise
from frontal.layers.window_forecast import WindowForecast

N, T, C, H = 6, 20, 1, 8


def network(radius: float, cell: str = "elman", **options: int | bool) -> nn.Module:
    made = WindowForecast(named(cell), C, T, T, hidden=H, linear=bool(options.pop("linear", False)), **options)
    initialise.orthogonal(made.recurrent)
    if radius != 1:
        initialise.spectral_radius(made.recurrent, radius)
    with torch.no_grad():
        for parameter in made.parameters():
            if parameter.shape == (H,):
                parameter.zero_()
    return made


def data() -> tuple[torch.Tensor, torch.Tensor]:
    return 1e-6 * torch.randn(N, T, C), torch.randn(N, T)  # as many answers as steps


@pytest.mark.parametrize(
    ("radii", "verdict", "count"),
    [
        ((0.5, 0.5, 1.0), "vanishing", "2 of 3"),
        ((1.0, 1.0, 1.5), "healthy", "2 of 3"),
        ((1.5, 0.5), "exploding", "1 of 2"),
    ],
)
def test_the_verdict_is_that_of_most_networks(radii: tuple[float, ...], verdict: str, count: str):
    torch.manual_seed(0)
    found = diagnose([network(radius) for radius in radii], *data(), nn.functional.mse_loss)
    assert found.verdict == verdict and f"{verdict} in {count} networks" in str(found)
    for radius, row in zip(radii, found.to_rows(), strict=True):
        assert row["gradient, x a step back"] == pytest.approx(radius, rel=0.05)
        assert row["Lyapunov exponent"] == pytest.approx(np.log(radius), abs=0.15)
    assert len(found.to_frame()) == len(radii)
    found.plot().savefig(BytesIO())


def test_memory_is_that_of_the_layer_and_the_answer_that_of_the_network():
    torch.manual_seed(0)
    net, (windows, following) = network(0.5, linear=True), data()
    with torch.no_grad():
        for parameter in (net.head.weight, net.linear.weight):
            parameter.normal_()
    (found,) = diagnose([net], windows, following, nn.functional.mse_loss).networks
    assert found.memory.steps < T - 1 and found.answer.steps == T - 1  # a linear map sees the whole window
    np.testing.assert_array_equal(found.memory.influence, memory_reach(net.recurrent, windows).influence)


def test_layers_and_gates():
    torch.manual_seed(0)
    found = diagnose([network(1, "lstm", layers=2)], *data(), nn.functional.mse_loss)
    assert [row["layer"] for row in found.to_rows()] == ["recurrent, layer 0", "recurrent, layer 1"]
    gates = {row["gate"]: row for row in found.gate_rows()}
    assert gates["f"]["memory halves in"] == pytest.approx(1, rel=0.05) and gates["i"]["memory halves in"] is None
    assert gates["f"]["of units"] == H
    found.plot().savefig(BytesIO())


def test_a_cell_without_gates():
    torch.manual_seed(0)
    net = WindowForecast(named("elman"), C, T, 2, hidden=H)
    net.recurrent = Recurrent(named("elman"), C, H, nonlinearity="relu", batch_first=True)
    nn.init.normal_(net.head.weight)
    found = diagnose([net], data()[0], torch.randn(N, 2), nn.functional.mse_loss)
    assert found.gate_rows() == []
    found.plot().savefig(BytesIO())


def test_nothing_to_look_at_is_told():
    with pytest.raises(FrontalError, match="at least one of each"):
        diagnose([], *data(), nn.functional.mse_loss)
    with pytest.raises(FrontalError, match="no recurrent layer"):
        diagnose([nn.Linear(C, T)], *data(), nn.functional.mse_loss)
