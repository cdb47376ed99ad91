"""Where everything that a unit may watch holds along a captured text, series or set of sequences."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from frontal.diagnostics.capture_read import Capture
from frontal.diagnostics.predicate import Truth, of_symbols, truths
from frontal.diagnostics.predicates_sequences import ANY, NUMBERS, ROWS, SOUND, of_classes
from frontal.diagnostics.predicates_sequences import Steps as SequenceSteps
from frontal.diagnostics.predicates_series import SERIES, Steps
from frontal.diagnostics.predicates_text import TEXT


def truths_of(capture: Capture) -> dict[str, Truth]:
    """Return where each predicate of a capture's kind holds, bool (N,), by name."""
    if capture.index.kind == "series":
        return _of_series(capture)
    found = _of_text(capture) if "symbol" in capture.index.tracks else {}
    return found | (_of_sequences(capture) if "answer" in capture.index.tracks else {})


def whole_text(capture: Capture) -> tuple[str, NDArray[np.int64]]:
    """Return the text of a capture, and how many characters each of its N symbols has, (N,)."""
    symbols: list[str] = capture.index.facts["symbols"]
    shown = [symbols[i] for i in capture.track("symbol").tolist()]
    return "".join(shown), np.fromiter(map(len, shown), dtype=np.int64, count=len(shown))


def positions(capture: Capture) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the place of each step in its sequence, and the sequence's length, each (N,)."""
    starts = np.flatnonzero(capture.track("fresh"))
    lengths = np.diff(np.append(starts, len(capture)))
    return np.arange(len(capture)) - np.repeat(starts, lengths), np.repeat(lengths, lengths)


def _of_text(capture: Capture) -> dict[str, Truth]:
    whole, lengths = whole_text(capture)
    return {name: of_symbols(held, lengths) for name, held in truths(TEXT, whole, len(whole)).items()}


def _of_series(capture: Capture) -> dict[str, Truth]:
    facts, places = capture.index.facts, capture.track("place")
    times = None if facts["times"] is None else np.array(facts["times"], dtype="datetime64[s]")[places]
    position = np.arange(len(places)) % facts["context"]
    steps = Steps(capture.track("value"), times, capture.track("input"), position, facts["context"])
    return truths(SERIES, steps, len(places))


def _of_sequences(capture: Capture) -> dict[str, Truth]:
    facts, kind, tracks = capture.index.facts, capture.index.kind, capture.index.tracks
    labels, number, answers = (capture.track(name) for name in ("label", "sequence", "answer"))
    starts = np.array(facts["starts"])
    none = np.zeros(len(capture))
    inputs = capture.track("input").reshape(len(capture), -1) if "input" in tracks else none[:, None]
    level, pitch = inputs[:, 0], none
    if kind == "rows":
        level = inputs.mean(1)
    elif kind == "sound":
        level = np.maximum(-capture.track("wave_lowest"), capture.track("wave_highest")).max(1)
        shares = np.exp(inputs - inputs.max(1, keepdims=True))
        pitch = (shares * np.arange(inputs.shape[1])).sum(1) / shares.sum(1)
    likeliest = np.where(np.isnan(answers[:, 0]), -1, answers.argmax(1))
    lengths = np.diff([*starts, len(capture)])[number]
    steps = SequenceSteps(labels, likeliest, np.arange(len(capture)) - starts[number], lengths, level, pitch)
    more = {"sound": SOUND, "rows": ROWS, "numbers": NUMBERS, "text": ()}[kind]
    return truths((*of_classes(facts["classes"], labels), *ANY, *more), steps, len(capture))
