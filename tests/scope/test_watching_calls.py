"""Where a look begins, beside the scores themselves."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny

from frontal.diagnostics.capture_truths import truths_of
from frontal.diagnostics.neuron_scores import scores
from frontal.scope import watching_calls
from frontal.scope.api import answer
from frontal.scope.message import decode
from frontal.scope.workspace import Workspace


def told(workspace: Workspace, **parameters: Any) -> dict[str, Any]:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        found = decode(answer(workspace, "telling", {"look": "a", **parameters}))
        if found["done"] == 1:
            return found
    raise AssertionError("telling is not done after 30 s")


@pytest.mark.parametrize("kind", tiny.KINDS)
def test_the_most_telling_units_come_first(kind: str, workspaces: Callable[[str], Workspace]) -> None:
    workspace = workspaces(kind)
    capture = workspace.look("a").capture
    found = scores(capture, truths_of(capture))
    expected = [asdict(one) for one in found.telling()]
    said = told(workspace)
    assert [(w["signal"], w["unit"], w["predicate"]) for w in said["watchers"]] == [
        (w["signal"], w["unit"], w["predicate"]) for w in expected
    ]
    assert not said["heavy"]
    assert bool(said["why"]) == (not expected)
    name = capture.signal("h").name
    assert {w["signal"] for w in told(workspace, signal="h")["watchers"]} <= {name}
    gate = next(signal.name for signal in capture.signals if signal.function is not None)
    assert told(workspace, signal=gate)["watchers"] == []


def test_what_takes_long_is_begun_when_it_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with tiny.workspace("text", tmp_path) as workspace:
        capture = workspace.look("a").capture
        numbers = len(capture) * sum(signal.units for signal in capture.signals if signal.function is None)
        monkeypatch.setattr(watching_calls, "LIGHT", numbers - 1)
        assert told(workspace) == {"done": 1.0, "watchers": [], "heavy": True, "why": ""}
        assert not told(workspace, asked=True)["heavy"]
        monkeypatch.setattr(watching_calls, "LIGHT", numbers)
        assert not told(workspace)["heavy"]


def test_data_of_which_nothing_can_be_asked_say_why(tmp_path: Path) -> None:
    with Workspace() as workspace:
        workspace.add(tiny.look("text", tmp_path, data="see what is there"))
        said = told(workspace)
    assert (said["watchers"], said["heavy"]) == ([], False)
    assert "nothing that was asked for holds often enough" in said["why"]


@pytest.mark.parametrize("kind", tiny.KINDS)
def test_until_then_a_unit_is_seen_that_moves_a_lot(kind: str, workspaces: Callable[[str], Workspace]) -> None:
    capture = workspaces(kind).look("a").capture
    (look,) = decode(answer(workspaces(kind), "looks", {}))["looks"]
    for signal in look["signals"]:
        values = capture.values(signal["name"])
        bands = [values[:, first : first + 64] for first in range(0, values.shape[1], 64)]
        ends = np.stack([end(band) for band in bands for end in (lambda b: b.min(1), lambda b: b.max(1))], 1)
        spread = ends.std(1)
        assert spread[signal["liveliest"]] == pytest.approx(spread.max(), abs=2e-3)
