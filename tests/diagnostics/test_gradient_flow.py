"""Gradients, Jacobians and reach through time, beside autograd by hand."""

from io import BytesIO

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import frontal
from frontal.cell import Cell
from frontal.cells import named
from frontal.diagnostics.gradient_flow import gradient_flow
from frontal.diagnostics.jacobian_spectrum import jacobian_spectrum
from frontal.diagnostics.memory_reach import memory_reach
from frontal.errors import FrontalError
from frontal.layers import Recurrent, initialise

T, B, I, H = 8, 3, 2, 4  # noqa: E741


def norms_by_hand(layer: nn.Module, x: Tensor, lengths: list[int]) -> list[float]:
    """Mean ‖∂L/∂s‖ by steps back, of the sum of last outputs, with every state kept."""
    (cell,) = layer.bound_cells()
    sizes, norms = list(cell.state_sizes), [[] for _ in range(max(lengths))]
    for row, length in enumerate(lengths):
        states = [torch.zeros(1, sum(sizes), dtype=x.dtype, requires_grad=True)]
        for t in range(length):
            states.append(torch.cat(cell(x[t, row : row + 1], *states[-1].split(sizes, -1)), -1))
        found = torch.autograd.grad(states[-1][:, : sizes[0]].sum(), states[:-1])
        for back, gradient in enumerate(reversed(found)):
            norms[back].append(gradient.norm().item())
    return [float(np.mean(n)) for n in norms]


@pytest.mark.parametrize("name", ["elman", "lstm", "gru", "lem"])
def test_norms_are_those_of_autograd(name: str):
    layer = Recurrent(named(name), I, H, dtype=torch.float64)
    x, lengths = torch.randn(T, B, I, dtype=torch.float64), [8, 3, 5]
    x[torch.arange(T)[:, None] >= torch.tensor(lengths)] = float("nan")
    flow = gradient_flow(layer, {"input": x, "lengths": lengths})
    np.testing.assert_allclose(flow.cells[0].norms, norms_by_hand(layer, x, lengths), rtol=1e-9)


def test_a_loss_of_ones_own_and_every_layer():
    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.rnn, self.head = frontal.LSTM(I, H, 2, bidirectional=True), nn.Linear(2 * H, 1)

        def forward(self, x: Tensor) -> Tensor:
            return self.head(self.rnn(x)[0]).mean((0, 2))

    model, x, y = Model(), torch.randn(T, B, I), torch.randn(B)
    flow = gradient_flow(model, (x, y), nn.MSELoss())
    assert len(flow.cells) == 4 and all(len(c.norms) == T and (c.norms > 0).all() for c in flow.cells)
    assert all(p.grad is None for p in model.parameters())
    assert len(flow.to_frame()) == 4 * T
    flow.plot().savefig(BytesIO())


def elman(radius: float, steps: int) -> tuple[nn.Module, Tensor]:
    torch.manual_seed(0)
    layer = frontal.RNN(I, 32, bias=False)
    initialise.orthogonal(layer)
    initialise.spectral_radius(layer, radius)
    return layer, 1e-9 * torch.randn(steps, B, I)  # so small that tanh is nearly linear


@pytest.mark.parametrize("steps", [10, 60])
@pytest.mark.parametrize(("radius", "verdict"), [(0.5, "vanishing"), (1.0, "healthy"), (1.5, "exploding")])
def test_the_verdict_follows_the_spectral_radius(radius: float, verdict: str, steps: int):
    flow = gradient_flow(*elman(radius, min(steps, 40) if radius > 1 else steps))
    assert flow.verdict == verdict
    assert flow.cells[0].rate == pytest.approx(radius, rel=0.02)
    assert verdict in str(flow) and flow.remedy in str(flow)
    if radius == 0.5:
        assert flow.cells[0].half_life == pytest.approx(1, rel=0.03)
        assert flow.cells[0].reach == 7  # 2⁻⁶ is the last above 1 %


def test_a_loss_that_sees_nothing_is_told():
    layer = frontal.GRU(I, H)
    x = torch.randn(T, B, I)
    with pytest.raises(FrontalError, match="must be a scalar tensor"):
        gradient_flow(layer, (x, None), lambda outputs, _: outputs[0])
    with pytest.raises(FrontalError, match="does not depend on any recurrent layer"):
        gradient_flow(layer, (x, None), lambda outputs, _: (0 * outputs[0]).sum())
    with pytest.raises(FrontalError, match="no recurrent layer"):
        gradient_flow(nn.Linear(2, 2), x)


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


class Delay(Cell):
    """Hands out what it read three steps before."""

    def __init__(self) -> None:
        super().__init__(1, 4)

    def step(self, x: Tensor, h: Tensor) -> Tensor:
        return torch.cat([h[:, 1:], x], -1)


def test_reach_of_a_delay_line_is_its_length():
    layer = Recurrent(Delay())
    reach = memory_reach(lambda x: layer(x)[0][..., :1], torch.randn(20, 2, 1))
    assert reach.steps == 3
    np.testing.assert_allclose(reach.influence, [0, 0, 0, 1] + [0] * 16)
    assert memory_reach(layer, torch.randn(20, 2, 1)).influence[:4].tolist() == pytest.approx([1, 1, 1, 1], rel=0.7)


def test_reach_of_a_leaky_memory():
    layer = Recurrent(named("elman"), 1, 1, nonlinearity="relu", bias=False)
    with torch.no_grad():
        layer.cells[0].weight_hh.fill_(0.5)
        layer.cells[0].weight_ih.fill_(1.0)
    reach = memory_reach(layer, torch.ones(30, 2, 1))
    np.testing.assert_allclose(reach.influence, 0.5 ** np.arange(30), rtol=1e-5)
    assert reach.steps == 6  # 2⁻⁶ is the last above 1 %
    reach.plot().savefig(BytesIO())
    assert "6 steps back" in str(reach) and len(reach.to_frame()) == 30


def test_reach_of_batch_first_models_and_of_models_with_one_answer():
    torch.manual_seed(0)
    rnn = frontal.GRU(I, H, batch_first=True)
    x = torch.randn(B, T, I)
    same = memory_reach(frontal_like(rnn), x.transpose(0, 1))
    assert memory_reach(rnn, x).influence.shape == (T,)
    np.testing.assert_allclose(memory_reach(rnn, x).influence, same.influence, rtol=1e-5)
    last = nn.Sequential(rnn)
    assert memory_reach(lambda v: last(v)[0][:, -1], x, batch_first=True).influence.argmax() == 0


def frontal_like(rnn: nn.Module) -> nn.Module:
    layer = frontal.GRU(I, H)
    layer.load_state_dict(rnn.state_dict())
    return layer


def test_wrong_input_is_told():
    layer = frontal.GRU(I, H)
    with pytest.raises(FrontalError, match="x must be floating-point numbers"):
        memory_reach(layer, torch.zeros(3, 2))
    with pytest.raises(FrontalError, match="does not depend on the input"):
        memory_reach(lambda x: torch.zeros(3, 2, 1), torch.zeros(3, 2, 1))
