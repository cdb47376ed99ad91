"""What pages ask about units, against numpy on the whole of what was captured."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from frontal.errors import FrontalError
from frontal.scope.api import answer
from frontal.scope.message import decode
from frontal.scope.workspace import Workspace

Ask = Callable[..., dict[str, Any]]
H = "layers.0/h"


@pytest.fixture
def opened(workspaces: Callable[[str], Workspace]) -> Workspace:
    return workspaces("text")


@pytest.fixture
def ask(opened: Workspace) -> Ask:
    return lambda name, **given: decode(answer(opened, name, {"look": "a", **given}))


@pytest.fixture
def whole(opened: Workspace) -> np.ndarray[Any, np.dtype[np.float32]]:
    """All values of a signal, (U, N)."""
    return opened.look("a").capture.values("h")


def signal(opened: Workspace) -> str:
    return opened.look("a").capture.signal("h").name


def by_hand(values: Any, limit: float) -> list[int]:
    return [int(np.round(127 * float(value) / limit)) + 127 for value in values]


@pytest.mark.parametrize("unit", [0, 5, 11])
def test_a_unit_as_bytes(ask: Ask, whole: Any, unit: int) -> None:
    said = ask("unit", signal="h", unit=unit)
    limit = float(np.abs(whole[unit]).max())
    assert said["limit"] == pytest.approx(limit)
    assert (said["lowest"], said["highest"]) == pytest.approx((whole[unit].min(), whole[unit].max()))
    assert said["bytes"].tolist() == by_hand(whole[unit], limit)
    assert {0, 254} & set(said["bytes"].tolist())


def test_a_part_keeps_the_scale_of_the_whole(ask: Ask, whole: Any) -> None:
    part = ask("unit", signal="h", unit=3, steps=[200, 320])
    assert part["first"] == 200
    assert part["bytes"].tolist() == ask("unit", signal="h", unit=3)["bytes"][200:320].tolist()


def test_exact_values(ask: Ask, whole: Any) -> None:
    said = ask("values", signal="h", unit=7, steps=[100, 2300])
    assert said["first"] == 100
    np.testing.assert_array_equal(said["values"], whole[7, 100:2300])


def test_overview_by_a_loop(ask: Ask, whole: Any) -> None:
    said = ask("unit", signal="h", unit=2, steps=[10, 20])
    bands = [whole[2, at : at + 64] for at in range(0, whole.shape[1], 64)]
    np.testing.assert_array_equal(said["low"], [band.min() for band in bands])
    np.testing.assert_array_equal(said["high"], [band.max() for band in bands])
    assert (said["band"], said["steps"]) == (64, whole.shape[1])


def test_facts_on_all_units(ask: Ask, whole: Any) -> None:
    said = ask("units", signal="h")
    np.testing.assert_allclose(said["change"], np.abs(whole[:, 1:] - whole[:, :-1]).mean(1), rtol=1e-5)
    np.testing.assert_allclose(said["mean"], whole.mean(1), atol=1e-6)
    np.testing.assert_allclose(said["spread"], whole.std(1), rtol=1e-5)
    np.testing.assert_array_equal(said["highest"], whole.max(1))
    np.testing.assert_array_equal(said["lowest"], whole.min(1))


def test_tiles_cover_a_signal(ask: Ask, opened: Workspace, whole: Any) -> None:
    known = opened.look("a").capture.signal("h")
    limit = max(abs(known.lowest), abs(known.highest))
    columns = -(-whole.shape[1] // 256)
    tiles = [ask("tile", signal="h", row=0, column=column) for column in range(columns)]
    assert tiles[-1]["bytes"].shape == (len(whole), whole.shape[1] - 256 * (columns - 1))
    joined = np.concatenate([tile["bytes"] for tile in tiles], 1)
    assert joined[4].tolist() == by_hand(whole[4], limit)


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [
        ("unit", {"signal": "h", "unit": 12}, "unit = 12; expected a whole number from 0 to 11"),
        ("unit", {"signal": "h", "unit": True}, "unit = True"),
        ("unit", {"signal": "hh", "unit": 0}, "no signal is called 'hh'"),
        ("unit", {"signal": "h", "unit": 0, "steps": [5, 5]}, "steps"),
        ("values", {"signal": "h", "unit": 0, "steps": [0, 10**9]}, "steps"),
        ("tile", {"signal": "h", "row": 1, "column": 0}, "row = 1"),
        ("units", {}, "'signal' is missing"),
    ],
)
def test_what_cannot_be_asked(opened: Workspace, name: str, given: dict[str, Any], said: str) -> None:
    with pytest.raises(FrontalError, match=said.replace("[", r"\[")):
        answer(opened, name, {"look": "a", **given})


def test_watching_says_how_far_it_is_and_then_everything(ask: Ask, opened: Workspace, whole: Any) -> None:
    gate = next(one.name for one in opened.look("a").capture.signals if one.function is not None)
    assert ask("watching", signal=gate) == {"done": 1.0, "known": False}
    for _ in range(60):
        said = ask("watching", signal="h")
        if said["done"] == 1:
            break
    assert said["known"]
    assert len(said["predicates"]) == len(said["area"]) == len(said["control"]) == len(whole)
    ranked = ask("neuron_watches", signal="h", unit=4)["watches"][0]
    assert said["predicates"][4] == ranked["predicate"]
    assert said["area"][4] == pytest.approx(ranked["area"], abs=1e-5)
