"""Gates that are stuck, and the memory behind them."""

from io import BytesIO
from math import inf

import numpy as np
import pytest
import torch
from torch import nn

import frontal
from frontal.cells import named
from frontal.diagnostics.saturation import saturation
from frontal.errors import FrontalError
from frontal.layers import Recurrent

from .cosine import Cosine

T, B, I, H = 6, 3, 2, 4  # noqa: E741


def test_saturation_counts_what_is_stuck():
    layer = frontal.LSTM(I, H)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.zero_()
        layer.bias_ih_l0.copy_(torch.tensor([9.0, -9, 0, 0] + [0, 9, torch.tensor(0.9).logit(), -9] + [0.0] * 8))
    gates = {g.gate: g for g in saturation(layer, torch.randn(T, B, I)).gates}
    assert gates["i"].high.tolist() == [1, 0, 0, 0] and gates["i"].low.tolist() == [0, 1, 0, 0]
    assert gates["i"].stuck == [0, 1] and gates["f"].stuck == [1, 3]
    assert gates["f"].half_life[2] == pytest.approx(6.5788, rel=1e-4)  # log 2 / -log 0.9
    assert gates["i"].half_life is None and gates["g"].half_life is None


@pytest.mark.parametrize("name", ["gru", "mgu", "min_gru"])
def test_half_life_knows_which_way_a_gate_keeps(name: str):
    layer = Recurrent(named(name), I, H)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.zero_()
    frontal.layers.initialise.forget_bias(layer, 3.0)
    found = saturation(layer, torch.randn(T, B, I))
    (gate,) = [g for g in found.gates if g.half_life is not None]
    assert gate.half_life[0] == pytest.approx(14.27, rel=1e-3)  # log 2 / -log σ(3)
    found.plot().savefig(BytesIO())
    assert len(found.to_frame()) == H * len(found.gates) and "halves in 14.3 steps" in str(found)


def test_shares_are_counted_over_valid_steps():
    layer, lengths = frontal.GRU(I, H, dtype=torch.float64), [60, 1, 40]
    with torch.no_grad():
        layer.weight_ih_l0.mul_(5)
    x = 2 * torch.randn(60, B, I, dtype=torch.float64)
    found = {g.gate: g for g in saturation(layer, x, lengths=lengths).gates}
    low, high, new = torch.zeros(H), torch.zeros(H), torch.zeros(H)
    for row, length in enumerate(lengths):
        h = x.new_zeros(H)
        for t in range(length):
            a = layer.weight_ih_l0 @ x[t, row] + layer.bias_ih_l0
            b = layer.weight_hh_l0 @ h + layer.bias_hh_l0
            r, z = (a[:H] + b[:H]).sigmoid(), (a[H : 2 * H] + b[H : 2 * H]).sigmoid()
            n = (a[2 * H :] + r * b[2 * H :]).tanh()
            h = ((1 - z) * n + z * h).detach()
            low, high, new = low + (z < 0.05), high + (z > 0.95), new + (n < -0.95)
    np.testing.assert_allclose(found["z"].low, low / 101)
    np.testing.assert_allclose(found["z"].high, high / 101)
    np.testing.assert_allclose(found["n"].low, new / 101)
    assert found["z"].high.any() and found["z"].low.any() and found["n"].low.any()
    x[torch.arange(60)[:, None] >= torch.tensor(lengths)] = float("nan")
    np.testing.assert_array_equal(saturation(layer, x, lengths=lengths).gates[1].low, found["z"].low)


def test_a_gate_that_never_forgets_remembers_for_ever():
    layer = frontal.LSTM(I, H)
    with torch.no_grad():
        layer.bias_ih_l0[H : 2 * H] = torch.tensor([90.0, -900, 0, 0])
    (gate,) = [g for g in saturation(layer, torch.randn(T, B, I)).gates if g.gate == "f"]
    assert gate.half_life[0] == inf and gate.half_life[1] == 0
    assert "halves in" in str(gate)


def test_the_forget_gate_of_a_cell_of_ones_own_and_under_zoneout():
    for layer, keeper in ((Recurrent(Cosine, I, H), "f"), (frontal.GRU(I, H, zoneout=0.1), "z")):
        gates = {g.gate: g for g in saturation(layer, torch.randn(T, B, I)).gates}
        assert [name for name, g in gates.items() if g.half_life is not None] == [keeper]


def test_many_layers_and_none_with_gates():
    deep = saturation(frontal.LSTM(I, H, 2, bidirectional=True), torch.randn(T, B, I))
    assert len(deep.gates) == 20
    assert len(deep.plot().axes) == 20
    none = saturation(frontal.RNN(I, H, nonlinearity="relu"), torch.randn(T, B, I))
    assert none.gates == () and "no gate" in str(none) and len(none.to_frame()) == 0
    none.plot().savefig(BytesIO())


def test_a_model_without_a_recurrent_layer_is_told():
    with pytest.raises(FrontalError, match="no recurrent layer"):
        saturation(nn.Linear(I, H), torch.randn(T, B, I))
