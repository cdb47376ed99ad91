"""Ablation on the page Experiment: which units matter for a part of the data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from frontal.diagnostics.ablation import Ablation, ablation
from frontal.diagnostics.experiment import measure_of
from frontal.errors import FrontalError
from frontal.scope.background import Background
from frontal.scope.experiment_calls import capped, live, past_of, subject_of
from frontal.scope.given import Given
from frontal.scope.workspace import Call, Look, Workspace

BATCH = 32  # units between which other calls may run
Facts = dict[str, Any]


def ranking(workspace: Workspace, given: Given) -> Facts:
    """Rank the units of a state by how much the loss at some steps grows with each of them held.

    Parameters: `look`; `signal`, a state; `steps`; `value`, zero or mean; asked for again until `done` is 1, see
    `Background.asked`. Answer: `units` and `delta`, the worst first, `loss`, `seconds`.
    """
    look = live(workspace, given)
    steps = capped(given.steps("steps", len(look.capture)))
    signal = look.capture.signal(given.text("signal"))
    if signal.function is not None:
        raise FrontalError(f"{signal.name} is a gate, which every step makes anew; rank the units of a state, h or c")
    value = given.choice("value", ("zero", "mean"), "zero")
    key = (look.id, "ablation", signal.name, steps.start, steps.stop, value)
    job = workspace.cached(key, lambda: _rank(workspace, look, signal.name, steps, value))
    found = job.asked(given)
    if found is None:
        return job.progress
    order = found.order
    return {
        "done": 1.0, "loss": found.loss, "seconds": found.seconds, "signal": found.signal,
        "steps": [steps.start, steps.stop], "measure": measure_of(subject_of(look)),
        "units": found.units[order], "delta": found.delta[order].astype(np.float32),
    }  # fmt: skip


def _rank(workspace: Workspace, look: Look, signal: str, steps: slice, value: str) -> Background[Ablation]:
    past, total = past_of(workspace, look), look.capture.signal(signal).units
    held = look.capture.values(signal).mean(1) if value == "mean" else np.zeros(total)

    def rank(progress: Callable[[float], None]) -> Ablation:
        parts: list[Ablation] = []
        for first in range(0, total, BATCH):
            units = range(first, min(first + BATCH, total))
            with look.lock:
                values = held[units.start : units.stop]
                part = ablation(subject_of(look), signal, steps.start, steps.stop, units=units, value=values, past=past)
            parts.append(part)
            progress(units.stop / total)
        joined = [np.concatenate([getattr(part, name) for part in parts]) for name in ("units", "delta")]
        return Ablation(parts[0].signal, joined[0], parts[0].loss, joined[1], sum(part.seconds for part in parts))

    return Background(rank)


CALLS: dict[str, Call] = {"ablation": ranking}
