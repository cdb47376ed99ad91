"""How well numbers tell apart where something holds: the area under the ROC curve, for many at once."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Floats = NDArray[np.float64]


def areas(values: Array, labels: Array) -> Floats:
    """Return for each row of values and of labels the probability that a true step has the greater value.

    A tie counts half (Mann & Whitney 1947). 0.5 means that the value says nothing, 0 that it is
    always smaller where the label holds; NaN stands where a label never or always holds.

    Args:
        values: float16, (U, n).
        labels: bool, (P, n).

    Returns:
        (U, P).
    """
    held = labels.astype(np.float64)
    true = held.sum(1)  # (P,)
    false = labels.shape[1] - true
    with np.errstate(invalid="ignore", divide="ignore"):
        sums = np.stack([held @ ranks(row) for row in values])  # of ranks where each label holds, (U, P)
        return (sums - true * (true + 1) / 2) / (true * false)


def ranks(values: Array) -> Floats:
    """Return the rank of each of n float16 numbers, from 1; equal ones share the mean of their ranks.

    There are 65 536 different float16 numbers at most, so they are counted, not sorted.
    """
    bits = (values + np.float16(0)).view(np.int16).astype(np.int64)  # -0 becomes 0
    order = np.where(bits < 0, -(bits & 0x7FFF), bits) + 0x8000  # as the numbers are ordered
    counts = np.bincount(order, minlength=0x10000)
    below = np.cumsum(counts) - counts
    return (below + (counts + 1) / 2)[order]
