"""Sequences with their labels: the one structure that every reader returns and every classifier takes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from frontal.data.labelled_arrays import by_step, labels_from, sequences_from
from frontal.data.labelled_clean import listed, whole
from frontal.data.numbers import is_number
from frontal.errors import FrontalError

Kind = Literal["numbers", "tokens"]


@dataclass(frozen=True, eq=False)
class Labelled:
    """Sequences of unequal length, each (or each of its steps) with a label.

    Attributes:
        name: of the file or folder, for messages.
        sequences: N arrays, (T_i, C) float32 without NaN; for kind "tokens" (T_i,) str objects. T_i >= 1.
        labels: N texts; or N arrays (T_i,) of str objects where `per_step`, "" being an
            unlabelled step; None when the labels are unknown.
        channels: names of the C columns; () for tokens.
        kind: "numbers" or "tokens".
        per_step: every step has a label of its own.
        ids: (N,) what a message calls each sequence.
        split: (N,) "train" or "test", where the data have an official split; else None.
        rate: samples a second, for sound; else None.
        notes: everything guessed or repaired, for a person to read.
    """

    name: str
    sequences: list[NDArray[Any]]
    labels: list[str] | list[NDArray[Any]] | None
    channels: tuple[str, ...]
    kind: Kind
    per_step: bool
    ids: list[str]
    split: list[str] | None = None
    rate: float | None = None
    notes: list[str] = field(default_factory=list[str])

    def __post_init__(self) -> None:
        counts = [len(self.ids), *(len(part) for part in (self.labels, self.split) if part is not None)]
        assert set(counts) == {len(self.sequences)}, f"{len(self.sequences)} sequences, but {counts} of the rest"

    def __len__(self) -> int:
        return len(self.sequences)

    @property
    def classes(self) -> list[str]:
        """The labels that occur, each once: in order of number where all are numbers, else of text."""
        found: set[str] = set()
        for label in self.labels or []:
            found.update([label] if isinstance(label, str) else label.tolist())
        found.discard("")
        return in_order(found)

    @property
    def lengths(self) -> NDArray[np.int64]:
        """(N,) number of steps of each sequence."""
        return np.array([len(sequence) for sequence in self.sequences], dtype=np.int64)

    def select(self, indices: Sequence[int] | NDArray[Any]) -> Self:
        """Some of the sequences, in the order of `indices`: (M,) integers, or (N,) booleans."""
        places = np.asarray(indices)
        chosen = [int(place) for place in (np.flatnonzero(places) if places.dtype == np.bool_ else places)]
        return replace(
            self,
            sequences=[self.sequences[place] for place in chosen],
            labels=None if self.labels is None else [self.labels[place] for place in chosen],
            ids=[self.ids[place] for place in chosen],
            split=None if self.split is None else [self.split[place] for place in chosen],
        )

    @classmethod
    def from_arrays(cls, X: Any, y: Iterable[Any] | None = None) -> Labelled:
        """Take what scikit-learn users have in memory.

        Args:
            X: a list of N arrays, (T_i, C) or (T_i,); or of N texts or lists of words; or one
                array (N, T, C) or (N, T), NaN at the end of a sequence being padding that is
                cut off; or a frame with a sequence a row. Frames in long form: `read_labelled`.
            y: (N,) labels of any plain type, or N sequences (T_i,) of them, one a step; None if unknown.

        Raises:
            FrontalError: a sequence is empty, has an infinite value or other channels than
                the first, or X and y differ in length; the message names the sequence.

        >>> Labelled.from_arrays([[0.5, 1.0], [2.0]], [7, 9]).labels
        ['7', '9']
        """
        given = None if y is None else list(y)
        sequences, channels, notes = sequences_from(X)
        ids = [str(place) for place in range(len(sequences))]
        kind: Kind = "numbers" if channels else "tokens"
        if channels:
            sequences = list(whole("the data", sequences, channels, ids, notes, pad=not by_step(given)))
        empty = [label for label, sequence in zip(ids, sequences, strict=True) if not len(sequence)]
        if empty:
            raise FrontalError(f"sequence {empty[0]} is empty; each needs one step at least: leave it out of X and y")
        labels, per_step = labels_from(given, sequences)
        return cls("the data", sequences, labels, channels, kind, per_step, ids, notes=notes)


def in_order(labels: Iterable[str]) -> list[str]:
    """Sorted: by number where all are numbers, else by text.

    >>> in_order(["10", "9", "-1"]), in_order(["b", "10", "9"])
    (['-1', '9', '10'], ['10', '9', 'b'])
    """
    found = list(labels)
    return sorted(found, key=float) if all(map(_is_float, found)) else sorted(found)


def _is_float(text: str) -> bool:
    return is_number(text) and "," not in text


def assemble(data: Labelled, *, pad: bool = False) -> Labelled:
    """What every reader of files ends with: values made whole, empty sequences dropped and noted.

    Args:
        data: as read: NaN where missing, sequences of length 0.
        pad: see `whole`.

    Raises:
        FrontalError: nothing is left, or a value is infinite.
    """
    notes = data.notes
    if data.kind == "numbers":
        sequences = list(whole(data.name, data.sequences, data.channels, data.ids, notes, pad=pad))
        data = replace(data, sequences=sequences)
    lengths = data.lengths
    empty = [data.ids[place] for place in np.flatnonzero(lengths == 0)]
    if len(empty) == len(data):
        raise FrontalError(f"{data.name} holds no sequence" + (" with a step in it" if empty else ""))
    if empty:
        notes.append(f"Sequences without any step: {len(empty)} ({listed(empty)}); they were left out.")
        data = data.select(lengths > 0)
    return _with_labels(data)


def _with_labels(data: Labelled) -> Labelled:
    """Without the sequences that have no label, unless none has one."""
    if data.labels is None or data.per_step:
        return data if data.classes else replace(data, labels=None)
    known = np.array([label != "" for label in data.labels])
    if not known.any():
        return replace(data, labels=None)
    notes = data.notes
    if not known.all():
        without = [data.ids[place] for place in np.flatnonzero(~known)]
        notes.append(f"Sequences without a label: {len(without)} ({listed(without)}); they were left out.")
        data = data.select(known)
    if len(data.classes) == 1:
        notes.append(f"All labels are {data.classes[0]!r}: with one class there is nothing to learn.")
    return data
