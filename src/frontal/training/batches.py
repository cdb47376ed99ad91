"""Tensors in batches."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from frontal.errors import FrontalError


class Minibatches:
    """Batches of (inputs, targets) along their first dimension, in a new random order every pass.

    The order is drawn from torch's generator, which the training loop seeds; the last batch may
    be smaller. Nothing is copied but the rows of the batch at hand.

    Args:
        inputs: (N, …).
        targets: (N, …).
        batch_size: rows of one batch.
        shuffle: False keeps the given order.
    """

    def __init__(self, inputs: Tensor, targets: Tensor, batch_size: int, *, shuffle: bool = True) -> None:
        if len(inputs) != len(targets):
            raise FrontalError(f"inputs and targets must have as many rows: got {len(inputs)} and {len(targets)}")
        if len(inputs) == 0:
            raise FrontalError("there is nothing to train on: inputs and targets have no rows")
        if batch_size < 1:
            raise FrontalError(f"batch_size must be a whole number >= 1, got {batch_size!r}")
        self.inputs = inputs
        self.targets = targets
        self.batch_size = batch_size
        self.shuffle = shuffle

    def __len__(self) -> int:
        return (len(self.inputs) + self.batch_size - 1) // self.batch_size

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        N = len(self.inputs)
        order = torch.randperm(N) if self.shuffle else torch.arange(N)
        for rows in order.split(self.batch_size):  # (B,)
            yield self.inputs[rows.to(self.inputs.device)], self.targets[rows.to(self.targets.device)]
