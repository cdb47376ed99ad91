"""One step of a cell, node by node, beside the cell's own step in double precision and numbers worked by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import frontal
from frontal import FrontalError
from frontal.cells import catalogue, named
from frontal.diagnostics.equations import equations
from frontal.diagnostics.gates import gates_of
from frontal.diagnostics.step_by_step import StepByStep, Stepper
from frontal.diagnostics.step_equations import formulas, shown
from frontal.diagnostics.step_places import places
from frontal.diagnostics.step_words import sentences
from frontal.diagnostics.wiring import Node, Term, Wiring
from frontal.layers.zoneout import Zoneout

from .cosine import Cosine


class Faded(frontal.Cell):
    """A user's cell, written in no usual way."""

    states = ("memory", "said")

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size)
        self.look = nn.Linear(input_size, hidden_size, bias=False)
        self.mix = nn.Parameter(torch.rand(hidden_size, 2 * hidden_size) - 0.5)
        self.fade = nn.Parameter(torch.rand(hidden_size))

    def step(self, x: Tensor, memory: Tensor, said: Tensor) -> tuple[Tensor, Tensor]:
        open_ = torch.sigmoid(torch.cat([said, memory], -1) @ self.mix.T + self.fade * memory)
        memory = open_ * memory + (1 - open_) * torch.sin(self.look(x))
        return memory, torch.relu(memory) * open_


class Halves(frontal.Cell):
    """Two functions of the halves of one product, which no gate names tell apart."""

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size)
        self.look = nn.Parameter(torch.rand(hidden_size, input_size) - 0.5)

    def step(self, x: Tensor, h: Tensor) -> Tensor:
        a, b = nn.functional.linear(x, self.look).chunk(2, -1)
        return h * torch.cat([torch.tanh(a), torch.tanh(b)], -1)


CELLS = {**{name: named(name) for name in catalogue()}, "cosine": Cosine, "faded": Faded}
FUNCTIONS = {"σ": lambda a: 1 / (1 + math.exp(-a)), "tanh": math.tanh, "ReLU": lambda a: max(a, 0.0),
             "1 −": lambda a: 1 - a, "sin": math.sin, "cos": math.cos, "exp": math.exp, "sum": lambda a: a}  # fmt: skip
OPERATIONS = {"×": lambda a, b: a * b, "+": lambda a, b: a + b, "−": lambda a, b: a - b, "÷": lambda a, b: a / b,
              "max": max}  # fmt: skip


def made(name: str) -> frontal.Cell:
    torch.manual_seed(3)
    cell = CELLS[name](4, 6)
    for parameter in cell.parameters():
        nn.init.uniform_(parameter, -0.7, 0.7)
    return cell


def given(cell: frontal.Cell) -> tuple[Any, dict[str, Any]]:
    draw = np.random.default_rng(7)
    x = draw.normal(size=cell.input_size)
    return x, {n: draw.uniform(0.1, 0.9, size) for n, size in zip(cell.states, cell.state_sizes, strict=True)}


def number(found: StepByStep, name: str) -> float:
    value = found.named(name).value
    assert value is not None
    return value


def step(cell: frontal.Cell, unit: int = 2, state: str | None = None, **more: Any) -> StepByStep:
    x, states = given(cell)
    return Stepper(cell).at(x, states, state=state or cell.states[0], unit=unit, **more)


@pytest.mark.parametrize("name", CELLS)
def test_new_states_are_those_of_the_cell_in_double_precision(name: str) -> None:
    cell = made(name)
    found = step(cell)
    x, states = given(cell)
    expected = cell.double()(torch.from_numpy(x)[None], *(torch.from_numpy(s)[None] for s in states.values()))
    for state, new in zip(cell.states, expected, strict=True):
        np.testing.assert_allclose(found.named(f"{state}'").values, new[0].detach(), rtol=0, atol=1e-13)


@pytest.mark.parametrize("name", CELLS)
def test_every_node_is_what_its_sources_and_its_sum_give(name: str) -> None:
    """A walk through the diagram with Python's own numbers."""
    found, checked = step(made(name)), 0
    for node, one in zip(found.wiring.nodes, found.nodes, strict=True):
        if one.value is None:
            continue
        reads = [found.nodes[k].value for k in node.reads]
        if one.sum is not None:
            by_hand = sum(w * v for s in one.summands for w, v in zip(s.weights, s.values, strict=True)) + one.bias
            assert one.sum == pytest.approx(by_hand, abs=1e-12)
            assert node.bias or one.bias == pytest.approx(0, abs=1e-12)
            checked += node.label in FUNCTIONS
            assert one.value == pytest.approx(FUNCTIONS.get(node.label, lambda _: one.value)(one.sum), abs=1e-12)  # noqa: B023
        elif node.label in FUNCTIONS and None not in reads and not node.constant:
            assert one.value == pytest.approx(FUNCTIONS[node.label](*reads), abs=1e-12)
        elif node.label in OPERATIONS and None not in reads and len(reads) == 2:
            assert one.value == pytest.approx(OPERATIONS[node.label](*reads), abs=1e-12)
    assert checked or name in ("layer_norm_lstm", "slstm")


@pytest.mark.parametrize("name", ["lstm", "gru", "layer_norm_lstm", "peephole", "faded"])
def test_gates_have_their_names_and_their_values(name: str) -> None:
    cell = made(name)
    found = step(cell)
    x, states = given(cell)
    rows = [torch.from_numpy(v)[None] for v in (x, *states.values())]
    for gate, values in gates_of(cell.double(), rows[0], tuple(rows[1:])).items():
        if values.function == "sigmoid":
            np.testing.assert_allclose(found.named(gate).values, values.values[0], atol=1e-12)


def test_contributions_are_weight_times_value() -> None:
    cell: Any = made("lstm")
    found, unit, H = step(cell, unit=4), 4, 6
    x, states = given(cell)
    for k, gate in enumerate(cell.gates):
        of_x, of_h = found.named(gate).summands
        np.testing.assert_allclose(of_x.weights, cell.weight_ih[k * H + unit].detach(), atol=1e-7)
        np.testing.assert_allclose(of_h.each, cell.weight_hh[k * H + unit].detach().numpy() * states["h"], atol=1e-7)
        assert found.named(gate).bias == pytest.approx((cell.bias_ih + cell.bias_hh)[k * H + unit].item(), abs=1e-6)
        assert of_x.total == pytest.approx(float(cell.weight_ih[k * H + unit].detach().double().numpy() @ x), abs=1e-12)


def test_a_gate_can_be_held() -> None:
    cell: Any = made("lstm")
    stepper, (x, states) = Stepper(cell), given(cell)
    names = [node.name for node in stepper.traced.wiring.nodes]
    really = stepper.at(x, states, state="c", unit=1)
    shut = stepper.at(x, states, state="c", unit=1, held={names.index("f"): 0.0})
    assert shut.named("c'").value == pytest.approx(number(really, "i") * number(really, "g"), abs=1e-14)
    others = np.arange(6) != 1
    np.testing.assert_array_equal(shut.named("c'").values[others], really.named("c'").values[others])
    again = stepper.at(x, states, state="c", unit=1)
    assert again.named("c'").value == really.named("c'").value
    both = stepper.at(x, states, state="c", unit=1, held={names.index("f"): 1.0, names.index("i"): 0.5})
    assert both.named("c'").value == pytest.approx(states["c"][1] + 0.5 * number(really, "g"), abs=1e-14)


def test_elman_by_hand() -> None:
    cell: Any = named("elman")(1, 1)
    for name, value in (("weight_ih", 0.5), ("weight_hh", -1.0), ("bias_ih", 0.06), ("bias_hh", 0.04)):
        nn.init.constant_(getattr(cell, name), value)
    found = Stepper(cell).at(np.array([2.0]), {"h": np.array([0.25])}, state="h", unit=0)
    assert found.named("h'").value == pytest.approx(math.tanh(0.85), abs=1e-8)
    assert str(formulas(found)[2]) == "h' = tanh(W_h x + U_h h + b_h) = tanh(1.00 − 0.25 + 0.10) = tanh(0.85) = 0.69"


def test_formulas_of_an_lstm_by_hand() -> None:
    """f = σ(0.31 + 1.24 − 0.05) = 0.82, and 0.82 of 0.41 stays."""
    cell: Any = named("lstm")(1, 1)
    rows = {
        "weight_ih": [-2.0, 0.31, -1.0, 0.0],
        "weight_hh": [-0.5, 3.1, -2.0, 0.0],
        "bias_ih": [0.0, -0.05, 0.14, 0.0],
    }
    with torch.no_grad():
        for name, values in rows.items():
            getattr(cell, name).copy_(torch.tensor(values).view_as(getattr(cell, name)))
        cell.bias_hh.zero_()
    found = Stepper(cell).at(np.array([1.0]), {"h": np.array([0.4]), "c": np.array([0.41])}, state="c", unit=0)
    lines = {formula.name: str(formula) for formula in formulas(found)}
    assert lines["f"] == "f = σ(W_f x + U_f h + b_f) = σ(0.31 + 1.24 − 0.05) = σ(1.50) = 0.82"
    assert lines["c'"] == "c' = f c + i g = 0.82 · 0.41 + 0.10 · (−0.93) = 0.24"
    said = dict(zip((node.name for node in found.wiring.nodes), sentences(found, "“a”"), strict=True))
    assert said["f"] == "The forget gate stands at 0.82: of what this unit held (0.41), 82\N{NO-BREAK SPACE}% stays."
    assert said["x"] == "What the cell reads at this step: “a”."
    assert said["c'"] == "What the unit holds in c after this step: 0.24; before it was 0.41."


def test_what_stays_is_said_before_what_is_written() -> None:
    found = Stepper(made("gru")).at(np.full(4, 0.5), {"h": np.full(6, 0.25)}, state="h", unit=1)
    z = next(k for k, node in enumerate(found.wiring.nodes) if node.name == "z" and node.label == "\u03c3")
    said, share = sentences(found, "“a”")[z], found.nodes[z].value
    assert share is not None
    percent = "{:.0f}\N{NO-BREAK SPACE}%".format
    stays, written = said.partition(": ")[2].split("; ")
    assert stays == f"of what this unit held (0.25), {percent(100 * share)} stays"
    assert written.endswith(f"{percent(100 * (1 - share))} is written.")


def test_a_gru_reads_as_its_step_is_written() -> None:
    lines = equations(Stepper(made("gru")).traced.wiring)
    assert lines[2:] == ["n = tanh(W_n x + b_n + r (U_n h + b_n))", "h' = (1 − z) n + z h"]
    lines = equations(Stepper(made("layer_norm_lstm")).traced.wiring)
    assert "c' = f c + i g" in lines


def test_a_part_of_what_was_computed_for_all_keeps_its_place() -> None:
    nodes = [
        Node("input", "", "x"), Node("input", "", "h"), Node("layer", "sum", "", [0], (Term(0, "matrix"),)),
        Node("function", "tanh", "", [2]), Node("function", "part 2", "", [3]), Node("operation", "×", "", [4, 1]),
        Node("output", "", "h'", [5]),
    ]  # fmt: skip
    sizes = {0: 3, 1: 4, 2: 8, 3: 8, 4: 4, 5: 4, 6: 4}
    assert places(Wiring("Halved", nodes), sizes, "h", 1) == {0: None, 1: 1, 2: 5, 3: 5, 4: 1, 5: 1, 6: 1}
    nodes[5].reads = [4, 3]  # and as a whole beside it
    assert places(Wiring("Halved", nodes), sizes, "h", 1)[3] is None


def test_halves_of_a_product_are_two_nodes() -> None:
    wiring = Stepper(Halves(3, 4)).traced.wiring
    assert [node.label for node in wiring.nodes].count("tanh") == 2


def test_a_cell_that_is_regularised_is_taken_as_it_ran() -> None:
    inner = made("elman")
    x, states = given(inner)
    plain = Stepper(inner).at(x, states, state="h", unit=3)
    around = Stepper(Zoneout(inner, 0.25, sampling=False)).at(x, states, state="h", unit=3)
    expected = 0.25 * states["h"][3] + 0.75 * number(plain, "h'")
    assert around.named("h'").value == pytest.approx(expected, abs=1e-14)


@pytest.mark.parametrize(("value", "text"), [(0.823, "0.82"), (-0.049, "−0.049"), (0.0, "0.00"), (-1e-9, "0.00"),
                                             (12.345, "12.35"), (123456.0, "1.2e+05"), (0.0008, "0.0008")])  # fmt: skip
def test_numbers_for_reading(value: float, text: str) -> None:
    assert shown(value) == text


def test_a_projected_output_has_gates_of_another_width() -> None:
    cell = named("lstm")(4, 6, proj_size=3)  # type: ignore[call-arg]
    x, states = given(cell)
    found = Stepper(cell).at(x, states, state="h", unit=2)
    assert found.named("f").value is None
    (pushed,) = found.nodes[found.wiring.nodes[found.wiring.of_kind("output")[0]].reads[0]].summands
    assert found.named("h'").value == pytest.approx(pushed.total, abs=1e-12)
    assert "which none belongs to unit 2" in sentences(found, "x")[[n.name for n in found.wiring.nodes].index("c'")]


def test_what_cannot_be_asked() -> None:
    cell = made("lstm")
    with pytest.raises(FrontalError, match="has no state 'd'"):
        step(cell, state="d")
    with pytest.raises(FrontalError, match="units 0 to 5; there is no 6"):
        step(cell, unit=6)
    with pytest.raises(FrontalError, match="node 0 has no number at this unit"):
        step(cell, held={0: 1.0})
    with pytest.raises(FrontalError, match="node 99 has no number"):
        step(cell, held={99: 1.0})
