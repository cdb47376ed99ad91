"""Sound at another sampling rate, by a windowed sinc."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from frontal.errors import FrontalError

CROSSINGS = 64  # zero crossings of the sinc to each side
KAISER_BETA = 9.0  # of its window: what lies beyond half the lower rate is 90 dB down
CUTOFF = 0.955  # of half the lower rate, where the filter has halved the amplitude; flat up to 0.91
MOST_PHASES = 100_000
GROUP = 128  # outputs formed by one matrix product
MOST_FLOATS = 1 << 21  # copied at once


def resample(samples: NDArray[np.float32], rate: float, target: float) -> NDArray[np.float32]:
    """Bring sound from `rate` to `target` samples a second.

    In theory: put zeros between the samples until both rates divide the rate, low-pass, keep every
    n-th. Here only the products with samples are formed, and only for what is kept: a set of filter
    taps for each of the phases in which an output can stand to the inputs (Crochiere & Rabiner 1981).
    The sound counts as silent before and after.

    Args:
        samples: (N,) or (channels, N).
        rate: Hz.
        target: Hz.

    Returns:
        (ceil(N · target / rate),), or channels of it, float32; the first sample keeps its time.

    Raises:
        FrontalError: a rate that is not above 0, or two without a common measure worth the name.
    """
    up, down = _ratio(rate, target)
    if up == down or samples.size == 0:
        return samples.astype(np.float32)
    sound = samples.astype(np.float32)
    flat = sound.reshape(-1, sound.shape[-1])
    return np.stack([_resampled(channel, up, down) for channel in flat]).reshape(*sound.shape[:-1], -1)


def _resampled(sound: NDArray[np.float32], up: int, down: int) -> NDArray[np.float32]:
    """Form many outputs by one matrix product: `turn` of them, whose inputs come again `stride` further on."""
    taps, half = phases(up, down)
    count = -(-len(sound) * up // down)
    turns = max(1, GROUP // up)
    turn, stride = up * turns, down * turns
    rows = -(-count // turn)
    padded = np.pad(sound, (half - 1, max(rows * stride + half - len(sound), 0)))
    out = np.empty((rows, turn), dtype=np.float32)
    for first in range(0, turn, GROUP):
        places, phase = np.divmod(np.arange(first, min(first + GROUP, turn)) * down, up)
        width = int(places[-1] - places[0]) + 2 * half
        weights = np.zeros((width, len(places)), dtype=np.float32)
        weights[(places - places[0]) + np.arange(2 * half)[:, None], np.arange(len(places))] = taps[phase].T
        windows = np.lib.stride_tricks.sliding_window_view(padded, width)[int(places[0]) :: stride][:rows]
        at_once = max(1, MOST_FLOATS // width)
        for row in range(0, rows, at_once):
            block = np.ascontiguousarray(windows[row : row + at_once])
            out[row : row + len(block), first : first + len(places)] = block @ weights
    return out.reshape(-1)[:count]


@lru_cache(maxsize=4)
def phases(up: int, down: int) -> tuple[NDArray[np.float32], int]:
    """Return the filter of a ratio, cut into phases.

    Returns:
        (up, 2 · half): row p weighs the inputs from `half - 1` before to `half` after the one at or
        before an output, which comes p / up of a step later; and half. Not to be changed: it is kept.
    """
    lower = min(1.0, up / down)  # of the two rates, in units of the input's
    half = int(np.ceil(CROSSINGS / lower)) + 1
    step = np.arange(-half + 1, half + 1)  # inputs, seen from the one at or before the output
    time = np.arange(up)[:, None] / up - step  # output minus input, in steps of the input
    window = np.i0(KAISER_BETA * np.sqrt(np.maximum(1 - (time * lower / CROSSINGS) ** 2, 0)))
    inside = np.abs(time) * lower <= CROSSINGS
    taps = np.sinc(CUTOFF * lower * time) * window * inside
    return (taps / taps.sum(1, keepdims=True)).astype(np.float32), half


def _ratio(rate: float, target: float) -> tuple[int, int]:
    for name, value in (("rate", rate), ("target", target)):
        if not (np.isfinite(value) and value > 0):
            raise FrontalError(f"{name}={value} Hz: a sampling rate is a number above 0")
    ratio = Fraction(target) / Fraction(rate)
    if max(ratio.numerator, ratio.denominator) > MOST_PHASES:
        raise FrontalError(
            f"{rate:g} Hz to {target:g} Hz is the ratio {ratio.numerator} : {ratio.denominator}; rates with a "
            f"ratio up to {MOST_PHASES:,} are expected, such as whole numbers of Hz"
        )
    return ratio.numerator, ratio.denominator
