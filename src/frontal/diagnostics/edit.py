"""The same model along other data: what would it say, had it read something else?"""

from __future__ import annotations

from copy import copy
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from frontal.diagnostics.subject import Subject
from frontal.diagnostics.subject_sequences import Sequences
from frontal.diagnostics.subject_series import Series
from frontal.diagnostics.subject_text import Text
from frontal.diagnostics.subject_whole import Whole
from frontal.errors import FrontalError


def edited(subject: Subject, first: int, stop: int, values: NDArray[Any]) -> Subject:
    """Return the model along data in which other values stand at some steps.

    Args:
        subject: a text, of which some symbols may be replaced by more or fewer; or a series or sequences,
            which keep their length.
        first, stop: the steps, within one sequence.
        values: ids of symbols, (m,); of a series its values in the network's units, (n,); of
            sequences what is read, (n, C), or ids, (n,).

    Raises:
        FrontalError: there are no such steps, or so many values do not stand there.
    """
    if not 0 <= first <= stop <= len(subject):
        raise FrontalError(f"{subject.name} has the steps 0 to {len(subject)}; {first} to {stop} are not among them")
    other: Any = copy(subject)
    if isinstance(subject, Text):
        given = _symbols(values, len(subject.symbols))
        other.ids = torch.cat([subject.ids[:first], given, subject.ids[stop:]])
        if len(other.ids) < 2:
            raise FrontalError("nothing is left of the text; leave two symbols or more")
    elif isinstance(subject, Series):
        of, at = divmod(first, subject.T)
        other.windows = subject.windows.clone()
        _put(other.windows[of, :, 0], at, at + stop - first, values)
    elif isinstance(subject, Whole):
        of = int(np.searchsorted(subject.starts, first, side="right")) - 1
        at = first - int(subject.starts[of])
        other.sequences = list(subject.sequences)
        other.sequences[of] = subject.sequences[of].clone()
        _put(other.sequences[of], at, at + stop - first, values)
    else:
        raise FrontalError(f"a {type(subject).__name__} cannot be edited; texts, series and sequences can")
    return other


def scaled(subject: Subject, first: int, stop: int, factor: float) -> Subject:
    """Return the model along data that are multiplied at some steps: a series, or sequences of numbers."""
    read = inputs_of(subject, first, stop)
    if read.dtype.kind == "i":
        raise FrontalError(f"{subject.name} is read as symbols, which cannot be multiplied; put others in their place")
    return edited(subject, first, stop, read * factor)


def muted(subject: Subject, first: int, stop: int) -> Subject:
    """Return the model along data of which some steps are silent: each channel as low as it ever is."""
    if not isinstance(subject, Sequences) or subject.sequences[0].dim() == 1:
        raise FrontalError(f"{subject.name} is no sound; mute steps of recordings, or scale those of a series")
    lowest = torch.cat(subject.sequences).amin(0).numpy()
    return edited(subject, first, stop, np.broadcast_to(lowest, (stop - first, len(lowest))))


def inputs_of(subject: Subject, first: int, stop: int) -> NDArray[Any]:
    """Return what a network reads at some steps of one sequence, as `edited` takes it."""
    if isinstance(subject, Text):
        return subject.ids[first:stop].numpy()
    if isinstance(subject, Series):
        return subject.windows[:, :, 0].flatten()[first:stop].numpy()
    if isinstance(subject, Whole):
        return torch.cat(subject.sequences)[first:stop].numpy()
    raise FrontalError(f"a {type(subject).__name__} cannot be edited; texts, series and sequences can")


def _symbols(values: NDArray[Any], count: int) -> torch.Tensor:
    """Return ids; raise `FrontalError` unless they are some of so many symbols."""
    given = np.asarray(values)
    if given.ndim != 1 or (given.size and (given.dtype.kind not in "iu" or given.min() < 0 or given.max() >= count)):
        raise FrontalError(f"a text is edited by ids of symbols, (m,), 0 to {count - 1}; got {given.tolist()!r:.80}")
    return torch.as_tensor(given.astype(np.int64))


def _put(held: torch.Tensor, first: int, stop: int, values: NDArray[Any]) -> None:
    """Write values over some steps; raise `FrontalError` unless they fit."""
    shape = (stop - first, *held.shape[1:])
    if stop > len(held) or np.shape(values) != shape:
        raise FrontalError(
            f"steps {first} to {stop} of a sequence of {len(held)} take values of shape {shape}, got {np.shape(values)}"
        )
    held[first:stop] = torch.as_tensor(np.array(values)).to(held)
