"""Arrays, lists and wide frames in memory become sequences and labels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from frontal.data.labelled_clean import channel_names, label_text
from frontal.data.words import WORDS_NOTE, token_array, words
from frontal.errors import FrontalError

_EXPECTED = (
    "a list of arrays (T, channels) or (T,), a list of texts, or an array (sequences, T, channels) or (sequences, T)"
)


def sequences_from(X: Any) -> tuple[list[NDArray[Any]], tuple[str, ...], list[str]]:
    """Return N arrays (T_i, C), the names of the channels, () for tokens, and notes; see `Labelled.from_arrays`."""
    if isinstance(X, (str, bytes, Mapping)):
        raise FrontalError(f"X is a {type(X).__name__}, where {_EXPECTED} is expected; files go to read_labelled")
    array = X if isinstance(X, np.ndarray) else None if isinstance(X, (list, tuple)) else _array(X)
    if array is not None and array.dtype.kind in "buif":
        return _from_block(array)
    rows: list[Any] = list(X if array is None else array)
    if not rows:
        raise FrontalError(f"X is empty, where {_EXPECTED} is expected")
    if all(isinstance(row, str) for row in rows):
        return [token_array(words(row)) for row in rows], (), [WORDS_NOTE]
    if all(_is_tokens(row) for row in rows):
        return [token_array([str(word) for word in row]) for row in rows], (), []
    sequences = [_steps(row, place) for place, row in enumerate(rows)]
    return sequences, channel_names(_same_width(sequences)), []


def by_step(y: list[Any] | None) -> bool:
    """True when the labels are given step by step: one of them is no text and no plain value, but a row."""
    return any(not isinstance(label, str) and np.ndim(label) > 0 for label in y or [])


def labels_from(
    y: list[Any] | None, sequences: list[NDArray[Any]]
) -> tuple[list[str] | list[NDArray[Any]] | None, bool]:
    """Return the labels as texts, or as arrays of texts one a step, and whether they are one a step."""
    if y is None:
        return None, False
    if len(y) != len(sequences):
        raise FrontalError(f"X has {len(sequences)} sequences and y {len(y)} labels; one label a sequence is needed")
    if not by_step(y):
        texts = [label_text(label) for label in y]
        if "" in texts:
            raise FrontalError(f"sequence {texts.index('')} has no label; leave it out of X and y")
        return texts, False
    steps: list[NDArray[Any]] = []
    for place, (labels, sequence) in enumerate(zip(y, sequences, strict=True)):
        if np.ndim(labels) != 1 or len(labels) != len(sequence):
            raise FrontalError(
                f"sequence {place} has {len(sequence)} steps and labels of shape {np.shape(labels)}; "
                f"({len(sequence)},) is expected, one label a step, None or '' where it is unknown"
            )
        steps.append(token_array([label_text(label) for label in labels]))
    return steps, True


def _array(X: Any) -> NDArray[Any]:
    if not hasattr(X, "__array__") and not hasattr(X, "to_numpy"):
        raise FrontalError(f"X is a {type(X).__name__}, where {_EXPECTED} is expected")
    return np.asarray(X if hasattr(X, "__array__") else X.to_numpy())


def _from_block(array: NDArray[Any]) -> tuple[list[NDArray[Any]], tuple[str, ...], list[str]]:
    if array.ndim not in (2, 3) or 0 in array.shape:
        raise FrontalError(f"X has shape {array.shape}; (sequences, T, channels) or (sequences, T) is expected")
    block = array[:, :, None] if array.ndim == 2 else array  # (N, T, C)
    return list(block.astype(np.float32, copy=False)), channel_names(block.shape[2]), []


def _is_tokens(row: Any) -> bool:
    return isinstance(row, (list, tuple, np.ndarray)) and len(row) > 0 and all(isinstance(word, str) for word in row)


def _steps(row: Any, place: int) -> NDArray[Any]:
    """(T, C) float64."""
    try:
        values = np.asarray(row)
        values = values.astype(np.float64, casting="unsafe" if values.dtype.kind == "O" else "same_kind")
    except (TypeError, ValueError):  # text, dates, complex numbers, rows of unequal length
        raise FrontalError(f"sequence {place} is not an array of numbers; {_EXPECTED} is expected") from None
    if values.ndim == 1:
        return values[:, None]
    if values.ndim != 2:
        raise FrontalError(f"sequence {place} has shape {values.shape}; (T, channels) or (T,) is expected")
    return values


def _same_width(sequences: list[NDArray[Any]]) -> int:
    width = sequences[0].shape[1]
    for place, sequence in enumerate(sequences):
        if sequence.shape[1] != width:
            raise FrontalError(
                f"sequence {place} has {sequence.shape[1]} channels, the first has {width}; "
                "all need the same, as (T, channels)"
            )
    if not width:
        raise FrontalError("the sequences have no channels: their shape is (T, 0)")
    return width
