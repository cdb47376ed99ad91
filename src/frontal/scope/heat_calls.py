"""The page Heat map: all units of a signal along time, in an order, and what a block of them does."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from frontal.diagnostics.capture_index import BAND, Signal
from frontal.diagnostics.capture_read import Capture
from frontal.diagnostics.capture_truths import truths_of
from frontal.diagnostics.neuron_scores import Scores, Watcher, scores
from frontal.diagnostics.symbol_class import CLASSES, classes_of
from frontal.diagnostics.unit_block import unit_block
from frontal.diagnostics.unit_order import METHODS, UnitOrder, correlations, likeness, polarity, unit_order
from frontal.errors import FrontalError
from frontal.scope import tiles
from frontal.scope.background import Background
from frontal.scope.given import Given
from frontal.scope.workspace import Call, Look, Workspace

WIDEST = 2400  # columns of a picture
BLOCK = 4096  # steps that are read at once
SHOWN = ("furthest", "highest", "lowest", "first")
BLOCK_COLUMNS = 2000  # of a trace
BEGINS = 400  # of sequences that are marked
PREDICATE = "predicate"
GROUPS = {"letters": ("letter", "capital"), "digits": ("digit",), "signs": ("bracket", "quote", "punctuation", "other")}
GROUP_OF = np.array([next((g for g, of in enumerate(GROUPS.values()) if c in of), len(GROUPS)) for c in CLASSES])

Floats = NDArray[np.float32]


def heat(workspace: Workspace, given: Given) -> dict[str, Any]:
    """Give all units of a signal at some steps as bytes, (U, columns), by their numbers.

    A column stands for `every` steps: one, if no more than `columns` of them are asked for. Else each shows the
    value of its steps that lies furthest from 0, the highest, the lowest or the first one, as `show` says.
    Parameters: `look`, `signal`, `steps`, `columns`, `show`; `own`, whether each unit has a limit of its own.
    """
    capture = workspace.look(given.text("look")).capture
    signal = capture.signal(given.text("signal"))
    show, own = given.choice("show", SHOWN, "furthest"), given.flag("own")
    low, high = capture.overview(signal.name)
    reach = np.maximum(np.abs(low), np.abs(high)).max(1)  # of each unit, (U,)
    limits = (reach if own else np.full(signal.units, reach.max())).astype(np.float32)
    limits[limits == 0] = 1
    steps, every = _grid(capture, given)
    shown = _columns(capture, signal, steps, every, show)
    return {
        "signal": signal.name, "first": steps.start, "every": every, "show": show, "own": own, "units": signal.units,
        "limits": limits, "bytes": tiles.quantise(shown / limits[:, None], 1.0),
    }  # fmt: skip


def _grid(capture: Capture, given: Given) -> tuple[slice, int]:
    """Return which steps a picture shows, and how many a column; many of them are whole bands of the overview."""
    steps = given.steps("steps", len(capture))
    every = -(-(steps.stop - steps.start) // given.whole("columns", 1, WIDEST, WIDEST))
    if every < BAND:
        return steps, every
    return slice(steps.start // BAND * BAND, steps.stop), -(-every // BAND) * BAND


def _columns(capture: Capture, signal: Signal, steps: slice, every: int, show: str) -> Floats:
    """Return what each column shows, (U, columns)."""
    if every >= BAND and show != "first":  # the capture keeps the extremes of each band
        bands = slice(steps.start // BAND, -(-steps.stop // BAND))
        low, high = (end[:, bands] for end in capture.overview(signal.name))
        return _shown(_least(low, every // BAND), -_least(-high, every // BAND), show)
    block = max(1, BLOCK // every) * every
    parts: list[Floats] = []
    for at in range(steps.start, steps.stop, block):
        values = capture.values(signal.name, steps=slice(at, min(at + block, steps.stop)))
        parts.append(values[:, ::every] if show == "first" or every == 1 else _extreme(values, every, show))
    return np.concatenate(parts, 1)


def _extreme(values: Floats, every: int, show: str) -> Floats:
    return _shown(_least(values, every), -_least(-values, every), show)


def _least(values: Floats, every: int) -> Floats:
    return np.minimum.reduceat(values, np.arange(0, values.shape[1], every), axis=1)


def _shown(low: Floats, high: Floats, show: str) -> Floats:
    return {"lowest": low, "highest": high}.get(show, np.where(np.abs(low) > np.abs(high), low, high))


def heat_strip(workspace: Workspace, given: Given) -> dict[str, Any]:
    """Give what was read at the columns of `heat`, to be drawn above them. Parameters: `look`, `steps`, `columns`.

    `above` says what it is: "symbols", the share of each of `GROUPS` in every column, (groups, columns), and if a
    column is one step the symbols themselves; a "curve", its least and greatest value, each (columns,); or
    "frames", (C, columns), as bytes, furthest from 0 in a column. `begins` are the steps with which sequences begin.
    """
    capture = workspace.look(given.text("look")).capture
    steps, every = _grid(capture, given)
    tracks, facts = capture.index.tracks, capture.index.facts
    fresh = np.flatnonzero(capture.track("fresh", steps)) + steps.start
    begins = {"begins": fresh[:BEGINS].astype(np.int32), "sequences": len(fresh)}
    if "symbol" in tracks:
        ids = capture.track("symbol", steps)
        member = GROUP_OF[classes_of(facts["symbols"], ids)] == np.arange(len(GROUPS))[:, None]  # (groups, n)
        starts = np.arange(0, len(ids), every)
        held = np.diff(np.append(starts, len(ids)))  # steps of each column
        shares = np.add.reduceat(member, starts, axis=1, dtype=np.float32) / held
        symbols = [facts["symbols"][i] for i in ids.tolist()] if every == 1 else []
        return {
            **begins,
            "above": "symbols",
            "groups": list(GROUPS),
            "shares": shares.astype(np.float32),
            "symbols": symbols,
        }
    name = "value" if "value" in tracks else "input"
    values = capture.track(name, steps).astype(np.float32)
    rows = values[None] if values.ndim == 1 else values.T
    low, high = _least(rows, every), -_least(-rows, every)
    if values.ndim == 1:
        return {**begins, "above": "curve", "name": name, "low": low[0], "high": high[0]}
    limit = float(np.abs(rows).max()) or 1.0
    return {
        **begins,
        "above": "frames",
        "name": name,
        "limit": limit,
        "bytes": tiles.quantise(_shown(low, high, "furthest"), limit),
    }


def heat_order(workspace: Workspace, given: Given) -> dict[str, Any]:
    """Give the units of a signal from top to bottom, and by which sign each is turned to rise with the one above.

    What units tell best is found out in the background: until it is, `done` is below 1 and nothing else is there.
    Parameters: `look`, `signal`, `method`: one of `METHODS`, or "predicate": by what each unit tells best.
    """
    look = workspace.look(given.text("look"))
    signal = look.capture.signal(given.text("signal"))
    method = given.choice("method", [*METHODS, PREDICATE], "clusters")
    names: list[str] = []
    if method == PREDICATE:
        job = _scoring(workspace, look, signal)
        scored = job.asked(given)
        if scored is None:
            return job.progress
        told = _told(scored)
        r = _correlations(workspace, look, signal)
        order, names = np.array([w.unit for w in told]), [w.predicate for w in told]
        found = UnitOrder(
            signal.name, method, order, polarity(r, order), likeness(r, order), likeness(r, np.arange(len(r)))
        )
    else:
        found = workspace.cached(
            (look.id, "order", signal.name, method),
            lambda: unit_order(look.capture, signal.name, method, correlated=_correlations(workspace, look, signal)),
        )
    return {
        "done": 1.0, "order": found.order.astype(np.int32), "signs": found.signs, "likeness": found.likeness,
        "plain": found.plain, "names": names, "turns": signal.lowest < 0, "method": method,
    }  # fmt: skip


def heat_block(workspace: Workspace, given: Given) -> dict[str, Any]:
    """Give the mean trace of some units, and how well each of them follows it.

    Of many steps the least and the greatest value of each `every` of the trace, (columns,).
    Parameters: `look`, `signal`, `units`, `steps`; `turned`, -1 or 1 for each unit, 1 where it is not given;
    `watches`, whether to tell what each unit tells best, which is found out as for `heat_order`.
    """
    look = workspace.look(given.text("look"))
    signal = look.capture.signal(given.text("signal"))
    units = given.wholes("units", 0, signal.units - 1, signal.units)
    turned = [1] * len(units) if given.raw("turned") is None else given.wholes("turned", -1, 1, signal.units)
    if not units or len(turned) != len(units):
        raise FrontalError(f"a block has one unit or more, and a sign for each; got {len(units)} and {len(turned)}")
    steps = given.steps("steps", len(look.capture))
    found = unit_block(look.capture, signal.name, units, steps, turned)
    every = -(-len(found.mean) // BLOCK_COLUMNS)
    limit = max(abs(signal.lowest), abs(signal.highest))
    trace = found.mean.astype(np.float32)[None]
    answer: dict[str, Any] = {
        "first": steps.start, "every": every, "low": _least(trace, every)[0], "high": -_least(-trace, every)[0],
        "following": found.following.astype(np.float32), "means": found.means.astype(np.float32),
        "spreads": found.spreads.astype(np.float32), "agreement": found.agreement, "limit": limit, "done": 1.0,
    }  # fmt: skip
    if given.flag("watches"):
        job = _scoring(workspace, look, signal)
        scored = job.asked(given)
        if scored is None:
            return job.progress
        by_unit = {w.unit: w for w in _told(scored)}
        answer["watches"] = [{"predicate": by_unit[u].predicate, "area": by_unit[u].area} for u in units]
    return answer


def _correlations(workspace: Workspace, look: Look, signal: Signal) -> NDArray[np.float64]:
    return workspace.cached((look.id, "correlations", signal.name), lambda: correlations(look.capture, signal.name))


def _told(found: Scores) -> list[Watcher]:
    """Return what each unit tells best, alike ones together, the surest first."""
    best = [found.watcher(u, int(p)) for u, p in enumerate(found.strength.argmax(1))]
    surest = {w.predicate: w.area for w in sorted(best, key=lambda w: w.area)}  # the last one of a name counts
    return sorted(best, key=lambda w: (-surest[w.predicate], w.predicate, -w.area))


def _scoring(workspace: Workspace, look: Look, signal: Signal) -> Background[Scores]:
    """Return the job that asks the units of a signal what they tell, begun when it is first wanted."""

    def begin() -> Background[Scores]:
        truths = truths_of(look.capture)
        return Background(lambda progress: scores(look.capture, truths, signals=[signal.name], progress=progress))

    return workspace.cached((look.id, "scores", signal.name), begin)


CALLS: dict[str, Call] = {"heat": heat, "heat_order": heat_order, "heat_block": heat_block, "heat_strip": heat_strip}
