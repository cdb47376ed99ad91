"""Translators, dialogues and answerers are opened as the parts that they have, and every page is told about each."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import frontal
from frontal import FrontalError
from frontal.data.stories import Question, numbered_text
from frontal.scope import tiles
from frontal.scope.api import answer
from frontal.scope.message import decode
from frontal.scope.opening import add_run, workspace_of
from frontal.scope.workspace import Workspace
from frontal.training.rows import csv_of

SOURCES, TARGETS = (
    ["a cat", "two cats", "the dog", "a dog sat"] * 6,
    ["un chat", "deux chats", "le chien", "un chien"] * 6,
)
TURNS = [["Hi", "Good day!"], ["Are you open?", "Yes, until six."], ["Thanks", "You are welcome."]] * 4
STORIES = [
    Question(("Anna ran to the attic.", "Ben went to the garden."), "Where is Anna?", "attic", story=k)
    if k % 2
    else Question(("Ben went to the garden.",), "Where is Ben?", "garden", story=k)
    for k in range(12)
]
PARTS = {"translator": ("writing", "reading"), "dialogue": ("writing", "reading"), "answerer": ("words", "facts")}
BESIDE = {"writing": "its source", "reading": "its target", "words": "its question", "facts": "its question"}
TYPED = {"translator": "a dog", "dialogue": "are you open?", "answerer": "Anna ran to the attic. Where is Anna?"}


@cache
def fitted(kind: str) -> Any:
    if kind == "translator":
        return frontal.Translator(symbols="words", min_count=1, hidden=6, epochs=1, valid=0.0).fit(SOURCES, TARGETS)
    if kind == "dialogue":
        return frontal.Dialogue(hidden=6, epochs=1, patience=None, hide=0.0).fit(TURNS)
    return frontal.Answerer(hidden=6, epochs=1, validation=0.0).fit(STORIES)


@pytest.fixture(params=PARTS)
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, Workspace]]:
    """A run, opened along what it kept."""
    rows = [{"source": s, "translation": "", "as it should be": t} for s, t in zip(SOURCES, TARGETS, strict=True)]
    files = {
        "translator": {"translations.csv": csv_of(rows)}, "answerer": {"stories.txt": numbered_text(STORIES).encode()}
    }  # fmt: skip
    fitted(request.param).save(tmp_path / "mine", metrics={}, files=files.get(request.param, {}))
    with Workspace(most=60) as workspace:
        add_run(workspace, str(tmp_path / "mine"))
        yield request.param, workspace


def test_every_page_is_told_about_every_part(opened: tuple[str, Workspace]) -> None:
    kind, workspace = opened
    looks = workspace.looks()
    assert tuple(look.part for look in looks) == PARTS[kind]
    for look in looks:
        assert look.title.startswith(f"mine {look.part} ")
        assert 2 <= len(look.capture) <= 60
        signal = next(s for s in look.capture.signals if s.function is None)
        asked = {"look": look.id, "signal": signal.name, "unit": 1, "steps": [2, 5], "step": 2, "layer": signal.layer}

        def told(call: str, asked: dict[str, Any] = asked, **more: Any) -> dict[str, Any]:
            return decode(answer(workspace, call, {**asked, "wait": 30, **more}))

        ids, steps = told("text")["ids"], [0, len(look.capture)]
        assert len(ids) == len(look.capture)
        assert told("values")["values"].shape == (3,)
        for call in (
            "near",
            "along",
            "unit",
            "units",
            "neuron",
            "neuron_push",
            "gates",
            "learn",
            "heat",
        ):
            assert told(call)
        for call in ("gradients", "connectivity", "trajectory", "tracks"):
            assert told(call, steps=steps)
        assert list(told("near")["texts"]) == [BESIDE[look.part]]
        assert told("near")["texts"][BESIDE[look.part]][0] in look.capture.index.facts["names"]
        known = np.isfinite(look.capture.track("surprise"))  # a decoder's is of the symbol behind its step
        known = np.append(False, known[:-1]) if look.part == "writing" else known
        np.testing.assert_array_equal(told("trajectory_colour", by="surprise")["bytes"] != tiles.NONE, known)
        changes = [{"signal": signal.name, "units": [1], "how": "hold", "value": 2.0}]
        assert told("experiment", changes=changes, steps=steps)["delta"] != 0
        assert f"part='{look.part}'" in told("experiment", changes=changes)["script"]
        if look.part == "facts":
            with pytest.raises(FrontalError, match="whole sentences"):
                told("experiment", edit={"text": "Anna ran."}, steps=[1, 2])
        else:
            text, longest = told("text"), int(np.argmax(np.diff([*told("text")["starts"], len(look.capture)])))
            at = [text["starts"][longest] + 1, text["starts"][longest] + 3]
            for new in (False, True):  # the same text changes nothing, other symbols do
                said = "".join(text["names"][(k + new) % len(text["names"])] for k in text["ids"][slice(*at)])
                assert (told("experiment", changes=[], edit={"text": said}, steps=at)["delta"] != 0) == new
        other = told("open", text=TYPED[kind])["look"]
        assert workspace.look(other).part == look.part
        assert workspace.look(other).subject is not None


def test_two_runs_of_a_kind_are_compared_part_by_part(opened: tuple[str, Workspace]) -> None:
    _, workspace = opened
    first = workspace.looks()
    add_run(workspace, str(first[0].run))
    for a, b in zip(first, workspace.looks()[2:], strict=True):
        told = decode(answer(workspace, "compare", {"look": a.id, "other": b.id, "steps": [0, len(a.capture)]}))
        assert told["mean_a"] == pytest.approx(told["mean_b"])
        assert told["mean_a"] > 0


@pytest.mark.parametrize("opened", ["translator"], indirect=True)
def test_what_is_typed_is_translated_and_read(opened: tuple[str, Workspace]) -> None:
    _, workspace = opened
    told = decode(answer(workspace, "typed", {"look": "a", "text": "the dog", "signal": "h", "unit": 0}))
    said = "".join(told["names"][k] for k in told["ids"])
    assert said.split() == fitted("translator").translate(["the dog"])[0].split()


def test_a_fitted_model_is_opened_along_lists() -> None:
    with workspace_of(fitted("translator"), ["a cat\tun chat"]) as workspace:
        assert [look.title for look in workspace.looks()] == [
            f"Translator {part} what is typed" for part in PARTS["translator"]
        ]
    with workspace_of(fitted("dialogue")) as workspace:
        assert len(workspace.looks()) == 2
