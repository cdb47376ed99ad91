"""What gates do, told by the wiring, and a tour made from it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from frontal.cells import catalogue, named
from frontal.diagnostics.capture import capture
from frontal.diagnostics.capture_read import Capture
from frontal.diagnostics.gate_roles import gate_names, roles
from frontal.diagnostics.step_by_step import Stepper
from frontal.diagnostics.subject_text import Text
from frontal.diagnostics.tour import MOST, NEAR, Stop, tour
from frontal.diagnostics.wiring import Wiring
from frontal.layers.language_network import LanguageNetwork

from .cosine import Cosine

ROLES = {  # gate: (what it does, whether 1 less the gate does it), by the papers' equations
    "lstm": {"f": {("keeps", False)}, "i": {("writes", False)}, "o": {("shows", False)}},
    "peephole": {"f": {("keeps", False)}, "i": {("writes", False)}, "o": {("shows", False)}},
    "layer_norm_lstm": {"f": {("keeps", False)}, "i": {("writes", False)}, "o": {("shows", False)}},
    "coupled": {"f": {("keeps", False), ("writes", True)}, "o": {("shows", False)}},
    "gru": {"r": {("resets", False)}, "z": {("keeps", False), ("writes", True)}},
    "gru_reset_before": {"r": {("resets", False)}, "z": {("keeps", False), ("writes", True)}},
    "mgu": {"f": {("resets", False), ("keeps", True), ("writes", False)}},
    "star": {"k": {("keeps", True), ("writes", False)}},
    "light_ru": {"f": {("keeps", True), ("writes", False)}},
    "ran": {"f": {("keeps", False)}, "i": {("writes", False)}},
    "elman": {},
}


def wired(name: str) -> Wiring:
    return Stepper(named(name)(3, 4)).traced.wiring


@pytest.mark.parametrize("name", ROLES)
def test_gates_do_what_the_papers_say(name: str) -> None:
    wiring = wired(name)
    found: dict[str, set[tuple[str, bool]]] = {}
    for role in roles(wiring):
        found.setdefault(wiring.nodes[role.gate].name, set()).add((role.kind, role.rest))
    assert found == ROLES[name]


def test_names() -> None:
    assert set(gate_names(wired("lstm")).values()) == {"forget gate", "input gate", "output gate"}
    assert set(gate_names(wired("gru")).values()) == {"reset gate", "update gate"}
    assert set(gate_names(wired("star")).values()) == {"gate k"}
    assert set(gate_names(Stepper(Cosine(3, 4)).traced.wiring).values()) == {"forget gate", "output gate"}


def kept(folder: Path, cell: str) -> Capture:
    torch.manual_seed(0)
    model = LanguageNetwork(9, named(cell), hidden=5, embedding=4)
    return capture(Text(model, np.random.default_rng(0).integers(0, 9, 150), list("abcdefghi"), "x"), folder / cell)


def stops(folder: Path, cell: str) -> tuple[Wiring, Capture, list[Stop]]:
    wiring, found = wired(cell), kept(folder, cell)
    state = named(cell).states[-1]
    return wiring, found, tour(wiring, found, "layers.0", state, 2)


@pytest.mark.parametrize("name", sorted(catalogue()))
def test_every_cell_has_a_tour_of_at_most_eight_stops(name: str, tmp_path: Path) -> None:
    wiring, found, made = stops(tmp_path, name)
    assert 4 <= len(made) <= MOST
    for stop in made:
        assert stop.title
        assert stop.text.endswith((".", "?"))
        assert stop.nodes
        assert all(0 <= node < len(wiring.nodes) for node in stop.nodes)
        assert stop.step is None or 0 <= stop.step < len(found)
    assert [stop.title for stop in made][-2:] == ["Put together", "Your turn"]


def test_the_tour_of_an_lstm_goes_where_its_gates_speak(tmp_path: Path) -> None:
    _, found, made = stops(tmp_path, "lstm")
    titles = [stop.title for stop in made]
    gates = ["The forget gate: what stays", "The input gate: what is written", "The output gate: what is shown"]
    assert titles == ["A unit", "The state", "The proposal", *gates, "Put together", "Your turn"]
    forget, write = made[3].step, made[4].step
    assert forget is not None
    assert write is not None
    f, i, c = (found.unit(f"layers.0/{name}", 2) for name in "fic")
    assert f[forget] <= f.min() + NEAR
    assert i[write] >= i.max() - NEAR
    near = [t for t in range(1, len(f)) if f[t] <= f.min() + NEAR]
    assert abs(c[forget - 1]) == max(abs(c[t - 1]) for t in near)


def test_a_gate_that_keeps_when_it_is_shut_is_told_so(tmp_path: Path) -> None:
    _, found, made = stops(tmp_path, "light_ru")
    (keeper,) = [stop for stop in made if "what stays" in stop.title]
    assert (
        "1 less it is multiplied with what the unit held before. At 0 everything stays, at 1 everything is forgotten."
        in keeper.text
    )
    assert keeper.step is not None
    f = found.unit("layers.0/f", 2)
    assert f[keeper.step] >= f.max() - NEAR


def test_a_cell_without_gates_has_its_own_stops(tmp_path: Path) -> None:
    titles = [stop.title for stop in stops(tmp_path, "elman")[2]]
    assert titles == [
        "A unit",
        "The state",
        "What it reads",
        "What it remembers",
        "The squash",
        "Put together",
        "Your turn",
    ]
