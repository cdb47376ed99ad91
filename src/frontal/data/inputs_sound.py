"""Sound: frames of mel bands or cepstral coefficients, each of its numbers to mean 0 and spread 1."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, final

import numpy as np
from torch import Tensor

from frontal.data.inputs import Inputs, InputStream, Values
from frontal.data.inputs_numbers import NumberInputs, Scaling
from frontal.data.mel import Mel, MelSettings
from frontal.errors import FrontalError


@final
class SoundInputs(Inputs):
    """(N, 1) samples to (T, F) frames.

    Args:
        mel: how sound becomes frames.
        numbers: how frames are scaled.
    """

    kind = "sound"

    def __init__(self, mel: Mel, numbers: NumberInputs) -> None:
        self.mel, self.numbers = mel, numbers
        self.size = numbers.size

    @classmethod
    def learned(cls, sequences: Sequence[Values], settings: MelSettings, scaling: Scaling) -> SoundInputs:
        """Measure mean and spread over all frames of all sounds."""
        mel = Mel(settings)
        return cls(mel, NumberInputs.learned([mel(one_channel(sound)) for sound in sequences], scaling))

    def encode(self, sequence: Values) -> Tensor:
        """Return a whole sound, which must be as long as a frame at least."""
        return self.numbers.encode(self.mel(one_channel(sequence)))

    def stream(self) -> InputStream:
        """Begin a sound; a frame is ready when its last sample is there."""
        return _Frames(self)

    def to_dict(self) -> dict[str, Any]:
        """The settings of the frames, and how they are scaled."""
        return {"mel": asdict(self.mel.settings), "numbers": self.numbers.to_dict()}

    @classmethod
    def from_dict(cls, saved: dict[str, Any]) -> SoundInputs:
        """The inverse of `to_dict`."""
        return cls(Mel(MelSettings(**saved["mel"])), NumberInputs.from_dict(saved["numbers"]))


class _Frames(InputStream):
    def __init__(self, inputs: SoundInputs) -> None:
        self._mel, self._numbers = inputs.mel.stream(), inputs.numbers.stream()

    def step(self, chunk: Values) -> Tensor:
        return self._numbers.step(self._mel.step(one_channel(chunk)))


def one_channel(sound: Values) -> Values:
    """Return samples (N,) of (N,) or (N, 1).

    Raises:
        FrontalError: several channels.
    """
    samples = np.asarray(sound)
    if samples.ndim == 2 and samples.shape[1] == 1:
        return samples[:, 0]
    if samples.ndim != 1:
        raise FrontalError(f"sound is (N,) or (N, 1) samples of one channel, got {samples.shape}")
    return samples
