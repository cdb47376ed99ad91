"""A forecaster of a panel hands a network along its series to the microscope."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from frontal.data.panel_windows import Windows
from frontal.diagnostics.capture import capture
from frontal.diagnostics.gradients_of import window_gradients
from frontal.diagnostics.intervene import add, intervening
from frontal.diagnostics.past import Past
from frontal.diagnostics.recording import evaluating
from frontal.errors import FrontalError
from frontal.scope.api import answer
from frontal.scope.message import decode
from frontal.scope.opening import add_run
from frontal.scope.workspace import Workspace
from frontal.tasks.forecast_panel import PanelForecaster

LENGTHS = {"a": 60, "b": 45, "c": 52}
OPTIONS: list[dict[str, Any]] = [
    {"known": ("price",), "past": ("rain",), "static": ("size",)},
    {"segment": 4, "context": 16, "linear": False},
    {"multi_step": "autoregressive", "known": ("price",), "static": ("size",)},
]


def table() -> dict[str, list[Any]]:
    """Three series of a season of 4 with noise, and features."""
    chance, rows = np.random.default_rng(0), [(name, t) for name, n in LENGTHS.items() for t in range(n)]
    noise = chance.normal(size=(3, len(rows))).tolist()
    return {
        "unique_id": [name for name, _ in rows], "ds": [t for _, t in rows],
        "y": [10 + t % 4 + e for (_, t), e in zip(rows, noise[0], strict=True)],
        "price": noise[1], "rain": noise[2], "size": [float(LENGTHS[name]) for name, _ in rows],
    }  # fmt: skip


def fitted(**options: Any) -> PanelForecaster:
    """Hardly trained, with weights that are not small."""
    same: dict[str, Any] = {"horizon": 3, "periods": (4,), "context": 8, "epochs": 1, "members": 1, "hidden": 6}
    model = PanelForecaster(**{**same, **options}).fit(table())
    torch.manual_seed(1)
    with torch.no_grad():
        for weight in (w for one in model.models for w in one.networks.parameters()):
            weight.normal_(0, 0.4)
    return model


@pytest.mark.parametrize("options", OPTIONS)
def test_answers_are_the_forecasters_own(options: Any, tmp_path: Path) -> None:
    model = fitted(**options)
    kept = capture(model.subject(table()), tmp_path / "c")
    own, (network,) = model.models[0], model.models[0].networks
    windows, segment, step = Windows(model.panel, own.plan), getattr(network, "segment", 1), 0
    T = own.plan.context // segment
    for s, length in enumerate(LENGTHS.values()):
        ends = [*range(length - 2, own.plan.context - 2, -own.plan.context)][::-1]
        for end in ends:
            cut = windows.at(torch.tensor([s]), torch.tensor([end]))
            with torch.no_grad():
                said = network(cut.window)[0, 0]
            steps = slice(step, step + T)
            np.testing.assert_allclose(kept.track("answer", steps)[-1], said, rtol=1e-5)
            np.testing.assert_allclose(kept.track("followed", steps)[-1], cut.target[0, 0], rtol=1e-5)
            values = model.panel.series(s)[end - own.plan.context + 1 : end + 1][segment - 1 :: segment]
            np.testing.assert_allclose(kept.track("value", steps), values, rtol=1e-6)
            step += T
    assert step == len(kept)
    assert np.flatnonzero(kept.track("fresh")).tolist() == list(range(0, step, T))
    assert len(kept.index.facts["channels"]) == segment * windows.channels


@pytest.mark.parametrize("options", OPTIONS)
def test_states_are_those_of_the_recurrent_layer(options: Any, tmp_path: Path) -> None:
    model = fitted(**options)
    kept, (network,) = capture(model.subject(table()), tmp_path / "c"), model.models[0].networks
    cut = Windows(model.panel, model.models[0].plan).at(torch.tensor([0]), torch.tensor([58]))
    read: list[torch.Tensor] = []
    hook = network.recurrent.register_forward_hook(lambda *call: read.append(call[2][0]))
    with torch.no_grad():
        network(cut.window)
    hook.remove()
    T = read[0].shape[1]
    last = (LENGTHS["a"] - 1) // model.models[0].plan.context * T
    np.testing.assert_allclose(kept.values("recurrent/h", steps=slice(last - T, last)), read[0][0].T, atol=2e-3)


def test_gradients_by_finite_differences() -> None:
    subject = fitted(**OPTIONS[0]).subject(table())
    subject.model.double()
    subject.windows, subject.followed = subject.windows.double(), subject.followed.double()
    found, piece = window_gradients(Past(subject), 8, 16), subject.around(8, 16)

    def loss(unit: int, step: int, move: float) -> float:
        changes = [add("recurrent/h", unit, move, steps=slice(step, step + 1))]
        with evaluating(subject.model), torch.no_grad(), intervening(subject.model, changes):
            return float(subject.losses(piece, subject.run(piece, None)[0])[-1])

    for step in (0, 4, 7):
        slopes = [(loss(unit, step, 1e-5) - loss(unit, step, -1e-5)) / 2e-5 for unit in range(6)]
        np.testing.assert_allclose(found.triangle[0, step], np.linalg.norm(slopes), rtol=1e-6, atol=1e-10)


def test_one_series_and_the_first_steps() -> None:
    model = fitted()
    assert len(model.subject(table(), series="b")) == 5 * 8
    assert len(model.subject(table(), most=20)) == 16
    assert len(fitted(panel="each").subject(table())) == 7 * 8
    for asked, message in (({"series": "d"}, "no series 'd'"), ({"member": 1}, "no member 1")):
        with pytest.raises(FrontalError, match=message):
            model.subject(table(), **asked)


def test_a_run_is_opened_along_its_own_series(tmp_path: Path) -> None:
    fitted().save(tmp_path / "shops", metrics={})
    with Workspace(most=100) as workspace:
        look = add_run(workspace, str(tmp_path / "shops"))
        asked = {"look": look.id, "signal": "h", "unit": 1, "steps": [0, 40], "step": 2, "layer": "recurrent"}
        changes = [{"signal": "recurrent/h", "units": [1], "how": "hold", "value": 1.0}]
        for call in ("near", "along", "values", "neuron", "gates", "gradients", "connectivity", "learn", "trajectory"):
            assert decode(answer(workspace, call, asked))
        told = decode(answer(workspace, "experiment", {**asked, "steps": [0, 8], "changes": changes}))
        assert told["delta"] != 0
