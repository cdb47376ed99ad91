"""What torch does to modules and functions works on the layers: func, parametrize, copies, threads, dtypes."""

import warnings
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy

import pytest
import torch
from torch import nn
from torch.autograd import gradcheck, gradgradcheck
from torch.func import functional_call, grad, jacrev, vmap
from torch.nn.utils import parametrizations, parametrize
from torch.testing import assert_close

import frontal
from frontal.cells import named

LAYERS = {
    "LSTM": lambda: frontal.LSTM(3, 4, 2, bidirectional=True, proj_size=2, dtype=torch.float64),
    "GRU": lambda: frontal.GRU(3, 4, 2, bidirectional=True, dtype=torch.float64),
    "RNN": lambda: frontal.RNN(3, 4, dtype=torch.float64),
    "Recurrent": lambda: frontal.Recurrent(named("lstm"), 3, 4, num_layers=2, dtype=torch.float64),
}
layers = pytest.mark.parametrize("make", LAYERS.values(), ids=LAYERS)


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


def sequences(T: int = 4, B: int = 3) -> torch.Tensor:
    return torch.randn(T, B, 3, dtype=torch.float64)


class Doubled(nn.Module):
    def forward(self, weight: torch.Tensor) -> torch.Tensor:
        return 2 * weight


@layers
def test_functional_call_replaces_parameters(make):
    layer, other, x = make(), make(), sequences()
    outputs, _ = functional_call(layer, dict(other.named_parameters()), (x,))
    assert_close(outputs, other(x)[0], rtol=0, atol=0)
    assert not torch.equal(outputs, layer(x)[0])


@layers
def test_func_gradients_are_autograds(make):
    layer, x = make(), sequences()
    parameters = dict(layer.named_parameters())

    def loss(parameters, x):
        return functional_call(layer, parameters, (x,), {"lengths": [4, 1, 3]})[0].square().sum()

    wanted = torch.autograd.grad(loss(parameters, x), list(parameters.values()))
    for got, want in zip(grad(loss)(parameters, x).values(), wanted, strict=True):
        assert_close(got, want)


@layers
def test_jacobian_over_inputs(make):
    layer, x = make(), sequences(3, 2)
    reset = torch.tensor([[False, True], [True, False], [False, False]])
    jacobian = jacrev(lambda x: layer(x, reset=reset)[0])(x)
    assert_close(jacobian, torch.autograd.functional.jacobian(lambda x: layer(x, reset=reset)[0], x))


@layers
def test_vmap_over_inputs(make):
    layer, many = make(), torch.randn(5, 4, 3, 3, dtype=torch.float64)
    for options in ({}, {"lengths": torch.tensor([2, 4, 1])}):
        outputs = vmap(lambda x, options=options: layer(x, **options)[0])(many)
        assert_close(outputs, torch.stack([layer(x, **options)[0] for x in many]))


@layers
def test_vmap_over_an_ensemble(make):
    members, x = [make() for _ in range(3)], sequences()
    parameters, _ = torch.func.stack_module_state(members)
    outputs = vmap(lambda p: functional_call(members[0], p, (x,))[0])(parameters)
    assert_close(outputs, torch.stack([member(x)[0] for member in members]))


@layers
def test_eval_mode_has_gradients_and_second_gradients(make):
    layer = make().eval()
    x = sequences(2, 2).requires_grad_()
    assert gradcheck(lambda x: layer(x, lengths=[2, 1])[0], x)
    assert gradgradcheck(lambda x: layer(x, lengths=[2, 1])[0], x)


@layers
def test_inference_mode(make):
    layer, x = make(), sequences()
    with torch.inference_mode():
        outputs, _ = layer(x, lengths=[4, 2, 2])
    assert outputs.is_inference()
    assert_close(outputs, layer(x, lengths=[4, 2, 2])[0], rtol=0, atol=0)


@layers
def test_deepcopy_shares_nothing(make):
    layer, x = make(), sequences()
    before = layer(x)[0]
    twin = deepcopy(layer)
    assert_close(twin(x)[0], before, rtol=0, atol=0)
    with torch.no_grad():
        for parameter in twin.parameters():
            parameter.zero_()
    assert_close(layer(x)[0], before, rtol=0, atol=0)
    assert not torch.equal(twin(x)[0], before)


@layers
def test_float32_and_bfloat16(make):
    layer, x = make(), sequences()
    expected = layer(x, lengths=[4, 2, 1])[0]
    for dtype, tolerance in ((torch.float32, 1e-5), (torch.bfloat16, 5e-2)):
        outputs, _ = deepcopy(layer).to(dtype)(x.to(dtype), lengths=[4, 2, 1])
        assert outputs.dtype == dtype
        assert_close(outputs.double(), expected, rtol=tolerance, atol=tolerance)


@layers
def test_autocast(make):
    layer, x = make().float(), sequences().float()
    expected, _ = layer(x, lengths=[4, 2, 1])
    with torch.autocast("cpu", torch.bfloat16):
        outputs, _ = layer(x, lengths=[4, 2, 1])
        half, _ = layer(x.bfloat16())
    assert outputs.dtype == torch.float32
    assert half.dtype == torch.bfloat16
    assert_close(outputs, expected, rtol=5e-2, atol=5e-2)
    assert torch.equal(outputs, expected), "kernels keep their precision under autocast"
    layer.backend = "reference"
    with torch.autocast("cpu", torch.bfloat16):
        assert not torch.equal(layer(x, lengths=[4, 2, 1])[0], expected), "autocast did nothing"


@layers
def test_threads_do_not_mix_parameters(make):
    layer, x = make(), sequences(16, 2)
    members = [dict(make().named_parameters()) for _ in range(4)]
    wanted = [functional_call(deepcopy(layer), member, (x,))[0] for member in members]
    plain = layer(x)[0]
    with ThreadPoolExecutor(4) as pool:
        outputs = list(pool.map(lambda _: layer(x)[0], range(16)))
    assert all(torch.equal(output, plain) for output in outputs)
    assert not any(torch.equal(plain, want) for want in wanted)


def test_parametrized_weights_are_used():
    layer, x = frontal.GRU(3, 4), torch.randn(5, 2, 3)
    expected = nn.GRU(3, 4)
    expected.load_state_dict(layer.state_dict())
    with torch.no_grad():
        expected.weight_hh_l0.mul_(2)
    parametrize.register_parametrization(layer, "weight_hh_l0", Doubled())
    assert_close(layer(x)[0], expected(x)[0])
    layer(x)[0].sum().backward()
    assert layer.parametrizations.weight_hh_l0.original.grad.abs().sum() > 0


def test_an_orthogonal_recurrent_matrix():
    layer = parametrizations.orthogonal(frontal.RNN(3, 4), "weight_hh_l0")
    weight = layer.weight_hh_l0
    assert_close(weight @ weight.T, torch.eye(4))
    layer(torch.randn(5, 2, 3))[0].sum().backward()
    assert all(parameter.grad is not None for parameter in layer.parameters())


def test_a_replaced_parameter_is_used():
    layer, x = frontal.LSTM(3, 4), torch.randn(5, 2, 3)
    before = layer(x)[0]
    layer.weight_hh_l0 = nn.Parameter(torch.zeros_like(layer.weight_hh_l0))
    assert not torch.equal(layer(x)[0], before)
    tied = frontal.LSTM(4, 4, 2)
    tied.weight_ih_l1 = tied.weight_ih_l0
    assert len(list(tied.parameters())) == 7
    tied(torch.randn(3, 2, 4))


def test_meta_device_then_materialised():
    layer = frontal.LSTM(3, 4, device="meta")
    outputs, _ = layer(torch.empty(5, 2, 3, device="meta"))
    assert outputs.shape == (5, 2, 4)
    layer = layer.to_empty(device="cpu")
    layer.reset_parameters()
    assert layer(torch.zeros(5, 2, 3))[0].isfinite().all()


def test_no_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for make in LAYERS.values():
            layer, x = make(), sequences().requires_grad_()
            layer(x, lengths=torch.tensor([1, 2, 4], dtype=torch.int32))[0].sum().backward()


def test_one_optimiser_step_lowers_the_loss():
    layer, x = frontal.LSTM(3, 4), torch.randn(6, 5, 3)
    optimiser = torch.optim.SGD(layer.parameters(), lr=0.1)
    losses = []
    for _ in range(2):
        loss = (layer(x)[0] - 0.5).square().mean()
        losses.append(loss.item())
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert losses[1] < losses[0]
