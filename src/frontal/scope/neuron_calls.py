"""The page Neuron: everything about one unit, and which unit watches what."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from frontal.diagnostics.capture_read import Capture
from frontal.diagnostics.experiment import experiment, measure_of
from frontal.diagnostics.intervene import clamp
from frontal.diagnostics.neuron_scores import scores
from frontal.diagnostics.neurons import best_of
from frontal.diagnostics.snippet import snippet
from frontal.diagnostics.subject import Subject
from frontal.diagnostics.subject_pairs import Half
from frontal.diagnostics.subject_text import Text
from frontal.diagnostics.unit_profile import UnitProfile, nearest_units, unit_profile
from frontal.diagnostics.unit_push import unit_push
from frontal.diagnostics.unit_response import input_response, symbol_response
from frontal.errors import FrontalError
from frontal.scope.given import Given
from frontal.scope.snippet_tiles import packed
from frontal.scope.track_calls import predicates
from frontal.scope.watching_calls import watchers_of
from frontal.scope.workspace import Call, Look, Workspace

BESIDE = 30  # steps of a snippet on either side of its moment
SHOWN = 12  # units of a ranking, moments at either end
OUTPUTS = 10  # symbols or classes at either end
WINDOW = 2000  # steps along which a unit is clamped


def neuron(workspace: Workspace, given: Given) -> dict[str, Any]:
    """Tell what one unit does: its values, extreme moments, memory, and what it watches.

    Parameters: `look`, `signal`, `unit`.
    """
    look, signal, unit = unit_of(workspace, given)
    found = _profile(workspace, look, signal, unit)
    limit = float(np.abs(found.values).max(initial=0)) or 1.0
    answer = {
        "signal": signal, "unit": unit, "steps": len(look.capture), "kind": look.capture.index.kind, "limit": limit,
        "counts": found.counts, "edges": found.edges.astype(np.float32),
        **{name: getattr(found, name) for name in ("mean", "spread", "half_life", "correlation", "low", "high")},
    }  # fmt: skip
    for end in ("top", "bottom"):
        cuts = [snippet(look.capture, step, BESIDE, BESIDE) for step in getattr(found, end)]
        answer |= packed(look.capture, signal, unit, cuts, limit, f"{end}_")
    return answer


def neuron_watches(workspace: Workspace, given: Given) -> dict[str, Any]:
    """Tell how well one unit tells each predicate, the best first; parameters as `neuron`."""
    look, signal, unit = unit_of(workspace, given)
    truths = predicates(workspace, look)
    found = scores(look.capture, truths, signals=[signal], units=slice(unit, unit + 1))
    return {"watches": [asdict(one) for one in found.of_unit(signal, unit)], "rare": list(found.rare)}


def neuron_push(workspace: Workspace, given: Given) -> dict[str, Any]:
    """Tell which outputs one unit raises and which it lowers, a standard deviation of its own higher."""
    look, signal, unit = unit_of(workspace, given)
    subject = _subject(look)
    size = _profile(workspace, look, signal, unit).spread
    with look.lock:
        found = unit_push(subject, signal, unit, size)
    names = _outputs(look.capture, len(found.effect))
    ahead = look.capture.index.kind == "series"
    order = np.arange(len(names)) if ahead else np.argsort(-found.effect, kind="stable")
    if not ahead and len(order) > 2 * OUTPUTS:
        order = np.r_[order[:OUTPUTS], order[-OUTPUTS:]]
    return {
        "names": [names[k] for k in order], "effect": found.effect[order].astype(np.float32),
        "spread": found.spread[order].astype(np.float32), "outputs": len(names), "size": size,
        "moments": found.moments, "direct": found.direct, "lag": found.lag, "symbols": isinstance(subject, Text | Half),
    }  # fmt: skip


def neuron_response(workspace: Workspace, given: Given) -> dict[str, Any]:
    """Tell how one unit moves after the commonest symbols; or, where numbers are read, after a step and an impulse.

    Parameters: as `neuron`, and `channel`, the number of the input.
    """
    look, signal, unit = unit_of(workspace, given)
    facts, tracks = look.capture.index.facts, look.capture.index.tracks
    if "symbol" in tracks:
        found = symbol_response(look.capture, signal, unit)
        names = [facts["symbols"][k] for k in found.symbols.tolist()]
        return {
            "symbols": names, "counts": found.counts, "change": found.change.astype(np.float32),
            "usual": found.usual.astype(np.float32),
        }  # fmt: skip
    channels = facts.get("channels") or ["input"]
    channel = given.whole("channel", 0, len(channels) - 1, 0)
    subject = _subject(look)
    with look.lock:
        moved = input_response(subject, signal, unit, channel)
    return {
        "channels": list(channels), "channel": channel, "size": moved.size, "sequences": moved.sequences,
        "step": moved.step.astype(np.float32), "impulse": moved.impulse.astype(np.float32),
    }  # fmt: skip


def neuron_near(workspace: Workspace, given: Given) -> dict[str, Any]:
    """Tell which units are most correlated with one; parameters as `neuron`."""
    look, signal, unit = unit_of(workspace, given)
    found = workspace.cached((look.id, "near", signal, unit), lambda: nearest_units(look.capture, signal, unit))
    return {"near": [{"signal": s, "unit": u, "correlation": r} for s, u, r in found]}


def neuron_ablation(workspace: Workspace, given: Given) -> dict[str, Any]:
    """Tell what the model loses when one unit stands still at its mean; parameters as `neuron`."""
    look, signal, unit = unit_of(workspace, given)
    subject = _subject(look)
    mean = _profile(workspace, look, signal, unit).mean
    stop = min(WINDOW, len(subject))
    with look.lock:
        found = experiment(subject, 0, stop, [clamp(signal, unit, mean)])
    usual, changed = found.losses
    return {
        "usual": usual,
        "changed": changed,
        "delta": found.delta,
        "steps": stop,
        "mean": mean,
        "in": measure_of(subject),
    }


def neuron_watchers(workspace: Workspace, given: Given) -> dict[str, Any]:
    """Tell the unit that tells each predicate best, or with `predicate` the units that tell it best.

    It is found out in the background, see `Background.asked`. Parameters: `look`, `predicate`.
    """
    look = workspace.look(given.text("look"))
    job = watchers_of(workspace, look)
    found = job.asked(given)
    if found is None:
        return job.progress
    predicate = given.text("predicate", "")
    best = best_of(found).best if not predicate else found.ranking(predicate, SHOWN)
    return {
        "done": 1.0, "units": len(found.places), "predicates": sorted(found.predicates), "rare": list(found.rare),
        "watchers": [asdict(one) for one in best],
    }  # fmt: skip


def unit_of(workspace: Workspace, given: Given) -> tuple[Look, str, int]:
    """Return the look, the whole name of the signal, and the unit that a call is about."""
    look = workspace.look(given.text("look"))
    signal = look.capture.signal(given.text("signal"))
    return look, signal.name, given.whole("unit", 0, signal.units - 1)


def _profile(workspace: Workspace, look: Look, signal: str, unit: int) -> UnitProfile:
    key = (look.id, "profile", signal, unit)
    return workspace.cached(key, lambda: unit_profile(look.capture, signal, unit, most=SHOWN, apart=BESIDE))


def _subject(look: Look) -> Subject:
    if look.subject is None:
        raise FrontalError(f"{look.title} is a capture without its model; open the model's run to try something on it")
    return look.subject


def _outputs(capture: Capture, count: int) -> list[str]:
    """Return the names of what the network says."""
    facts = capture.index.facts
    if "classes" in facts:
        return list(facts["classes"])
    if capture.index.kind == "text":
        return list(facts.get("said", facts["symbols"]))
    return [f"{k} step{'s' if k > 1 else ''} ahead" for k in range(1, count + 1)]


CALLS: dict[str, Call] = {
    "neuron": neuron, "neuron_watches": neuron_watches, "neuron_push": neuron_push,
    "neuron_response": neuron_response, "neuron_near": neuron_near, "neuron_ablation": neuron_ablation,
    "neuron_watchers": neuron_watchers,
}  # fmt: skip
