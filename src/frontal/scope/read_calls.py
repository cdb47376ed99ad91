"""Read: a text, a series or a sound as the network reads it, and what it expected at each step."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from frontal.diagnostics.capture_read import Capture
from frontal.diagnostics.reading import OPINION
from frontal.errors import FrontalError
from frontal.scope import tiles
from frontal.scope.along import along_of
from frontal.scope.given import Given
from frontal.scope.signal_calls import extremes
from frontal.scope.workspace import LIVE, Call, Workspace

RIGHT, WRONG, UNSURE = 0, 1, 2  # verdicts on a first guess, as bytes; `tiles.NONE` where there was none
TYPED = 5000  # characters that are read at every keystroke
GUESSES = 5
LONGEST = 20_000  # steps of which numbers are given at once

Facts = dict[str, Any]
Array = NDArray[Any]


def text(workspace: Workspace, given: Given) -> Facts:
    """Give a text as symbols.

    Parameters: `look`. Answer: `ids`, (N,), and `names`, the letters of each id; `starts`, where its sequences begin,
    if it has some; of what says symbols `verdict`, (N,), 0 where the first guess for a symbol was right, 1 wrong,
    2 below a chance of 0.3, 255 at the first;
    `right`, the share of first guesses that were, `surprise`, the mean, in nats, and `worst`, the step with the most.
    """
    look = workspace.look(given.text("look"))
    if "symbol" not in look.capture.index.tracks:
        raise FrontalError(f"{look.capture.index.name} is no text: its steps are {look.capture.index.kind}")
    return workspace.cached((look.id, "text"), lambda: _text(look.capture))


def near(workspace: Workspace, given: Given) -> Facts:
    """Give what goes with some steps beside the units. Parameters: `look`, `steps`.

    Where something was expected or answered, `guess` and `chance`, (n, 5), are the likeliest first: of a language
    model what it expected at a step before it was read, -1 at the first; of a classifier its answer after the
    step. `names` says what a guess stands for, `facts` in words what each array of one number a step is; `texts` has
    by name a text for each step: of pairs and stories what goes with it.
    """
    capture = workspace.look(given.text("look")).capture
    steps = given.steps("steps", len(capture))
    tracks, facts = capture.index.tracks, capture.index.facts
    found: Facts = {"first": steps.start, "facts": {}, "words": {}, "texts": {}}
    if "beside" in facts:
        found["texts"] = {facts["beside"]: [facts["names"][k] for k in capture.track("sequence", steps).tolist()]}
    if "symbol" in tracks:
        found |= {"symbol": capture.track("symbol", steps), "symbols": facts["symbols"]}
    if "guess" in tracks:
        return found | _expected(capture, steps)
    if "place" in tracks:
        return found | _of_series(capture, steps)
    return found | (_answered(capture, steps) if "answer" in tracks else _judged(capture, steps))


def along(workspace: Workspace, given: Given) -> Facts:
    """Give what was read and said along some steps, at most 20 000; parameters `look`, `steps`; see `along_of`."""
    capture = workspace.look(given.text("look")).capture
    steps = given.steps("steps", len(capture))
    if steps.stop - steps.start > LONGEST:
        raise FrontalError(f"{steps.stop - steps.start} steps are too many at once; ask for at most {LONGEST}")
    return along_of(capture, steps)


def typed(workspace: Workspace, given: Given) -> Facts:
    """Read what is being typed with the model of a look, under the id "live", and give it as `text`, `near`, `unit`.

    Parameters: `look`, whose model; `text`, of 2 characters or more; `signal`, `unit`, whose colours are given,
    on the scale that they have in the look. `next` and `next_chance` are what comes behind the text.
    """
    look, said = workspace.look(given.text("look")), given.text("text")
    if len(said) > TYPED:
        raise FrontalError(f"{len(said)} characters are too many to read at every key; open them as a file instead")
    signal = look.capture.signal(given.text("signal"))
    unit = given.whole("unit", 0, signal.units - 1)
    capture = workspace.open_data(look.id, said, "what is typed", id=LIVE).capture
    limit = max(map(abs, extremes(look.capture, signal.name, unit)))
    values = capture.unit(signal.name, unit)
    return {
        **_text(capture), **_expected(capture, slice(0, len(capture))),
        "bytes": tiles.quantise(values, limit), "values": values, "limit": limit,
        "next": capture.track("guess", slice(len(capture) - 1, len(capture)))[0],
        "next_chance": capture.track("chance", slice(len(capture) - 1, len(capture)))[0],
    }  # fmt: skip


def before(capture: Capture, name: str, steps: slice) -> Array:
    """Return what the step before each step said of it; -1 or NaN at the first of all."""
    said = capture.track(name, slice(max(steps.start - 1, 0), steps.stop - 1))
    if steps.start:
        return said
    none = np.full((1, *said.shape[1:]), -1 if said.dtype.kind == "i" else np.nan, dtype=said.dtype)
    return np.concatenate([none, said])


def verdicts(ids: Array, guess: Array, chance: Array) -> NDArray[np.uint8]:
    """Return a byte a symbol, (n,), from its id, and the first guesses for it, (n,), and their chances."""
    found = np.where(guess == ids, RIGHT, WRONG)
    found = np.where(chance >= OPINION, found, UNSURE)
    return np.where(guess < 0, tiles.NONE, found).astype(np.uint8)


def _text(capture: Capture) -> Facts:
    ids, facts = capture.track("symbol"), capture.index.facts
    found: Facts = {"ids": ids, "names": facts["symbols"], "starts": facts.get("starts", [])}
    if "guess" not in capture.index.tracks:
        return found
    whole = slice(0, len(capture))
    guess, chance = before(capture, "guess", whole)[:, 0], before(capture, "chance", whole)[:, 0]
    surprise = before(capture, "surprise", whole)
    return {
        **found, "verdict": verdicts(ids, guess, chance), "right": float((guess[1:] == ids[1:]).mean()),
        "surprise": float(np.nanmean(surprise)), "worst": int(np.nanargmax(surprise)) if len(capture) > 1 else 0,
    }  # fmt: skip


def _expected(capture: Capture, steps: slice) -> Facts:
    names = ("guess", "chance", "surprise")
    return {
        **{name: before(capture, name, steps) for name in names}, "names": capture.index.facts["symbols"],
        "said": "expected here", "facts": {"surprise": "surprise −log p, nats"},
    }  # fmt: skip


def _of_series(capture: Capture, steps: slice) -> Facts:
    facts = {
        "value": "value", "input": "as the network reads it", "answer": "it says comes next, in its units",
        "followed": "what came, in its units",
    }  # fmt: skip
    times = capture.index.facts["times"]
    places = capture.track("place", steps)
    return {
        **{name: capture.track(name, steps) for name in facts}, "facts": facts,
        **({} if times is None else {"times": [times[place] for place in places.tolist()]}),
    }  # fmt: skip


def _answered(capture: Capture, steps: slice) -> Facts:
    answers = capture.track("answer", steps)
    answers = answers[:, None] if answers.ndim == 1 else answers  # (n, K)
    order = np.argsort(-answers, axis=1, kind="stable")[:, :GUESSES]
    chance = np.take_along_axis(answers, order, 1)
    return {
        "guess": np.where(np.isnan(chance), -1, order).astype(np.int32), "chance": chance,
        "surprise": capture.track("surprise", steps), "label": capture.track("label", steps),
        "names": capture.index.facts["classes"], "said": "its answer after this step",
        "facts": {"surprise": "surprise −log p, nats"}, "words": {"label": "right answer"},
    }  # fmt: skip


def _judged(capture: Capture, steps: slice) -> Facts:
    """Return what an encoder is told at the end of a source: how likely its target is."""
    facts = {"surprise": "−log p of its target, nats a symbol"}
    return {"surprise": capture.track("surprise", steps), "facts": facts}


CALLS: dict[str, Call] = {"text": text, "near": near, "along": along, "typed": typed}
