"""The page Match: units that are active along a phrase and only there, and where else they are."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from frontal.diagnostics.match_verdict import match_verdict
from frontal.diagnostics.matching import Matches, Pattern, active, likely_threshold, matches, pattern
from frontal.diagnostics.predicate import Truth
from frontal.diagnostics.snippet import Snippet, snippet
from frontal.errors import FrontalError
from frontal.scope import tiles
from frontal.scope.given import Given
from frontal.scope.track_calls import predicates, track_of
from frontal.scope.workspace import Call, Look, Workspace

SHOWN = 30  # matches
BEFORE = 16  # steps of a snippet before its match
LONGEST = 64  # steps of a snippet from its match on
WINDOW = 2000  # steps that can be asked for at once
PHRASE = 2000  # steps
LEAST, MOST = 3, 80  # steps of an example


def match(workspace: Workspace, given: Given) -> dict[str, Any]:
    """Find the units of a phrase, and the moments at which they are active again, best first.

    Parameters: `look`, `signal`, `phrase` ([first, stop]); `threshold`, a likely one by default; `part`, `left`,
    `right`, `share`, `bridge` as in `frontal.diagnostics.matching`; `track`, by which the matches are judged.
    """
    look, wanted, found = _asked(workspace, given)
    marked, phrase = found.marked(), slice(wanted.first, wanted.stop)
    held = predicates(workspace, look)
    track = given.text("track", "")
    judged = {name: asdict(match_verdict(marked, truth, phrase)) for name, truth in held.items() if truth.any()}
    order = sorted(judged, key=lambda name: judged[name]["f1"] - judged[name]["always"], reverse=True)
    chosen = None if not track else asdict(match_verdict(marked, track_of(workspace, look, track), phrase))
    known = look.capture.signal(wanted.signal)
    return {
        "signal": wanted.signal, "threshold": wanted.threshold, "greatest": max(abs(known.lowest), abs(known.highest)),
        "units": wanted.units, "signs": wanted.signs, "count": len(found), "marked": int(marked.sum()),
        "steps": len(look.capture), "read": found.read, "first": found.first[:SHOWN], "stop": found.stop[:SHOWN],
        "score": found.score[:SHOWN].astype(np.float32), "judged": [{"name": name, **judged[name]} for name in order],
        "chosen": chosen, **_snippets(workspace, look, wanted, found, track),
    }  # fmt: skip


def match_window(workspace: Workspace, given: Given) -> dict[str, Any]:
    """Give some steps of the data to mark a phrase in: `symbols`, or `data` with where sequences begin.

    Parameters: `look`, `steps`; `track`; and, to colour them by the share of its units, those of `match`.
    """
    look = workspace.look(given.text("look"))
    capture = look.capture
    steps = given.steps("steps", len(capture))
    if steps.stop - steps.start > WINDOW:
        raise FrontalError(f"{steps.stop - steps.start} steps are too many to mark a phrase in; ask for {WINDOW}")
    cuts = list(_cuts(look, steps))
    answer: dict[str, Any] = {
        "first": steps.start, "stop": steps.stop, "symbols": [symbol for cut in cuts for symbol in cut.symbols],
        "data": np.concatenate([cut.data for cut in cuts]), "fresh": capture.track("fresh", steps),
        "places": [cut.place for cut in cuts], "starts": [cut.first for cut in cuts],
    }  # fmt: skip
    track = given.text("track", "")
    if track:
        answer["holds"] = track_of(workspace, look, track)[steps]
    if given.raw("phrase") is not None:
        wanted = _wanted(look, given)
        answer["bytes"] = _bytes(active(capture, wanted, steps), wanted)
    return answer


def match_examples(workspace: Workspace, given: Given) -> dict[str, Any]:
    """Name a phrase for each predicate that has one of 3 to 80 steps. Parameters: `look`."""
    look = workspace.look(given.text("look"))
    found = ((name, _example(held, look)) for name, held in predicates(workspace, look).items())
    return {"examples": [{"name": name, "phrase": list(phrase)} for name, phrase in found if phrase is not None]}


def _asked(workspace: Workspace, given: Given) -> tuple[Look, Pattern, Matches]:
    look = workspace.look(given.text("look"))
    wanted = _wanted(look, given)
    share, bridge = given.number("share", 0.01, 1, 1.0), given.whole("bridge", 0, 100, 0)
    key = (look.id, "match", wanted.signal, wanted.first, wanted.stop, wanted.threshold, wanted.part, wanted.left,
           wanted.right, share, bridge)  # fmt: skip
    return look, wanted, workspace.cached(key, lambda: matches(look.capture, wanted, share=share, bridge=bridge))


def _wanted(look: Look, given: Given) -> Pattern:
    signal = look.capture.signal(given.text("signal")).name
    phrase = given.steps("phrase", len(look.capture))
    if phrase.stop - phrase.start > PHRASE:
        raise FrontalError(f"a phrase of {phrase.stop - phrase.start} steps is too long; mark {PHRASE} or fewer")
    sides = {"left": given.flag("left", True), "right": given.flag("right", False)}
    part = given.number("part", 0.01, 1, 1.0)
    if given.raw("threshold") is None:
        threshold = likely_threshold(look.capture, signal, phrase, part=part, **sides)
    else:
        threshold = given.number("threshold", 1e-9, 65504)
    return pattern(look.capture, signal, phrase, threshold, part=part, **sides)


def _snippets(workspace: Workspace, look: Look, wanted: Pattern, found: Matches, track: str) -> dict[str, Any]:
    """Return the first matches with what stands around them, all with their beginnings at the same place."""
    length = min(max(2 * (wanted.stop - wanted.first), 24), LONGEST)
    cuts = [snippet(look.capture, int(first), BEFORE, length) for first in found.first[:SHOWN]]
    starts = np.cumsum([0, *(cut.stop - cut.first for cut in cuts)])
    counts = [active(look.capture, wanted, slice(cut.first, cut.stop)) for cut in cuts]
    answer: dict[str, Any] = {
        "snippets": [_facts(cut) | {"at": int(at)} for cut, at in zip(cuts, starts, strict=False)],
        "bytes": _bytes(np.concatenate([*counts, np.empty(0, np.int64)]), wanted),
        "data": np.concatenate([*(cut.data for cut in cuts), np.empty(0, np.float32)]),
    }  # fmt: skip
    if track:
        holds = track_of(workspace, look, track)
        answer["holds"] = np.concatenate([*(holds[cut.first : cut.stop] for cut in cuts), np.empty(0, np.bool_)])
    return answer


def _facts(cut: Snippet) -> dict[str, Any]:
    return {name: value for name, value in asdict(cut).items() if name != "data"}


def _bytes(counts: NDArray[np.int64], wanted: Pattern) -> NDArray[np.uint8]:
    """Return the share of a pattern's units that are active, 0 .. 1, as bytes."""
    return tiles.quantise(counts / len(wanted.units), 1.0)


def _cuts(look: Look, steps: slice) -> Any:
    """Yield some steps, sequence by sequence."""
    at = steps.start
    while at < steps.stop:
        cut = snippet(look.capture, at, 0, steps.stop - at - 1)
        yield cut
        at = cut.stop


def _example(held: Truth, look: Look) -> tuple[int, int] | None:
    """Return the run of a usual length at which something holds first."""
    fresh = look.capture.track("fresh")
    before = np.r_[False, held[:-1]] & ~fresh
    begins = np.flatnonzero(held & ~before)
    behind = np.r_[held[1:] & ~fresh[1:], False]
    ends = np.flatnonzero(held & ~behind) + 1
    lengths = ends - begins
    good = np.flatnonzero((lengths >= LEAST) & (lengths <= MOST) & (begins > 0))
    if not len(good):
        return None
    usual = np.median(lengths[good])
    k = good[np.abs(lengths[good] - usual).argmin()]
    return int(begins[k]), int(ends[k])


CALLS: dict[str, Call] = {"match": match, "match_window": match_window, "match_examples": match_examples}
