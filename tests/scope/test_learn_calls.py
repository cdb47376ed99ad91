"""One step of a cell as the microscope answers it, beside the cell's own step in double precision."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from threading import RLock
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import frontal
from frontal import FrontalError
from frontal.cells import named
from frontal.diagnostics.capture import capture
from frontal.diagnostics.recording import run_recorded
from frontal.diagnostics.subject_text import Text
from frontal.layers.language_network import LanguageNetwork
from frontal.layers.recurrent import Recurrent
from frontal.scope.api import answer
from frontal.scope.message import decode
from frontal.scope.workspace import Look, Workspace

N = 200


class Pendulum(frontal.Cell):
    """A user's cell: a gate under another name, and a sine."""

    states = ("angle", "speed")

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size)
        self.push = nn.Linear(input_size, hidden_size)
        self.brake = nn.Linear(input_size + hidden_size, hidden_size)

    def step(self, x: Tensor, angle: Tensor, speed: Tensor) -> tuple[Tensor, Tensor]:
        hold = torch.sigmoid(self.brake(torch.cat([x, angle], -1)))
        speed = hold * speed - 0.1 * torch.sin(angle) + 0.1 * torch.tanh(self.push(x))
        return angle + 0.1 * speed, speed


class Moody(frontal.Cell):
    """A user's cell that decides in Python, which no diagram can show."""

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size)
        self.mix = nn.Linear(input_size + hidden_size, hidden_size)

    def step(self, x: Tensor, h: Tensor) -> Tensor:
        a = self.mix(torch.cat([x, h], -1))
        return torch.tanh(a) if bool((x.sum() > 0).item()) else torch.sigmoid(a)


CELLS = {name: named(name) for name in ("lstm", "gru", "elman", "rhn", "layer_norm_lstm", "slstm", "peephole")}
CELLS |= {"pendulum": Pendulum, "moody": Moody}


def opened(folder: Path, cell: str, *, alone: bool = False, layers: int = 2) -> tuple[Workspace, Text]:
    torch.manual_seed(0)
    model = LanguageNetwork(9, CELLS[cell], hidden=6, embedding=4, num_layers=layers)
    subject = Text(model, np.random.default_rng(0).integers(0, 9, N), list("abcdefgh\n"), "letters")
    workspace = Workspace()
    found = capture(subject, folder / cell)
    workspace.add(Look("a", cell, None, None, None if alone else subject, found, RLock()))
    return workspace, subject


def ask(workspace: Workspace, name: str = "learn", **parameters: Any) -> dict[str, Any]:
    return decode(answer(workspace, name, {"look": "a", **parameters}))


def node(found: dict[str, Any], name: str) -> dict[str, Any]:
    alike = [node for node in found["nodes"] if name in (node["name"], node["formula"]["name"])]
    return next(node for node in alike if node["label"] != "sum")


@pytest.mark.parametrize("cell", [name for name in CELLS if name != "moody"])
def test_numbers_are_those_of_the_step_in_double_precision(tmp_path: Path, cell: str) -> None:
    workspace, subject = opened(tmp_path, cell)
    _, records = run_recorded(subject.model, subject.ids[:, None])
    for layer, record in zip(("layers.0", "layers.1"), records, strict=True):
        exact = deepcopy(record.cell).double()
        for step, unit in ((0, 0), (17, 3), (N - 1, 5)):
            before = [part[step].detach().double() for part in record.states(record.before).values()]
            with torch.no_grad():
                after = exact(record.x[step].detach().double(), *before)
            for state, old, new in zip(exact.states, before, after, strict=True):
                found = ask(workspace, signal=f"{layer}/{state}", unit=unit, step=step)
                assert node(found, f"{state}'")["value"] == pytest.approx(float(new[0, unit]), abs=1e-6)
                assert node(found, state)["value"] == pytest.approx(float(old[0, unit]), abs=1e-6)
                assert found["gap"] < 1e-5


@pytest.mark.parametrize("kind", ["text", "series", "sound"])
def test_gates_and_states_are_those_of_the_capture(workspaces: Any, kind: str) -> None:
    workspace = workspaces(kind)
    known = workspace.look("a").capture
    for layer in dict.fromkeys(signal.layer for signal in known.signals):
        for step in (1, 30, len(known) - 1):
            found = ask(workspace, signal=f"{layer}/h", unit=4, step=step)
            for signal in known.signals:
                name = f"{signal.value}'" if signal.function is None else signal.value
                if signal.layer == layer and signal.value != "tanh(c)":
                    value = known.unit(signal.name, 4, slice(step, step + 1))[0]
                    assert node(found, name)["value"] == pytest.approx(value, rel=2e-3, abs=1e-4)
            assert found["gap"] < 1e-5
            assert found["read"]


def test_contributions_add_up_and_are_named(workspaces: Any) -> None:
    found = ask(workspaces("sound"), signal="h", unit=2, step=44)
    of_x, of_h = node(found, "r")["summands"]
    for summand in (of_x, of_h):
        assert summand["total"] == pytest.approx(sum(one["product"] for one in summand["largest"]) + summand["others"])
        for one in summand["largest"]:
            assert one["product"] == pytest.approx(one["weight"] * one["value"])
        sizes = [abs(one["product"]) for one in summand["largest"]]
        assert sizes == sorted(sizes, reverse=True)
    assert node(found, "r")["sum"] == pytest.approx(of_x["total"] + of_h["total"] + node(found, "r")["bias"])
    assert all(one["name"].endswith("Hz") for one in of_x["largest"])
    assert of_h["largest"][0]["name"].startswith("h ")
    above = ask(workspaces("text"), signal="layers.1/c", unit=2, step=44)
    assert node(above, "f")["summands"][0]["source"] == "the layer below"
    assert node(above, "f")["summands"][0]["largest"][0]["name"].startswith("below ")


def test_a_gate_is_held_and_the_equations_computed_again(tmp_path: Path) -> None:
    workspace, _ = opened(tmp_path, "lstm")
    really = ask(workspace, signal="c", unit=1, step=50)
    names = [one["name"] for one in really["nodes"]]
    asked = {"signal": "c", "unit": 1, "step": 50}
    trial = ask(workspace, **asked, held={str(names.index("f")): 0.0, str(names.index("i")): 0.5})
    assert node(trial, "c'")["value"] == pytest.approx(0.5 * node(really, "g")["value"])
    held = node(trial, "o")["value"] * np.tanh(node(trial, "c'")["value"])
    assert node(trial, "h'")["value"] == pytest.approx(held)
    assert node(trial, "f")["sentence"].startswith("The forget gate stands at 0.00")


def test_the_drawing_has_a_place_for_every_node_and_a_wire_for_every_reading(tmp_path: Path) -> None:
    workspace, _ = opened(tmp_path, "pendulum")
    found = ask(workspace, signal="speed", unit=1, step=50)
    assert len(found["places"]) == len(found["nodes"])
    assert len({tuple(place) for place in found["places"]}) == len(found["nodes"])
    for wire in found["wires"]:
        assert wire["points"][0] == found["places"][wire["from"]]
        assert wire["points"][-1] == found["places"][wire["to"]]
    assert "forget gate" not in found["gates"].values()
    assert list(found["gates"].values()) == ["gate hold"]
    assert any("hold = σ(" in line for line in found["equations"])


def test_unrolled_is_one_step_after_another(tmp_path: Path) -> None:
    workspace, _ = opened(tmp_path, "gru")
    rolled = ask(workspace, "learn_unrolled", signal="h", unit=3, step=5, count=8)
    assert rolled["steps"] == [0, 1, 2, 3, 4, 5]
    assert rolled["fresh"] == [True, False, False, False, False, False]
    for row, step in zip(rolled["values"], rolled["steps"], strict=True):
        one = ask(workspace, signal="h", unit=3, step=step)
        expected = [np.nan if each["value"] is None else each["value"] for each in one["nodes"]]
        np.testing.assert_allclose(row, expected, rtol=1e-6)


class Both(nn.Module):
    """A layer in both directions behind an embedding."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding, self.out = nn.Embedding(9, 4), nn.Linear(12, 9)
        self.layer = Recurrent(named("gru"), 4, 6, bidirectional=True)

    def forward(self, ids: Tensor, states: Any = None) -> tuple[Tensor, Any]:
        return self.out(self.layer(self.embedding(ids))[0]), None


def test_a_layer_that_reads_backwards_is_unrolled_so(tmp_path: Path) -> None:
    torch.manual_seed(0)
    subject = Text(Both(), np.random.default_rng(0).integers(0, 9, 50), list("abcdefghi"), "letters")
    workspace = Workspace()
    workspace.add(Look("a", "both", None, None, subject, capture(subject, tmp_path / "c"), RLock()))
    orders = {
        "layer, backwards": ([49, 48, 47], [True, False, False]),
        "layer": ([44, 45, 46, 47], [False, False, False, False]),
    }
    for layer, (steps, fresh) in orders.items():
        rolled = ask(workspace, "learn_unrolled", signal=f"{layer}/h", unit=3, step=47, count=4)
        assert (rolled["steps"], rolled["fresh"]) == (steps, fresh)
        one = ask(workspace, signal=f"{layer}/h", unit=3, step=47)
        k, old = ([node["name"] for node in one["nodes"]].index(name) for name in ("h'", "h"))
        assert rolled["values"][-1, k] == pytest.approx(node(one, "h'")["value"])
        np.testing.assert_allclose(rolled["values"][1:, old], rolled["values"][:-1, k], atol=1e-6)
    stops = ask(workspace, "learn_tour", signal="layer, backwards/h", unit=3, step=0)["stops"]
    z, h = (workspace.look("a").capture.unit(f"layer, backwards/{name}", 3) for name in "zh")
    (keeps,) = [stop["step"] for stop in stops if "what stays" in stop["title"]]
    near = [t for t in range(49) if z[t] <= z.min() + 0.05]
    assert abs(h[keeps + 1]) == max(abs(h[t + 1]) for t in near)


def test_a_gate_as_signal_means_the_memory_it_belongs_to(tmp_path: Path) -> None:
    workspace, _ = opened(tmp_path, "lstm")
    assert ask(workspace, signal="f", unit=1, step=9)["state"] == "c"
    assert ask(workspace, signal="h", unit=1, step=9)["state"] == "h"


def test_the_tour_is_that_of_the_cell(tmp_path: Path) -> None:
    titles = {"lstm": "The forget gate: what stays", "elman": "The squash", "pendulum": "The gate hold: what stays"}
    for cell, title in titles.items():
        workspace, _ = opened(tmp_path, cell)
        stops = ask(workspace, "learn_tour", signal=CELLS[cell].states[-1], unit=1, step=0)["stops"]
        assert title in [stop["title"] for stop in stops]
        assert len(stops) <= 8


@pytest.mark.filterwarnings("ignore:.*slow reference loop")
def test_a_cell_that_cannot_be_drawn_says_why_and_shows_what_is_known(tmp_path: Path) -> None:
    workspace, _ = opened(tmp_path, "moody", layers=1)
    found = ask(workspace, signal="h", unit=2, step=9)
    assert "turns a tensor into a Python number" in found["untraced"]
    known = workspace.look("a").capture.unit("h", 2)
    assert found["states"][0]["after"] == pytest.approx(known[9], rel=1e-3)
    assert found["states"][0]["before"] == pytest.approx(known[8], rel=1e-3)
    assert len(found["rows"]) == 1
    assert ask(workspace, "learn_tour", signal="h", unit=2, step=9)["stops"] == []
    assert ask(workspace, "learn_unrolled", signal="h", unit=2, step=9, count=3)["steps"] == []


def test_a_capture_alone_says_what_is_missing(tmp_path: Path) -> None:
    workspace, _ = opened(tmp_path, "lstm", alone=True)
    with pytest.raises(FrontalError, match="without its weights no step can be taken; open the network with its data"):
        answer(workspace, "learn", {"look": "a", "signal": "h", "unit": 0, "step": 0})


WRONG = ["3", [3], {"f": 0.5}, {"3": "a"}, {"3": float("nan")}, {"-3": 0.5}, {"3": True}, {"0": 0.5}, {"77": 1}]


@pytest.mark.parametrize("held", WRONG)
def test_what_cannot_be_held(tmp_path: Path, held: Any) -> None:
    workspace, _ = opened(tmp_path, "lstm", layers=1)
    with pytest.raises(FrontalError, match=r"held = |has no number"):
        answer(workspace, "learn", {"look": "a", "signal": "h", "unit": 0, "step": 0, "held": held})
