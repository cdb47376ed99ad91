"""The answers of Trajectories beside numpy, and fixed points asked for like a page does."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from frontal.diagnostics.symbol_class import CLASSES, class_of
from frontal.diagnostics.trajectories import plane_of
from frontal.errors import FrontalError
from frontal.scope import tiles
from frontal.scope.fixed_point_calls import fixed_points
from frontal.scope.given import Given
from frontal.scope.message import decode, encode
from frontal.scope.trajectory_calls import trajectory, trajectory_colour, trajectory_path
from frontal.scope.workspace import Workspace

Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def ask(workspaces: Callable[[str], Workspace]) -> Ask:
    def asked(kind: str, call: Any, **parameters: Any) -> dict[str, Any]:
        return decode(encode(call(workspaces(kind), Given({"look": "a", "signal": "h", **parameters}))))

    return asked


def found_by(ask: Ask, kind: str, **parameters: Any) -> dict[str, Any]:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        answer = ask(kind, fixed_points, **parameters)
        if answer["done"] == 1:
            return answer
        assert 0 <= answer["done"] < 1
        assert not answer["stopped"]
    raise AssertionError("no fixed points within a minute")


@pytest.mark.parametrize("kind", ["text", "series", "sound"])
def test_places_are_the_states_along_their_axes(ask: Ask, workspaces: Any, kind: str) -> None:
    capture = workspaces(kind).look("a").capture
    plane = plane_of(capture, ["h"])
    places = plane.project(capture.values("h").T.astype(np.float64))
    answer = ask(kind, trajectory, most=100)
    np.testing.assert_allclose(answer["places"], places[answer["steps"]], atol=1e-5)
    assert len(answer["steps"]) <= 100
    sequence = np.cumsum(capture.track("fresh")) - 1
    np.testing.assert_array_equal(answer["sequence"], sequence[answer["steps"]])
    assert answer["sequences"] == sequence[-1] + 1
    assert answer["shares"].sum() == pytest.approx(1, abs=0.1)
    path = ask(kind, trajectory_path, steps=[10, 40])
    np.testing.assert_allclose(path["places"], places[10:40], atol=1e-5)
    for colour in [*answer["colours"], {"by": "unit"}]:
        coloured = ask(kind, trajectory_colour, by=colour["by"], most=100, unit=0)
        assert coloured["bytes"].shape == answer["steps"].shape


def test_colours_are_the_classes_of_symbols_and_the_numbers_of_a_unit(ask: Ask, workspaces: Any) -> None:
    capture = workspaces("text").look("a").capture
    symbols = capture.index.facts["symbols"]
    answer = ask("text", trajectory_colour, by="class", most=20_000)
    assert answer["names"] == list(CLASSES)
    expected = [class_of(symbols[i]) for i in capture.track("symbol").tolist()]
    assert [CLASSES[b] for b in answer["bytes"]] == expected
    unit = ask("text", trajectory_colour, by="unit", unit=3, most=20_000)
    values = capture.unit("h", 3)
    np.testing.assert_array_equal(unit["bytes"], tiles.quantise(values, float(np.abs(values).max())))
    surprise = ask("text", trajectory_colour, by="surprise", most=20_000)["bytes"]
    assert surprise[0] == tiles.NONE  # nothing was expected of the first symbol
    assert surprise[1 + np.nanargmax(capture.track("surprise"))] == 254


def test_labels_of_a_classifier_are_colours(ask: Ask, workspaces: Any) -> None:
    capture = workspaces("sound").look("a").capture
    answer = ask("sound", trajectory_colour, by="label", most=20_000)
    assert answer["names"] == ["high", "low", "middle"]
    np.testing.assert_array_equal(answer["bytes"], capture.track("label"))


def test_fixed_points_come_in_the_background_and_lie_in_the_plane(ask: Ask, workspaces: Any) -> None:
    answer = found_by(ask, "text")
    assert answer["points"]
    P = len(answer["points"])
    assert answer["places"].shape == (P, 3)
    assert answer["real"].shape == answer["imaginary"].shape == (P, answer["size"])
    assert answer["size"] == 24  # h and c of 12 units
    assert set(answer["drift"]) == {"h", "c"}
    first = answer["points"][0]
    assert first["kind"] in ("stable", "saddle", "unstable", "marginal")
    modulus = np.hypot(answer["real"][0, 0], answer["imaginary"][0, 0])
    assert first["constant"] == pytest.approx(-1 / np.log(modulus), rel=1e-3)
    assert ask("text", fixed_points)["done"] == 1  # kept
    both = found_by(ask, "text", together=True)
    assert not np.allclose(both["places"], answer["places"])  # another plane
    np.testing.assert_array_equal(both["real"], answer["real"])  # the same points


def test_another_symbol_has_other_points(ask: Ask, workspaces: Any) -> None:
    mean = found_by(ask, "text")
    common = ask("text", trajectory, most=100)["symbols"][0]["symbol"]
    assert not np.allclose(found_by(ask, "text", symbol=common)["places"][:1], mean["places"][:1])


def test_fixed_points_of_a_classifier_and_a_forecaster(ask: Ask) -> None:
    for kind in ("series", "sound"):
        assert found_by(ask, kind)["points"]


def test_what_cannot_be_found_says_why(ask: Ask) -> None:
    with pytest.raises(FrontalError, match=r"is a gate; fixed points are states: choose one of .*/h"):
        ask("text", fixed_points, signal="f")
