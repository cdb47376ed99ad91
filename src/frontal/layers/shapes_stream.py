"""Answers while the sequence arrives."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

import torch
from torch import Tensor

from frontal.errors import FrontalError
from frontal.layers.layer import Layer

if TYPE_CHECKING:
    from frontal.layers.shapes import ManyToMany, ManyToOne


@final
class AnswerStream:
    """B sequences, step by step; `ManyToOne.stream(B)` or `ManyToMany.stream(B)` makes one.

    A step gives what the network answers to the sequence so far. The network must be in evaluation
    mode if its head has dropout.

    Example:
        >>> import torch, frontal
        >>> from torch import nn
        >>> from frontal.layers import ManyToOne
        >>> stream = ManyToOne(frontal.LSTM(3, 8), nn.Linear(8, 5), pooling="mean").stream()
        >>> for x in torch.randn(100, 1, 3):
        ...     answer = stream.step(x)
        >>> answer.shape
        torch.Size([1, 5])
    """

    def __init__(self, network: ManyToOne | ManyToMany, batch_size: int = 1) -> None:
        if not isinstance(network.rnn, Layer):
            raise FrontalError(
                "only a network over one recurrent layer runs step by step, not one over a stack of them"
            )
        self._network = network
        self._stream = network.rnn.stream(batch_size)
        self._pooling = getattr(network, "pooling", "last")
        self.reset()

    def reset(self) -> None:
        """Begin anew."""
        self._stream.reset()
        self.steps = 0
        self._pooled: Tensor | None = None

    @torch.no_grad()
    def step(self, x: Tensor) -> Tensor:
        """Advance by one step.

        Args:
            x: (B, I).

        Returns:
            The answer to the sequence so far, (B, …).
        """
        output = self._stream.step(x)
        self.steps += 1
        if self._pooled is None or self._pooling == "last":
            self._pooled = output.clone()
        elif self._pooling == "max":
            self._pooled = torch.maximum(self._pooled, output)
        else:
            self._pooled += (output - self._pooled) / self.steps
        return self._network.head(self._pooled)
