"""What the page Experiment is answered; its scripts are run."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny

import frontal
from frontal import FrontalError
from frontal.diagnostics.experiment import experiment
from frontal.diagnostics.intervene import clamp, scale
from frontal.scope.api import answer
from frontal.scope.message import decode
from frontal.scope.opening import add_run
from frontal.scope.workspace import Workspace


class Ask:
    """Calls about one look."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.subject: Any = workspace.look("a").subject

    def __call__(self, name: str = "experiment", **parameters: Any) -> dict[str, Any]:
        return decode(answer(self.workspace, name, {"look": "a", **parameters}))


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Ask]:
    made: dict[str, Ask] = {}

    def of(kind: str) -> Ask:
        if kind not in made:
            made[kind] = Ask(tiny.workspace(kind, tmp_path_factory.mktemp(kind)))
        return made[kind]

    return of


def test_a_text_as_the_experiment_in_python(ask: Callable[[str], Ask]) -> None:
    call = ask("text")
    changes = [
        {"signal": "layers.0/h", "units": [3, 4], "how": "hold", "value": 0.9},
        {"signal": "layers.1/c", "units": [1], "how": "scale", "value": 2},
    ]
    found = call(steps=[100, 120], changes=changes, signal="layers.0/h", unit=3, write=20)
    alone = experiment(
        call.subject, 80, 160,
        [clamp("layers.0/h", [3, 4], 0.9, steps=slice(100, 120)), scale("layers.1/c", 1, 2, steps=slice(100, 120))],
    )  # fmt: skip
    assert (found["usual"], found["changed"]) == pytest.approx(alone.losses, rel=1e-12)
    assert found["delta"] != 0
    np.testing.assert_array_equal(found["difference"], alone.difference.astype(np.float32))
    np.testing.assert_array_equal(found["changed_guess"], alone.changed.tracks["guess"])
    assert (found["changed_unit"][20:40] == np.float32(0.9)).all()
    assert not (found["usual_unit"][20:40] == np.float32(0.9)).any()
    assert len(found["usual_text"]) == len(found["changed_text"]) == 20
    assert found["at"] == [100, 120]


def test_a_mean_a_moment_and_a_memory(ask: Callable[[str], Ask]) -> None:
    call = ask("text")
    mean = call(
        steps=[100, 120], changes=[{"signal": "layers.0/h", "units": [3], "how": "mean"}], signal="layers.0/h", unit=3
    )
    assert np.ptp(mean["changed_unit"][20:40]) == 0
    assert mean["changed_unit"][20] == pytest.approx(float(mean["usual_unit"].mean()), abs=0.1)
    pasted = call(steps=[100, 120], paste=95, signal="layers.1/c", unit=0)
    assert pasted["changed_unit"][20] == pasted["usual_unit"][15]
    assert not pasted["difference"][:20].any()
    forgot = call(steps=[100, 120], memory=0)
    assert forgot["difference"][0] != 0
    far = call(steps=[100, 120], memory=80)
    assert abs(far["difference"]).max() < abs(forgot["difference"]).max()


def test_a_text_is_edited(ask: Callable[[str], Ask]) -> None:
    call = ask("text")
    found = call(steps=[100, 110], edit={"text": "train, at 07:30"})
    letters = [found["symbols"][k] for k in found["changed_symbol"]]
    assert "".join(letters[20:35]) == "train, at 07:30"
    assert len(found["changed_loss"]) == len(found["usual_loss"]) + 5
    a, b = found["matched"]
    np.testing.assert_array_equal(found["usual_symbol"][a], found["changed_symbol"][b])
    assert set(a) == {*range(19), *range(30, len(found["usual_loss"]))}


def test_a_series_and_a_sound_are_edited(ask: Callable[[str], Ask]) -> None:
    call = ask("series")
    found = call(steps=[70, 99], edit={"factor": 2})
    assert found["at"] == [70, 72]  # the end of its window
    np.testing.assert_allclose(found["changed_input"][22:], 2 * found["usual_input"][22:], rtol=1e-6)
    assert found["changed_forecast"].shape == (3,)
    assert (found["changed_forecast"] != found["usual_forecast"]).all()
    typed = call(steps=[70, 72], edit={"values": [1.5, -2]})
    np.testing.assert_allclose(typed["changed_input"][22:], [1.5, -2])
    call = ask("sound")
    muted = call(steps=[5, 9], edit={"factor": 0})
    read = np.concatenate([x.numpy() for x in call.subject.sequences])
    np.testing.assert_array_equal(muted["changed_input"][5:9], np.tile(read.min(0), (4, 1)))
    assert muted["label"] in muted["classes"]
    assert muted["changed_answer"].shape == (len(call.subject.sequences[0]), 3)


def ranked(call: Ask, **parameters: Any) -> dict[str, Any]:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        found = call("ablation", **parameters)
        if found["done"] == 1:
            return found
    raise AssertionError("the ranking is not done after 20 s")


@pytest.mark.parametrize(("kind", "steps"), [("text", [100, 200]), ("series", [48, 72]), ("sound", [0, 15])])
def test_units_are_ranked_by_what_each_alone_costs(ask: Callable[[str], Ask], kind: str, steps: list[int]) -> None:
    call = ask(kind)
    found = ranked(call, signal="h", steps=steps, value="mean")
    assert sorted(found["units"]) == list(range(len(found["units"])))
    assert (np.diff(found["delta"]) <= 0).all()
    worst = int(found["units"][0])
    alone = call(steps=steps, before=0, after=0, changes=[{"signal": "h", "units": [worst], "how": "mean"}])
    first = steps[0] - alone["usual_first"]
    difference = np.nanmean((alone["changed_loss"] - alone["usual_loss"])[first:])
    assert found["delta"][0] == pytest.approx(difference, abs=1e-6)


SCRIPTS = {
    "units": {"changes": [{"signal": "h", "units": [2, 5], "how": "add", "value": 0.7}]},
    "mean and moment": {"changes": [{"signal": "h", "units": [1], "how": "mean"}], "paste": 20},
    "memory": {"memory": 3},
    "factor": {"edit": {"factor": 0.5}},
}


@pytest.mark.parametrize("kind", tiny.KINDS)
@pytest.mark.parametrize("asked", list(SCRIPTS.values()), ids=list(SCRIPTS))
def test_the_script_gives_the_same_number(ask: Callable[[str], Ask], kind: str, asked: dict[str, Any]) -> None:
    call = ask(kind)
    if kind == "text" and "edit" in asked:
        asked = {"edit": {"text": "it's"}}
    found = call(steps=[50, 56], **asked)
    said, names = StringIO(), {"model": Given(call.subject)}
    code = found["script"].replace("data = …", "data = None")
    with redirect_stdout(said):
        exec(code, names)
    assert said.getvalue().startswith(f"loss {found['usual']:.4f} -> {found['changed']:.4f}, {found['delta']:+.4f}")


class Given:
    """A model whose data are there already."""

    series = None

    def __init__(self, subject: Any) -> None:
        self.it = subject
        symbols = getattr(subject, "symbols", [])
        self.tokenizer = type("Letters", (), {"encode": lambda _, text: np.array([symbols.index(c) for c in text])})()

    def subject(self, data: Any, most: int) -> Any:
        return self.it


def test_a_gate_is_held_and_scaled(ask: Callable[[str], Ask]) -> None:
    call, steps = ask("text"), slice(100, 120)
    changes = [
        {"signal": "layers.1/f", "units": [3, 5], "how": "hold", "value": 1},
        {"signal": "layers.0/o", "units": [2], "how": "scale", "value": 0},
    ]
    found = call(steps=[100, 120], changes=changes, signal="layers.1/c", unit=3)
    alone = experiment(
        call.subject, 80, 160, [clamp("layers.1/f", [3, 5], 1.0, steps=steps), scale("layers.0/o", 2, 0.0, steps=steps)]
    )
    assert (found["usual"], found["changed"]) == pytest.approx(alone.losses, rel=1e-12)
    assert (alone.changed.states["layers.0/h"][20:40, 2] == 0).all()  # nothing comes out of a shut gate
    np.testing.assert_array_equal(found["changed_unit"], alone.changed.states["layers.1/c"][:, 3])
    assert "clamp('layers.1/f', [3, 5], 1.0, steps=slice(100, 120))" in found["script"]
    kept = call(
        changes=[{"signal": "layers.1/i", "units": [3]}, changes[0]], signal="layers.1/c", unit=3, steps=[100, 120]
    )
    held = kept["changed_unit"][19:40]
    np.testing.assert_array_equal(held, np.full(21, held[0]))  # nothing comes in, and nothing is forgotten


def test_the_script_of_a_saved_run_opens_it_itself(tmp_path: Path) -> None:
    model = frontal.LanguageModel(hidden=8, embedding=4, epochs=1).fit(tiny.TEXT)
    model.save(tmp_path / "run")
    (tmp_path / "text.txt").write_text(tiny.TEXT[:500])
    with Workspace() as workspace:
        add_run(workspace, str(tmp_path / "run"), tmp_path / "text.txt")
        asked = {"look": "a", "steps": [50, 60], "changes": [{"signal": "h", "units": [1], "how": "hold", "value": 1}]}
        found = decode(answer(workspace, "experiment", asked))
    said = StringIO()
    with redirect_stdout(said):
        exec(found["script"], {})
    assert said.getvalue().startswith(f"loss {found['usual']:.4f} -> {found['changed']:.4f}")
    assert "text.txt" in found["script"]
    assert len(found["script"]) < 600


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"changes": [{"signal": "layers.0/q", "units": [1]}]}, "no signal"),
        ({"changes": [{"signal": "layers.0/f", "units": [12]}]}, "whole numbers from 0 to 11"),
        ({"changes": [{"signal": "h", "units": [12]}]}, "whole numbers from 0 to 11"),
        ({"changes": [{"signal": "h", "units": [1], "how": "double"}]}, "'double' is not known"),
        ({"changes": [{"signal": "h", "units": [1], "how": "hold"}]}, "'value' is missing"),
        ({"changes": {"signal": "h"}}, "must be a list"),
        ({"changes": [3]}, "must be an object"),
        ({"edit": {"values": ["x"]}}, "must be numbers"),
        ({"edit": {"factor": 2}}, "symbols, which cannot be multiplied"),
        ({"edit": {"values": [1.5]}}, "ids of symbols"),
        ({"edit": []}, "must be an object"),
        ({"paste": 99999}, "paste = 99999"),
        ({"memory": -1}, "memory = -1"),
        ({"steps": [10, 5]}, "first, stop"),
        ({"steps": [0, 3000]}, "at most 2000"),
    ],
)
def test_wrong_questions_are_refused(ask: Callable[[str], Ask], asked: dict[str, Any], words: str) -> None:
    with pytest.raises(FrontalError, match=words):
        ask("text")(**{"steps": [50, 60], **asked})


def test_a_capture_alone_cannot_be_experimented_with(tmp_path: Path) -> None:
    look = tiny.look("text", tmp_path)
    with Workspace() as workspace:
        workspace.add(type(look)("a", "alone", None, None, None, look.capture))
        with pytest.raises(FrontalError, match="capture without its model"):
            answer(workspace, "experiment", {"look": "a", "steps": [0, 5]})
        with pytest.raises(FrontalError, match="capture without its model"):
            answer(workspace, "ablation", {"look": "a", "steps": [0, 5], "signal": "h"})


def test_gates_are_not_ranked(ask: Callable[[str], Ask]) -> None:
    with pytest.raises(FrontalError, match="is a gate"):
        ask("text")("ablation", signal="f", steps=[0, 10])
