"""A classifying network along many labelled sequences of unequal length, one after another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, final

import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from frontal.diagnostics.subject import Piece, Tracks
from frontal.diagnostics.subject_whole import Whole

UNKNOWN = -1  # label of what has none


@final
class Sequences(Whole):
    """A network that answers with one of K classes, along whole sequences.

    Tracks: `sequence`, its number; `label`, the right class, -1 where it is not known; `answer`, (n, K),
    the chance of each class at every step, as if the sequence ended there, or NaN up to its end from a
    network that answers only then; `surprise`, −log of the right class's chance, in nats; and what was
    read: `input`, (n, C), or for symbols `symbol`.

    Args:
        model: `model(x, lengths)`, x (T, B, C) or int64 (T, B) and lengths (B,), returns logits
            (T, B, K) after every step, or (B, K) at the ends.
        sequences: (T_i, C) each, or int64 (T_i,).
        labels: classes of the steps, int64 (T_i,) each, or of the sequences, (); -1 where unknown.
        kind: what the steps are: text, sound, rows, numbers.
        name: of the data.
        facts: names of the `classes`, of the sequences (`names`), of the C inputs (`channels`); for kind
            text the `symbols`; and whatever else one must know to show them.
        beside: more tracks, of all steps.
    """

    def __init__(
        self, model: nn.Module, sequences: Sequence[Tensor], labels: Sequence[Tensor], *, kind: str, name: str,
        facts: Mapping[str, Any], beside: Mapping[str, NDArray[Any]] | None = None,
    ) -> None:  # fmt: skip
        super().__init__(sequences, name)
        self.model, self.kind, self.beside = model, kind, dict(beside or {})
        self.labels = torch.cat([y.expand(len(x)) for x, y in zip(sequences, labels, strict=True)])
        self._facts = {**facts, "starts": self.starts[:-1].tolist()}

    def run(self, piece: Piece, carried: Any, copies: int = 1) -> tuple[Tensor, Any]:
        """Return logits, (T, copies · B, K) or (copies · B, K), and nothing to carry."""
        return self.model(*self.batch(piece, copies)), None

    def tracks(self, piece: Piece, outputs: Tensor) -> Tracks:
        """Return inputs, labels, answers and surprise."""
        steps = slice(piece.first, piece.stop)
        read = torch.cat(self.sequences[self.of(piece)])
        answers = self._by_step(piece, outputs)[0].softmax(-1).float().numpy()
        shown = {"symbol": read.int().numpy()} if read.dim() == 1 else {"input": _narrow(read.float().numpy())}
        return {
            **shown, "sequence": self.numbers(piece), "label": self.labels[steps].int().numpy(),
            "answer": _narrow(answers), "surprise": self.losses(piece, outputs).float().numpy(),
            **{name: values[steps] for name, values in self.beside.items()},
        }  # fmt: skip

    def each_loss(self, piece: Piece, outputs: Tensor) -> Tensor:
        """Return −log of the right class's chance, (copies, n); NaN where either is not known."""
        labels = self.labels[piece.first : piece.stop]
        logs = self._by_step(piece, outputs).log_softmax(-1)  # (copies, n, K)
        said = -logs.gather(2, labels.clamp_min(0)[None, :, None].expand(len(logs), -1, 1))[..., 0]
        return said.where(labels >= 0, torch.nan)

    def each_score(self, piece: Piece, outputs: Tensor) -> Tensor:
        """Return the greatest logit, (copies, n)."""
        return self._by_step(piece, outputs).amax(-1)

    def facts(self) -> dict[str, Any]:
        """Return what was given, and at which steps the sequences begin: `starts`."""
        return self._facts

    def _by_step(self, piece: Piece, outputs: Tensor) -> Tensor:
        """Return logits of the steps, one sequence after another, (copies, n, K)."""
        return self.by_step(piece, outputs) if outputs.dim() == 3 else self.at_ends(piece, outputs)


def _narrow(values: NDArray[Any]) -> NDArray[Any]:
    """Return a track of one number a step as (n,), others as they are."""
    return values[:, 0] if values.shape[1] == 1 else values
