"""Channels of numbers, each to mean 0 and spread 1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, final

import numpy as np
import torch
from torch import Tensor

from frontal.data.inputs import Inputs, InputStream, Pieces, Values, as_tensor
from frontal.errors import FrontalError

Scaling = Literal["channel", "all", "none"]
FARTHEST = 10.0  # spreads from the mean; what lies beyond, as in a channel that hardly ever moves, is cut


@final
class NumberInputs(Inputs):
    """(T, C) to (T, C): (x - mean) / spread, cut at ±`FARTHEST`.

    Args:
        mean, spread: (C,) each; None leaves the numbers as they are.
        channels: C.
    """

    kind = "numbers"

    def __init__(self, channels: int, mean: Tensor | None = None, spread: Tensor | None = None) -> None:
        self.size, self.mean, self.spread = channels, mean, spread

    @classmethod
    def learned(cls, sequences: Sequence[Values], scaling: Scaling) -> NumberInputs:
        """Measure mean and spread over all steps: of each channel, of all channels as one, or not at all."""
        steps = np.concatenate(sequences).astype(np.float64)  # (Σ T, C)
        if scaling == "none":
            return cls(steps.shape[1])
        axis = 0 if scaling == "channel" else None
        shape = steps.shape[1:]
        spread = np.broadcast_to(steps.std(axis), shape)
        mean = np.broadcast_to(steps.mean(axis), shape)
        return cls(steps.shape[1], _float(mean), _float(np.where(spread > 0, spread, 1.0)))

    def stream(self) -> InputStream:
        """Begin a sequence; every step is ready at once."""
        return Pieces(self._scaled)

    def _scaled(self, chunk: Values) -> Tensor:
        x = as_tensor(chunk)
        if x.dim() == 1:
            x = x[:, None] if self.size == 1 else x.reshape(-1, len(x) or self.size)
        if x.dim() != 2 or x.shape[1] != self.size:
            raise FrontalError(f"a sequence is (T, C) with C = {self.size} channels here, got {tuple(x.shape)}")
        if not bool(x.isfinite().all()):
            raise FrontalError("the values must be finite numbers; fill or leave out what is missing")
        if self.mean is None or self.spread is None:
            return x
        return ((x - self.mean) / self.spread).clamp(-FARTHEST, FARTHEST)

    def to_dict(self) -> dict[str, Any]:
        """Channels, mean and spread."""
        lists = {
            name: None if part is None else part.tolist()
            for name, part in (("mean", self.mean), ("spread", self.spread))
        }
        return {"channels": self.size, **lists}

    @classmethod
    def from_dict(cls, saved: dict[str, Any]) -> NumberInputs:
        """The inverse of `to_dict`."""
        mean, spread = (None if saved[name] is None else torch.tensor(saved[name]) for name in ("mean", "spread"))
        return cls(int(saved["channels"]), mean, spread)


def _float(values: Any) -> Tensor:
    return torch.tensor(np.ascontiguousarray(values), dtype=torch.float32)
