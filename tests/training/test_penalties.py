"""Penalties and clipping, beside their formulas."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

import frontal
from frontal.cells import named
from frontal.errors import FrontalError
from frontal.layers import Recurrent, initialise
from frontal.training.clip import clip, clip_adaptively, total_norm
from frontal.training.penalties import activation_penalty, temporal_activation_penalty, vanishing_gradient_penalty
from frontal.training.settings import TrainingSettings

T, B, I, H = 6, 3, 2, 4  # noqa: E741


def test_penalties_of_outputs_count_valid_steps_only():
    h = torch.randn(T, B, H)
    torch.testing.assert_close(activation_penalty(h), (h**2).mean())
    torch.testing.assert_close(temporal_activation_penalty(h), ((h[1:] - h[:-1]) ** 2).mean())
    lengths = [6, 1, 4]
    ragged = [h[:n, k] for k, n in enumerate(lengths)]
    h = h.masked_fill((torch.arange(T)[:, None] >= torch.tensor(lengths))[..., None], float("nan"))
    torch.testing.assert_close(activation_penalty(h, torch.tensor(lengths)), torch.cat(ragged).square().mean())
    changes = torch.cat([r.diff(dim=0) for r in ragged])
    torch.testing.assert_close(temporal_activation_penalty(h, torch.tensor(lengths)), changes.square().mean())


def omega_by_hand(layer: nn.Module, x: Tensor, loss: Callable[[Tensor], Tensor]) -> Tensor:
    """Ω with states and gradients kept one by one."""
    (cell,) = layer.bound_cells()
    states = [torch.cat([x.new_zeros(B, s) for s in cell.state_sizes], -1).requires_grad_()]
    sizes = list(cell.state_sizes)
    for x_t in x:
        states.append(torch.cat(cell(x_t, *states[-1].split(sizes, -1)), -1))
    outputs = torch.stack([s[:, : sizes[0]] for s in states[1:]])
    gradients = torch.autograd.grad(loss(outputs), states, allow_unused=True)
    terms = []
    for t in range(1, T):  # ∂E/∂s after the step t - 1, and what it becomes before that step
        s = states[t - 1].detach().requires_grad_()
        new = torch.cat(cell(x[t - 1], *s.split(sizes, -1)), -1)
        g = gradients[t].detach()
        (back,) = torch.autograd.grad((new * g).sum(), s, create_graph=True)
        terms.append((back.norm(dim=-1) / g.norm(dim=-1) - 1) ** 2)
    return torch.stack(terms).mean()


@pytest.mark.parametrize("name", ["elman", "lstm", "gru"])
def test_the_vanishing_gradient_penalty_and_its_gradient(name: str):
    layer = Recurrent(named(name), I, H, dtype=torch.float64)
    x = torch.randn(T, B, I, dtype=torch.float64)

    def loss(outputs: Tensor) -> Tensor:
        return outputs[-1].square().sum()

    ours, theirs = vanishing_gradient_penalty(layer, x, loss), omega_by_hand(layer, x, loss)
    torch.testing.assert_close(ours, theirs)
    parameters = list(layer.parameters())
    ours, theirs = (torch.autograd.grad(omega, parameters, allow_unused=True) for omega in (ours, theirs))
    for a, b in zip(ours, theirs, strict=True):
        assert (a is None) == (b is None)
        if a is not None:
            torch.testing.assert_close(a, b)


def test_an_orthogonal_linear_network_has_none():
    layer = frontal.RNN(I, H, nonlinearity="relu", bias=False)
    initialise.orthogonal(layer)
    with torch.no_grad():
        layer.weight_hh_l0.copy_(torch.eye(H))
        layer.weight_ih_l0.abs_()  # the ReLU passes everything
    omega = vanishing_gradient_penalty(layer, torch.rand(T, B, I), lambda outputs: outputs[-1].sum())
    assert omega.item() == pytest.approx(0, abs=1e-10)
    with torch.no_grad():
        layer.weight_hh_l0.mul_(0.5)
    omega = vanishing_gradient_penalty(layer, torch.rand(T, B, I), lambda outputs: outputs[-1].sum())
    assert omega.item() == pytest.approx(0.25)  # (1/2 - 1)²


def test_minimising_it_keeps_the_gradient_alive():
    torch.manual_seed(0)
    layer, x = frontal.RNN(I, 16), 0.1 * torch.randn(30, 8, I)

    def reach() -> float:
        """Norm of the gradient at the first step, in those at the last."""
        steps = x.clone().requires_grad_()
        layer(steps)[0][-1].sum().backward()
        norms = steps.grad.flatten(1).norm(dim=1)
        return (norms[0] / norms[-1]).item()

    initialise.spectral_radius(layer, 0.5)
    before = reach()
    optimizer = torch.optim.Adam(layer.parameters(), 0.01)
    for _ in range(60):
        optimizer.zero_grad()
        vanishing_gradient_penalty(layer, x, lambda outputs: outputs[-1].sum()).backward()
        optimizer.step()
    assert before < 1e-6 and 1e-2 < reach() < 1e2


@pytest.mark.parametrize(
    ("layer", "x", "loss", "says"),
    [
        (frontal.RNN(I, H, 2), torch.zeros(T, B, I), torch.sum, "takes one layer in one direction, RNN has 2"),
        (frontal.RNN(I, H, bidirectional=True), torch.zeros(T, B, I), torch.sum, "RNN has 2"),
        (frontal.RNN(I, H), torch.zeros(1, B, I), torch.sum, "at least two steps"),
        (frontal.RNN(I, H), torch.zeros(T, B, I), lambda outputs: torch.zeros(()), "does not depend on the layer"),
    ],
)
def test_what_has_no_penalty_is_told(layer: nn.Module, x: Tensor, loss: Callable[[Tensor], Tensor], says: str):
    with pytest.raises(FrontalError, match=says):
        vanishing_gradient_penalty(layer, x, loss)


def test_one_step_does_not_change():
    with pytest.raises(FrontalError, match="got one step"):
        temporal_activation_penalty(torch.zeros(1, B, H))


def with_gradients() -> nn.Module:
    module = nn.Linear(3, 4)
    with torch.no_grad():
        module.weight[0] = 0
    for parameter in module.parameters():
        parameter.grad = torch.randn_like(parameter)
    return module


def test_adaptive_clipping_goes_by_rows():
    module = with_gradients()
    weight, gradient = module.weight.detach(), module.weight.grad.clone()
    clip_adaptively(module.parameters(), 0.1)
    for row, before, after in zip(weight, gradient, module.weight.grad, strict=True):
        longest = 0.1 * max(row.norm().item(), 1e-3)
        factor = min(1.0, longest / before.norm().item())
        torch.testing.assert_close(after, factor * before)
    assert module.bias.grad.norm().item() == pytest.approx(0.1 * module.bias.norm().item(), rel=1e-5)


def test_settings_choose_the_clipping_and_the_norm_before_is_told():
    for settings in ({"clip_value": 0.1}, {"clip_norm": 0.5}, {"clip_adaptive": 0.1}):
        module = with_gradients()
        before = total_norm([p.grad for p in module.parameters()])
        assert before == pytest.approx(torch.cat([p.grad.flatten() for p in module.parameters()]).norm().item())
        assert clip(module.parameters(), TrainingSettings(**settings)) == pytest.approx(before)
        assert total_norm([p.grad for p in module.parameters()]) < before
    with pytest.raises(FrontalError, match="clip_adaptive must be a number above 0"):
        TrainingSettings(clip_adaptive=0)
