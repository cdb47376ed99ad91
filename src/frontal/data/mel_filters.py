"""The mel scale, and the triangles on it that gather a spectrum into bands."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from frontal.errors import FrontalError

Values = NDArray[np.float64]


class Scale(NamedTuple):
    """A scale of pitch, which is about linear below 1 kHz and logarithmic above."""

    mel: Callable[[Values], Values]
    """Hz to mel"""
    hz: Callable[[Values], Values]
    """mel to Hz"""


def _htk_mel(hz: Values) -> Values:
    return 2595 * np.log10(1 + hz / 700)


def _htk_hz(mel: Values) -> Values:
    return 700 * (10 ** (mel / 2595) - 1)


def _slaney_mel(hz: Values) -> Values:
    above = np.log(np.maximum(hz, 1000) / 1000) * 27 / np.log(6.4)
    return np.where(hz < 1000, 3 * hz / 200, 15 + above)


def _slaney_hz(mel: Values) -> Values:
    above = 1000 * np.exp(np.maximum(mel - 15, 0) * np.log(6.4) / 27)
    return np.where(mel < 15, 200 * mel / 3, above)


SCALES = {
    "htk": Scale(_htk_mel, _htk_hz),  # O'Shaughnessy 1987, the HTK Book
    "slaney": Scale(_slaney_mel, _slaney_hz),  # Slaney 1998, Auditory Toolbox
}


def mel_corners(bands: int, low_hz: float, high_hz: float, scale: str) -> Values:
    """Return where bands begin, culminate and end, in Hz, (bands + 2,): band k at corners k, k + 1, k + 2."""
    mel, hz = SCALES[scale]
    first_mel, last_mel = mel(np.array([low_hz, high_hz]))
    return hz(np.linspace(first_mel, last_mel, bands + 2))


def mel_filters(
    rate: float, transform: int, bands: int, low_hz: float, high_hz: float, *, scale: str, area: bool
) -> Values:
    """Return the weights of a power spectrum's bins in each band.

    The corners are equally far apart on the scale; a triangle rises from its lower neighbour's centre
    to its own and falls to its upper neighbour's, linearly in Hz.

    Args:
        rate: sampling rate, Hz.
        transform: length of the Fourier transform, samples.
        bands: number of triangles.
        low_hz: where the first one rises.
        high_hz: where the last one has fallen.
        scale: a name of `SCALES`.
        area: give each triangle the area 1 Hz, in place of the height 1.

    Returns:
        (bands, transform // 2 + 1)

    Raises:
        FrontalError: a band is narrower than the bins of the spectrum, so that none falls into it.
    """
    corners = mel_corners(bands, low_hz, high_hz, scale)
    bins = np.arange(transform // 2 + 1) * rate / transform  # Hz
    low, centre, high = corners[:-2, None], corners[1:-1, None], corners[2:, None]
    rising, falling = (bins - low) / (centre - low), (high - bins) / (high - centre)
    weights = np.maximum(0, np.minimum(rising, falling))
    empty = np.flatnonzero(weights.sum(1) == 0)
    if empty.size:
        first = int(empty[0])
        raise FrontalError(
            f"band {first} from {corners[first]:.0f} to {corners[first + 2]:.0f} Hz holds no bin of the spectrum, "
            f"whose bins are {rate / transform:.1f} Hz apart; use fewer bands than {bands}, or longer frames"
        )
    return weights * (2 / (high - low)) if area else weights
