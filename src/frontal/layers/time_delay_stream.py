"""A time-delay network that reads one step at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import final

import torch
from torch import Tensor

from frontal.errors import FrontalError

Run = Callable[[Tensor, tuple[Tensor, ...]], tuple[Tensor, tuple[Tensor, ...]]]


@final
class TimeDelayStream:
    """B sequences, step by step; `network.stream(B)` makes one.

    A step gives what the network gives at the last step of the sequence so far, without gradients.
    Parameters may change in between.

    Args:
        run: runs (T, B, I) behind a history; returns the outputs and the new history.
        empty: the history before the first step.
        input_size: I.

    Example:
        >>> import torch, frontal
        >>> stream = frontal.TimeDelay(3, [8, 8], taps=5).stream()
        >>> for x in torch.randn(100, 1, 3):
        ...     y = stream.step(x)
        >>> y.shape
        torch.Size([1, 8])
    """

    def __init__(self, run: Run, empty: tuple[Tensor, ...], input_size: int) -> None:
        self._run, self._empty = run, empty
        self.size = (empty[0].shape[1], input_size)
        self.history = empty

    @torch.no_grad()
    def step(self, x: Tensor) -> Tensor:
        """Advance by x, (B, I); return the output, (B, width of the last layer)."""
        dtype = self._empty[0].dtype
        if x.shape != self.size or x.dtype != dtype:
            raise FrontalError(f"a step takes (B, I) = {self.size} of {dtype}, got {tuple(x.shape)} of {x.dtype}")
        outputs, self.history = self._run(x[None], self.history)
        return outputs[0]

    def reset(self, rows: Tensor | None = None) -> None:
        """Begin anew: all sequences, or those where `rows`, bool (B,), is True."""
        if rows is None:
            self.history = self._empty
        else:
            pairs = zip(self._empty, self.history, strict=True)
            self.history = tuple(torch.where(rows[:, None], empty, old) for empty, old in pairs)
