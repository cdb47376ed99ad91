"""What each unit of a signal tells best: how the list of units is ordered once it is known, and where a look begins."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from frontal.diagnostics.neuron_scores import Scores, scores
from frontal.errors import FrontalError
from frontal.scope.background import Background
from frontal.scope.given import Given
from frontal.scope.track_calls import predicates
from frontal.scope.workspace import Call, Look, Workspace

LIGHT = 2e7  # steps times units up to which units are scored unasked: some seconds


def watching(workspace: Workspace, given: Given) -> dict[str, Any]:
    """Tell of each unit the predicate that it tells best, with its area and that of the control, each (U,).

    It is found out in the background, for all states at once, see `Background.asked`. Of a gate nothing is known,
    and `known` is false. Parameters: `look`, `signal`.
    """
    look = workspace.look(given.text("look"))
    signal = look.capture.signal(given.text("signal"))
    if signal.function is not None:
        return {"done": 1.0, "known": False}
    job = watchers_of(workspace, look)
    found = job.asked(given)
    if found is None:
        return job.progress
    best = [found.of_unit(signal.name, unit)[0] for unit in range(signal.units)]
    return {
        "done": 1.0, "known": True, "predicates": [one.predicate for one in best],
        "area": np.array([one.area for one in best]), "control": np.array([one.control for one in best]),
    }  # fmt: skip


def telling(workspace: Workspace, given: Given) -> dict[str, Any]:
    """Name the units that tell something, the most telling first; see `Scores.telling` and `Background.asked`.

    Parameters: `look`; `signal`, a state, by default all of them; `asked`: without it nothing is begun that takes
    long, and `heavy` is true. Where there are none, `why` says so.
    """
    look = workspace.look(given.text("look"))
    states = [signal for signal in look.capture.signals if signal.function is None]
    signal = None if given.raw("signal") is None else look.capture.signal(given.text("signal")).name
    if len(look.capture) * sum(state.units for state in states) > LIGHT and not given.flag("asked"):
        return {"done": 1.0, "watchers": [], "heavy": True, "why": ""}
    job = watchers_of(workspace, look)
    try:
        found = job.asked(given)
    except FrontalError as error:
        return {"done": 1.0, "watchers": [], "heavy": False, "why": str(error)}
    if found is None:
        return job.progress
    watchers = found.telling(signal) if signal is None or signal in {s.name for s in states} else ()
    why = "" if watchers else "no unit stands out; the page Neuron has all numbers"
    return {"done": 1.0, "watchers": [asdict(one) for one in watchers], "heavy": False, "why": why}


def watchers_of(workspace: Workspace, look: Look) -> Background[Scores]:
    """Return the job that asks the units of all states what they tell, one for all who want to know."""

    def begin() -> Background[Scores]:
        truths = predicates(workspace, look)
        return Background(lambda progress: scores(look.capture, truths, progress=progress))

    return workspace.cached((look.id, "watchers"), begin)


CALLS: dict[str, Call] = {"watching": watching, "telling": telling}
