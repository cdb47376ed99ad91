"""The page Experiment: change units, the past or the data, and see what the network says then."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from frontal.diagnostics import intervene
from frontal.diagnostics.continuation import continuation
from frontal.diagnostics.edit import edited, inputs_of, muted, scaled
from frontal.diagnostics.experiment import Experiment, Side, experiment, measure_of, paste
from frontal.diagnostics.intervene import Change
from frontal.diagnostics.past import Past
from frontal.diagnostics.subject import Subject
from frontal.diagnostics.subject_pairs import Half
from frontal.diagnostics.subject_sequences import Sequences
from frontal.diagnostics.subject_text import Text
from frontal.errors import FrontalError
from frontal.scope.experiment_script import Asked, numbers, script
from frontal.scope.given import Given
from frontal.scope.workspace import Call, Look, Workspace

LONGEST = 2000  # steps of one experiment
WAYS = ("zero", "hold", "mean", "scale", "add")
MOST_CHANGES = 32
WRITTEN = 400  # symbols of a continuation

SAID = ("symbol", "guess", "chance", "input", "answer")
TOLD = ("symbols", "classes", "channels", "rate", "hop_seconds")

Facts = dict[str, Any]


def run(workspace: Workspace, given: Given) -> Facts:
    """Run a model as ever and changed, along the same steps.

    Parameters: `look`; `steps`, [a, b], at which the change acts, in one sequence; `before` and `after`, how
    many more are shown of a text; `changes`, a list of {signal, units, how, value}; `paste`, a step whose
    states are put in the place of those after a; `edit`, {text}, {values} or {factor}, 0 for silence; `memory`,
    steps before the first shown at which the states are cleared; `signal` and `unit`, whose values are given.
    Answer: losses by step and their means, what was said before and after, and `script`.
    """
    look = live(workspace, given)
    at = _acted(look, given)
    first, stop = _shown(look, at, given)
    past = past_of(workspace, look)
    changes, written = _changes(look, given, at)
    taken = given.raw("paste")
    with look.lock:
        subject = subject_of(look)
        if taken is not None:
            taken = given.whole("paste", 0, len(subject) - 1)
            changes = [*changes, *paste(subject, taken, at.start, past=past)]
        other, edit = _edited(look, given, at)
        memory = None if given.raw("memory") is None else given.whole("memory", 0, len(subject))
        found = experiment(subject, first, stop, changes, edited=other, memory=memory, past=past)
        asked = Asked(first, stop, at, written, taken, edit, memory)
        writing = _written(look, given, found)
    losses = found.losses
    return {
        "kind": found.kind, "at": [at.start, at.stop], "usual": losses[0], "changed": losses[1], "delta": found.delta,
        "measure": measure_of(subject), "matched": found.steps.astype(np.int32),
        "difference": found.difference.astype(np.float32), "script": script(look, asked), **writing,
        **_side("usual", found.usual, given), **_side("changed", found.changed, given), **_facts(look, at),
    }  # fmt: skip


def live(workspace: Workspace, given: Given) -> Look:
    """Return the look that is asked for, whose model can be run again."""
    look = workspace.look(given.text("look"))
    if look.subject is None:
        raise FrontalError(
            f"{look.title} is a capture without its model, and an experiment runs the model; open the run instead"
        )
    return look


def subject_of(look: Look) -> Subject:
    """Return the model and the data of a look that is `live`."""
    assert look.subject is not None
    return look.subject


def past_of(workspace: Workspace, look: Look) -> Past:
    """Return the states of a look's model along its data, found out once."""
    return workspace.cached((look.id, "past"), lambda: Past(subject_of(look)))


def _acted(look: Look, given: Given) -> slice:
    """Return the steps at which a change acts: of sequences those of the one in which the first of them is."""
    at, subject = given.steps("steps", len(look.capture)), subject_of(look)
    if isinstance(subject, Text):
        return at
    return slice(at.start, min(at.stop, subject.around(at.start, at.start + 1).stop))


def _shown(look: Look, at: slice, given: Given) -> tuple[int, int]:
    """Return the steps at which the runs are compared: of a sequence those from the change on."""
    subject = subject_of(look)
    if not isinstance(subject, Text):
        return at.start, subject.around(at.start, at.stop).stop
    before, after = given.whole("before", 0, 500, 20), given.whole("after", 0, 500, 40)
    shown = slice(max(at.start - before, 0), min(at.stop + after, len(subject)))
    return capped(shown).start, shown.stop


def capped(steps: slice) -> slice:
    """Return steps; raise `FrontalError` for too many."""
    if steps.stop - steps.start > LONGEST:
        raise FrontalError(f"{steps.stop - steps.start} steps are too many for an experiment; choose at most {LONGEST}")
    return steps


def _changes(look: Look, given: Given, at: slice) -> tuple[list[Change], list[str]]:
    """Return what was asked for, and how Python writes it."""
    asked = given.raw("changes") or []
    if not isinstance(asked, list) or len(asked) > MOST_CHANGES:  # pyright: ignore[reportUnknownArgumentType]
        raise FrontalError(f"changes must be a list of at most {MOST_CHANGES}")
    found: list[Change] = []
    written: list[str] = []
    for one in asked:  # pyright: ignore[reportUnknownVariableType]
        if not isinstance(one, dict):
            raise FrontalError(f"a change must be an object with signal, units, how and value; got {one!r}")
        for change, words in _change(look, Given(one), at):  # pyright: ignore[reportUnknownArgumentType]
            found.append(change)
            written.append(words)
    return found, written


def _change(look: Look, one: Given, at: slice) -> list[tuple[Change, str]]:
    signal = look.capture.signal(one.text("signal"))
    units = one.wholes("units", 0, signal.units - 1, signal.units)
    how = one.choice("how", WAYS, "zero")
    if how == "mean":
        means = [(unit, float(look.capture.unit(signal.name, unit).mean())) for unit in units]
        return [_call("clamp", signal.name, [unit], mean, at) for unit, mean in means]
    value = 0.0 if how == "zero" else one.number("value", -1e6, 1e6)
    return [_call({"zero": "clamp", "hold": "clamp"}.get(how, how), signal.name, units, value, at)]


def _call(name: str, signal: str, units: list[int], value: float, at: slice) -> tuple[Change, str]:
    which = units[0] if len(units) == 1 else units
    words = f"{name}({signal!r}, {which}, {value!r}, steps=slice({at.start}, {at.stop}))"
    return getattr(intervene, name)(signal, units, value, steps=at), words


def _edited(look: Look, given: Given, at: slice) -> tuple[Subject | None, str | None]:
    """Return the subject along other data, and how Python makes it; None where nothing was edited."""
    raw, subject = given.raw("edit"), subject_of(look)
    if raw is None:
        return None, None
    if not isinstance(raw, dict) or len(raw) != 1:  # pyright: ignore[reportUnknownArgumentType]
        raise FrontalError("edit must be an object with text, values or factor")
    edit, place = Given(raw), f"subject, {at.start}, {at.stop}"  # pyright: ignore[reportUnknownArgumentType]
    if edit.raw("factor") is not None:
        factor = edit.number("factor", -1e3, 1e3)
        if factor == 0 and isinstance(subject, Sequences):
            return muted(subject, at.start, at.stop), f"muted({place})"
        return scaled(subject, at.start, at.stop, factor), f"scaled({place}, {factor!r})"
    if edit.raw("text") is not None:
        text = edit.text("text", "")
        ids = _encoded(look, text)
        words = f"model.tokenizer.encode({text!r})" if isinstance(subject, Text) else f"np.array({ids.tolist()})"
        return edited(subject, at.start, at.stop, ids), f"edited({place}, {words})"
    values = edit.raw("values")
    if not isinstance(values, list):
        raise FrontalError("edit must be an object with text, values or factor")
    try:
        array = np.array(values, dtype=np.float32)
    except (TypeError, ValueError) as error:
        raise FrontalError(f"edit.values must be numbers: {error}") from error
    if not np.isfinite(array).all():
        raise FrontalError("edit.values must be finite numbers")
    return edited(subject, at.start, at.stop, array), f"edited({place}, {numbers(array)})"


def _encoded(look: Look, text: str) -> NDArray[np.int64]:
    """Return the ids of a text's symbols."""
    if look.capture.index.kind != "text":
        raise FrontalError(f"{look.title} is no text that could be edited as one")
    tokenizer: Any = getattr(look.model, "tokenizer", None)
    if tokenizer is not None:
        return np.asarray(tokenizer.encode(text), dtype=np.int64)
    if isinstance(look.subject, Half):
        return np.asarray(look.subject.spell(text), dtype=np.int64)
    if "input" in look.capture.index.tracks:
        raise FrontalError(f"{look.title} reads whole sentences; edit their words along the words")
    symbols = look.capture.index.facts["symbols"]
    known = {symbol: number for number, symbol in enumerate(symbols)}
    if all(len(symbol) == 1 for symbol in symbols):
        return np.array([known.get(letter, 0) for letter in text], dtype=np.int64)
    words = re.findall(r"\S+\s?", text)
    return np.array([known.get(word, known.get(f"{word.strip()} ", 0)) for word in words], dtype=np.int64)


def _side(name: str, side: Side, given: Given) -> Facts:
    """Return one run: what it said, its losses, and the values of the chosen unit."""
    said = {
        key: values for key, values in side.tracks.items() if key in ("symbol", "guess", "chance", "input", "answer")
    }
    found: Facts = {f"{name}_first": side.first, f"{name}_loss": side.losses.astype(np.float32)}
    if side.tracks.get("place") is not None:
        last = side.outputs.shape[0]
        found[f"{name}_forecast"] = side.outputs.reshape(last, side.outputs.shape[1], -1)[-1, :, 0].float().numpy()
    signal = given.text("signal", "")
    if signal in side.states:
        unit = given.whole("unit", 0, side.states[signal].shape[1] - 1, 0)
        found[f"{name}_unit"] = side.states[signal][:, unit]
    return found | {f"{name}_{key}": values for key, values in said.items()}


def _facts(look: Look, at: slice) -> Facts:
    """Return what one needs to know to show both runs."""
    facts, capture = look.capture.index.facts, look.capture
    found: Facts = {
        key: facts[key] for key in ("symbols", "classes", "channels", "rate", "hop_seconds") if key in facts
    }
    if "label" in capture.index.tracks:
        label = int(capture.track("label", slice(at.start, at.start + 1))[0])
        found["label"] = None if label < 0 else facts["classes"][label]
    if "place" in capture.index.tracks:
        whole = subject_of(look).around(at.start, at.start + 1)
        steps = slice(whole.first, whole.stop)
        followed = float(capture.track("followed", steps)[-1])
        found |= {"value": capture.track("value", steps), "followed": followed, "place": capture.track("place", steps)}
    if not isinstance(subject_of(look), Text) and "input" in capture.index.tracks:
        found["inputs"] = inputs_of(subject_of(look), at.start, at.stop).astype(np.float32)
    return found


def _written(look: Look, given: Given, found: Experiment) -> Facts:
    """Return how a text goes on with and without the change, if that was asked for."""
    subject = subject_of(look)
    count = given.whole("write", 0, WRITTEN, 0)
    if not isinstance(subject, Text) or not count:
        return {}
    how: Facts = {"temperature": given.number("temperature", 0.01, 10, 0.7), "seed": given.whole("seed", 0, 2**31, 0)}
    return {
        "usual_text": [subject.symbols[k] for k in continuation(subject, found.usual, count, **how)],
        "changed_text": [subject.symbols[k] for k in continuation(subject, found.changed, count, **how)],
    }


CALLS: dict[str, Call] = {"experiment": run}
