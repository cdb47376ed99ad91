"""Starting values: what they are said to be, in layers of every kind."""

import pytest
import torch
from torch import nn

import frontal
from frontal.cells import named
from frontal.errors import FrontalError
from frontal.layers import Recurrent, initialise

H = 24
LAYERS = {
    "LSTM": lambda: frontal.LSTM(3, H, 2, bidirectional=True),
    "GRU": lambda: frontal.GRU(3, H),
    "RNN": lambda: nn.Sequential(frontal.RNN(3, H), nn.Linear(H, 2)),
    "a cell": lambda: Recurrent(named("peephole"), 3, H),
}


def recurrent(module: nn.Module) -> list[torch.Tensor]:
    return [b for name, p in module.named_parameters() if "weight_hh" in name for b in p.detach().double().split(H)]


@pytest.mark.parametrize("make", LAYERS.values(), ids=LAYERS)
def test_orthogonal(make):
    module = make()
    initialise.orthogonal(module, gain=0.5)
    for block in recurrent(module):
        torch.testing.assert_close(block @ block.T, 0.25 * torch.eye(H, dtype=torch.float64), atol=1e-6, rtol=0)


@pytest.mark.parametrize("make", LAYERS.values(), ids=LAYERS)
def test_identity(make):
    module = make()
    initialise.identity(module, 0.5)
    for block in recurrent(module):
        torch.testing.assert_close(block, 0.5 * torch.eye(H, dtype=torch.float64))
    assert not any(p.any() for name, p in module.named_parameters() if "bias_hh" in name)


@pytest.mark.parametrize("make", LAYERS.values(), ids=LAYERS)
@pytest.mark.parametrize("radius", [0.5, 1.5])
def test_spectral_radius(make, radius: float):
    module = make()
    initialise.spectral_radius(module, radius)
    for block in recurrent(module):
        assert torch.linalg.eigvals(block).abs().max().item() == pytest.approx(radius, rel=1e-5)


def kept(layer: nn.Module) -> torch.Tensor:
    """How much of a moved state is left after a step, by unit; the input is zero."""
    x = torch.zeros(1, 1, 3)
    states = [torch.zeros(1, 1, H) for _ in layer.bound_cells()[0].states]
    states[-1] = torch.full((1, 1, H), 0.01)
    hx = tuple(states) if len(states) > 1 else states[0]
    _, final = layer(x, hx)
    _, start = layer(x)
    last, first = (final[-1], start[-1]) if len(states) > 1 else (final, start)
    return ((last - first) / 0.01).flatten().detach()


@pytest.mark.parametrize(
    "name", ["lstm", "peephole", "coupled", "gru", "mgu", "min_gru", "janet", "light_ru", "li_gru"]
)
def test_a_forget_bias_keeps_the_state_whichever_way_the_gate_turns(name: str):
    layer = Recurrent(named(name), 3, H)
    for parameter in layer.parameters():
        nn.init.uniform_(parameter, -0.01, 0.01)
    before = kept(layer).mean()
    initialise.forget_bias(layer, 4.0)
    assert before < 0.7 and kept(layer).mean() > 0.96


def test_chrono_spreads_memory_over_the_steps():
    layer = frontal.LSTM(3, H)
    initialise.chrono(layer, 100)
    bias = layer.bias_ih_l0.detach() + layer.bias_hh_l0.detach()
    i, f, *_ = bias.chunk(4)
    torch.testing.assert_close(i, -f)
    assert f.min() >= 0 and f.max() <= torch.tensor(99.0).log() and f.exp().mean() == pytest.approx(50, abs=25)
    gru = frontal.GRU(3, H)
    initialise.chrono(gru, 100)
    _, z, _ = (gru.bias_ih_l0.detach() + gru.bias_hh_l0.detach()).chunk(3)
    assert z.min() >= 0 and z.max() > 3


def test_keras_opens_the_forget_gate_of_drop_ins_too():
    layer = frontal.LSTM(3, H)
    initialise.keras(layer)
    i, f, g, o = layer.bias_ih_l0.detach().chunk(4)
    assert f.eq(1).all() and not torch.cat([i, g, o]).any() and not layer.bias_hh_l0.any()
    gram = layer.weight_hh_l0.T @ layer.weight_hh_l0
    torch.testing.assert_close(gram, torch.eye(H), atol=1e-5, rtol=0)


def test_torchs_own_values_come_back():
    layer = frontal.GRU(3, H)
    initialise.identity(layer)
    layer.reset_parameters()
    bound = 1 / H**0.5
    assert all(
        p.abs().max() <= bound and p.detach().std() == pytest.approx(bound / 3**0.5, rel=0.3)
        for p in layer.parameters()
    )


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: initialise.spectral_radius(frontal.RNN(2, 3), 0.0), "must be above 0, got 0.0"),
        (lambda: initialise.chrono(frontal.LSTM(2, 3), 2), "above 2, got 2"),
        (lambda: initialise.chrono(frontal.RNN(2, 3), 9), r"no gate 'f' or 'z' with a bias in RNN \(Elman\)"),
        (lambda: initialise.forget_bias(frontal.LSTM(2, 3, bias=False)), "with a bias in LSTM"),
        (lambda: initialise.orthogonal(nn.Linear(2, 2)), "there is no cell in Linear"),
        (lambda: initialise.identity(Recurrent(named("min_gru"), 2, 3)), "MinGRU has no weight_hh"),
        (lambda: initialise.identity(frontal.LSTM(2, 3, proj_size=2)), None),
    ],
)
def test_what_cannot_be_is_told(call, says: str | None):
    if says is None:
        call()
        return
    with pytest.raises(FrontalError, match=says):
        call()
