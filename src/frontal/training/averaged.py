"""The mean of the weights of several epochs, which is often better than any of them."""

from __future__ import annotations

from typing import final

import torch
from torch import Tensor, nn

from frontal.errors import FrontalError


@final
class Averaged:
    """The weights of the `count` epochs with the lowest scores, and their mean (Polyak & Juditsky 1992).

    Args:
        model: offered after an epoch, as it is then.
        count: epochs in the mean, at most.
    """

    def __init__(self, model: nn.Module, count: int) -> None:
        if not isinstance(count, int) or count < 1:
            raise FrontalError(f"count must be a whole number >= 1, got {count!r}")
        self._model, self._count = model, count
        self._kept: list[tuple[float, int, dict[str, Tensor]]] = []
        self._offered = 0

    @property
    def epochs(self) -> list[int]:
        """Which epochs the mean is of, counted from 1, in order."""
        return sorted(epoch for _, epoch, _ in self._kept)

    def offer(self, score: float) -> None:
        """Keep the model as it is now if its score is among the lowest."""
        self._offered += 1
        if len(self._kept) == self._count and score >= self._kept[-1][0]:
            return
        copies = {name: p.detach().clone() for name, p in self._model.named_parameters()}
        self._kept = sorted([*self._kept, (score, self._offered, copies)], key=lambda kept: kept[:2])[: self._count]

    @torch.no_grad()
    def apply(self) -> None:
        """Put the mean into the model's own parameters; without an offer they stay as they are."""
        if not self._kept:
            return
        for name, parameter in self._model.named_parameters():
            parameter.copy_(torch.stack([copies[name] for _, _, copies in self._kept]).mean(0))
