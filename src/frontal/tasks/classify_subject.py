"""A classifier along labelled sequences, for the microscope."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from frontal.data.inputs import Inputs
from frontal.data.inputs_sound import SoundInputs, one_channel
from frontal.data.inputs_tokens import TokenInputs
from frontal.data.labelled import Labelled
from frontal.data.mel import MelSettings
from frontal.data.mel_filters import mel_corners
from frontal.diagnostics.subject_sequences import UNKNOWN, Sequences
from frontal.tasks.classify_network import SequenceNetwork

ENVELOPE = 8  # parts of a frame of which the least and the greatest sample are kept


class Along(nn.Module):
    """A network of a classifier, calibrated, that answers after every step where it can.

    Args:
        network: of the ensemble.
        temperature: what its logits are divided by, ().
    """

    temperature: Tensor

    def __init__(self, network: nn.Module, temperature: Tensor) -> None:
        super().__init__()
        self.recurrent = cast(SequenceNetwork, network).answers.rnn  # its states are called by the first name it has
        self.network = network
        self.register_buffer("temperature", temperature)

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        """Return logits, as `SequenceNetwork.along`."""
        return cast(SequenceNetwork, self.network).along(x, lengths) / self.temperature


def sequences_subject(
    model: Along, inputs: Inputs, classes: tuple[str, ...], data: Labelled, *, most: int | None = None
) -> Sequences:
    """Return a network along sequences in shuffled order, so that any part of them has all classes.

    Args:
        model: from encoded sequences to logits.
        inputs: how sequences are encoded.
        classes: the K classes.
        data: the sequences; labels that are no class count as unknown.
        most: steps that are looked at: so many sequences as fit, one at least.
    """
    chosen: list[int] = []
    encoded: list[Tensor] = []
    for row in np.random.default_rng(0).permutation(len(data)).tolist():
        x = inputs.encode(data.sequences[row])
        if encoded and most is not None and sum(map(len, encoded)) + len(x) > most:
            break
        chosen.append(row)
        encoded.append(x)
    data = data.select(chosen)
    return Sequences(
        model, encoded, _labels(data, classes), kind=_kind(inputs, data), name=data.name,
        facts={
            "classes": list(classes), "names": data.ids, "labels": None if data.per_step else data.labels,
            "channels": list(data.channels), **_about(inputs),
        },
        beside=_beside(inputs, data, encoded),
    )  # fmt: skip


def _labels(data: Labelled, classes: tuple[str, ...]) -> list[Tensor]:
    """Return the class of each sequence, (), or of its steps, (T,)."""
    numbers = {name: number for number, name in enumerate(classes)}
    if data.labels is None:
        return [torch.tensor(UNKNOWN)] * len(data)
    if data.per_step:
        return [torch.tensor([numbers.get(label, UNKNOWN) for label in labels]) for labels in data.labels]
    return [torch.tensor(numbers.get(str(label), UNKNOWN)) for label in data.labels]


def _kind(inputs: Inputs, data: Labelled) -> str:
    if inputs.tokens:
        return "text"
    if isinstance(inputs, SoundInputs):
        return "sound"
    return "rows" if data.channels and all(name.startswith("pixel_") for name in data.channels) else "numbers"


def _about(inputs: Inputs) -> dict[str, Any]:
    """Return the text of each symbol; of sound its rate, its frames, and the frequencies of the bands."""
    if isinstance(inputs, TokenInputs):
        letters = all(len(token) == 1 for token in inputs.vocabulary)
        return {"symbols": [token if letters else f"{token} " for token in ("�", *inputs.vocabulary)]}
    if not isinstance(inputs, SoundInputs):
        return {}
    heard: MelSettings = inputs.mel.settings
    centres = mel_corners(heard.bands, heard.low_hz, heard.top_hz, heard.scale)[1:-1]
    names = [f"{hz:.0f} Hz" for hz in centres] if heard.coefficients is None else [
        f"cepstral coefficient {number}" for number in range(heard.coefficients)
    ]  # fmt: skip
    seconds = {"hop_seconds": heard.hop / heard.rate, "frame_seconds": heard.frame / heard.rate}
    return {"rate": heard.rate, "channels": names, **seconds}


def _beside(inputs: Inputs, data: Labelled, encoded: list[Tensor]) -> dict[str, NDArray[Any]]:
    """Return the envelope of a sound, by frame the least and the greatest sample of each eighth of its hop."""
    if not isinstance(inputs, SoundInputs):
        return {}
    hop, sounds = inputs.mel.settings.hop, zip(data.sequences, encoded, strict=True)
    parts = [_parts(one_channel(sound), len(frames), hop) for sound, frames in sounds]
    return {
        f"wave_{name}": np.concatenate([of.reduceat(sound, starts).reshape(-1, ENVELOPE) for sound, starts in parts])
        for name, of in (("lowest", np.minimum), ("highest", np.maximum))
    }


def _parts(sound: NDArray[Any], frames: int, hop: int) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Return the samples of so many hops, and where each eighth of a hop begins."""
    return sound[: frames * hop], np.arange(frames * ENVELOPE, dtype=np.int64) * hop // ENVELOPE
