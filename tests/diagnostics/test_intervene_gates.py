"""Gates changed while a model runs, beside loops by hand and the traced step with a node held."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

import frontal
from frontal import FrontalError
from frontal.cells import catalogue, named
from frontal.diagnostics.gates import gate_places, gates_of
from frontal.diagnostics.intervene import add, clamp, gates_in, intervening, scale
from frontal.diagnostics.recording import run_recorded
from frontal.diagnostics.step_by_step import Stepper
from frontal.layers import Recurrent
from frontal.layers.zoneout import Zoneout

T, B, I, H = 8, 2, 3, 4  # noqa: E741
Touch = Callable[[int, str, Tensor], Tensor]


def lstm_by_hand(model: Any, x: Tensor, touch: Touch) -> Tensor:
    """One LSTM layer in a plain loop; `touch(t, name, gate)` changes the gates of each step."""
    weights = dict(model.named_parameters())
    h, c = x.new_zeros(B, H), x.new_zeros(B, H)
    outputs: list[Tensor] = []
    for t in range(T):
        a = x[t] @ weights["weight_ih_l0"].T + weights["bias_ih_l0"]
        a = a + h @ weights["weight_hh_l0"].T + weights["bias_hh_l0"]
        i, f, g, o = a.split(H, -1)
        i, f, o = (touch(t, name, gate.sigmoid()) for name, gate in (("i", i), ("f", f), ("o", o)))
        c = f * c + i * touch(t, "g", g.tanh())
        h = o * touch(t, "tanh(c)", c.tanh())
        outputs.append(h)
    return torch.stack(outputs)


def gru_by_hand(model: Any, x: Tensor, touch: Touch) -> Tensor:
    weights = dict(model.named_parameters())
    h = x.new_zeros(B, H)
    outputs: list[Tensor] = []
    for t in range(T):
        a = x[t] @ weights["weight_ih_l0"].T + weights["bias_ih_l0"]
        b = h @ weights["weight_hh_l0"].T + weights["bias_hh_l0"]
        r, z = touch(t, "r", (a + b)[:, :H].sigmoid()), touch(t, "z", (a + b)[:, H : 2 * H].sigmoid())
        n = touch(t, "n", (a[:, 2 * H :] + r * b[:, 2 * H :]).tanh())
        h = (1 - z) * n + z * h
        outputs.append(h)
    return torch.stack(outputs)


BY_HAND: dict[Any, tuple[Any, tuple[str, ...]]] = {
    frontal.LSTM: (lstm_by_hand, ("i", "f", "g", "o", "tanh(c)")),
    frontal.GRU: (gru_by_hand, ("r", "z", "n")),
}
CASES = [(kind, gate) for kind, (_, gates) in BY_HAND.items() for gate in gates]


@pytest.fixture
def x() -> Tensor:
    return torch.randn(T, B, I, dtype=torch.float64, generator=torch.Generator().manual_seed(1))


def made(kind: Any) -> Any:
    torch.manual_seed(0)
    return kind(I, H).double()


@pytest.mark.parametrize(("kind", "gate"), CASES)
@pytest.mark.parametrize("backend", ["auto", "reference"])
def test_a_gate_held_scaled_and_added_to(kind: Any, gate: str, backend: str, x: Tensor) -> None:
    model = made(kind)
    model.backend = backend

    def touch(t: int, name: str, values: Tensor) -> Tensor:
        values = values.clone()
        if name == gate and 2 <= t < 5:
            values[:, 2] = 1.0
        if name == gate and t >= 4:
            values[:, [0, 3]] *= 0.0
        if name == gate and t < 3:
            values[1, 1] += 0.25
        return values

    title = f"{kind.__name__}/{gate}"
    changes = [
        clamp(title, 2, 1.0, steps=slice(2, 5)), scale(gate, [0, 3], 0.0, steps=slice(4, None)),
        add(title, 1, 0.25, steps=slice(3), sequences=1),
    ]  # fmt: skip
    with intervening(model, changes):
        found, _ = model(x)
    torch.testing.assert_close(found, BY_HAND[kind][0](model, x, touch), rtol=1e-10, atol=1e-12)
    assert not torch.allclose(found, model(x)[0])


def test_gates_and_states_change_together(x: Tensor) -> None:
    model = made(frontal.LSTM)
    with intervening(model, [clamp("f", None, 1.0), clamp("i", None, 0.0), clamp("c", 1, 0.3, steps=slice(2, 3))]):
        _, records = run_recorded(model, x)
    c = records[0].states(records[0].after)["c"]
    assert (c[:2] == 0).all()  # nothing comes in
    assert (c[2:, :, 1] == 0.3).all()  # and nothing is forgotten
    assert (c[:, :, [0, 2, 3]] == 0).all()


@pytest.mark.parametrize("cell", list(catalogue().values()), ids=list(catalogue()))
def test_any_cell_runs_as_ever_where_no_gate_is_changed(cell: Any) -> None:
    torch.manual_seed(0)
    layer = Recurrent(cell, I, H, bidirectional=True, backend="reference").eval()
    given, lengths = torch.randn(5, 2, I), [5, 3]
    usual, _ = layer(given, lengths=lengths)
    gates = gates_in(layer)
    with intervening(layer, [scale(gate, None, 1.0) for gate in gates]):
        same, _ = layer(given, lengths=lengths)
    assert torch.equal(usual, same)
    backwards = [gate for gate in gates if gate.startswith("Recurrent, backwards/")]
    if not backwards:
        return
    with intervening(layer, [clamp(backwards[0], None, 0.25, steps=slice(2, 3))]):
        found, _ = layer(given, lengths=lengths)
    width = usual.shape[-1] // 2
    assert torch.equal(found[:, :, :width], usual[:, :, :width])
    assert torch.equal(found[3:], usual[3:])  # backwards: what came before is untouched


@pytest.mark.parametrize("name", list(catalogue()))
def test_every_gate_of_any_cell_as_the_traced_step_with_its_node_held(name: str) -> None:
    torch.manual_seed(1)
    cell = named(name)(I, H).double().eval()
    layer, stepper = Recurrent(cell, backend="reference"), Stepper(cell)
    draw = np.random.default_rng(0)
    x = draw.uniform(-1, 1, I)
    states = {s: draw.uniform(0.1, 1, n) for s, n in zip(cell.states, cell.state_sizes, strict=True)}
    rows = [torch.from_numpy(v)[None] for v in (x, *states.values())]
    usual = stepper.at(x, states, state=cell.states[0], unit=1)
    compared: list[str] = []
    gates = gates_of(cell, rows[0], tuple(rows[1:]))
    for (gate, place), noted in zip(gate_places(cell, rows[0]).items(), gates.values(), strict=True):
        alike = [
            k for k, node in enumerate(usual.nodes)
            if node.place is not None and node.values.shape == (len(place.features),)
            and np.allclose(node.values, noted.values[0].numpy(), rtol=1e-9, atol=0)
        ]  # fmt: skip
        if not alike:
            continue  # of several gates in one
        unit = usual.nodes[alike[0]].place
        assert unit is not None
        held = stepper.at(x, states, state=cell.states[0], unit=1, held={alike[0]: 0.6})
        hx = tuple(row[None] for row in rows[1:])
        with intervening(layer, [clamp(f"Recurrent/{gate}", unit, 0.6)]):
            _, (record,) = run_recorded(layer, rows[0][None], hx if len(hx) > 1 else hx[0])
        for state, values in record.states(record.after).items():
            expected = held.named(f"{state}'").values
            np.testing.assert_allclose(values[0, 0].detach(), expected, rtol=1e-9, atol=1e-12, err_msg=gate)
        compared.append(gate)
    assert bool(compared) == bool(gates)


class Together(frontal.Cell):
    """Gates that are squashed in one go, and kept apart unevenly."""

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size)
        self.mix = torch.nn.Linear(input_size + hidden_size, 2 * hidden_size)

    def step(self, x: Tensor, h: Tensor) -> Tensor:
        both = torch.sigmoid(self.mix(torch.cat([x, h], -1)))
        keep, new = both.chunk(2, -1)
        return keep * h + (1 - keep) * new


def test_gates_that_are_squashed_together_are_changed_apart(x: Tensor) -> None:
    torch.manual_seed(0)
    cell = Together(I, H).double()
    places = gate_places(cell, x)
    assert (places["keep"].features, places["new"].features) == ((0, 1, 2, 3), (4, 5, 6, 7))
    layer = Recurrent(cell)
    with intervening(layer, [clamp("keep", 2, 0.5), scale("new", 1, 2.0)]):
        found, _ = layer(x)
    h, expected = x.new_zeros(B, H), list[Tensor]()
    for t in range(T):
        both = torch.sigmoid(cell.mix(torch.cat([x[t], h], -1)))
        keep, new = both[:, :H].clone(), both[:, H:].clone()
        keep[:, 2], new[:, 1] = 0.5, 2 * new[:, 1]
        h = keep * h + (1 - keep) * new
        expected.append(h)
    torch.testing.assert_close(found, torch.stack(expected), rtol=1e-10, atol=1e-12)


def test_a_gate_within_another_cell(x: Tensor) -> None:
    layer = Recurrent(Zoneout(named("lstm")(I, H).double(), 0.2)).eval()
    with intervening(layer, [clamp("o", None, 0.0), clamp("f", None, 0.0)]):
        found, _ = layer(x)
    usual, _ = layer(x)
    assert not torch.allclose(found, usual)
    torch.testing.assert_close(found, torch.zeros_like(found))  # nothing comes out of a shut output gate


def test_gradients_pass_through_a_change(x: Tensor) -> None:
    model = made(frontal.LSTM)
    given = x.clone().requires_grad_()
    with intervening(model, [clamp("f", None, 0.0), clamp("o", None, 1.0)]):
        outputs, _ = model(given)
    (gradient,) = torch.autograd.grad(outputs[5].sum(), given)
    assert gradient[5].abs().min() > 0
    assert (gradient[:5].abs().sum((1, 2)) > 0).all()  # through h, which the gates read


def test_what_is_no_gate_is_refused(x: Tensor) -> None:
    model = made(frontal.LSTM)
    for change, why in (
        (clamp("q", 0), "no state or gate 'q'"),
        (clamp("f", 4), "LSTM/f|f has the units 0 to 3; there is no 4"),
    ):
        with pytest.raises(FrontalError, match=why), intervening(model, [change]):
            pass
    with pytest.raises(FrontalError, match="do not fit"), intervening(model, [clamp("f", [0, 1], torch.ones(3))]):
        model(x)
