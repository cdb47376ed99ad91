"""One series goes on where another ends: two files, the second of which is for testing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from frontal.data.frequency import time_label
from frontal.data.series import Series
from frontal.errors import FrontalError


def continued(first: Series, second: Series) -> tuple[Series, int]:
    """Put `second` behind `first`.

    What `second` says about times that `first` knows is dropped. Steps that are in neither are filled
    with the last value before them, so that nothing of `second` is known too early; business days
    without a row count as holidays and are not filled. Whatever was done is the end of the notes.

    Args:
        first, second: with the same target and features, and both with times or both without.

    Returns:
        The joined series, and the index of the first value of `second` in it.

    Raises:
        FrontalError: nothing in `second` follows; other columns; times in one of them only; or a gap
            longer than `first`.
    """
    for what in ("target", "feature_names"):
        ours, theirs = getattr(first, what), getattr(second, what)
        if ours != theirs:
            raise FrontalError(f"{second.name} has {what} {theirs!r}, and {first.name} has {ours!r}; they must agree")
    if first.times is None and second.times is None:
        note = f"{second.name} goes on behind {first.name}; neither has times, so its rows are taken as they come."
        return _joined(first, second, None, [note]), len(first)
    if first.times is None or second.times is None:
        with_times, without = (first, second) if second.times is None else (second, first)
        raise FrontalError(
            f"{with_times.name} has times and {without.name} has none; name the column of both with --time COL"
        )
    second, notes = _after(first, second, first.times[-1], second.times)
    missing, more = _gap(first, second)
    filled = np.empty(0, "datetime64[s]")
    if missing and first.frequency is not None:
        filled = first.frequency.after(first.times[-1], missing)
    return _joined(first, second, filled, [*notes, *more]), len(first) + len(filled)


def _after(
    first: Series, second: Series, last: np.datetime64, times: NDArray[np.datetime64]
) -> tuple[Series, list[str]]:
    """The rows of `second` that are later than `last`, and what became of the others."""
    keep = times > last
    if keep.all():
        return second, []
    end = time_label(last, first.frequency)
    if not keep.any():
        raise FrontalError(
            f"{second.name} ends {time_label(times[-1], second.frequency)}, and {first.name} goes on until {end}: "
            "nothing is left to test on; give a file that goes on later"
        )
    assert first.times is not None
    shared, ours, theirs = np.intersect1d(first.times, times, return_indices=True)
    differ = int((first.values[ours] != second.values[theirs]).sum())
    note = f"{second.name}: {(~keep).sum()} of {len(keep)} rows are not after {end}; they were dropped"
    note += f", though {differ} of them differ from {first.name}." if differ else "."
    if len(shared) < (~keep).sum():
        note += f" {(~keep).sum() - len(shared)} of them have times that {first.name} lacks."
    at = int(np.flatnonzero(keep)[0])
    return replace(
        second,
        values=second.values[at:],
        features=second.features[at:],
        times=times[at:],
        observed=second.observed[at:],
    ), [note]


def _gap(first: Series, second: Series) -> tuple[int, list[str]]:
    """How many steps are to be filled in between, and what is to be said about it."""
    assert first.times is not None and second.times is not None
    frequency, last, next_ = first.frequency, first.times[-1], second.times[0]
    if frequency is None:
        return 0, []
    moved = frequency.positions(np.concatenate([first.times[-1:], second.times]))
    between = f"between {time_label(last, frequency)} and {time_label(next_, frequency)}"
    if moved is None:
        note = f"The times of {second.name} are no {frequency} steps after {first.name}; its rows are taken as steps."
        return 0, [note]
    missing = int(moved[1]) - 1
    if missing == 0:
        return 0, []
    unit = f"{frequency.unit}s" if missing > 1 else frequency.unit
    if frequency.unit == "business day":
        return 0, [f"{missing} {unit} {between} without a row: taken as days without trade, not filled."]
    if missing > len(first):
        raise FrontalError(
            f"{missing} steps {between} are in neither file, more than the {len(first)} of {first.name}; "
            "give a test file that follows sooner"
        )
    return missing, [f"{missing} steps {between} are in neither file; filled with the last value before them."]


def _joined(first: Series, second: Series, filled: NDArray[np.datetime64] | None, notes: list[str]) -> Series:
    """The rows of both, with repetitions of the last row at the times `filled` between them."""
    count = 0 if filled is None else len(filled)
    times = frequency = None
    if filled is not None and first.times is not None and second.times is not None:
        times = np.concatenate([first.times, filled, second.times])
        on_grid = first.frequency is not None and first.frequency.positions(times) is not None
        frequency = first.frequency if on_grid else None
    last = len(first) - 1
    return replace(
        first,
        values=np.concatenate([first.values, np.repeat(first.values[last:], count), second.values]),
        features=np.concatenate([first.features, np.repeat(first.features[last:], count, axis=0), second.features]),
        observed=np.concatenate([first.observed, np.zeros(count, bool), second.observed]),
        times=times,
        frequency=frequency,
        notes=[*first.notes, *(f"{second.name}: {note}" for note in second.notes if note not in first.notes), *notes],
    )
