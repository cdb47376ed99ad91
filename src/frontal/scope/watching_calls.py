"""What each unit of a signal tells best: how the list of units is ordered once it is known."""

from __future__ import annotations

from typing import Any

import numpy as np

from frontal.diagnostics.neuron_scores import Scores, scores
from frontal.scope.background import Background
from frontal.scope.given import Given
from frontal.scope.track_calls import predicates
from frontal.scope.workspace import Call, Look, Workspace


def watching(workspace: Workspace, given: Given) -> dict[str, Any]:
    """Tell of each unit the predicate that it tells best, with its area and that of the control, each (U,).

    It is found out in the background, for all states at once: until it is, `done` is below 1 and nothing else is
    there. Of a gate nothing is known, and `known` is false. Parameters: `look`, `signal`.
    """
    look = workspace.look(given.text("look"))
    signal = look.capture.signal(given.text("signal"))
    if signal.function is not None:
        return {"done": 1.0, "known": False}
    job = workspace.cached((look.id, "watchers"), lambda: _begin(workspace, look))
    found = job.result(patience=0.5)
    if found is None:
        return {"done": min(job.share, 0.99)}
    best = [found.of_unit(signal.name, unit)[0] for unit in range(signal.units)]
    return {
        "done": 1.0, "known": True, "predicates": [one.predicate for one in best],
        "area": np.array([one.area for one in best]), "control": np.array([one.control for one in best]),
    }  # fmt: skip


def _begin(workspace: Workspace, look: Look) -> Background[Scores]:
    truths = predicates(workspace, look)
    return Background(lambda progress: scores(look.capture, truths, progress=progress))


CALLS: dict[str, Call] = {"watching": watching}
