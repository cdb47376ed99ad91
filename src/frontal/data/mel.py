"""Sound as a network reads it: log-mel bands or cepstral coefficients (MFCC), a frame every few milliseconds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from frontal.data.mel_filters import SCALES, mel_filters
from frontal.errors import FrontalError, did_you_mean

BLOCK = 4096  # frames worked on at once, so that an hour of sound takes little memory


@dataclass(frozen=True)
class MelSettings:
    """How sound becomes frames; times in milliseconds, frequencies in Hz."""

    rate: float
    """samples a second"""
    frame_ms: float = 25.0
    """sound that one frame looks at"""
    hop_ms: float = 10.0
    """from one frame to the next"""
    bands: int = 40
    """mel bands"""
    coefficients: int | None = None
    """cepstral coefficients in place of the bands: the first so many of their discrete cosine transform"""
    low_hz: float = 20.0
    """where the lowest band begins"""
    high_hz: float | None = None
    """where the highest band ends; None: half the rate"""
    scale: str = "htk"
    """htk or slaney"""
    area: bool = False
    """bands of the same area, in place of the same height"""
    floor: float = 1e-10
    """power that silence is lifted to before the logarithm"""

    def __post_init__(self) -> None:
        """Refuse what cannot be, with its name."""
        if self.scale not in SCALES:
            raise FrontalError(f"scale={self.scale!r}; {did_you_mean(str(self.scale), SCALES)}")
        for name in ("rate", "frame_ms", "hop_ms", "floor"):
            if not (np.isfinite(getattr(self, name)) and getattr(self, name) > 0):
                raise FrontalError(f"{name}={getattr(self, name)}: a number above 0 is expected")
        if self.bands < 1:
            raise FrontalError(f"bands={self.bands}: 1 at least is expected")
        if self.coefficients is not None and not 1 <= self.coefficients <= self.bands:
            raise FrontalError(f"coefficients={self.coefficients}: 1 to {self.bands} is expected, the number of bands")
        if not 0 <= self.low_hz < self.top_hz <= self.rate / 2:
            raise FrontalError(
                f"low_hz={self.low_hz} and high_hz={self.top_hz}: expected 0 ≤ low_hz < high_hz ≤ {self.rate / 2:g}, "
                "half the rate"
            )
        if self.frame < 2 or self.hop < 1:
            raise FrontalError(
                f"a frame of {self.frame_ms:g} ms every {self.hop_ms:g} ms is {self.frame} samples every {self.hop} "
                f"at {self.rate:g} Hz; expected 2 at least, every 1 at least"
            )

    @property
    def frame(self) -> int:
        """Samples in a frame."""
        return round(self.rate * self.frame_ms / 1000)

    @property
    def hop(self) -> int:
        """Samples from one frame to the next."""
        return round(self.rate * self.hop_ms / 1000)

    @property
    def transform(self) -> int:
        """Length of the Fourier transform: the next power of two, filled with zeros."""
        return 1 << (self.frame - 1).bit_length()

    @property
    def top_hz(self) -> float:
        """Where the highest band ends."""
        return self.rate / 2 if self.high_hz is None else self.high_hz

    @property
    def features(self) -> int:
        """Numbers in a frame."""
        return self.bands if self.coefficients is None else self.coefficients


class Mel:
    """Turns sound into frames: window, power spectrum, mel bands, logarithm, and for MFCC a cosine transform.

    No frame reaches beyond the sound: frame t looks at samples t·hop to t·hop + frame, so that it
    is known frame_ms after its begin, and `stream()` gives the same numbers while the sound arrives.
    Davis & Mermelstein 1980.

    Args:
        settings: a `MelSettings`, or the rate in Hz.
        fields: of the settings, by name, that are to be other than there.

    Example:
        >>> mel = Mel(8000, bands=20)
        >>> mel(np.sin(np.arange(8000))).shape  # one second
        (98, 20)
    """

    def __init__(self, settings: MelSettings | float, **fields: Any) -> None:
        chosen = settings if isinstance(settings, MelSettings) else MelSettings(settings)
        self.settings = replace(chosen, **fields)
        s = self.settings
        self._window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(s.frame) / s.frame)  # Hann, periodic
        self._filters = mel_filters(s.rate, s.transform, s.bands, s.low_hz, s.top_hz, scale=s.scale, area=s.area)
        self._cosines = None if s.coefficients is None else cosines(s.bands)[: s.coefficients]

    def frames(self, samples: int) -> int:
        """Return how many frames lie within so many samples."""
        s = self.settings
        return max(0, 1 + (samples - s.frame) // s.hop)

    def __call__(self, sound: Any) -> NDArray[np.float32]:
        """Return the frames of a whole sound.

        Args:
            sound: (N,) samples, or (B, N).

        Returns:
            (T, features), or (B, T, features), natural logarithms of power, or their cosine transform.

        Raises:
            FrontalError: shorter than one frame, or samples that are not finite.
        """
        samples = checked(sound)
        if self.frames(samples.shape[-1]) == 0:
            s = self.settings
            raise FrontalError(
                f"{samples.shape[-1]} samples are {1000 * samples.shape[-1] / s.rate:.1f} ms at {s.rate:g} Hz, "
                f"shorter than one frame of {s.frame_ms:g} ms"
            )
        return self.complete(samples)

    def stream(self) -> MelStream:
        """Return what turns one sound into frames while it arrives."""
        return MelStream(self)

    def complete(self, samples: NDArray[np.float64]) -> NDArray[np.float32]:
        """Return the frames (…, T, features) that lie within samples (…, N); T may be 0."""
        s = self.settings
        count = self.frames(samples.shape[-1])
        out = np.empty((*samples.shape[:-1], count, s.features), dtype=np.float32)
        if count:
            windows = np.lib.stride_tricks.sliding_window_view(samples, s.frame, axis=-1)[..., :: s.hop, :]
            for first in range(0, count, BLOCK):
                out[..., first : first + BLOCK, :] = self._features(windows[..., first : first + BLOCK, :])
        return out

    def _features(self, frames: NDArray[np.float64]) -> NDArray[np.float64]:
        spectrum = np.fft.rfft(frames * self._window, self.settings.transform)
        power = spectrum.real**2 + spectrum.imag**2  # (…, T, bins)
        logs = np.log(np.maximum(power @ self._filters.T, self.settings.floor))  # (…, T, bands)
        return logs if self._cosines is None else logs @ self._cosines.T


class MelStream:
    """Frames of one sound while it arrives; `Mel.stream()` makes one.

    Whatever the pieces it comes in, the frames are those of the whole.
    """

    def __init__(self, mel: Mel) -> None:
        self._mel = mel
        self.reset()

    def reset(self) -> None:
        """Begin a new sound."""
        self._kept: NDArray[np.float64] | None = None  # samples that frames to come will look at
        self._skip = 0  # samples still to come that no frame looks at, where hop is longer than frame

    def step(self, chunk: Any) -> NDArray[np.float32]:
        """Take the next samples and return the frames that they complete.

        Args:
            chunk: (n,) samples, or (B, n), B the same every time; n may be 0.

        Returns:
            (t, features) or (B, t, features); t may be 0.

        Raises:
            FrontalError: samples that are not finite, or another B than before.
        """
        new = checked(chunk)
        if self._kept is not None and self._kept.shape[:-1] != new.shape[:-1]:
            raise FrontalError(f"chunk has the shape {new.shape}, where the stream began with {self._kept.shape[:-1]}")
        dropped = min(self._skip, new.shape[-1])
        self._skip -= dropped
        new = new[..., dropped:]
        samples = new if self._kept is None else np.concatenate([self._kept, new], axis=-1)
        frames = self._mel.complete(samples)
        used = frames.shape[-2] * self._mel.settings.hop
        self._skip += max(0, used - samples.shape[-1])
        self._kept = samples[..., used:].copy()
        return frames


def cosines(bands: int) -> NDArray[np.float64]:
    """Return the orthonormal discrete cosine transform of type II as a matrix (coefficient, band)."""
    angles = np.pi / bands * np.outer(np.arange(bands), np.arange(bands) + 0.5)
    scale = np.where(np.arange(bands) == 0, np.sqrt(1 / bands), np.sqrt(2 / bands))
    return scale[:, None] * np.cos(angles)


def checked(sound: Any) -> NDArray[np.float64]:
    """Return samples (N,) or (B, N) as float64; refuse other shapes, and what is not finite."""
    samples = np.asarray(sound, dtype=np.float64)
    if samples.ndim not in (1, 2):
        raise FrontalError(f"sound has the shape {samples.shape}; (samples,) or (batch, samples) is expected")
    wrong = np.argwhere(~np.isfinite(samples))
    if len(wrong):
        raise FrontalError(f"sample {int(wrong[0][-1])} is {samples[tuple(wrong[0])]}, which is not a finite number")
    return samples
