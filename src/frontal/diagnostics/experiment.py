"""What a model says along a part of its data, and what it would say had some units, or the data, been others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from frontal.diagnostics.intervene import Change, clamp, intervening, states_of
from frontal.diagnostics.intervene import replace as put
from frontal.diagnostics.past import Past
from frontal.diagnostics.recording import Recording, evaluating, recording
from frontal.diagnostics.subject import Piece, Subject, Tracks
from frontal.diagnostics.subject_sequences import Sequences
from frontal.diagnostics.subject_text import Text
from frontal.errors import FrontalError

Floats = NDArray[np.float64]
UNITS = {"text": "nats a symbol", "series": "squared error, in the network's units"}


@dataclass(frozen=True)
class Side:
    """One run along some steps.

    Attributes:
        first: the first of the n steps.
        losses: (n,), NaN where there is none.
        tracks: what the model said, as `Subject.tracks` has it.
        states: after every step, (n, U), by their names in a capture.
        outputs: of the model, for the piece that was run.
        after: states to go on from.
    """

    first: int
    losses: Floats
    tracks: Tracks
    states: dict[str, NDArray[np.float32]]
    outputs: Any
    after: Any


@dataclass(frozen=True)
class Experiment:
    """A model as ever, and changed.

    Attributes:
        kind: of the data.
        usual, changed: the two runs.
        steps: which step of `changed` is which of `usual`, counted within each, (2, m).
    """

    kind: str
    usual: Side
    changed: Side
    steps: NDArray[np.intp]

    @property
    def difference(self) -> Floats:
        """Loss of the changed run minus that of the usual one, at the m steps that are the same."""
        return self.changed.losses[self.steps[1]] - self.usual.losses[self.steps[0]]

    @property
    def losses(self) -> tuple[float, float]:
        """Mean losses, usual and changed, over the steps where both have one; NaN without any."""
        both = np.isfinite(self.difference)
        if not both.any():
            return float("nan"), float("nan")
        return (
            float(self.usual.losses[self.steps[0]][both].mean()),
            float(self.changed.losses[self.steps[1]][both].mean()),
        )

    @property
    def delta(self) -> float:
        """How much greater the mean loss is for the change."""
        usual, changed = self.losses
        return changed - usual

    def __str__(self) -> str:
        usual, changed = self.losses
        return f"loss {usual:.4f} -> {changed:.4f}, {self.delta:+.4f} {UNITS.get(self.kind, 'nats a step')}"


def experiment(
    subject: Subject,
    first: int,
    stop: int,
    changes: Sequence[Change] = (),
    *,
    edited: Subject | None = None,
    memory: int | None = None,
    past: Past | None = None,
) -> Experiment:
    """Run a model along some steps of its data twice, the second time changed.

    A text is run from the states that the model has at the first step; of what comes in sequences,
    those that hold the steps are run whole, and `memory` clears all states before the step.

    Args:
        subject: the model and the data.
        first, stop: the steps at which the runs are compared.
        changes: of units; their `steps` are those of the data.
        edited: the same model along other data, from `frontal.diagnostics.edit`.
        memory: the changed model begins with states of zero so many steps before the first; None for all of its past.
        past: of the subject, where there is one already.

    Raises:
        FrontalError: the steps are none of the data, or a change is for no unit of the model.
    """
    if not 0 <= first < stop <= len(subject):
        raise FrontalError(f"{subject.name} has the steps 0 to {len(subject)}; {first} to {stop} are not among them")
    other = subject if edited is None else edited
    whole = subject.around(first, stop)
    begin = max(first - (memory or 0), whole.first if whole.fresh else 0)
    piece = subject.around(begin, stop)
    usual = _run(subject, piece, (past or Past(subject)).before(piece.first), ())
    piece = other.around(begin, stop + len(other) - len(subject))
    if memory is None:
        states = (past or Past(subject)).before(piece.first)
    else:
        piece, states = replace(piece, fresh=True), None
        changes = [*changes, *_forgetting(subject, begin)]
    changed = _run(other, piece, states, changes)
    if not whole.fresh:
        usual, changed = _from(usual, first), _from(changed, first)
    return Experiment(subject.kind, usual, changed, _matched(usual, changed, first, edited))


def measure_of(subject: Subject) -> str:
    """Return what a loss of a subject is counted in, in words."""
    return "nats a step" if isinstance(subject, Sequences) else UNITS.get(subject.kind, "nats a step")


def paste(subject: Subject, taken: int, at: int, *, past: Past | None = None) -> list[Change]:
    """Return changes that put all states after the step `taken` in the place of those after the step `at`."""
    states = experiment(subject, taken, taken + 1, past=past).usual
    row = taken - states.first
    return [put(name, torch.from_numpy(values[row]), step=at) for name, values in states.states.items()]


def _run(subject: Subject, piece: Piece, states: Any, changes: Sequence[Change]) -> Side:
    here = placed(changes, sequence_lengths(subject, piece), piece.first)
    with evaluating(subject.model), torch.no_grad():
        with intervening(subject.model, here) if here else nullcontext(), recording(subject.model) as records:
            outputs, after = subject.run(piece, states)
        losses = subject.losses(piece, outputs).double().numpy()
        tracks = subject.tracks(piece, outputs)
        return Side(piece.first, losses, tracks, dict(_states(records)), outputs, after)


def sequence_lengths(subject: Subject, piece: Piece) -> list[int]:
    """Return how many steps each sequence of a piece has: the model begins anew with each."""
    starts, step = [piece.first], piece.first
    while step < piece.stop:
        here = subject.around(step, step + 1)
        if here.fresh and here.first > piece.first:
            starts.append(here.first)
        step = here.stop
    return np.diff([*starts, piece.stop]).tolist()


def placed(changes: Sequence[Change], lengths: Sequence[int], first: int) -> list[Change]:
    """Return changes at steps of the data as changes at steps of a batch of sequences, one behind another.

    Args:
        changes: their `sequences` are numbers of copies of the whole batch; None for all copies.
        lengths: of the sequences, from the step `first` of the data on.
    """
    found: list[Change] = []
    for change in changes:
        begin = first
        for row, length in enumerate(lengths):
            low = max((change.steps.start or 0) - begin, 0)
            high = length if change.steps.stop is None else min(change.steps.stop - begin, length)
            if low < high:
                copies = change.sequences
                rows = slice(row, None, len(lengths)) if copies is None else row + copies * len(lengths)  # pyright: ignore[reportOperatorIssue]
                found.append(replace(change, steps=slice(low, high), sequences=rows))
            begin += length
    return found


def _forgetting(subject: Subject, step: int) -> Iterator[Change]:
    """Yield what clears all states before a step."""
    for state in states_of(subject.model) if step else ():
        yield clamp(state, None, steps=slice(step - 1, step))


def _states(records: list[Recording]) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Yield every state and its values, (n, U), one sequence after another."""
    for record in records:
        steps = record.valid.T  # (B, T)
        for name, values in record.states(record.after).items():
            yield f"{record.name}/{name}", values.transpose(0, 1)[steps].float().numpy()


def _from(side: Side, first: int) -> Side:
    """Return a run without the steps before one."""
    skip = first - side.first
    return replace(
        side, first=first, losses=side.losses[skip:],
        tracks={name: values[skip:] for name, values in side.tracks.items()},
        states={name: values[skip:] for name, values in side.states.items()},
    )  # fmt: skip


def _matched(usual: Side, changed: Side, first: int, edited: Subject | None) -> NDArray[np.intp]:
    """Return which steps are the same in both runs, (2, m): of an edited text those before and behind the edit."""
    n, m = len(usual.losses), len(changed.losses)
    if not isinstance(edited, Text):
        return np.stack([np.arange(max(first - usual.first, 0), n)] * 2)
    a, b = usual.tracks["symbol"], changed.tracks["symbol"]
    least = min(n, m)
    head = int(np.argmax(np.append(a[:least] != b[:least], True)))
    if head == n == m:
        return np.stack([np.arange(n)] * 2)
    tail = int(np.argmax(np.append((a[n - least :] != b[m - least :])[::-1], True)))
    tail = min(tail, least - head)
    rows = (np.arange(n), np.arange(m))  # the loss of a step is that of the symbol after it
    return np.stack([np.concatenate([row[: max(head - 1, 0)], row[len(row) - tail :]]) for row in rows])
