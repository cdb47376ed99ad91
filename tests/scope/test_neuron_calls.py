"""What the page Neuron is answered, beside the capture and the diagnostics."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from tiny import KINDS

from frontal.diagnostics.capture_truths import truths_of
from frontal.diagnostics.experiment import experiment
from frontal.diagnostics.intervene import clamp
from frontal.diagnostics.neurons import neurons
from frontal.errors import FrontalError
from frontal.scope import tiles
from frontal.scope.api import answer
from frontal.scope.message import decode
from frontal.scope.workspace import Workspace

Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def ask(workspaces: Callable[[str], Workspace]) -> Callable[[str], tuple[Ask, Any]]:
    """By kind: a function to ask with, and the look."""

    def of(kind: str) -> tuple[Ask, Any]:
        workspace = workspaces(kind)
        look = workspace.look("a")
        signal = look.capture.signal("h").name

        def asked(name: str, **parameters: Any) -> dict[str, Any]:
            return decode(answer(workspace, name, {"look": "a", "signal": signal, "unit": 2, **parameters}))

        return asked, look

    return of


@pytest.mark.parametrize("kind", KINDS)
def test_snippets_are_the_data_around_the_greatest_values(kind: str, ask: Any) -> None:
    asked, look = ask(kind)
    found = asked("neuron")
    values = look.capture.unit("h", 2)
    assert found["limit"] == pytest.approx(float(np.abs(values).max()))
    assert found["counts"].sum() == len(values)
    for end, extreme in (("top", values.max()), ("bottom", values.min())):
        snippets = found[f"{end}_snippets"]
        first = snippets[0]
        assert values[first["step"]] == extreme
        for one in snippets:
            steps = slice(one["first"], one["stop"])
            at = slice(one["at"], one["at"] + one["stop"] - one["first"])
            np.testing.assert_array_equal(found[f"{end}_values"][at], values[steps])
            np.testing.assert_array_equal(found[f"{end}_bytes"][at], tiles.quantise(values[steps], found["limit"]))
            if kind == "text":
                names = look.capture.index.facts["symbols"]
                assert one["symbols"] == [names[i] for i in look.capture.track("symbol", steps)]
            else:
                read = look.capture.track("value" if kind == "series" else "input", steps)
                np.testing.assert_allclose(found[f"{end}_data"][at], read.reshape(len(read), -1).mean(1), rtol=1e-5)
    assert len({one["step"] for one in found["top_snippets"]}) == len(found["top_snippets"])


@pytest.mark.parametrize("kind", KINDS)
def test_every_part_answers(kind: str, ask: Any) -> None:
    asked, look = ask(kind)
    watches = asked("neuron_watches")["watches"]
    assert all(one["unit"] == 2 for one in watches)
    push = asked("neuron_push")
    assert len(push["names"]) == len(push["effect"]) > 0
    assert push["direct"]
    response = asked("neuron_response")
    if kind == "text":
        assert response["change"].shape == (len(response["symbols"]), 21)
    else:
        assert np.isfinite(response["step"]).all()
        assert response["step"][0] == pytest.approx(response["impulse"][0])
    near = asked("neuron_near")["near"]
    assert (look.capture.signal("h").name, 2) not in [(one["signal"], one["unit"]) for one in near]


def test_the_worth_of_a_unit_is_that_of_the_experiment(ask: Any) -> None:
    asked, look = ask("text")
    found = asked("neuron_ablation")
    mean = float(look.capture.unit("h", 2).mean(dtype=np.float64))
    change = clamp(look.capture.signal("h").name, 2, mean)
    expected = experiment(look.subject, 0, found["steps"], [change])
    assert (found["usual"], found["changed"]) == pytest.approx(expected.losses)
    assert found["delta"] == pytest.approx(found["changed"] - found["usual"])
    assert found["in"] == "nats a symbol"


def test_watchers_are_those_of_the_command(ask: Any) -> None:
    asked, look = ask("text")
    found = asked("neuron_watchers")
    while found["done"] < 1:
        found = asked("neuron_watchers")
    expected = neurons(look.capture, truths_of(look.capture))
    best = [(w.predicate, w.signal, w.unit, w.area, w.control) for w in expected.best]
    named = ("predicate", "signal", "unit", "area", "control")
    assert [tuple(one[name] for name in named) for one in found["watchers"]] == best
    one = asked("neuron_watchers", predicate=best[0][0])["watchers"]
    assert (one[0]["signal"], one[0]["unit"]) == best[0][1:3]
    with pytest.raises(FrontalError, match="was not asked for"):
        asked("neuron_watchers", predicate="the weather")


def test_nonsense_is_refused(ask: Any) -> None:
    asked, _ = ask("text")
    with pytest.raises(FrontalError, match="unit = 99"):
        asked("neuron", unit=99)
    with pytest.raises(FrontalError, match="no signal"):
        asked("neuron_watches", signal="q")
    with pytest.raises(FrontalError, match="no signal"):
        asked("neuron_push", signal="q")
