"""The heat map's answers beside the numbers of the capture."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch

from frontal.cells import named
from frontal.diagnostics.capture import capture
from frontal.diagnostics.subject_text import Text
from frontal.errors import FrontalError
from frontal.layers.language_network import LanguageNetwork
from frontal.scope import tiles
from frontal.scope.given import Given
from frontal.scope.heat_calls import heat, heat_block, heat_order, heat_strip
from frontal.scope.message import decode, encode
from frontal.scope.workspace import Look, Workspace

STEPS = 4500  # two files

Ask = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    torch.manual_seed(0)
    network = LanguageNetwork(5, named("lstm"), hidden=6, embedding=4)
    ids = np.random.default_rng(1).integers(0, 5, STEPS)
    found = capture(Text(network, ids, list("ab c."), "t"), tmp_path_factory.mktemp("c") / "c")
    with Workspace() as workspace:
        workspace.add(Look("a", "tiny", None, None, None, found))
        yield workspace


@pytest.fixture
def ask(made: Workspace) -> Ask:
    def asked(call: Any, **parameters: Any) -> dict[str, Any]:
        return decode(encode(call(made, Given({"look": "a", "signal": "h", **parameters}))))

    return asked


@pytest.fixture
def values(made: Workspace) -> Any:
    return made.look("a").capture.values("h")


def test_a_pixel_of_one_step_is_its_number(ask: Ask, values: Any) -> None:
    answer = ask(heat, steps=[4000, 4200], columns=200)
    assert (answer["every"], answer["first"], answer["bytes"].shape) == (1, 4000, (6, 200))
    limit = float(np.abs(values).max())
    np.testing.assert_array_equal(answer["bytes"], tiles.quantise(values[:, 4000:4200], limit))
    own = ask(heat, steps=[4000, 4200], columns=200, own=True)
    limits = np.abs(values).max(1)
    np.testing.assert_array_equal(own["limits"], limits)
    expected = np.stack([tiles.quantise(row[4000:4200], float(one)) for row, one in zip(values, limits, strict=True)])
    np.testing.assert_array_equal(own["bytes"], expected)


@pytest.mark.parametrize("columns", [2000, 700, 100, 30, 20, 3])  # 3, 7, 45, 150, 225 and 1500 steps
@pytest.mark.parametrize("show", ["furthest", "highest", "lowest", "first"])
def test_a_pixel_of_many_steps_is_an_extreme_of_them(ask: Ask, values: Any, columns: int, show: str) -> None:
    steps = [130, STEPS]
    answer = ask(heat, steps=steps, columns=columns, show=show)
    every, first = answer["every"], answer["first"]
    limit = float(np.abs(values).max())
    assert answer["bytes"].shape[1] <= columns + 1
    assert first == steps[0] or every >= 64
    assert first <= steps[0] < first + every
    for column in range(answer["bytes"].shape[1]):
        part = values[:, first + column * every : first + (column + 1) * every]
        low, high = part.min(1), part.max(1)
        one = {"lowest": low, "highest": high, "furthest": np.where(abs(low) > abs(high), low, high)}
        one = one.get(show, part[:, 0])
        np.testing.assert_array_equal(answer["bytes"][:, column], tiles.quantise(one, limit))
    assert first + answer["bytes"].shape[1] * every >= steps[1]


def test_an_order_holds_every_unit_and_turns_neighbours_alike(ask: Ask, values: Any) -> None:
    r = np.corrcoef(values)
    for method in ("index", "clusters", "embedding", "memory"):
        answer = ask(heat_order, method=method)
        order, signs = answer["order"], answer["signs"].astype(int)
        assert sorted(order.tolist()) == list(range(6))
        assert all(signs[a] * signs[b] * r[a, b] >= 0 for a, b in pairwise(order))
        assert answer["likeness"] == pytest.approx(np.mean(np.abs(r[order[:-1], order[1:]])), abs=1e-4)
    assert ask(heat_order, method="index")["turns"] is True
    assert ask(heat_order, method="index", signal="f")["turns"] is False


def test_what_units_tell_is_found_when_it_is_asked_for(ask: Ask) -> None:
    block = {"units": [3, 1], "steps": [0, 50]}
    for _ in range(100):
        answer = ask(heat_order, method="predicate")
        if answer["done"] == 1:
            break
    names = answer["names"]
    assert len(names) == 6
    assert sum(a != b for a, b in pairwise(names)) == len(set(names)) - 1  # alike ones together
    told = dict(zip(answer["order"].tolist(), names, strict=True))
    assert [w["predicate"] for w in ask(heat_block, **block, watches=True)["watches"]] == [told[3], told[1]]
    assert "watches" not in ask(heat_block, **block)


def test_a_block_is_the_mean_of_its_units(ask: Ask, values: Any) -> None:
    answer = ask(heat_block, units=[4, 0], turned=[1, -1], steps=[100, 400])
    part = values[:, 100:400].astype(np.float64)
    mean = (part[4] - part[0]) / 2
    assert answer["every"] == 1
    np.testing.assert_allclose(answer["low"], mean, atol=1e-6)
    np.testing.assert_array_equal(answer["low"], answer["high"])
    following = [np.corrcoef(mean, part[4])[0, 1], np.corrcoef(mean, -part[0])[0, 1]]
    np.testing.assert_allclose(answer["following"], following, atol=1e-6)
    np.testing.assert_allclose(answer["means"], part[[4, 0]].mean(1), atol=1e-6)
    np.testing.assert_allclose(answer["spreads"], part[[4, 0]].std(1), atol=1e-6)
    assert answer["agreement"] == pytest.approx(mean.var() / part[[4, 0]].var(1).mean(), rel=1e-5)
    alone = ask(heat_block, units=[2], steps=[0, STEPS])
    assert alone["agreement"] == pytest.approx(1)
    assert alone["following"] == pytest.approx([1])
    assert alone["every"] == 3
    np.testing.assert_array_equal(alone["high"], values[2].reshape(-1, 3).max(1))


@pytest.mark.parametrize(
    ("call", "parameters", "said"),
    [
        (heat, {"columns": 0}, "a whole number from 1"),
        (heat, {"show": "mean"}, "show = 'mean' is not known"),
        (heat, {"signal": "q"}, "no signal is called 'q'"),
        (heat_order, {"method": "tsne"}, "method = 'tsne' is not known"),
        (heat_block, {"units": [], "steps": [0, 9]}, "one unit or more"),
        (heat_block, {"units": [6], "steps": [0, 9]}, "from 0 to 5"),
        (heat_block, {"units": [1, 2], "turned": [1], "steps": [0, 9]}, "a sign for each"),
    ],
)
def test_what_cannot_be_shown_says_why(ask: Ask, call: Any, parameters: dict[str, Any], said: str) -> None:
    with pytest.raises(FrontalError, match=said):
        ask(call, **parameters)


@pytest.mark.parametrize("columns", [100, 20])
def test_the_strip_stands_above_the_columns(ask: Ask, made: Workspace, columns: int) -> None:
    answer = ask(heat_strip, steps=[100, 4400], columns=columns)
    picture = ask(heat, steps=[100, 4400], columns=columns)
    text = "".join("ab c."[i] for i in made.look("a").capture.track("symbol").tolist())
    assert answer["groups"] == ["letters", "digits", "signs"]
    assert answer["shares"].shape == (3, picture["bytes"].shape[1])
    for column in (0, 3, picture["bytes"].shape[1] - 1):
        first = picture["first"] + column * picture["every"]
        part = text[first : min(first + picture["every"], 4400)]
        shares = [np.mean([c in members for c in part]) for members in ("abc", "01", ".")]
        np.testing.assert_allclose(answer["shares"][:, column], shares, atol=1e-6)
    assert ask(heat_strip, steps=[7, 12], columns=9)["symbols"] == list(text[7:12])


def test_a_series_and_a_sound_stand_above_as_a_curve_and_as_frames(workspaces: Callable[[str], Workspace]) -> None:
    given = Given({"look": "a", "steps": [10, 110], "columns": 50})
    curve = heat_strip(workspaces("series"), given)
    values = workspaces("series").look("a").capture.track("value")[10:110].reshape(50, 2)
    np.testing.assert_array_equal(curve["low"], values.min(1))
    np.testing.assert_array_equal(curve["high"], values.max(1))
    frames = heat_strip(workspaces("sound"), given)
    heard = workspaces("sound").look("a").capture.track("input").astype(np.float32)[10:110].T.reshape(-1, 50, 2)
    far = np.take_along_axis(heard, np.abs(heard).argmax(2)[..., None], 2)[..., 0]
    np.testing.assert_array_equal(frames["bytes"], tiles.quantise(far, frames["limit"]))
