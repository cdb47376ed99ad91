"""What Read asks, against the tracks of the capture and the terminal's own reading."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from tiny import TEXT

from frontal.diagnostics.reading import read_unit
from frontal.errors import FrontalError
from frontal.scope.api import answer
from frontal.scope.message import decode
from frontal.scope.workspace import Workspace

Of = Callable[[str], Workspace]
NAMES = {0: "right", 1: "wrong", 2: "no opinion"}


def ask(workspace: Workspace, name: str, **given: Any) -> dict[str, Any]:
    return decode(answer(workspace, name, {"look": "a", **given}))


def test_a_text_and_its_verdicts_are_the_terminals(workspaces: Of) -> None:
    opened = workspaces("text")
    said = ask(opened, "text")
    reading = read_unit(opened.look("a").capture, "h", 0)
    assert [said["names"][i] for i in said["ids"]] == [symbol.text for symbol in reading.symbols]
    assert said["verdict"][0] == 255
    assert [NAMES[v] for v in said["verdict"][1:].tolist()] == [symbol.verdict for symbol in reading.symbols[1:]]
    assert said["right"] == pytest.approx(reading.right * len(reading.symbols) / (len(reading.symbols) - 1))
    surprise = opened.look("a").capture.track("surprise")
    assert said["surprise"] == pytest.approx(np.nanmean(surprise), rel=1e-5)
    assert said["worst"] == int(np.nanargmax(surprise)) + 1


@pytest.mark.parametrize("steps", [[0, 40], [1, 3], [500, 900], [2999, 3000]])
def test_what_was_expected_stands_at_the_symbol_that_it_was_expected_for(workspaces: Of, steps: list[int]) -> None:
    opened = workspaces("text")
    capture = opened.look("a").capture
    reading = read_unit(capture, "h", 0, slice(*steps))
    said = ask(opened, "near", steps=steps)
    surprise = capture.track("surprise")
    for i, symbol in enumerate(reading.symbols):
        found = [(said["names"][g], c) for g, c in zip(said["guess"][i], said["chance"][i], strict=True) if g >= 0]
        assert [name for name, _ in found] == [name for name, _ in symbol.guesses]
        assert [chance for _, chance in found] == pytest.approx([chance for _, chance in symbol.guesses])
        assert said["symbols"][said["symbol"][i]] == symbol.text
        if steps[0] + i:
            assert said["surprise"][i] == surprise[steps[0] + i - 1]
        else:
            assert np.isnan(said["surprise"][i])


def test_a_series_with_what_was_said_and_what_came(workspaces: Of) -> None:
    opened = workspaces("series")
    capture = opened.look("a").capture
    said = ask(opened, "along", steps=[10, 100])
    assert (said["kind"], said["first"]) == ("series", 10)
    np.testing.assert_array_equal(said["read"], capture.track("value")[None, 10:100])
    np.testing.assert_array_equal(said["answer"], capture.track("answer")[10:100])
    ends = np.flatnonzero(np.isfinite(said["answer"])) + 10
    assert ends.tolist() == [k for k in range(10, 100) if k % said["context"] == said["context"] - 1]
    near = ask(opened, "near", steps=[10, 100])
    assert set(near["facts"]) == {"value", "input", "answer", "followed"}
    np.testing.assert_array_equal(near["value"], capture.track("value")[10:100])
    with pytest.raises(FrontalError, match="is no text"):
        ask(opened, "text")


def test_a_sound_with_its_wave_its_answers_and_its_recordings(workspaces: Of) -> None:
    opened = workspaces("sound")
    capture = opened.look("a").capture
    n = len(capture)
    said = ask(opened, "along", steps=[5, n])
    np.testing.assert_array_equal(said["read"], capture.track("input")[5:].T)
    np.testing.assert_array_equal(said["wave"][1], capture.track("wave_highest")[5:].ravel())
    np.testing.assert_allclose(said["said"].sum(0), 1, atol=1e-5)
    sequence = capture.track("sequence")
    firsts = [0, *(np.flatnonzero(np.diff(sequence)) + 1).tolist()]
    assert [part["first"] for part in said["parts"]] == firsts
    labels = capture.track("label")[firsts].tolist()
    assert [part["label"] for part in said["parts"]] == [said["classes"][label] for label in labels]
    near = ask(opened, "near", steps=[0, 20])
    answers = capture.track("answer")[:20]
    assert near["guess"][:, 0].tolist() == answers.argmax(1).tolist()
    assert near["chance"][:, 0] == pytest.approx(answers.max(1))
    middle = ask(opened, "along", steps=[firsts[2] + 1, firsts[3]])
    assert [part["first"] for part in middle["parts"]] == [firsts[2]]


def test_what_is_typed_is_read_as_a_file_would_be(workspaces: Of) -> None:
    opened = workspaces("text")
    said = ask(opened, "typed", text=TEXT[:300], signal="h", unit=5)
    whole = opened.look("a").capture
    assert "".join(said["names"][i] for i in said["ids"]) == TEXT[:300]
    np.testing.assert_allclose(said["values"], whole.unit("h", 5)[:300], atol=2e-3)
    assert said["limit"] == pytest.approx(ask(opened, "unit", signal="h", unit=5)["limit"])
    assert said["next"].tolist() == whole.track("guess")[299].tolist()
    assert said["next_chance"] == pytest.approx(whole.track("chance")[299], abs=2e-3)
    live = opened.look("live")
    assert len(live.capture) == 300
    again = ask(opened, "typed", text="ab", signal="h", unit=5)
    assert len(again["bytes"]) == len(opened.look("live").capture) == 2
    opened.remove("live")


@pytest.mark.parametrize(("text", "said"), [("", "2 or more"), ("a", "2 or more"), ("x" * 6000, "too many")])
def test_what_cannot_be_typed(workspaces: Of, text: str, said: str) -> None:
    with pytest.raises(FrontalError, match=said):
        ask(workspaces("text"), "typed", text=text, signal="h", unit=0)


def test_too_many_steps_at_once_are_refused(workspaces: Of, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("frontal.scope.read_calls.LONGEST", 50)
    with pytest.raises(FrontalError, match="51 steps are too many"):
        ask(workspaces("series"), "along", steps=[0, 51])
