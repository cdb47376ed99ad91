"""Heads: from features to outputs, from outputs and targets to a loss, from outputs to predictions."""

from __future__ import annotations

from abc import ABC, abstractmethod
from math import prod
from typing import Any

import torch
from torch import Tensor, nn

from frontal.errors import FrontalError
from frontal.layers.attention import checked_size
from frontal.layers.attention_mask import valid_steps
from frontal.layers.sequence import Lengths


class Head(nn.Module, ABC):
    """A linear map of features, with a loss and predictions.

    Features are (…, F), or, with lengths, sequences (B, T, F). Steps beyond the lengths are never
    read: NaN there changes neither a loss nor a gradient.

    Args:
        features: of what comes in, F.
        output_shape: of the outputs of one step.
        target_shape: of the target of one step.
    """

    def __init__(self, features: int, output_shape: tuple[int, ...], target_shape: tuple[int, ...]) -> None:
        super().__init__()
        self.features = checked_size(self, "features", features)
        self.output_shape, self.target_shape = output_shape, target_shape
        self.linear = nn.Linear(features, prod(output_shape))

    def forward(self, features: Tensor, lengths: Lengths | None = None) -> Tensor:
        """Return outputs, (…, *output_shape), of features, (…, F).

        Raises:
            FrontalError: other features, or lengths that do not fit (B, T, F).
        """
        if not isinstance(features, Tensor) or features.dim() == 0 or features.shape[-1] != self.features:
            given = tuple(features.shape) if isinstance(features, Tensor) else type(features).__name__
            raise FrontalError(f"{type(self).__name__}: features must be (…, F) with F = {self.features}, got {given}")
        if lengths is not None:
            features = features.masked_fill(~self.valid(features, lengths)[..., None], 0)
        return self.linear(features).unflatten(-1, self.output_shape)

    @abstractmethod
    def loss(self, outputs: Tensor, targets: Any, lengths: Lengths | None = None) -> Tensor:
        """Return the loss, a scalar, of outputs against targets, over valid steps."""

    @abstractmethod
    def predict(self, outputs: Tensor) -> Any:
        """Return the best guess."""

    def valid(self, grid: Tensor, lengths: Lengths) -> Tensor:
        """Return which steps of (B, T, …) count, bool (B, T)."""
        name = type(self).__name__
        if grid.dim() < 3:
            raise FrontalError(f"{name}: lengths are for sequences, (B, T, …); got {tuple(grid.shape)}")
        return valid_steps(lengths, grid.shape[0], grid.shape[1], grid.device, name)

    def checked_outputs(self, outputs: Tensor) -> Tensor:
        """Return outputs; raise `FrontalError` unless they can come from this head."""
        shape = self.output_shape
        if outputs.shape[outputs.dim() - len(shape) :] != shape:
            sizes = ", ".join(map(str, shape))
            raise FrontalError(f"{type(self).__name__}: outputs must be (…, {sizes}), got {tuple(outputs.shape)}")
        return outputs


class StepHead(Head, ABC):
    """A head with a target for every step; its loss is the mean over valid steps."""

    def loss(self, outputs: Tensor, targets: Tensor, lengths: Lengths | None = None) -> Tensor:
        """Return the mean loss over all valid steps of all sequences, a scalar.

        Args:
            outputs: (…, *output_shape), or (B, T, *output_shape) with lengths.
            targets: (…, *target_shape).
            lengths: valid steps of each sequence, 0 .. T, (B,); by default all.

        Raises:
            FrontalError: shapes that do not fit, or no valid step at all.
        """
        name, steps = type(self).__name__, self.checked_outputs(outputs).dim() - len(self.output_shape)
        wanted = (*outputs.shape[:steps], *self.target_shape)
        if not isinstance(targets, Tensor) or targets.shape != wanted:
            given = tuple(targets.shape) if isinstance(targets, Tensor) else type(targets).__name__
            raise FrontalError(f"{name}: targets must be {wanted} for these outputs, got {given}")
        if lengths is None:
            rows, goals = outputs.reshape(-1, *self.output_shape), targets.reshape(-1, *self.target_shape)
        else:
            valid = self.valid(outputs, lengths)
            rows, goals = outputs[valid], targets[valid]
        if not len(rows):
            raise FrontalError(f"{name}: there are no targets, {wanted} with lengths {lengths}; a mean needs one")
        return self.mean_loss(rows, goals)

    @abstractmethod
    def mean_loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Return the mean over N >= 1 steps, of outputs (N, *output_shape) and targets (N, *target_shape)."""


def checked_whole(targets: Tensor, low: int, high: int, where: str) -> Tensor:
    """Return targets as int64; raise `FrontalError` unless they are whole numbers within low .. high."""
    if targets.is_floating_point() or targets.is_complex() or targets.dtype == torch.bool:
        raise FrontalError(f"{where}: targets must be whole numbers, got {targets.dtype}; use .long()")
    if targets.numel() and not (low <= int(targets.min()) and int(targets.max()) <= high):
        worst = next(int(n) for n in targets.flatten() if not low <= n <= high)
        raise FrontalError(f"{where}: targets must be within {low} .. {high}, got {worst}")
    return targets.long()


def checked_like(targets: Tensor, outputs: Tensor, where: str) -> Tensor:
    """Return targets; raise `FrontalError` unless they have the outputs' dtype, as they must without autocast."""
    if targets.dtype != outputs.dtype and not torch.is_autocast_enabled(outputs.device.type):
        raise FrontalError(f"{where}: targets are {targets.dtype}, outputs {outputs.dtype}; convert: .to(outputs)")
    return targets
