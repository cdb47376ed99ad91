"""Encoder and decoder along pairs of sequences, each looked at by itself: what is read, and what is written."""

from __future__ import annotations

from abc import ABC
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from frontal.diagnostics.subject import Piece, Tracks
from frontal.diagnostics.subject_text import GUESSES
from frontal.diagnostics.subject_whole import Whole

Ids = NDArray[np.integer[Any]]


class Answered(NamedTuple):
    """What becomes of B sources.

    Attributes:
        losses: −log of the chance of each target, by the mean of its symbols, (B,).
        first: logits of the target's first symbol, (B, K).
    """

    losses: Tensor
    first: Tensor


class Half(Whole, ABC):
    """One side of pairs: symbols, and a model that knows the other side by the number of the pair.

    Args:
        model: `model(ids, lengths, of)`, ids (T, B), lengths (B,), `of` the numbers of the pairs, (B,).
        sequences: ids of symbols, int64 (T_i,) each.
        symbols: the text that each symbol stands for.
        name: of the data.
        spell: from a text to ids.
        facts: whatever else one must know to show the steps.
    """

    kind: str = "text"

    def __init__(
        self, model: nn.Module, sequences: Sequence[Tensor], *, symbols: Sequence[str], name: str,
        spell: Callable[[str], Ids], facts: Mapping[str, Any],
    ) -> None:  # fmt: skip
        super().__init__(sequences, name)
        self.model, self.symbols, self.spell = model, list(symbols), spell
        self._facts = {"symbols": self.symbols, **facts, "starts": self.starts[:-1].tolist()}

    def run(self, piece: Piece, carried: Any, copies: int = 1) -> tuple[Any, Any]:
        """Return what the model says, and nothing to carry."""
        ids, lengths = self.batch(piece, copies)
        of = self.of(piece)
        return self.model(ids, lengths, torch.arange(of.start, of.stop).repeat(copies)), None

    def facts(self) -> dict[str, Any]:
        """Return the text of each symbol, what was given, and at which steps the sequences begin: `starts`."""
        return self._facts

    def _read(self, piece: Piece) -> Tracks:
        return {"symbol": torch.cat(self.sequences[self.of(piece)]).int().numpy(), "sequence": self.numbers(piece)}


@final
class Targets(Half):
    """A decoder along targets, each given its source, with what was to be written before.

    A target of T symbols, its end among them, has T steps. The first reads the beginning, which has the
    id of the end, as the one stands where the other does: between two targets. Every other reads the
    symbol before the one that it is to say. What is said at a step is thus of the symbol after it, as
    along any text. Tracks: `symbol`, `guess`, `chance`, `surprise` as of a `Text`; and `sequence`, the
    number of the pair.

    Args:
        model: as for `Half`; returns logits (T, B, K).
        sequences: the end's id, which is the last of all, and the symbols of a target without it, int64 (T_i,) each.
    """

    def tracks(self, piece: Piece, outputs: Tensor) -> Tracks:
        """Return symbols, guesses, their chances, and surprise."""
        logs = self.by_step(piece, outputs)[0].log_softmax(-1)  # (n, K)
        chances, guesses = logs.topk(min(GUESSES, logs.shape[-1]))
        return {
            **self._read(piece), "guess": guesses.int().numpy(), "chance": chances.exp().float().numpy(),
            "surprise": self.losses(piece, outputs).float().numpy(),
        }  # fmt: skip

    def each_loss(self, piece: Piece, outputs: Tensor) -> Tensor:
        """Return −log of the chance of the symbol that was to be said, (copies, n)."""
        end = torch.tensor([len(self.symbols) - 1])
        came = torch.cat([part for x in self.sequences[self.of(piece)] for part in (x[1:], end)])  # (n,)
        logs = self.by_step(piece, outputs).log_softmax(-1)  # (copies, n, K)
        return -logs.gather(2, came[None, :, None].expand(len(logs), -1, 1))[..., 0]

    def each_score(self, piece: Piece, outputs: Tensor) -> Tensor:
        """Return the greatest logit, (copies, n)."""
        return self.by_step(piece, outputs).amax(-1)


@final
class Sources(Half):
    """An encoder along sources, each judged at its end by what is then said of its target.

    Tracks: `symbol`; `sequence`, the number of the pair; `surprise`, at the last step of a source and NaN
    elsewhere: −log of the chance of its target, by the mean of the target's symbols, in nats.

    Args:
        model: as for `Half`; returns an `Answered`.
        facts: with `said`, the text of each symbol of a target.
    """

    def tracks(self, piece: Piece, outputs: Answered) -> Tracks:
        """Return symbols and surprise."""
        return {**self._read(piece), "surprise": self.losses(piece, outputs).float().numpy()}

    def each_loss(self, piece: Piece, outputs: Answered) -> Tensor:
        """Return −log of the target's chance, a symbol, (copies, n), at the last step of each source."""
        return self.at_ends(piece, outputs.losses)

    def each_score(self, piece: Piece, outputs: Answered) -> Tensor:
        """Return the logarithm of the target's chance, a symbol, likewise."""
        return -self.each_loss(piece, outputs)


def moments(lengths: Sequence[int]) -> NDArray[np.intp]:
    """Return a step of each of some targets, (B,): from the first of the first to the last of the last."""
    return (np.linspace(0, 1, len(lengths)) * (np.array(lengths) - 1)).astype(np.intp)
