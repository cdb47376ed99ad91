"""What the microscope answers about gates, beside slow loops."""

from __future__ import annotations

from pathlib import Path
from threading import RLock
from typing import Any

import numpy as np
import pytest
import torch

from frontal import FrontalError
from frontal.cell import Cell
from frontal.cells import named
from frontal.cells.lstm import LSTM
from frontal.diagnostics.capture import capture
from frontal.diagnostics.subject_text import Text
from frontal.layers.language_network import LanguageNetwork
from frontal.scope.api import answer
from frontal.scope.message import decode
from frontal.scope.workspace import Look, Workspace


class Narrow(LSTM):
    """An LSTM that shows half of its memory."""

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size, proj_size=3)


def untrained(folder: Path, cell: str | type[Cell]) -> Workspace:
    """A capture alone, of a network with a cell, along 300 letters."""
    torch.manual_seed(0)
    model = LanguageNetwork(9, named(cell) if isinstance(cell, str) else cell, hidden=6, embedding=4)
    subject = Text(model, np.random.default_rng(0).integers(0, 9, 300), list("abcdefgh\n"), "letters")
    workspace = Workspace()
    workspace.add(Look("a", "letters", None, None, None, capture(subject, folder / "c"), RLock()))
    return workspace


def ask(workspace: Workspace, name: str, **parameters: Any) -> dict[str, Any]:
    return decode(answer(workspace, name, {"look": "a", **parameters}))


def test_shares_are_those_of_a_loop(workspaces: Any) -> None:
    workspace = workspaces("text")
    found = ask(workspace, "gates", signal="layers.1/h")
    known = workspace.look("a").capture
    assert [gate["value"] for gate in found["gates"]] == ["f", "i", "g", "o", "tanh(c)"]
    for k, gate in enumerate(found["gates"]):
        values = known.values(gate["signal"])
        low, high = (0.1, 0.9) if gate["function"] == "sigmoid" else (-0.8, 0.8)
        for unit in range(gate["units"]):
            numbers = values[unit].tolist()
            assert found[f"left {k}"][unit] == np.float32(sum(n < low for n in numbers) / len(numbers))
            assert found[f"right {k}"][unit] == np.float32(sum(n > high for n in numbers) / len(numbers))
    assert found["keeper"] == "layers.1/f"
    f = known.values("layers.1/f").astype(float)
    np.testing.assert_allclose(found["half_life"], np.log(0.5) / np.log(f).mean(1), rtol=1e-5)
    assert found["cell"] == "LSTM"


@pytest.mark.parametrize(("kind", "above"), [("text", "symbols"), ("series", "curve"), ("sound", "frames")])
def test_rows_are_the_captures_numbers_and_what_was_read(workspaces: Any, kind: str, above: str) -> None:
    workspace = workspaces(kind)
    known = workspace.look("a").capture
    layer = known.signals[-1].layer
    found = ask(workspace, "gate_rows", signal=f"{layer}/h", unit=5, steps=[40, 90])
    functions = [row["function"] for row in found["rows"]]
    assert functions == sorted(functions, key=lambda function: function is None)  # gates, then states
    assert {row["signal"] for row in found["rows"]} == {s.name for s in known.signals if s.layer == layer}
    for k, row in enumerate(found["rows"]):
        values = known.unit(row["signal"], 5, slice(40, 90))
        np.testing.assert_array_equal(found["values"][k], values)
        if row["function"] is None:
            assert row["limit"] == np.abs(known.unit(row["signal"], 5)).max()
        else:
            assert row["limit"] == 1
        np.testing.assert_array_equal(found["bytes"][k], np.rint(values / row["limit"] * 127) + 127)
    np.testing.assert_array_equal(found["fresh"], known.track("fresh", slice(40, 90)))
    assert found["above"] == above
    if kind == "text":
        symbols = known.index.facts["symbols"]
        assert found["symbols"] == [symbols[i] for i in known.track("symbol", slice(40, 90))]
    elif kind == "series":
        np.testing.assert_array_equal(found["curve"], known.track("value", slice(40, 90)))
    else:
        frames = known.track("input", slice(40, 90)).T
        np.testing.assert_array_equal(found["frames"], np.rint(frames / np.abs(frames).max() * 127) + 127)


def test_a_cell_without_gates_says_what_it_has(tmp_path: Path) -> None:
    found = ask(untrained(tmp_path, "elman"), "gates", signal="h")
    assert [(gate["value"], gate["bounds"]) for gate in found["gates"]] == [("tanh(a)", [-1, 1])]
    assert found["keeper"] is None
    assert np.isnan(found["half_life"]).all()
    assert found["states"] == ["h"]


def test_an_open_end_has_no_shares(tmp_path: Path) -> None:
    found = ask(untrained(tmp_path, "li_gru"), "gates", signal="h")
    (k,) = [k for k, gate in enumerate(found["gates"]) if gate["function"] == "relu"]
    assert (found["gates"][k]["below"], found["gates"][k]["above"]) == (None, None)
    assert np.isnan(found[f"left {k}"]).all()


def test_rows_of_another_width_are_named(tmp_path: Path) -> None:
    workspace = untrained(tmp_path, Narrow)
    found = ask(workspace, "gate_rows", signal="h", unit=2, steps=[0, 10])
    assert [row["value"] for row in found["rows"]] == ["h"]
    assert set(found["elsewhere"]) >= {"f", "i", "o", "c"}


def test_alarms_name_the_unit(tmp_path: Path) -> None:
    torch.manual_seed(0)
    model: Any = LanguageNetwork(9, named("lstm"), hidden=6, embedding=4)
    with torch.no_grad():
        model.layers[0].cells[0].bias_ih[6 + 4] = 40  # the forget gate of unit 4
    subject = Text(model, np.random.default_rng(0).integers(0, 9, 300), list("abcdefghi"), "letters")
    workspace = Workspace()
    workspace.add(Look("a", "planted", None, None, None, capture(subject, tmp_path / "c"), RLock()))
    found = ask(workspace, "gates", signal="h")
    assert {"rule": "never closes", "signal": "layers.0/f", "unit": 4} in found["alarms"]
    assert "never below 0.9" in found["rules"]["never closes"]


def test_what_cannot_be_asked(workspaces: Any) -> None:
    workspace = workspaces("text")
    wrongs = {
        "no signal": {"signal": "layers.9/h"},
        "from 0 to": {"signal": "h", "unit": 99, "steps": [0, 9]},
        "at most 1024 steps": {"signal": "h", "unit": 1, "steps": [0, 1500]},
    }
    for said, wrong in wrongs.items():
        with pytest.raises(FrontalError, match=said):
            answer(workspace, "gate_rows", {"look": "a", **wrong})
