"""Read: a text, or a series, as the network reads it, and what it expected at each step."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from frontal.diagnostics.capture_read import Capture
from frontal.errors import FrontalError
from frontal.scope.given import Given
from frontal.scope.workspace import Call, Workspace

Facts = dict[str, Any]


def text(workspace: Workspace, given: Given) -> Facts:
    """Give the symbols of a text: `ids`, (n,), and `names`, the letters of each id. Parameters: `look`, `steps`."""
    capture = workspace.look(given.text("look")).capture
    if capture.index.kind != "text":
        raise FrontalError(f"{capture.index.name} is no text: its steps are {capture.index.kind}")
    steps = given.steps("steps", len(capture))
    return {"first": steps.start, "ids": capture.track("symbol", steps), "names": capture.index.facts["symbols"]}


def near(workspace: Workspace, given: Given) -> Facts:
    """Give what goes with some steps beside the units. Parameters: `look`, `steps`.

    `facts` says in words what each array of one number a step is. Of a text `guess` and `chance`, (n, 5), are
    what was expected at a step before it was read, the likeliest first; -1 at the first step.
    """
    capture = workspace.look(given.text("look")).capture
    steps = given.steps("steps", len(capture))
    return _NEAR.get(capture.index.kind, _of_tracks)(capture, steps)


def _of_text(capture: Capture, steps: slice) -> Facts:
    guess, chance = (shifted(capture, name, steps) for name in ("guess", "chance"))
    surprise = shifted(capture, "surprise", steps)
    return {
        "symbol": capture.track("symbol", steps), "symbols": capture.index.facts["symbols"],
        "guess": guess, "chance": chance, "surprise": surprise, "said": "expected here",
        "facts": {"surprise": "surprise −log p, nats"},
    }  # fmt: skip


def shifted(capture: Capture, name: str, steps: slice) -> NDArray[Any]:
    """Return what the step before each step said of it; -1 or NaN at the first of all."""
    before = capture.track(name, slice(max(steps.start - 1, 0), steps.stop - 1))
    if steps.start:
        return before
    none = np.full((1, *before.shape[1:]), -1 if before.dtype.kind == "i" else np.nan, dtype=before.dtype)
    return np.concatenate([none, before])


def _of_tracks(capture: Capture, steps: slice) -> Facts:
    single = [name for name, width in capture.index.tracks.items() if width == 1 and name != "fresh"]
    return {**{name: capture.track(name, steps) for name in single}, "facts": {name: name for name in single}}


_NEAR = {"text": _of_text}

CALLS: dict[str, Call] = {"text": text, "near": near}
