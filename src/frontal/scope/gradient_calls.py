"""Gradients: how far the loss of each step reaches back, which inputs move which outputs, what a step stretches."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from frontal.diagnostics.capture_read import Capture
from frontal.diagnostics.gradient_rows import MOST
from frontal.diagnostics.gradients_of import (
    Connectivity,
    WindowGradients,
    connectivity,
    window_gradients,
    window_stretch,
)
from frontal.errors import FrontalError
from frontal.scope import tiles
from frontal.scope.background import Background, Progress
from frontal.scope.experiment_calls import past_of
from frontal.scope.given import Given
from frontal.scope.workspace import Call, Look, Workspace

WINDOW = 64  # steps that are looked at, where nobody says how many
WIDEST = 128  # steps to which a window grows so that whole sequences are in it
DECADES = 6.0  # below the greatest norm that still have a colour
AT_ONCE = 8  # Jacobians between which other calls may run
QUARTERS = (1.0, 0.75, 0.5, 0.25, 0.0)
QUARTER_NAMES = ("largest", "upper quarter", "median", "lower quarter", "smallest")
UNSURE = "no loss"

Facts = dict[str, Any]
Array = NDArray[Any]


def gradients(workspace: Workspace, given: Given) -> Facts:
    """Tell how each loss of a window reaches the states before it.

    Parameters: `look`; `signal`, any of the layer; `state`, a name, or "all" side by side; `steps`, which are
    widened to whole sequences or windows where those are short. `triangle`, (L, n), a row for each of `steps` that
    has a loss; its `bytes` are on a logarithmic scale from `decades[0]` (0) to `decades[1]` (254), 255 for none.
    `shares`, (D, n), add up to `whole`, (n,), a row for each of `distances`.
    """
    look, steps = _asked(workspace, given)
    layer = look.capture.signal(given.text("signal")).layer
    states = [signal.value for signal in look.capture.signals if signal.layer == layer and signal.function is None]
    state = given.choice("state", ["all", *states], "all")
    key = (look.id, "gradients", layer, state, steps.start, steps.stop)
    found = workspace.cached(key, lambda: _gradients(workspace, look, layer, state, steps))
    shades, decades = magnitudes(found.triangle)
    names, shares = found.by_distance()
    return {
        "first": steps.start, "count": steps.stop - steps.start, "layer": layer, "state": state, "states": states,
        "steps": found.steps.astype(np.int32), "losses": found.losses.astype(np.float32),
        "triangle": found.triangle.astype(np.float32), "bytes": shades, "decades": decades,
        "whole": found.whole.astype(np.float32), "distances": names, "shares": shares.astype(np.float32),
        "carried": found.carried.astype(np.float32), "rate": found.rate, "reach": found.reach,
        "verdict": found.verdict, "remedy": found.remedy, "sentence": str(found).removeprefix(f"{layer}: "),
    }  # fmt: skip


def connected(workspace: Workspace, given: Given) -> Facts:
    """Tell which inputs of a window move which outputs.

    Parameters: `look`, `steps`, as for `gradients`. `values`, (L, n), a row for each of `steps` that has an output;
    its `bytes` are a share of its greatest, 254; `said` tells the outputs in words, `reach` how far back each goes.
    """
    look, steps = _asked(workspace, given)
    found = workspace.cached(
        (look.id, "connectivity", steps.start, steps.stop), lambda: _connectivity(workspace, look, steps)
    )
    most = found.values.max(1, initial=0, keepdims=True)
    shares = np.divide(found.values, most, out=np.zeros_like(found.values), where=most > 0)
    return {
        "first": steps.start, "steps": found.steps.astype(np.int32), "values": found.values.astype(np.float32),
        "bytes": np.rint(shares * (tiles.COLOURS - 1)).astype(np.uint8), "reach": found.reach.astype(np.int32),
        "said": _said(look.capture, steps, found.steps),
    }  # fmt: skip


def jacobians(workspace: Workspace, given: Given) -> Facts:
    """Tell the singular values of each step's Jacobian; asked for again until `done` is 1.

    Parameters: `look`, `signal`, any of the layer, `steps`; see also `Background.asked`.
    Answer: `quantiles`, (5, n), a row for each of `names`.
    """
    look, steps = _asked(workspace, given)
    layer = look.capture.signal(given.text("signal")).layer
    key = (look.id, "jacobians", layer, steps.start, steps.stop)
    job = workspace.cached(key, lambda: _jacobians(workspace, look, layer, steps))
    found = job.asked(given)
    if found is None:
        return job.progress
    return {
        "done": 1.0, "first": steps.start, "names": list(QUARTER_NAMES), "size": found.shape[1],
        "quantiles": np.quantile(found, QUARTERS, axis=1).astype(np.float32),
        "stretching": float((found[:, 0] > 1).mean()),
    }  # fmt: skip


def magnitudes(values: Array) -> tuple[NDArray[np.uint8], tuple[float, float]]:
    """Return numbers above 0 as bytes on a logarithmic scale, and its ends as powers of ten; 255 for all others."""
    there = np.isfinite(values) & (values > 0)
    if not there.any():
        return np.full(values.shape, tiles.NONE, dtype=np.uint8), (0.0, 0.0)
    logs = np.log10(values, out=np.zeros(values.shape), where=there)
    high = float(logs[there].max())
    low = max(float(logs[there].min()), high - DECADES)
    share = np.clip((logs - low) / (high - low), 0, 1) if high > low else np.ones(values.shape)
    found = np.rint(share * (tiles.COLOURS - 1))
    return np.where(there, found, tiles.NONE).astype(np.uint8), (low, high)


def _asked(workspace: Workspace, given: Given) -> tuple[Look, slice]:
    """Return the look, whose model can be run, and the window."""
    look = workspace.look(given.text("look"))
    if look.subject is None:
        raise FrontalError(
            f"{look.title} is a capture without its model, and gradients need the model; open the run instead"
        )
    steps = given.steps("steps", len(look.capture))
    if steps.stop - steps.start > MOST:
        raise FrontalError(f"{steps.stop - steps.start} steps are too many for gradients; choose at most {MOST}")
    whole = look.subject.around(steps.start, steps.stop)
    return look, slice(whole.first, whole.stop) if whole.stop - whole.first <= max(
        WIDEST, steps.stop - steps.start
    ) else steps


def _gradients(workspace: Workspace, look: Look, layer: str, state: str, steps: slice) -> WindowGradients:
    with look.lock:
        past = past_of(workspace, look)
        return window_gradients(past, steps.start, steps.stop, layer=layer, state=None if state == "all" else state)


def _connectivity(workspace: Workspace, look: Look, steps: slice) -> Connectivity:
    with look.lock:
        return connectivity(past_of(workspace, look), steps.start, steps.stop)


def _jacobians(workspace: Workspace, look: Look, layer: str, steps: slice) -> Background[Array]:
    past = past_of(workspace, look)

    def make(progress: Progress) -> Array:
        parts: list[Array] = []
        for first in range(steps.start, steps.stop, AT_ONCE):
            stop = min(first + AT_ONCE, steps.stop)
            with look.lock:
                parts.append(window_stretch(past, first, stop, layer=layer))
            progress((stop - steps.start) / (steps.stop - steps.start))
        return np.concatenate(parts)

    return Background(make)


def _said(capture: Capture, window: slice, steps: Array) -> list[str]:
    """Return the likeliest output of some steps of a window in words."""
    tracks, facts = capture.index.tracks, capture.index.facts
    if "guess" in tracks:
        names, of = facts["symbols"], capture.track("guess", window)[steps, 0]
        chances = capture.track("chance", window)[steps, 0]
    elif "label" in tracks:
        answers = capture.track("answer", window)[steps]
        names, of, chances = facts["classes"], answers.argmax(1), answers.max(1)
    elif "answer" not in tracks:
        return [f"log p {-value:.4g}" for value in capture.track("surprise", window)[steps].tolist()]
    else:
        return [f"{value:.4g}" for value in capture.track("answer", window)[steps].tolist()]
    return [f"{names[k]}\t{chance:.0%}" for k, chance in zip(of.tolist(), chances.tolist(), strict=True)]


CALLS: dict[str, Call] = {"gradients": gradients, "connectivity": connected, "jacobians": jacobians}
