"""States and gates at every step, beside loops by hand; looking changes nothing."""

from io import BytesIO

import pytest
import torch
from torch import Tensor, nn

import frontal
from frontal.cells import catalogue, named
from frontal.diagnostics.recording import run_recorded
from frontal.diagnostics.watch import watch
from frontal.errors import FrontalError
from frontal.layers import Recurrent
from frontal.layers.linear_recurrence import LinearRecurrence

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
    with torch.no_grad():
        _, (record,) = run_recorded(layer, x, hx, reset=reset)
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
    watched, records = run_recorded(model.eval(), x)
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


class Together(frontal.Cell):
    """Gates squashed in one go, as many write them, beside a weight with as many rows as the batch has steps."""

    states = ("h", "c")

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size)
        self.mix = nn.Linear(input_size + hidden_size, 4 * hidden_size)
        self.scale = nn.Parameter(torch.zeros(T * B, 1))

    def step(self, x: Tensor, h: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
        a = self.mix(torch.cat([x, h], -1))
        H = self.hidden_size
        gates = torch.sigmoid(a[:, : 3 * H])
        f, i, o = gates.chunk(3, -1)
        g = a[:, 3 * H :].tanh() * (1 + torch.sigmoid(self.scale).mean())
        c = f * c + i * g
        return o * c.tanh(), c


class Hard(frontal.Cell):
    """Gates without a sigmoid, and one behind modules and a function of its own."""

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size)
        self.mix, self.squash = nn.Linear(input_size + hidden_size, 3 * hidden_size), nn.Sigmoid()

    def opened(self, a: Tensor) -> Tensor:
        q = self.squash(a - 1)
        return 2 * q

    def closed(self, a: Tensor) -> Tensor:
        shut = 1 - self.squash(a)
        p = self.squash(shut)
        return p  # noqa: RET504

    def step(self, x: Tensor, h: Tensor) -> Tensor:
        a, b, n = self.mix(torch.cat([x, h], -1)).chunk(3, -1)
        z = (0.2 * a + 0.5).clamp(0, 1)
        u = nn.functional.hardtanh(b, min_val=-2, max_val=3)
        v = torch.clamp(b, max=1)  # one end is no gate
        e = self.closed(b)
        return z * h + (1 - z) * n.tanh() * u * self.opened(v) * e


def test_gates_that_are_squashed_together_are_told_apart():
    layer, x = Recurrent(Together, I, H).double(), torch.randn(T, B, I, dtype=torch.float64)
    seen = watch(layer, x).cells[0]
    assert list(seen.gates)[:3] == ["f", "i", "o"] and len(seen.gates) == 5
    before = torch.cat([x.new_zeros(1, B, H), seen.states["h"][:-1]])
    a = layer.bound_cells()[0].mix(torch.cat([x, before], -1)).detach()
    for name, part in zip("fio", a.split(H, -1)[:3], strict=True):
        torch.testing.assert_close(seen.gates[name], part.sigmoid())
    assert all(values.shape == (T, B, H) for values in seen.gates.values())  # the weight is no gate


class Product(frontal.Cell):
    """A gate without a variable of its own, within a product that has one."""

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size)
        self.look = nn.Linear(input_size, hidden_size)

    def step(self, x: Tensor, h: Tensor) -> Tensor:
        a = self.look(x)
        kept = torch.sigmoid(a) * h
        twice = 2 * torch.tanh(a)
        return kept + twice


def test_a_gate_is_not_called_like_the_product_it_is_part_of():
    layer = Recurrent(Product, I, H)
    assert list(watch(layer, torch.randn(T, B, I)).cells[0].gates) == ["a", "twice"]


def test_hard_gates_have_the_ends_that_they_were_given():
    layer, x = Recurrent(Hard, I, H), torch.randn(T, B, I)
    seen = watch(layer, x).cells[0]
    assert {name: seen.bounds[name] for name in ("z", "u")} == {"z": (0, 1), "u": (-2, 3)}
    assert list(seen.gates) == ["z", "u", "shut", "e", "tanh(n)", "q"]  # variables of the step before those elsewhere


def test_a_wrapped_module_a_regularised_layer_and_a_layer_that_runs_twice():
    class Twice(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.rnn = Recurrent(named("lstm"), H, H, zoneout=0.1, recurrent_dropout=0.2)

        def forward(self, x: Tensor) -> Tensor:
            return self.rnn(self.rnn(x)[0])[0]

    model, x = Twice(), torch.randn(T, B, H)
    seen = watch(model, x)
    assert [cell.name for cell in seen.cells] == ["rnn", "rnn, call 2"]
    torch.testing.assert_close(seen.cells[1].outputs, model.eval()(x).detach())
    assert {"i", "f", "g", "o"} <= set(seen.cells[0].gates)
    wrapped = watch(Recurrent(nn.GRUCell(I, H)), torch.randn(T, B, I)).cells[0]
    assert wrapped.gates == {} and wrapped.states["h"].shape == (T, B, H)  # torch hides what it does inside


def test_a_scan_is_watched_step_by_step():
    layer, x = LinearRecurrence("min_gru", I, H, bidirectional=True, method="tree"), torch.randn(T, B, I)
    seen = watch(layer, x)
    assert [cell.name for cell in seen.cells] == ["recurrent", "recurrent, backwards"] and layer.method == "tree"
    torch.testing.assert_close(torch.cat([cell.outputs for cell in seen.cells], -1), layer(x)[0].detach())


def test_packed_and_unbatched_input():
    layer, x = frontal.GRU(I, H), torch.randn(T, B, I)
    packed = nn.utils.rnn.pack_padded_sequence(x, torch.tensor([4, 2, 1]))
    found = watch(layer, packed).cells[0].gates["z"][:4]
    torch.testing.assert_close(found, _upto(watch(layer, x), [4, 2, 1]), equal_nan=True)
    alone = watch(layer, x[:, 1]).cells[0].gates["z"]
    torch.testing.assert_close(alone[:, 0], watch(layer, x).cells[0].gates["z"][:, 1])


def _upto(seen, lengths: list[int]) -> Tensor:
    z = seen.cells[0].gates["z"][: max(lengths)].clone()
    z[torch.arange(max(lengths))[:, None] >= torch.tensor(lengths)] = float("nan")
    return z
