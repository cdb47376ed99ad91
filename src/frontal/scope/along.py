"""What a network read along some steps and what it said, for a page that draws both."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

import numpy as np

from frontal.diagnostics.capture_read import Capture

Facts = dict[str, Any]


def along_of(capture: Capture, steps: slice) -> Facts:
    """Return what was read along some steps, and what was said.

    `read`, (C, n), with the names of its `channels`. Of a series `answer` and `followed`, (n,), in the network's
    units, NaN but at the last step of each window of `context` steps, and `times`. Of sequences `said`, (K, n), the
    chance of each of `classes`; of them and of pairs `parts`: first step, name and right answer of each. Of sound
    `wave`, (2, 8n), the least and the greatest sample of each eighth of a frame, `hop_seconds`, and `rate`.
    """
    facts = capture.index.facts
    found: Facts = {"kind": capture.index.kind, "first": steps.start}
    if "place" in capture.index.tracks:
        return found | _series(capture, steps)
    if "symbol" in capture.index.tracks:
        found |= {"symbol": capture.track("symbol", steps), "symbols": facts["symbols"]}
    else:
        found |= {"read": _across(capture, "input", steps), "channels": facts["channels"]}
    if "wave_lowest" in capture.index.tracks:
        ends = [capture.track(f"wave_{end}", steps).ravel() for end in ("lowest", "highest")]
        found |= {"wave": np.stack(ends), "hop_seconds": facts["hop_seconds"], "rate": facts["rate"]}
    if "sequence" in capture.index.tracks:
        found["parts"] = parts(facts, steps)
    if "answer" in capture.index.tracks:
        found |= {"said": _across(capture, "answer", steps), "classes": facts["classes"]}
    return found


def parts(facts: Any, steps: slice) -> list[Facts]:
    """Return the sequences that some steps touch: where each begins, its name, and its right answer if it has one."""
    starts = np.asarray(facts["starts"])
    first = int(np.searchsorted(starts, steps.start, side="right")) - 1
    stop = int(np.searchsorted(starts, steps.stop))
    names, labels = facts.get("names"), facts.get("labels")
    return [
        {
            "first": int(starts[k]),
            "name": str(k) if names is None else str(names[k]),
            "label": None if labels is None else str(labels[k]),
        }
        for k in range(first, stop)
    ]


def _series(capture: Capture, steps: slice) -> Facts:
    facts = capture.index.facts
    places = capture.track("place", steps)
    times = None if facts["times"] is None else [facts["times"][place] for place in places.tolist()]
    return {
        "read": capture.track("value", steps)[None], "channels": [PurePath(capture.index.name).name],
        "context": facts["context"], "times": times,
        **{name: capture.track(name, steps) for name in ("input", "answer", "followed")},
    }  # fmt: skip


def _across(capture: Capture, name: str, steps: slice) -> Any:
    """Return a track as (width, n)."""
    values = capture.track(name, steps)
    return values[None] if values.ndim == 1 else np.ascontiguousarray(values.T)
