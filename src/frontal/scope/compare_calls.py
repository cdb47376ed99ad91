"""The page Compare: two looks at the same data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from frontal.diagnostics.capture import capture
from frontal.diagnostics.capture_read import Capture
from frontal.diagnostics.cka import Alikeness, alikeness
from frontal.diagnostics.compare import Compared, compared
from frontal.diagnostics.context_length import ContextLength, context_length
from frontal.diagnostics.variant import VARIANTS, variant
from frontal.scope.background import Background
from frontal.scope.experiment_calls import live, subject_of
from frontal.scope.given import Given
from frontal.scope.workspace import Call, Look, Workspace

BINS = 600  # of a strip
LAYERS = 4000  # steps at which layers are compared
CONTEXT = 128  # steps of the past
TARGETS = 256

Facts = dict[str, Any]


def compare(workspace: Workspace, given: Given) -> Facts:
    """Lay two looks side by side. Parameters: `look` and `other`.

    Answer: `a` and `b`, steps of each after which both have read the same, (m,); `loss_a`, `loss_b`, (m,); `units`
    at each; means by unit, `better`, the share at which B is better; `furthest`, the greatest difference of two
    losses; `strip`, the mean difference B − A in `bins` stretches of the data, and where each begins in A.
    """
    a, b, found = _compared(workspace, given)
    difference = found.loss_b - found.loss_a
    mean_a, mean_b = found.means
    edges, strip = _strip(found, difference)
    known = difference[found.known]
    return {
        "titles": [a.title, b.title], "kind": a.capture.index.kind, "unit": found.unit, "measure": found.measure,
        "a": found.a.astype(np.int32), "b": found.b.astype(np.int32), "units": found.units.astype(np.float32),
        "loss_a": found.loss_a.astype(np.float32), "loss_b": found.loss_b.astype(np.float32),
        "mean_a": mean_a, "mean_b": mean_b, "better": found.b_better, "counted": len(known),
        "error": _error(known), "furthest": float(np.abs(known).max(initial=0)),
        "edges": edges.astype(np.int32), "strip": strip.astype(np.float32), "words": str(found),
    }  # fmt: skip


def compare_unit(workspace: Workspace, given: Given) -> Facts:
    """Give one unit of A and one of B at the steps where both have read the same.

    Parameters: `look`, `other`, `signal`, `unit`, `other_signal`, `other_unit`. Answer: `values_a`, `values_b`, (m,),
    and `correlation` between them.
    """
    a, b, found = _compared(workspace, given)
    values = [
        look.capture.unit(signal.name, given.whole(f"{prefix}unit", 0, signal.units - 1))[at].astype(np.float64)
        for look, prefix, at in ((a, "", found.a), (b, "other_", found.b))
        for signal in [look.capture.signal(given.text(f"{prefix}signal"))]
    ]
    spread = values[0].std() * values[1].std()
    together = float(((values[0] - values[0].mean()) * (values[1] - values[1].mean())).mean())
    return {
        "values_a": values[0].astype(np.float32), "values_b": values[1].astype(np.float32),
        "correlation": together / spread if spread > 0 else float("nan"),
    }  # fmt: skip


def compare_layers(workspace: Workspace, given: Given) -> Facts:
    """Compare every state of A with every state of B by linear CKA, with its control. Parameters: `look`, `other`."""
    a, b, found = _compared(workspace, given)
    alike = workspace.cached((a.id, b.id, "layers"), lambda: _alike(a, b, found))
    return {
        "rows": list(alike.rows), "columns": list(alike.columns), "steps": alike.steps,
        "values": alike.values.astype(np.float32), "control": alike.control.astype(np.float32),
    }  # fmt: skip


def context(workspace: Workspace, given: Given) -> Facts:
    """Measure a look's loss against the steps since its states were cleared; asked for again until `done` is 1.

    Parameters: `look`; `first`, where in a text the targets begin; see also `Background.asked`.
    Answer: `steps`, `loss`, `error`, `right`.
    """
    look = live(workspace, given)
    first = given.whole("first", 0, len(look.capture) - 1, 0)

    def measure(progress: Callable[[float], None]) -> ContextLength:
        with look.lock:
            return context_length(subject_of(look), most=CONTEXT, targets=TARGETS, first=first, progress=progress)

    job = workspace.cached((look.id, "context", first), lambda: Background(measure))
    found = job.asked(given)
    if found is None:
        return job.progress
    right = {} if found.right is None else {"right": found.right.astype(np.float32)}
    return {
        "done": 1.0, "steps": found.steps.astype(np.int32), "loss": found.loss.astype(np.float32),
        "error": found.error.astype(np.float32), "targets": found.targets, "reach": found.reach,
        "measure": found.unit, **right,
    }  # fmt: skip


def arithmetic(workspace: Workspace, given: Given) -> Facts:
    """Open the model of a look in another arithmetic, as a look; asked for again until `done` is 1.

    Parameters: `look`; `how`, bfloat16 or reference; see also `Background.asked`. Answer: `other`, its id.
    """
    look = live(workspace, given)
    how = given.choice("how", list(VARIANTS))
    id = f"{look.id}-{how}"
    if any(other.id == id for other in workspace.looks()):
        return {"done": 1.0, "other": id}

    def run(progress: Callable[[float], None]) -> Look:
        subject = variant(subject_of(look), how)
        folder, total = workspace.folder_for_capture(), len(subject)
        with look.lock:
            kept = capture(subject, folder, progress=lambda steps: progress(steps / total))
        opened = replace(look, id=id, title=f"{look.title}, {VARIANTS[how]}", subject=subject, capture=kept)
        workspace.add(opened)
        return opened

    job = workspace.cached((look.id, "arithmetic", how), lambda: Background(run))
    return job.progress if job.asked(given) is None else {"done": 1.0, "other": id}


def _compared(workspace: Workspace, given: Given) -> tuple[Look, Look, Compared]:
    a, b = workspace.look(given.text("look")), workspace.look(given.text("other"))
    return a, b, workspace.cached((a.id, b.id, "compared"), lambda: compared(a.capture, b.capture))


def _alike(a: Look, b: Look, found: Compared) -> Alikeness:
    some = np.unique(np.linspace(0, len(found.a) - 1, min(len(found.a), LAYERS)).astype(int))
    return alikeness(_states(a.capture, found.a[some]), _states(b.capture, found.b[some]))


def _states(kept: Capture, steps: NDArray[np.intp]) -> dict[str, NDArray[Any]]:
    states = [signal.name for signal in kept.signals if signal.function is None]
    return {name: kept.values(name)[:, steps].T for name in states}


def _strip(found: Compared, difference: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Return the first step in A of each stretch, and the mean difference there."""
    edges = np.unique(np.linspace(0, len(difference), min(len(difference), BINS) + 1).astype(int))
    known = np.where(found.known, difference, 0.0)
    sums, counts = np.add.reduceat(known, edges[:-1]), np.add.reduceat(found.known.astype(np.float64), edges[:-1])
    with np.errstate(invalid="ignore"):
        return found.a[edges[:-1]], sums / counts


def _error(known: NDArray[np.float64]) -> float:
    """Return the standard error of the mean difference, steps taken as independent."""
    return float(known.std(ddof=1) / np.sqrt(len(known))) if len(known) > 1 else float("nan")


CALLS: dict[str, Call] = {
    "compare": compare, "compare_unit": compare_unit, "compare_layers": compare_layers, "context": context,
    "arithmetic": arithmetic,
}  # fmt: skip
