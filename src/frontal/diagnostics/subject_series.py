"""A forecasting network along a series, window after window."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import pad

from frontal.diagnostics.subject import Piece, Subject, Tracks
from frontal.errors import FrontalError

PIECE = 1024  # steps
Floats = NDArray[np.floating[Any]]


@final
class Series(Subject):
    """A network that reads windows of a series, and begins anew with each.

    Of all windows those are looked at that stand one behind another, up to the last one, so that every
    step of the series is seen once. Tracks: `place`, the index in the series; `value`, of the series
    there; `input`, what the network reads first; `answer` and `followed`, in the network's units, what
    it says comes next and what came, at the last step of each window and NaN elsewhere.

    Args:
        model: from (B, T, C) to (B, horizon).
        windows: what it reads, one for each step of the series, (N, T, C).
        followed: what came after each window, in the network's units, (N,).
        places: index of each window's last step in the series, (N,).
        values: the series.
        times: of the series, in words; None where it has none.
        channels: names of the C inputs.
        name: of the series.
        apart: windows from one that is looked at to the next; by default as many as a window has steps.
        stride: values of the series from one step to the next.
    """

    kind: str = "series"

    def __init__(  # noqa: PLR0913
        self, model: nn.Module, windows: Tensor, *, followed: Tensor, places: NDArray[np.integer[Any]],
        values: Floats, times: Sequence[str] | None, channels: Sequence[str], name: str,
        apart: int | None = None, stride: int = 1,
    ) -> None:  # fmt: skip
        if not len(windows):
            raise FrontalError(f"{name} is too short to look at: it has no whole window; give a longer series")
        self.T = windows.shape[1]
        apart = apart or self.T
        chosen = slice((len(windows) - 1) % apart, None, apart)
        self.model, self.name = model, name
        self.windows, self.followed, self.places = windows[chosen], followed[chosen], places[chosen]
        self.values, self.times, self.channels, self.stride = values, times, list(channels), stride

    def __len__(self) -> int:
        return len(self.windows) * self.T

    def pieces(self) -> Iterator[Piece]:
        """Yield some windows at a time."""
        some = max(1, PIECE // self.T) * self.T
        for first in range(0, len(self), some):
            yield Piece(first, min(first + some, len(self)), fresh=True)

    def around(self, first: int, stop: int) -> Piece:
        """Return whole windows."""
        return Piece(first // self.T * self.T, -(-stop // self.T) * self.T, fresh=True)

    def run(self, piece: Piece, carried: Any, copies: int = 1) -> tuple[Tensor, Any]:
        """Return the answers, (copies · B, horizon), and nothing to carry."""
        return self.model(self.windows[self._of(piece)].repeat(copies, 1, 1)), None

    def tracks(self, piece: Piece, outputs: Tensor) -> Tracks:
        """Return places, values, inputs, answers, and what followed."""
        of = self._of(piece)
        places = self.places[of][:, None] + self.stride * np.arange(1 - self.T, 1)  # (B, T)
        return {
            "place": places.ravel().astype(np.int32),
            "value": self.values[places].ravel().astype(np.float32),
            "input": self.windows[of, :, 0].flatten().float().numpy(),
            "answer": self._last(outputs.flatten(1)[:, 0]).float().numpy(),
            "followed": self._last(self.followed[of]).float().numpy(),
        }

    def each_loss(self, piece: Piece, outputs: Tensor) -> Tensor:
        """Return the squared error of what comes next, (copies, n), at the last step of each window."""
        answers = outputs.flatten(1)[:, 0]
        followed = self.followed[self._of(piece)]
        errors = (answers - followed.repeat(len(answers) // len(followed))).square()
        return self._last(errors).view(-1, piece.stop - piece.first)

    def each_score(self, piece: Piece, outputs: Tensor) -> Tensor:
        """Return the answer to what comes next, likewise."""
        return self._last(outputs.flatten(1)[:, 0]).view(-1, piece.stop - piece.first)

    def facts(self) -> dict[str, Any]:
        """Return the times, the names of the inputs, and the steps of a window."""
        times = None if self.times is None else list(self.times)
        return {"times": times, "channels": self.channels, "context": self.T}

    def _of(self, piece: Piece) -> slice:
        return slice(piece.first // self.T, piece.stop // self.T)

    def _last(self, said: Tensor) -> Tensor:
        """Return one value a window, at its last step, (n,); NaN elsewhere."""
        return pad(said[:, None], (self.T - 1, 0), value=torch.nan).flatten()
