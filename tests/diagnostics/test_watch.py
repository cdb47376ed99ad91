"""States and gates at every step, beside loops by hand; looking changes nothing."""

from io import BytesIO

import pytest
import torch
from torch import Tensor, nn

import frontal
from frontal.cells import catalogue, named
from frontal.diagnostics.capture import recording
from frontal.diagnostics.saturation import saturation
from frontal.diagnostics.watch import watch
from frontal.errors import FrontalError
from frontal.layers import Recurrent

from .cosine import Cosine

T, B, I, H = 6, 3, 2, 4  # noqa: E741


def gates_by_hand(name: str, cell: nn.Module, x: Tensor, states: tuple[Tensor, ...]) -> dict[str, Tensor]:
    """Every gate of one step, from the formulas."""
    if name == "cosine":
        i, f, g, o = cell.mix(torch.cat([x, states[0]], -1)).chunk(4, -1)
        return {"f": f.sigmoid(), "cos(i)": i.cos(), "tanh(g)": g.tanh(), "o": o.sigmoid()}
    w_x = (x @ cell.weight_ih.T + cell.bias_ih).chunk(len(cell.gates), -1)
    w_h = (states[0] @ cell.weight_hh.T + cell.bias_hh).chunk(len(cell.gates), -1)
    if name == "gru":
        r, z = (w_x[0] + w_h[0]).sigmoid(), (w_x[1] + w_h[1]).sigmoid()
        return {"r": r, "z": z, "n": (w_x[2] + r * w_h[2]).tanh()}
    i, f, g, o = (a + b for a, b in zip(w_x, w_h, strict=True))
    if name == "peephole":
        c = states[1]
        i, f = i + cell.peep_i * c, f + cell.peep_f * c
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        o = o + cell.peep_o * c
    return {"i": i.sigmoid(), "f": f.sigmoid(), "g": g.tanh(), "o": o.sigmoid()}


@pytest.mark.parametrize("name", ["lstm", "gru", "peephole", "cosine"])
@pytest.mark.parametrize("reverse", [False, True])
def test_states_and_gates_are_those_of_the_loop(name: str, reverse: bool):
    kind = Cosine if name == "cosine" else named(name)
    layer = (
        Recurrent(kind, I, H, num_layers=1, bidirectional=True, dtype=torch.float64)
        if name != "cosine"
        else (Recurrent(kind, I, H, bidirectional=True).double())
    )
    cell = layer.bound_cells()[int(reverse)]
    lengths = torch.tensor([6, 2, 5])
    x = torch.randn(T, B, I, dtype=torch.float64)
    x[torch.arange(T)[:, None] >= lengths] = float("nan")
    seen = watch(layer, x, lengths=lengths).cells[int(reverse)]
    for row, length in enumerate(lengths.tolist()):
        states = tuple(x.new_zeros(1, size) for size in cell.state_sizes)
        steps = range(length)
        for t in reversed(steps) if reverse else steps:
            x_t = x[t, row : row + 1]
            for gate, values in gates_by_hand(name, cell, x_t, states).items():
                torch.testing.assert_close(seen.gates[gate][t, row], values[0].detach())
            states = cell(x_t, *states)
            for state, values in zip(cell.states, states, strict=True):
                torch.testing.assert_close(seen.states[state][t, row], values[0].detach())
    for values in (*seen.gates.values(), *seen.states.values()):
        assert torch.equal(values.isnan().all(-1), ~seen.valid)


def test_resets_and_given_states():
    layer = frontal.GRU(I, H)
    x, hx = torch.randn(T, B, I), torch.randn(1, B, H)
    reset = torch.zeros(T, B, dtype=torch.bool)
    reset[3, 1] = True
    with recording(layer) as records, torch.no_grad():
        layer(x, hx, reset=reset)
    (record,) = records
    expected = torch.cat([hx, record.after[:-1]])
    expected[3, 1] = 0
    torch.testing.assert_close(record.before, expected)


class Model(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Linear(I, 5)
        self.rnn = frontal.LSTM(5, H, 2, dropout=0.5, bidirectional=True, residual=True, batch_first=True)
        self.top = Recurrent(named("gru"), 2 * H, 3, zoneout=0.2)

    def forward(self, x: Tensor) -> Tensor:
        y, _ = self.rnn(self.embed(x))
        return self.top(y.transpose(0, 1))[0][-1]


def test_any_model_and_nothing_is_changed():
    model = Model()
    model.rnn.eval()
    x = torch.randn(B, T, I)
    before = [p.detach().clone() for p in model.parameters()]
    modes, random = [m.training for m in model.modules()], torch.get_rng_state()
    seen = watch(model, x)
    assert [c.name for c in seen.cells] == [
        "rnn, layer 0", "rnn, layer 0, backwards", "rnn, layer 1", "rnn, layer 1, backwards", "top",
    ]  # fmt: skip
    assert torch.equal(torch.get_rng_state(), random) and [m.training for m in model.modules()] == modes
    assert all(p.grad is None and torch.equal(p, b) for p, b in zip(model.parameters(), before, strict=True))
    assert all("forward" not in vars(m) for m in model.modules())
    with recording(model.eval()) as records:
        watched = model(x)
    torch.testing.assert_close(watched, model(x))  # the model computes the same while it is watched
    torch.testing.assert_close(seen["top"].states["h"][-1], model(x).detach())
    assert len(records) == 5


def test_gates_of_every_cell():
    for name, cell in catalogue().items():
        seen = watch(Recurrent(cell, I, H), torch.randn(T, B, I)).cells[0]
        assert seen.states.keys() == set(cell(I, H).states), name
        for gate, values in seen.gates.items():
            low, high = seen.bounds[gate]
            assert low <= values.min() and values.max() <= high, (name, gate)


def test_tables_and_pictures():
    seen = watch(frontal.LSTM(I, H), torch.randn(T, B, I), lengths=[6, 1, 2])
    frame = seen.to_frame()
    assert len(frame) == 9 * 7 * H  # valid steps, gates and states, units
    assert set(frame["value"]) == {"i", "f", "g", "o", "tanh(c)", "h", "c"}
    seen.plot(1).savefig(BytesIO())
    assert "LSTM, 6 steps of 3 sequences" in str(seen)
    with pytest.raises(FrontalError, match=r"sequence must be within 0 \.\. 2, got 3"):
        seen.plot(3)
    with pytest.raises(FrontalError, match="no layer is called 'x'; there are 'LSTM'"):
        seen["x"]


def test_a_model_without_a_recurrent_layer_is_told():
    with pytest.raises(FrontalError, match=r"no recurrent layer of frontal in this model \(LSTM\)"):
        watch(nn.LSTM(I, H), torch.randn(T, B, I))


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
