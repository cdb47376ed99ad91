"""Dropout within the recurrence, zoneout and dropped weights, beside loops written by hand."""

from copy import deepcopy

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import dropout, linear

import frontal
from frontal.cells import catalogue, named
from frontal.errors import FrontalError
from frontal.layers import Recurrent

T, B, I, H = 7, 3, 4, 5  # noqa: E741


def lstm_by_hand(layer: nn.Module, x: Tensor, mask: Tensor) -> Tensor:
    """The outputs of one LSTM layer whose recurrent products see h ⊙ mask."""
    w = dict(layer.named_parameters())
    h = c = x.new_zeros(x.shape[1], H)
    outputs = []
    for x_t in x:
        a = linear(x_t, w["weight_ih_l0"], w["bias_ih_l0"]) + linear(h * mask, w["weight_hh_l0"], w["bias_hh_l0"])
        i, f, g, o = a.chunk(4, -1)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        h = o.sigmoid() * c.tanh()
        outputs.append(h)
    return torch.stack(outputs)


def gradients(outputs: Tensor, x: Tensor, module: nn.Module) -> list[Tensor]:
    weights = torch.linspace(-1, 1, outputs.numel(), dtype=outputs.dtype).view_as(outputs)
    return list(torch.autograd.grad((outputs * weights).sum(), [x, *module.parameters()]))


@pytest.mark.parametrize("backend", ["cpu", "reference"])
def test_recurrent_dropout_masks_what_recurrent_weights_multiply_for_the_whole_sequence(backend: str):
    layer = frontal.LSTM(I, H, recurrent_dropout=0.4, backend=backend, dtype=torch.float64)
    x = torch.randn(T, B, I, dtype=torch.float64, requires_grad=True)
    torch.manual_seed(3)
    outputs, _ = layer(x)
    torch.manual_seed(3)
    mask = dropout(torch.ones(1, B, H, dtype=torch.float64), 0.4)[0]
    assert 0 < (mask == 0).sum() < mask.numel()
    expected = lstm_by_hand(layer, x, mask)
    torch.testing.assert_close(outputs, expected)
    torch.testing.assert_close(gradients(outputs, x, layer), gradients(expected, x, layer))


def test_recurrent_dropout_is_off_after_training():
    layer = frontal.LSTM(I, H, recurrent_dropout=0.9).eval()
    x = torch.randn(T, B, I)
    torch.testing.assert_close(layer(x)[0], lstm_by_hand(layer, x, torch.ones(B, H)))


@pytest.mark.parametrize("name", [n for n, c in catalogue().items() if hasattr(c(2, 2), "weight_hh")])
def test_recurrent_dropout_of_every_cell_with_recurrent_weights(name: str):
    """Kernel and loop agree; with every unit masked no recurrent product is left, so its weights do not matter."""
    layer = Recurrent(named(name), I, H, recurrent_dropout=0.5)
    try:
        layer(torch.randn(T, B, I))
    except FrontalError as error:
        assert "multiplies nothing with it" in str(error)  # a vector, not a matrix
        return
    x, results = torch.randn(T, B, I), []
    for backend in ("cpu", "reference"):
        layer.backend = backend
        torch.manual_seed(5)
        results.append(layer(x)[0])
    torch.testing.assert_close(results[0], results[1], rtol=1e-4, atol=1e-5)
    all_masked = Recurrent(named(name), I, H, recurrent_dropout=1.0)
    before, _ = all_masked(x)
    nn.init.normal_(all_masked.get_parameter("cells.0.weight_hh"))
    torch.testing.assert_close(all_masked(x)[0], before)


@pytest.mark.parametrize("backend", ["cpu", "reference"])
def test_zoneout_keeps_units_now_and_then(backend: str):
    layer = Recurrent(named("gru"), I, 64, zoneout=0.25, backend=backend)
    x = torch.randn(50, 8, I)
    outputs, _ = layer(x)
    before = torch.cat([torch.zeros(1, 8, 64), outputs[:-1]])
    step = torch.stack([layer.bound_cells()[0](x_t, h)[0] for x_t, h in zip(x, before, strict=True)])
    kept = outputs == before
    torch.testing.assert_close(outputs, torch.where(kept, before, step))
    assert abs(kept.float().mean().item() - 0.25) < 0.01  # of 25 600 draws


def test_zoneout_takes_the_expectation_after_training():
    layer = Recurrent(named("lstm"), I, H, zoneout=(0.1, 0.3), backend="cpu").eval()
    x = torch.randn(T, B, I)
    h = c = torch.zeros(B, H)
    for t, x_t in enumerate(x):
        new_h, new_c = layer.bound_cells()[0](x_t, h, c)
        h, c = 0.1 * h + 0.9 * new_h, 0.3 * c + 0.7 * new_c
        torch.testing.assert_close(layer(x[: t + 1])[0][-1], h)
    stream = layer.stream(B)
    torch.testing.assert_close([stream.step(x_t) for x_t in x][-1], h)


def test_zoneout_of_rate_one_keeps_everything():
    outputs, _ = frontal.GRU(I, H, zoneout=1.0)(torch.randn(T, B, I))
    assert not outputs.any()


def test_weight_drop_zeroes_recurrent_weights_and_their_gradients():
    layer = frontal.GRU(I, H, weight_drop=0.5, dtype=torch.float64)
    x = torch.randn(T, B, I, dtype=torch.float64)
    torch.manual_seed(1)
    outputs, _ = layer(x)
    torch.manual_seed(1)
    weight = dropout(layer.weight_hh_l0, 0.5)
    plain = nn.GRU(I, H, dtype=torch.float64)
    plain.load_state_dict(layer.state_dict() | {"weight_hh_l0": weight.detach()})
    torch.testing.assert_close(outputs, plain(x)[0])
    outputs.sum().backward()
    plain(x)[0].sum().backward()
    expected = plain.weight_hh_l0.grad * (weight != 0) * 2
    torch.testing.assert_close(layer.weight_hh_l0.grad, expected)
    torch.testing.assert_close(layer.eval()(x)[0], nn.GRU.forward(_like(layer, nn.GRU(I, H)), x)[0])


def _like(layer: nn.Module, other: nn.Module) -> nn.Module:
    other.double().load_state_dict(layer.state_dict())
    return other


ALL = {"recurrent_dropout": 0.3, "zoneout": 0.1, "weight_drop": 0.2}


def test_all_together_with_layers_directions_lengths_and_resets():
    layer = frontal.LSTM(I, H, 2, bidirectional=True, dropout=0.1, residual=True, backend="cpu", **ALL)
    lengths, reset = torch.tensor([7, 2, 4]), torch.rand(T, B) < 0.2
    x = torch.randn(T, B, I)
    padding = torch.arange(T)[:, None] >= lengths
    results = []
    for rubbish in (0.0, float("nan")):
        torch.manual_seed(9)
        layer.zero_grad()
        outputs, states = layer(x.masked_fill(padding[..., None], rubbish), lengths=lengths, reset=reset)
        outputs.sum().backward()
        results.append([outputs, *states, *(p.grad.clone() for p in layer.parameters())])
    for a, b in zip(*results, strict=True):
        assert torch.isfinite(a).all()
        torch.testing.assert_close(a, b, rtol=0, atol=0)
    assert not results[0][0][padding].any()


def test_recompute_masks_the_same():
    x = torch.randn(40, B, I)
    layer = frontal.LSTM(I, H, recurrent_dropout=0.3, weight_drop=0.2)
    results = []
    for recompute in (False, True):
        layer.recompute = recompute
        layer.zero_grad()
        torch.manual_seed(2)
        outputs, _ = layer(x)
        outputs.sum().backward()
        results.append([p.grad.clone() for p in layer.parameters()])
    torch.testing.assert_close(*results)


@pytest.mark.parametrize("recompute", [False, True])
def test_gradients_are_those_of_what_was_drawn(recompute: bool):
    layer = frontal.LSTM(I, H, recompute=recompute, dtype=torch.float64, **ALL)

    def loss(x: Tensor) -> Tensor:
        torch.manual_seed(4)
        return layer(x)[0].square().sum()

    x = torch.randn(30, B, I, dtype=torch.float64, requires_grad=True)
    along = torch.randn_like(x)
    (gradient,) = torch.autograd.grad(loss(x), x)
    slope = (loss(x + 1e-6 * along) - loss(x - 1e-6 * along)) / 2e-6
    torch.testing.assert_close((gradient * along).sum(), slope, rtol=1e-6, atol=1e-8)


def test_draws_differ_from_call_to_call_and_state_dicts_are_those_of_torch():
    layer, x = frontal.LSTM(I, H, **ALL), torch.randn(T, B, I)
    assert not torch.equal(layer(x)[0], layer(x)[0])
    assert layer.state_dict().keys() == nn.LSTM(I, H).state_dict().keys()
    assert "zoneout=0.1" in repr(layer)
    assert "Zoneout(RecurrentDropout(LSTM))" in str(layer.explain(x)) and layer.explain().cells[0].backend == "cpu"


def test_explaining_leaves_the_random_state():
    layer = frontal.LSTM(I, H, **ALL)
    before = torch.get_rng_state()
    layer.explain(torch.randn(T, B, I, generator=torch.Generator()))
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize("train", [True, False])
def test_torch_compile(train: bool):
    layer, x = frontal.LSTM(I, H, 2, residual=True, **ALL).train(train), torch.randn(T, B, I)
    outputs, _ = torch.compile(deepcopy(layer), fullgraph=True, backend="aot_eager")(x)
    assert torch.isfinite(outputs).all()
    if not train:
        torch.testing.assert_close(outputs, layer(x)[0])


def test_residual_adds_the_input_from_the_second_layer_on():
    layer, x = frontal.GRU(I, H, 3, residual=True), torch.randn(T, B, I)
    below, _ = _single(layer, 0, I)(x)
    for k in (1, 2):
        below = below + _single(layer, k, H)(below)[0]
    torch.testing.assert_close(layer(x)[0], below)


def _single(layer: nn.Module, k: int, width: int) -> nn.GRU:
    one = nn.GRU(width, H)
    names = [name for name in layer.state_dict() if name.endswith(f"_l{k}")]
    one.load_state_dict({name.replace(f"_l{k}", "_l0"): layer.state_dict()[name] for name in names})
    return one


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"zoneout": 1.5}, "zoneout must be within 0 .. 1, got 1.5"),
        ({"zoneout": (0.1, 0.1, 0.1)}, "one for each of its states h, c; got 3"),
        ({"recurrent_dropout": -0.1}, "recurrent_dropout must be within"),
        ({"weight_drop": True}, "weight_drop must be within"),
        ({"residual": True}, "num_layers is 1"),
    ],
)
def test_wrong_options_are_told(options: dict, says: str):
    for make in (lambda: frontal.LSTM(I, H, **options), lambda: Recurrent(named("lstm"), I, H, **options)):
        with pytest.raises(FrontalError, match=says.replace(".", r"\.")):
            make()


def test_cells_without_recurrent_weights_are_told():
    for option in ("recurrent_dropout", "weight_drop"):
        with pytest.raises(FrontalError, match=f"{option} needs a parameter weight_hh.*MinGRU has weight_ih"):
            Recurrent(named("min_gru"), I, H, **{option: 0.1})
