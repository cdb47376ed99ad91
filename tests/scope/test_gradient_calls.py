"""What the Gradients page asks for: numbers and bytes against slow ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tiny import KINDS, workspace

from frontal import FrontalError
from frontal.diagnostics.gradients_of import connectivity, window_gradients
from frontal.diagnostics.past import Past
from frontal.scope.api import answer
from frontal.scope.given import Given
from frontal.scope.gradient_calls import DECADES, gradients, jacobians, magnitudes
from frontal.scope.message import decode
from frontal.scope.workspace import Look, Workspace


@pytest.fixture(scope="module", params=KINDS)
def opened(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return workspace(request.param, tmp_path_factory.mktemp(request.param))


def asked(opened: Workspace, name: str, **parameters: Any) -> dict[str, Any]:
    signal = opened.look("a").capture.signals[-1].name
    return decode(answer(opened, name, {"look": "a", "signal": signal, **parameters}))


def test_the_page_gets_what_was_measured(opened: Workspace) -> None:
    look = opened.look("a")
    assert look.subject is not None
    said = asked(opened, "gradients", steps=[50, 100])
    first, count = said["first"], said["count"]
    assert first <= 50
    assert first + count >= 100
    layer = look.capture.signals[-1].layer
    found = window_gradients(Past(look.subject), first, first + count, layer=layer)
    for name in ("triangle", "whole", "losses", "carried"):
        np.testing.assert_allclose(said[name], getattr(found, name), rtol=2e-3, atol=1e-6)
    np.testing.assert_allclose(said["shares"].sum(0), said["whole"], rtol=1e-3, atol=1e-6)
    assert said["verdict"] == found.verdict
    assert said["layer"] == layer
    low, high = said["decades"]
    there = said["triangle"] > 0
    share = np.clip(
        (np.log10(said["triangle"], where=there, out=np.zeros_like(said["triangle"])) - low) / (high - low), 0, 1
    )
    assert np.abs(said["bytes"][there] - 254 * share[there]).max() <= 0.51
    assert (said["bytes"][~there] == 255).all()
    moves = asked(opened, "connectivity", steps=[first, first + count])
    expected = connectivity(Past(look.subject), first, first + count)
    np.testing.assert_allclose(moves["values"], expected.values, rtol=2e-3, atol=1e-6)
    assert len(moves["said"]) == len(moves["steps"]) == len(expected.steps)
    assert (moves["bytes"].max(1) == 254).all()


def test_the_last_layer_by_splitting_the_text_at_each_step(tmp_path: Path) -> None:
    opened = workspace("text", tmp_path)
    subject: Any = opened.look("a").subject
    said = asked(opened, "gradients", steps=[20, 60])
    model, ids = subject.model.eval(), subject.ids
    chance = np.random.default_rng(0)
    for _ in range(12):
        at, to = sorted(chance.choice(np.arange(20, 60), 2, replace=False).tolist())
        with torch.no_grad():
            _, states = model(ids[: at + 1, None])
        leaves = tuple(s.clone().requires_grad_() for s in states[-1])
        logits, _ = model(ids[at + 1 : to + 1, None], (*states[:-1], leaves))
        loss = torch.nn.functional.cross_entropy(logits[-1], ids[to + 1 : to + 2])
        norm = torch.cat([g.flatten() for g in torch.autograd.grad(loss, leaves)]).norm()
        assert said["triangle"][to - 20, at - 20] == pytest.approx(float(norm), rel=1e-3)


def test_windows_grow_to_whole_sequences_where_those_are_short(tmp_path: Path) -> None:
    series, sound = workspace("series", tmp_path / "series"), workspace("sound", tmp_path / "sound")
    said = asked(series, "gradients", steps=[30, 50])
    assert (said["first"], said["count"]) == (24, 48)
    starts = sound.look("a").capture.index.facts["starts"]
    said = asked(sound, "gradients", steps=[starts[2] + 3, starts[2] + 5])
    assert (said["first"], said["count"]) == (starts[2], starts[3] - starts[2])
    wide = asked(sound, "gradients", steps=[starts[2] + 3, starts[2] + 203])
    assert wide["count"] >= 200


def test_one_state_and_singular_values(opened: Workspace) -> None:
    state = asked(opened, "gradients", steps=[50, 60])["states"][0]
    one = asked(opened, "gradients", steps=[50, 60], state=state)
    assert one["state"] == state
    while (said := asked(opened, "jacobians", steps=[50, 60]))["done"] < 1:
        assert 0 <= said["done"] < 1
    assert said["quantiles"].shape[0] == len(said["names"]) == 5
    assert (np.diff(said["quantiles"], axis=0) <= 0).all()
    assert 0 <= said["stretching"] <= 1


def test_what_cannot_be_asked(opened: Workspace) -> None:
    with pytest.raises(FrontalError, match="at most 256"):
        asked(opened, "gradients", steps=[0, 257])
    with pytest.raises(FrontalError, match="state = 'q' is not known"):
        asked(opened, "gradients", steps=[0, 50], state="q")
    alone = Workspace()
    look = opened.look("a")
    alone.add(Look("a", "a capture", None, None, None, look.capture))
    for call in (gradients, jacobians):
        with pytest.raises(FrontalError, match="capture without its model"):
            call(alone, Given({"look": "a", "signal": look.capture.signals[-1].name, "steps": [0, 20]}))


def test_magnitudes_by_hand() -> None:
    shades, (low, high) = magnitudes(np.array([[0.0, 1.0, 10.0], [100.0, np.nan, np.inf]]))
    assert (low, high) == (0.0, 2.0)
    assert shades.tolist() == [[255, 0, 127], [254, 255, 255]]
    shades, (low, high) = magnitudes(np.array([1e-30, 1.0]))
    assert (high - low, shades.tolist()) == (DECADES, [0, 254])
    assert magnitudes(np.zeros((2, 2)))[0].tolist() == [[255, 255], [255, 255]]
    assert magnitudes(np.array([3.0, 3.0]))[0].tolist() == [254, 254]
