"""A language model along a text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import pad

from frontal.diagnostics.subject import Piece, Subject, Tracks, cut
from frontal.errors import FrontalError

GUESSES = 5
PIECE = 1024  # symbols


@final
class Text(Subject):
    """A model that reads symbols and says what comes next.

    Its tracks: `symbol`, the ids read; `guess` and `chance`, the likeliest symbols to come and their
    probabilities, (n, 5); `surprise`, in nats, at the symbol that came after a step, NaN after the last.

    Args:
        model: `model(ids (T, B), states)` returns logits (T, B, K) and new states.
        ids: symbols of the text, (N,).
        symbols: the text that each of the K symbols stands for.
        name: of the text.
        named: what else the model is called with.
    """

    kind: str = "text"

    def __init__(
        self, model: nn.Module, ids: NDArray[np.integer[Any]], symbols: Sequence[str], name: str, **named: Any
    ) -> None:
        if len(ids) < 2:
            raise FrontalError(f"{name}: a text of {len(ids)} symbols is too short to look at; give 2 or more")
        self.model, self.name, self.named = model, name, named
        self.ids, self.symbols = torch.from_numpy(np.asarray(ids, dtype=np.int64)), list(symbols)

    def __len__(self) -> int:
        return len(self.ids)

    def pieces(self) -> Iterator[Piece]:
        """Cut the text into pieces through which the states are carried."""
        return cut(len(self), PIECE)

    def around(self, first: int, stop: int) -> Piece:
        """Return these very steps."""
        return Piece(first, stop, fresh=first == 0)

    def run(self, piece: Piece, carried: Any, copies: int = 1) -> tuple[Tensor, Any]:
        """Return logits, (n, copies, K), and states."""
        ids = self.ids[piece.first : piece.stop, None].expand(-1, copies)
        return self.model(ids, None if piece.fresh else _spread(carried, copies), **self.named)

    def tracks(self, piece: Piece, outputs: Tensor) -> Tracks:
        """Return symbols, guesses, their chances, and surprise."""
        logs = outputs[:, 0].log_softmax(-1)  # (n, K)
        chances, guesses = logs.topk(min(GUESSES, logs.shape[-1]))
        return {
            "symbol": self.ids[piece.first : piece.stop].int().numpy(), "guess": guesses.int().numpy(),
            "chance": chances.exp().float().numpy(), "surprise": self.losses(piece, outputs).float().numpy(),
        }  # fmt: skip

    def each_loss(self, piece: Piece, outputs: Tensor) -> Tensor:
        """Return −log of the chance of the symbol that came, (copies, n); NaN after the last one."""
        came = self.ids[piece.first + 1 : piece.stop + 1]
        logs = outputs[: len(came)].log_softmax(-1)  # (n, copies, K)
        said = -logs.gather(2, came[:, None, None].expand(-1, logs.shape[1], 1))[..., 0]
        return pad(said, (0, 0, 0, len(outputs) - len(said)), value=torch.nan).T

    def each_score(self, piece: Piece, outputs: Tensor) -> Tensor:
        """Return the greatest logit, (copies, n)."""
        return outputs.amax(-1).T

    def facts(self) -> dict[str, Any]:
        """Return the text of each symbol."""
        return {"symbols": self.symbols}


def _spread(states: Any, copies: int) -> Any:
    """Return the states of one stream, each (layers, 1, size), for several."""
    if isinstance(states, Tensor):
        return states.expand(-1, copies, -1)
    return None if states is None else tuple(_spread(part, copies) for part in states)
