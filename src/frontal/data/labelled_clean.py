"""Sequences of numbers made whole: padding cut, missing values filled, infinite ones refused."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from frontal.errors import FrontalError


def label_text(value: Any) -> str:
    """The text of a label of any plain type: 3, 3.0 and "3" are the same; None and NaN are "".

    >>> [label_text(value) for value in (3, 3.0, " 3", 2.5, True, None, float("nan"))]
    ['3', '3', '3', '2.5', 'True', '', '']
    """
    if isinstance(value, (float, np.floating)):
        if np.isnan(value):
            return ""
        return str(int(value)) if value == np.floor(value) and abs(value) < 1e15 else repr(float(value))
    return "" if value is None else str(value).strip()


def listed(names: Iterable[str], most: int = 3) -> str:
    """The first few of many names, "'a', 'b', 'c', …"."""
    everything = list(names)
    return ", ".join(repr(name) for name in everything[:most]) + (", …" if len(everything) > most else "")


def channel_names(count: int) -> tuple[str, ...]:
    """Names for channels that have none."""
    return ("value",) if count == 1 else tuple(f"channel_{number}" for number in range(1, count + 1))


def whole(
    name: str, sequences: list[NDArray[Any]], channels: tuple[str, ...], ids: list[str], notes: list[str], *, pad: bool
) -> list[NDArray[np.float32]]:
    """Return (T_i, C) float32 without NaN; what was filled or cut goes to `notes`.

    A missing value takes the last one before it in its channel, at the beginning the first
    after it; a channel that a sequence lacks altogether is 0 there. Nothing is taken from
    other sequences, so that one alone reads as it does among others.

    Args:
        name: of the source, for messages.
        sequences: (T_i, C), NaN where missing.
        channels: (C,) names.
        ids: (N,) names of the sequences.
        notes: is added to.
        pad: steps at the end of a sequence without any value are padding, and cut off.

    Raises:
        FrontalError: a value is infinite, or too large for float32.
    """
    result: list[NDArray[np.float32]] = []
    cut: list[str] = []
    filled: dict[str, int] = {}
    absent: list[str] = []
    for label, sequence in zip(ids, sequences, strict=True):
        values = sequence if sequence.dtype == np.float32 else _narrow(sequence)  # (T_i, C)
        if np.isfinite(values.sum(dtype=np.float64)):
            result.append(values)
            continue
        _refuse_infinite(name, label, values, sequence, channels)
        if pad:
            values, steps = _without_padding(values)
            cut += [label] if steps else []
        missing = np.isnan(values)
        if missing.any():
            filled[label] = int(missing.sum())
            absent += [label] if missing.all(axis=0).any() else []
            values = _filled(values, missing)
        result.append(values)
    if cut:
        notes.append(f"Steps without any value at the end of {len(cut)} sequences ({listed(cut)}): cut off as padding.")
    if filled:
        zero = f"; 0 where a sequence has no value of a channel at all ({listed(absent)})" if absent else ""
        notes.append(
            f"Missing values: {sum(filled.values())} in {len(filled)} sequences ({listed(filled)}); filled with the "
            f"last value before, at the beginning with the first after{zero}."
        )
    return result


def _narrow(sequence: NDArray[Any]) -> NDArray[np.float32]:
    with np.errstate(over="ignore"):
        return np.asarray(sequence, dtype=np.float32)


def _refuse_infinite(
    name: str, label: str, values: NDArray[np.float32], source: NDArray[Any], channels: tuple[str, ...]
) -> None:
    found = np.argwhere(np.isinf(values))
    if len(found):
        step, channel = map(int, found[0])
        raise FrontalError(
            f"{name}, sequence {label!r}, step {step + 1}, {channels[channel]!r}: {source[step][channel]:g} is not "
            "a finite number of 32 bits; leave the value empty (NaN) if it is unknown"
        )


def _without_padding(values: NDArray[np.float32]) -> tuple[NDArray[np.float32], int]:
    known = np.flatnonzero(~np.isnan(values).all(axis=1))
    length = int(known[-1]) + 1 if len(known) else 0
    return values[:length], len(values) - length


def _filled(values: NDArray[np.float32], missing: NDArray[np.bool_]) -> NDArray[np.float32]:
    steps = np.arange(len(values))[:, None]  # (T, 1)
    last = np.maximum.accumulate(np.where(missing, -1, steps), axis=0)  # (T, C), -1 before the first value
    first = np.argmin(missing, axis=0)  # (C,), 0 where all are missing
    place = np.where(last < 0, first, last)
    return np.nan_to_num(np.take_along_axis(values, place, axis=0), nan=0.0)
