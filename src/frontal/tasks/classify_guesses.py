"""What the recipe of classification fills in from the training part, and what it says about that."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from frontal.data.inputs import Inputs
from frontal.data.inputs_numbers import NumberInputs
from frontal.data.inputs_sound import SoundInputs
from frontal.data.inputs_tokens import TokenInputs
from frontal.data.labelled import Labelled
from frontal.data.mel import MelSettings
from frontal.data.ragged import Ragged
from frontal.diagnostics.classification import UNKNOWN
from frontal.errors import FrontalError
from frontal.tasks.classify_model import UNLABELLED, Examples
from frontal.tasks.classify_settings import ClassifySettings

ALPHABET = 64  # different tokens up to which they are taken for letters, which are all known
BATCH, BATCHES = (8, 128), 20
KINDS: dict[str, type[Any]] = {kind.kind: kind for kind in (NumberInputs, TokenInputs, SoundInputs)}


def complete(settings: ClassifySettings, data: Labelled) -> tuple[ClassifySettings, list[str]]:
    """Return the settings without None where a guess is due, and a sentence about each guess."""
    guesses: dict[str, Any] = {}
    notes: list[str] = []
    if settings.batch_size is None:
        guesses["batch_size"] = int(np.clip(len(data) // BATCHES, *BATCH))
    if settings.bidirectional is None:
        guesses["bidirectional"] = settings.per_step
        if settings.per_step:
            notes.append("Every step is labelled with what comes before and after it (bidirectional=true).")
    if settings.min_count is None and data.kind == "tokens":
        few = len({token for sequence in data.sequences for token in sequence}) <= ALPHABET
        guesses["min_count"] = 1 if few else 2
        if not few:
            notes.append("Tokens that occur once only are taken for unknown ones (min_count=2).")
    return settings.replace(**guesses), notes


def learn_inputs(settings: ClassifySettings, data: Labelled) -> Inputs:
    """Learn from the training part how its sequences are given to a network."""
    if data.kind == "tokens":
        return TokenInputs.learned(data.sequences, least=settings.min_count or 1, most=settings.vocabulary)
    if data.rate is not None:
        if settings.per_step:
            raise FrontalError(f"{data.name}: a label for every step is for numbers and tokens, not for sound")
        coefficients = settings.bands // 3 if settings.sound == "mfcc" else None
        heard = MelSettings(data.rate, bands=settings.bands, coefficients=coefficients)
        return SoundInputs.learned(data.sequences, heard, settings.scaling)
    return NumberInputs.learned(data.sequences, settings.scaling)


def encode(data: Labelled, inputs: Inputs, classes: tuple[str, ...]) -> Examples:
    """Return encoded sequences and their classes; labels that are no class get `UNKNOWN`, empty ones `UNLABELLED`."""
    numbers = {name: number for number, name in enumerate(classes)} | {"": UNLABELLED}
    sequences = Ragged(inputs.encode_all(data.sequences))
    if data.labels is None:
        raise FrontalError(f"{data.name} has no labels to learn from or to measure by")
    if not data.per_step:
        return Examples(sequences, _numbers(data.labels, numbers))
    return Examples(sequences, Ragged([_numbers(labels, numbers) for labels in data.labels]))


def class_weights(settings: ClassifySettings, examples: Examples, classes: int) -> Tensor | None:
    """Return N / (K · count) for each class where they are to be balanced, (K,)."""
    if settings.class_weights == "none":
        return None
    counts = class_counts(examples, classes)
    return counts.sum() / (classes * counts.clamp_min(1))


def class_counts(examples: Examples, classes: int) -> Tensor:
    """Return how often each class occurs, float (K,)."""
    targets = examples.targets if isinstance(examples.targets, Tensor) else examples.targets.values
    return torch.bincount(targets[targets >= 0], minlength=classes).float()


def _numbers(labels: Any, numbers: dict[str, int]) -> Tensor:
    return torch.tensor([numbers.get(label, UNKNOWN) for label in labels], dtype=torch.int64)
