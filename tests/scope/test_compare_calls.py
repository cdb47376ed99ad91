"""What the page Compare is answered."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny

from frontal import FrontalError
from frontal.diagnostics.cka import cka
from frontal.diagnostics.context_length import context_length
from frontal.scope.api import answer
from frontal.scope.message import decode
from frontal.scope.workspace import Workspace


@pytest.fixture(scope="module", params=tiny.KINDS)
def workspace(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    with tiny.workspace(request.param, tmp_path_factory.mktemp(request.param)) as made:
        assert until_done(made, "arithmetic", look="a", how="bfloat16")["other"] == "a-bfloat16"
        yield made


def ask(workspace: Workspace, name: str, **parameters: Any) -> dict[str, Any]:
    return decode(answer(workspace, name, parameters))


def until_done(workspace: Workspace, name: str, **parameters: Any) -> dict[str, Any]:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        found = ask(workspace, name, **parameters)
        if found["done"] == 1:
            return found
    raise AssertionError(f"{name} is not done after 30 s")


def test_losses_means_and_the_strip(workspace: Workspace) -> None:
    found = ask(workspace, "compare", look="a", other="a-bfloat16")
    difference = found["loss_b"] - found["loss_a"]
    known = np.isfinite(difference)
    assert found["counted"] == known.sum()
    assert found["mean_b"] - found["mean_a"] == pytest.approx(difference[known].mean(), rel=1e-3)
    assert found["better"] == pytest.approx((difference[known] < 0).mean())
    assert found["furthest"] == pytest.approx(np.abs(difference[known]).max(), rel=1e-3)
    assert 0 < found["furthest"] < 0.1
    assert found["words"].startswith("A ")
    edges = np.append(found["edges"], np.inf)
    for k in (0, len(found["strip"]) // 2, len(found["strip"]) - 1):
        inside = known & (found["a"] >= edges[k]) & (found["a"] < edges[k + 1])
        expected = difference[inside].mean() if inside.any() else np.nan
        np.testing.assert_allclose(found["strip"][k], expected, rtol=1e-4, atol=1e-6)  # of float32 losses


def test_one_unit_of_each(workspace: Workspace) -> None:
    signal = workspace.look("a").capture.signal("h").name
    asked = {"look": "a", "other": "a-bfloat16", "signal": signal, "unit": 1, "other_signal": signal, "other_unit": 1}
    found = ask(workspace, "compare_unit", **asked)
    values = [workspace.look(id).capture.unit(signal, 1) for id in ("a", "a-bfloat16")]
    np.testing.assert_array_equal(found["values_a"], values[0])
    np.testing.assert_array_equal(found["values_b"], values[1])
    assert found["correlation"] == pytest.approx(np.corrcoef(*values)[0, 1], rel=1e-4)
    with pytest.raises(FrontalError, match="other_unit = 999"):
        ask(workspace, "compare_unit", **{**asked, "other_unit": 999})


def test_layers_that_hold_the_same(workspace: Workspace) -> None:
    found = ask(workspace, "compare_layers", look="a", other="a-bfloat16")
    states = [signal.name for signal in workspace.look("a").capture.signals if signal.function is None]
    assert found["rows"] == found["columns"] == states
    kept = [workspace.look(id).capture.values(states[0]).T for id in ("a", "a-bfloat16")]
    assert found["values"][0, 0] == pytest.approx(cka(*kept), rel=1e-5)
    assert (np.diag(found["values"]) > 0.99).all()
    assert found["control"].max() < 0.2
    assert found["steps"] == len(workspace.look("a").capture)


def test_the_past_that_is_used(workspace: Workspace) -> None:
    found = until_done(workspace, "context", look="a")
    subject = workspace.look("a").subject
    assert subject is not None
    alone = context_length(subject)
    np.testing.assert_array_equal(found["steps"], alone.steps)
    np.testing.assert_allclose(found["loss"], alone.loss, rtol=1e-5)
    assert (found["targets"], found["reach"]) == (alone.targets, alone.reach)


def test_the_reference_loop_differs_by_rounding_alone(workspace: Workspace) -> None:
    other = until_done(workspace, "arithmetic", look="a", how="reference")["other"]
    found = ask(workspace, "compare", look="a", other=other)
    assert found["furthest"] < 1e-5
    assert workspace.look(other).title.endswith(", the reference loop")
    assert until_done(workspace, "arithmetic", look="a", how="reference")["other"] == other  # it is there already
    workspace.remove(other)


def test_what_cannot_be_compared_is_refused(workspace: Workspace, tmp_path: Path) -> None:
    kind = workspace.look("a").capture.index.kind
    stranger = next(other for other in tiny.KINDS if other != kind)
    workspace.add(tiny.look(stranger, tmp_path, id="z"))
    with pytest.raises(FrontalError, match=f"A reads .*{kind} and B .*{stranger}"):
        ask(workspace, "compare", look="a", other="z")
    workspace.remove("z")
    with pytest.raises(FrontalError, match="no look is called 'z'"):
        ask(workspace, "compare", look="a", other="z")
    with pytest.raises(FrontalError, match="how = 'int4' is not known"):
        ask(workspace, "arithmetic", look="a", how="int4")
