"""The way of the states through their space, seen along its widest directions, from a capture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from frontal.diagnostics.capture_index import SHARD, Signal
from frontal.diagnostics.capture_read import Capture
from frontal.errors import FrontalError

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Plane:
    """The principal axes of some signals of one layer, side by side: S numbers a step.

    Attributes:
        signals: their names.
        mean: (S,).
        axes: orthonormal, from the widest on, (K, S); the greatest number of each is positive.
        shares: of the variance along each of all S axes, (S,); they add up to 1, or are 0 where nothing moves.
    """

    signals: tuple[str, ...]
    mean: Floats
    axes: Floats
    shares: Floats

    def project(self, states: NDArray[Any]) -> Floats:
        """Return where states, (…, S), lie along the axes, (…, K)."""
        return (states - self.mean) @ self.axes.T

    @property
    def dimensions(self) -> float:
        """The participation ratio, 1 / Σ share²: in how many directions the states spread evenly; 0 for none."""
        power = float((self.shares**2).sum())
        return 1 / power if power > 0 else 0.0


def plane_of(capture: Capture, signals: list[str], *, axes: int = 3) -> Plane:
    """Find the principal axes of signals over all steps of a capture (Pearson 1901), in one pass over it.

    Raises:
        FrontalError: an unknown signal, or signals of several layers.
    """
    known = [capture.signal(name) for name in signals]
    layers = sorted({signal.layer for signal in known})
    if len(layers) != 1:
        raise FrontalError(f"one plane shows the states of one layer; got signals of {', '.join(layers) or 'none'}")
    size = sum(signal.units for signal in known)
    shift = _joined(capture, known, slice(0, 1))[0]
    total, products = np.zeros(size), np.zeros((size, size))
    for at in range(0, len(capture), SHARD):
        values = _joined(capture, known, slice(at, min(at + SHARD, len(capture)))) - shift  # (n, S)
        total += values.sum(0)
        products += values.T @ values
    mean = total / len(capture)
    spread, directions = np.linalg.eigh(products / len(capture) - np.outer(mean, mean))
    spread, directions = np.maximum(spread[::-1], 0), directions[:, ::-1].T
    directions = directions[:axes]
    largest = np.take_along_axis(directions, np.abs(directions).argmax(1)[:, None], 1)
    whole = spread.sum()
    shares = spread / whole if whole > 0 else spread
    return Plane(tuple(s.name for s in known), shift + mean, directions * np.where(largest < 0, -1, 1), shares)


def points(
    capture: Capture, plane: Plane, *, most: int, steps: slice = slice(None)
) -> tuple[NDArray[np.int64], Floats]:
    """Return at most `most` steps, evenly apart, and where the states lie along a plane's axes: (n,), (n, K)."""
    first, stop, _ = steps.indices(len(capture))
    stride = max(1, -(-(stop - first) // most))
    known = [capture.signal(name) for name in plane.signals]
    chosen = np.arange(first, stop, stride)
    parts = [np.empty((0, len(plane.axes)))]
    block = max(1, SHARD // stride) * stride
    for at in range(first, stop, block):
        values = _joined(capture, known, slice(at, min(at + block, stop)))
        parts.append(plane.project(values[::stride]))
    return chosen, np.concatenate(parts)


def _joined(capture: Capture, signals: list[Signal], steps: slice) -> Floats:
    """Return signals side by side, (n, S)."""
    return np.concatenate([capture.values(s.name, steps=steps) for s in signals]).T.astype(np.float64)
