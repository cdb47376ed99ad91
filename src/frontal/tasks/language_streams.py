"""A long text as streams side by side, window by window, pass after pass."""

from __future__ import annotations

from collections.abc import Iterator
from time import perf_counter
from typing import final

import numpy as np
import torch
from torch import Tensor

from frontal.data.corpus_ids import Ids
from frontal.training.through_time import Sequences, ThroughTime, Window


@final
class Streams:
    """B parts of a text, of which each update sees the next T symbols; states go on from window to window.

    A pass begins at a place drawn by chance, so that no two passes cut the text alike.

    Args:
        ids: the text, (N,), N > B T.
        streams: B.
        window: T.
        windows: of a round, after which `train` measures; None for those of a pass.
        seconds: that each round may take from the first window on, at most; None for no limit.
        device: where the windows are needed.
    """

    def __init__(
        self, ids: Ids, streams: int, window: int, *, windows: int | None = None, seconds: float | None = None,
        device: torch.device | None = None,
    ) -> None:  # fmt: skip
        self.ids, self.streams, self.window = ids, streams, window
        self.windows, self.seconds, self.device = windows, seconds, device
        self.through = ThroughTime(self._windows())
        self._iterator = iter(self.through)
        self._rounds, self._began = 0, 0.0

    def __len__(self) -> int:
        return self.windows or self.of_a_pass(len(self.ids))

    def of_a_pass(self, symbols: int) -> int:
        """Return how many windows a pass over so many symbols has."""
        return (symbols - self.window) // self.streams // self.window

    def __iter__(self) -> Iterator[tuple[Window, Tensor]]:
        """Yield the windows of the next round."""
        self._began = self._began or perf_counter()
        self._rounds += 1
        for _ in range(len(self)):
            yield next(self._iterator)
            if self.seconds is not None and perf_counter() - self._began > self.seconds * self._rounds:
                return

    def _windows(self) -> Iterator[Sequences]:
        """Yield windows without end."""
        T, B = self.window, self.streams
        count = self.of_a_pass(len(self.ids))
        while True:
            first = int(torch.randint(0, T, ()))
            starts = first + np.arange(B) * (count * T)
            for place in range(count):
                at = starts + place * T + np.arange(T + 1)[:, None]  # (T + 1, B)
                symbols = torch.from_numpy(self.ids[at].astype(np.int64)).to(self.device)
                fresh = torch.full((B,), place == 0)
                yield Sequences(symbols[:-1], symbols[1:], fresh=fresh)
