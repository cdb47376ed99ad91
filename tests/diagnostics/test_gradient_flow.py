"""The gradient on its way back through time, beside autograd by hand."""

from io import BytesIO

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import frontal
from frontal.cells import named
from frontal.diagnostics.gradient_flow import gradient_flow
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


def test_a_loss_at_every_step_does_not_hide_that_the_gradient_vanishes():
    layer, x = elman(0.5, 30)
    flow = gradient_flow(layer, (x, None), lambda outputs, _: outputs[0].sum())
    (cell,) = flow.cells
    (last,) = gradient_flow(layer, (x, None), lambda outputs, _: outputs[0][-1].sum()).cells
    assert cell.norms.min() > 0.8 * cell.norms.max()  # fed anew at every step
    np.testing.assert_allclose(cell.carried, last.norms, rtol=1e-5)
    np.testing.assert_allclose(last.carried, last.norms, rtol=1e-6)
    assert flow.verdict == "vanishing" and cell.reach == 7
    flow.plot().savefig(BytesIO())


def test_carried_through_two_layers_is_the_gradient_of_the_last_output():
    layer = frontal.GRU(I, H, 2, dtype=torch.float64)
    x = torch.randn(T, B, I, dtype=torch.float64)
    every = gradient_flow(layer, (x, None), lambda outputs, _: outputs[0].square().sum())
    last = gradient_flow(layer, (x, None), lambda outputs, _: outputs[0][-1].square().sum())
    for a, b in zip(every.cells, last.cells, strict=True):
        np.testing.assert_allclose(a.carried, b.norms, rtol=1e-9)
        assert (a.norms > b.norms).any()


@pytest.mark.parametrize("name", ["lstm", "gru"])
def test_a_loss_of_final_states_is_one_of_last_outputs(name: str):
    layer = Recurrent(named(name), I, H, bidirectional=True, dtype=torch.float64)
    x, lengths = torch.randn(T, B, I, dtype=torch.float64), [8, 3, 5]

    def of_finals(outputs: tuple[Tensor, Tensor], _: None) -> Tensor:
        return (outputs[1] if name == "gru" else outputs[1][0]).sum()

    def of_outputs(outputs: tuple[Tensor, Tensor], _: None) -> Tensor:
        y = outputs[0]
        return y[torch.tensor(lengths) - 1, torch.arange(B), :H].sum() + y[0, :, H:].sum()

    def flow(loss):
        return gradient_flow(Lengthened(layer, lengths), (x, None), loss).cells

    for a, b in zip(flow(of_finals), flow(of_outputs), strict=True):
        np.testing.assert_allclose(a.norms, b.norms, rtol=1e-9)
        np.testing.assert_allclose(a.carried, a.norms, rtol=1e-9)
        assert len(a.norms) == 8 and a.norms.all()


class Lengthened(nn.Module):
    """Always with these lengths."""

    def __init__(self, layer: nn.Module, lengths: list[int]) -> None:
        super().__init__()
        self.layer, self.lengths = layer, lengths

    def forward(self, x: Tensor):
        return self.layer(x, lengths=self.lengths)


def test_steps_are_counted_from_the_last_that_the_loss_depends_on():
    layer = Recurrent(named("gru"), I, H, bidirectional=True, dtype=torch.float64)
    x = torch.randn(T, B, I, dtype=torch.float64)
    forwards, backwards = gradient_flow(layer, (x, None), lambda outputs, _: outputs[0][4].sum()).cells
    assert len(forwards.norms) == 5 and len(backwards.norms) == T - 4
    (only,) = gradient_flow(layer, (x, None), lambda outputs, _: outputs[0][-1].sum()).cells[1:]
    assert len(only.norms) == 1 and only.verdict == "healthy"  # the first step of that direction


@pytest.mark.parametrize("kind", ["batch norm", "spectral norm", "dropout"])
def test_it_looks_and_never_touches(kind: str):
    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.norm = nn.BatchNorm1d(I) if kind == "batch norm" else nn.Identity()
            self.rnn = frontal.LSTM(I, H, 2, dropout=0.5 if kind == "dropout" else 0.0)
            self.head = nn.Linear(H, 1)
            if kind == "spectral norm":
                nn.utils.parametrizations.spectral_norm(self.head)

        def forward(self, x: Tensor) -> Tensor:
            return self.head(self.rnn(self.norm(x.flatten(0, 1)).view_as(x))[0])

    model = Model()
    model.head.weight.sum().backward()
    before = {k: v.clone() for k, v in model.state_dict().items()}
    gradients = [None if p.grad is None else p.grad.clone() for p in model.parameters()]
    modes, random = [m.training for m in model.modules()], torch.get_rng_state()
    gradient_flow(model, torch.randn(T, B, I) + 3)
    torch.set_rng_state(random)
    gradient_flow(model, torch.full((T, B, I), 3.0), None)
    assert torch.equal(torch.get_rng_state(), random)
    assert all(torch.equal(v, before[k]) for k, v in model.state_dict().items())
    assert [m.training for m in model.modules()] == modes
    for p, gradient in zip(model.parameters(), gradients, strict=True):
        assert (p.grad is None and gradient is None) or torch.equal(p.grad, gradient)


def test_gradients_beyond_all_bounds_explode_and_those_of_zero_vanish():
    layer, x = elman(1e6, 60)
    assert gradient_flow(layer, torch.zeros_like(x)).verdict == "exploding"
    relu = frontal.RNN(I, H, nonlinearity="relu")
    with torch.no_grad():
        for parameter in relu.parameters():
            parameter.fill_(-1)
    (cell,) = gradient_flow(relu, torch.ones(T, B, I)).cells
    assert cell.verdict == "vanishing" and cell.reach == 0 and cell.norms.tolist() == [0.0] * T


def test_a_model_that_leaves_its_layer_out_is_told():
    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.rnn, self.head = frontal.GRU(I, H), nn.Linear(I, 1)

        def forward(self, x: Tensor) -> Tensor:
            return self.head(x)

    with pytest.raises(FrontalError, match=r"did not run its recurrent layers \(rnn\)"):
        gradient_flow(Model(), torch.randn(T, B, I))
