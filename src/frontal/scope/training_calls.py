"""Training: how a run learned, or is learning now, and the runs beside it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from frontal.errors import FrontalError, did_you_mean
from frontal.scope.given import Given
from frontal.scope.training_history import EPOCH, Followed, Training, of_log
from frontal.scope.training_runs import Runs
from frontal.scope.workspace import Call, Look, Workspace

EVENTS = 200  # of the last ones
STEP = ("step", "loss", "learning_rate", "gradient_norm", "clipped", "update")
MOST = 1 << 31


def training(workspace: Workspace, given: Given) -> dict[str, Any]:
    """Tell how a run was, or is, trained.

    Parameters: `look`, whose run; `run`, another one in the same folder; `training`, which one of several,
    by default the first of a saved run and the latest of one that is trained; `version`, what is known
    already: where nothing is new, the answer says no more than `same`.
    """
    place = _place(workspace, given)
    if place is None:
        return _of_model(workspace.look(given.text("look")), given)
    followed = workspace.cached(("training", str(place)), lambda: Followed(place))
    with followed.lock:
        state = followed.read()
        said = {"state": state, "heard": followed.heard(), "version": followed.version}
        if given.whole("version", 0, MOST, 0) == followed.version:
            return {**said, "same": True}
        usual = 0 if state == "saved" else followed.latest()
        shown = _shown(followed.trainings, given.whole("training", 0, MOST, usual))
        events = {"events": followed.events[-EVENTS:], "event_count": len(followed.events)}
    return {**said, "same": False, "run": place.name, **events, **shown}


def runs(workspace: Workspace, given: Given) -> dict[str, Any]:
    """List the runs that lie beside one. Parameters: `look`, `run`, as for `training`."""
    place = _place(workspace, given)
    if place is None or not place.parent.is_dir():
        return {"folder": None, "run": None, "runs": []}
    return {"folder": str(place.parent), "run": place.name, "runs": _beside(workspace, place)}


def _place(workspace: Workspace, given: Given) -> Path | None:
    """Return the folder of the run that is meant: an open one, or one beside it; None for what was never saved."""
    id, name = given.text("look", ""), given.text("run", "")
    run = workspace.look(id).run if id else workspace.training
    if run is None:
        return None
    place = Path(os.path.realpath(run))
    if not name or name == place.name:
        return place
    known = {row["run"] for row in _beside(workspace, place)}
    if name not in known:
        raise FrontalError(f"there is no run {name!r} in {place.parent}; {did_you_mean(name, known)}")
    return place.parent / name


def _beside(workspace: Workspace, place: Path) -> list[dict[str, Any]]:
    return workspace.cached(("runs", str(place.parent)), lambda: Runs(place.parent)).rows()


def _of_model(look: Look, given: Given) -> dict[str, Any]:
    """Tell what a fitted model itself knows of its training."""
    log = getattr(look.model, "log", None) or []
    shown = _shown(of_log(log), given.whole("training", 0, MOST, 0))
    said = {"state": "fitted" if log else "unknown", "heard": None, "version": 1, "same": False}
    return {**said, "run": look.title, "events": [], "event_count": 0, **shown}


def _shown(trainings: list[Training], chosen: int) -> dict[str, Any]:
    one = trainings[chosen] if chosen < len(trainings) else Training("training")
    return {"titles": [known.title for known in trainings], "chosen": chosen, **_facts(one), **_curves(one)}


def _facts(one: Training) -> dict[str, Any]:
    best, start = one.best, one.start
    return {
        "planned": start.get("epochs"), "model": start.get("model"), "parameters": start.get("parameters"),
        "clip_norm": start.get("clip_norm"), "layers": start.get("layers", []),
        "stopped": None if one.end is None else one.end["stopped"],
        "best": None if best is None else {name: best.get(name) for name in EPOCH},
        "clip_rate": _clip_rate(one),
    }  # fmt: skip


def _curves(one: Training) -> dict[str, NDArray[np.float32]]:
    """Return the numbers of every epoch, and of the steps that were measured; NaN where there is none."""
    found = {f"epoch {name}": _column(line.get(name) for line in one.epochs) for name in EPOCH}
    found["at"] = _column(one.at(line) for line in one.steps)
    found |= {name: _column(line.get(name) for line in one.steps) for name in STEP}
    for number, layer in enumerate(one.start.get("layers", [])):
        for what in ("gradients", "updates"):
            found[f"{what} {number}"] = _column(line[what].get(layer) for line in one.steps)
    return found


def _clip_rate(one: Training) -> float | None:
    """Return the part of all steps so far whose gradient was clipped; None without a limit."""
    if one.start.get("clip_norm") is None or not one.steps:
        return None
    ends = np.array([0, *(line["step"] for line in one.steps)])
    shares = np.array([line["clipped"] for line in one.steps])
    return float((shares * np.diff(ends)).sum() / ends[-1])


def _column(values: Iterable[float | None]) -> NDArray[np.float32]:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float32)


CALLS: dict[str, Call] = {"training": training, "runs": runs}
