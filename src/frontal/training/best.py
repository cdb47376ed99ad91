"""The best weights so far."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from math import inf

import torch
from torch import Tensor, nn


class Best:
    """A copy of a model's best parameters and buffers, at first (epoch 0) as they are now."""

    def __init__(self, model: nn.Module) -> None:
        self._model = model
        self._score = inf
        self.take(0)

    @property
    def epoch(self) -> int:
        """The epoch the copy is from."""
        return self._taken[0]

    def offer(self, epoch: int, score: float) -> None:
        """Take the model as it is now if its score is the lowest yet."""
        if score < self._score:
            self._score = score
            self.take(epoch)

    def take(self, epoch: int) -> None:
        """Take the model as it is now."""
        copies = {name: tensor.detach().clone() for name, tensor in self._tensors()}
        self._taken = (epoch, copies)  # one assignment: an interrupt finds the old copy or the new one

    @torch.no_grad()
    def restore(self) -> None:
        """Put the copy back into the model's own tensors."""
        for name, tensor in self._tensors():
            tensor.copy_(self._taken[1][name])

    def __str__(self) -> str:
        return f"its best weights, of epoch {self.epoch}" if self.epoch else "the weights it began with"

    def _tensors(self) -> Iterator[tuple[str, Tensor]]:
        return chain(self._model.named_parameters(), self._model.named_buffers())
