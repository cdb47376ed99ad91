"""recompute=True gives the same numbers and gradients from much less memory."""

import hypothesis.strategies as st
import pytest
import torch
from hypothesis import given, settings
from torch import Tensor
from torch.testing import assert_close

import frontal
from frontal.cells import named
from frontal.layers.layer import Layer

from .test_torch_compile import Dropping

LAYERS = {
    "lstm": lambda: frontal.LSTM(3, 4, 2, bidirectional=True, dtype=torch.float64, recompute=True),
    "gru": lambda: frontal.GRU(3, 4, dtype=torch.float64, recompute=True),
    "on the reference": lambda: frontal.GRU(3, 4, dtype=torch.float64, recompute=True, backend="reference"),
    "with work before the loop": lambda: frontal.Recurrent(
        named("minimal_rnn"), 3, 4, bidirectional=True, dtype=torch.float64, recompute=True
    ),
}


def gradients(layer: Layer, x: Tensor, **call: object) -> list[Tensor]:
    """Outputs, states and every gradient of a weighted sum of them all."""
    x = x.clone().requires_grad_()
    outputs, finals = layer(x, **call)
    finals = finals if isinstance(finals, tuple) else (finals,)
    total = sum((y * torch.linspace(-1, 2, y.numel()).view_as(y)).sum() for y in (outputs, *finals))
    return [outputs, *finals, *torch.autograd.grad(total, [x, *layer.parameters()])]


@settings(deadline=None, max_examples=40, database=None, derandomize=True)
@given(name=st.sampled_from(sorted(LAYERS)), T=st.integers(1, 11), data=st.data())
def test_it_changes_no_number(name: str, T: int, data: st.DataObject):
    torch.manual_seed(0)
    layer, x = LAYERS[name](), torch.randn(T, 3, 3, dtype=torch.float64)
    call = {
        "lengths": data.draw(st.none() | st.lists(st.integers(1, T), min_size=3, max_size=3)),
        "reset": torch.rand(T, 3) < data.draw(st.sampled_from([0.0, 0.4])),
    }
    found = gradients(layer, x, **call)
    layer.recompute = False
    for got, want in zip(found, gradients(layer, x, **call), strict=True):
        assert_close(got, want, rtol=1e-10, atol=1e-12)


def test_states_that_are_given_get_their_gradient():
    torch.manual_seed(0)
    layer, x = frontal.LSTM(3, 4, recompute=True), torch.randn(10, 2, 3)
    hx = tuple(torch.randn(1, 2, 4, requires_grad=True) for _ in range(2))
    found = torch.autograd.grad(layer(x, hx)[0].square().sum(), hx)
    layer.recompute = False
    for got, want in zip(found, torch.autograd.grad(layer(x, hx)[0].square().sum(), hx), strict=True):
        assert_close(got, want)


def test_what_is_dropped_forwards_is_dropped_backwards():
    torch.manual_seed(0)
    layer = frontal.Recurrent(Dropping(3, 300), recompute=True)
    outputs, _ = layer(torch.randn(1, 1, 3))
    (gradient,) = torch.autograd.grad(outputs.sum(), layer.cells[0].mix[0].bias)
    assert 0.4 < (outputs != 0).float().mean() < 0.8
    assert torch.equal(gradient != 0, (outputs != 0).flatten())


def test_far_fewer_numbers_are_kept():
    def kept(layer: Layer) -> int:
        total = 0

        def count(tensor: Tensor) -> Tensor:
            nonlocal total
            total += tensor.numel()
            return tensor

        with torch.autograd.graph.saved_tensors_hooks(count, lambda tensor: tensor):
            layer(torch.randn(400, 2, 3))
        return total

    plain = frontal.LSTM(3, 64, backend="reference")
    frugal = frontal.LSTM(3, 64, backend="reference", recompute=True)
    assert kept(frugal) < 0.1 * kept(plain)


def test_gradients_of_gradients_are_refused():
    layer, x = frontal.GRU(3, 4, recompute=True), torch.randn(4, 2, 3, requires_grad=True)
    with pytest.raises(frontal.FrontalError, match="use recompute=False for that"):
        torch.autograd.grad(layer(x)[0].sum(), x, create_graph=True)


def test_only_true_or_false_is_an_answer():
    with pytest.raises(frontal.FrontalError, match="recompute must be True or False, got 'yes'"):
        frontal.LSTM(3, 4, recompute="yes")
    assert "recompute=True" in repr(frontal.LSTM(3, 4, recompute=True))
