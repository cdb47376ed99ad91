"""The same model in another arithmetic, along the same data."""

from __future__ import annotations

from copy import copy, deepcopy
from typing import Any

import torch
from torch import nn

from frontal.diagnostics.subject import Subject
from frontal.errors import FrontalError, did_you_mean
from frontal.layers.layer import Layer

VARIANTS = {
    "bfloat16": "bfloat16 weights",
    "reference": "the reference loop",
}


def variant(subject: Subject, name: str) -> Subject:
    """Return a subject whose model is a copy in another arithmetic; the model itself stays.

    Args:
        subject: the model and the data.
        name: "bfloat16", whose weights have 8 significant bits, while sums are still of the model's own
            precision; or "reference", which runs the loop that judges all kernels.

    Raises:
        FrontalError: the name is none of these.
    """
    if name not in VARIANTS:
        raise FrontalError(f"no arithmetic is called {name!r}; {did_you_mean(name, VARIANTS)}")
    other: Any = copy(subject)
    other.model = deepcopy(subject.model)
    if name == "bfloat16":
        _round(other.model)
    else:
        for part in other.model.modules():
            if isinstance(part, Layer):
                part.backend = "reference"
    return other


def _round(model: nn.Module) -> None:
    """Round all weights to bfloat16, and keep them in their own precision."""
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.is_floating_point():
                parameter.copy_(parameter.to(torch.bfloat16))
