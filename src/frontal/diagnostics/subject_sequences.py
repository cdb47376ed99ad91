"""A classifying network along many labelled sequences of unequal length, one after another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import pad
from torch.nn.utils.rnn import pad_sequence

from frontal.diagnostics.subject import Piece, Subject, Tracks
from frontal.errors import FrontalError

PIECE = 2048  # steps of the sequences of a piece, their padding counted
UNKNOWN = -1  # label of what has none


@final
class Sequences(Subject):
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
        if not sequences or not all(map(len, sequences)):
            raise FrontalError(f"{name}: there is nothing to look at; give sequences of one step or more")
        self.model, self.kind, self.name = model, kind, name
        self.sequences, self.beside = list(sequences), dict(beside or {})
        self.lengths = torch.tensor([len(x) for x in sequences])
        self.starts = np.concatenate([[0], self.lengths.cumsum(0).numpy()])  # and the end, (N + 1,)
        self.labels = torch.cat([y.expand(len(x)) for x, y in zip(sequences, labels, strict=True)])
        self._facts = {**facts, "starts": self.starts[:-1].tolist()}

    def __len__(self) -> int:
        return int(self.starts[-1])

    def pieces(self) -> Iterator[Piece]:
        """Yield some whole sequences at a time."""
        first, longest = 0, 0
        for k, length in enumerate(self.lengths.tolist()):
            if k > first and (k + 1 - first) * max(longest, length) > PIECE:
                yield self._piece(first, k)
                first, longest = k, 0
            longest = max(longest, length)
        yield self._piece(first, len(self.sequences))

    def around(self, first: int, stop: int) -> Piece:
        """Return whole sequences."""
        begin = int(np.searchsorted(self.starts, first, side="right")) - 1
        return self._piece(begin, int(np.searchsorted(self.starts, stop)))

    def run(self, piece: Piece, carried: Any, copies: int = 1) -> tuple[Tensor, Any]:
        """Return logits, (T, copies · B, K) or (copies · B, K), and nothing to carry."""
        of = self._of(piece)
        x = pad_sequence(self.sequences[of])  # (T, B, …)
        return self.model(x.repeat(1, copies, *[1] * (x.dim() - 2)), self.lengths[of].repeat(copies)), None

    def tracks(self, piece: Piece, outputs: Tensor) -> Tracks:
        """Return inputs, labels, answers and surprise."""
        of, steps = self._of(piece), slice(piece.first, piece.stop)
        read = torch.cat(self.sequences[of])
        number = np.repeat(np.arange(of.start, of.stop, dtype=np.int32), self.lengths[of].numpy())
        answers = self._by_step(piece, outputs)[0].softmax(-1).float().numpy()
        shown = {"symbol": read.int().numpy()} if read.dim() == 1 else {"input": _narrow(read.float().numpy())}
        return {
            **shown, "sequence": number, "label": self.labels[steps].int().numpy(), "answer": _narrow(answers),
            "surprise": self.losses(piece, outputs).float().numpy(),
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
        lengths = self.lengths[self._of(piece)].tolist()
        if outputs.dim() == 3:
            parts = outputs.unflatten(1, (-1, len(lengths))).unbind(2)  # (T, copies, K) each
            return torch.cat([part[:length] for part, length in zip(parts, lengths, strict=True)]).transpose(0, 1)
        parts = outputs.unflatten(0, (-1, len(lengths))).unbind(1)  # (copies, K) each
        ends = [pad(part[:, None], (0, 0, n - 1, 0), value=torch.nan) for part, n in zip(parts, lengths, strict=True)]
        return torch.cat(ends, 1)

    def _of(self, piece: Piece) -> slice:
        """Return which sequences a piece holds."""
        first, stop = np.searchsorted(self.starts, [piece.first, piece.stop]).tolist()
        return slice(first, stop)

    def _piece(self, first: int, stop: int) -> Piece:
        return Piece(int(self.starts[first]), int(self.starts[stop]), fresh=True)


def _narrow(values: NDArray[Any]) -> NDArray[Any]:
    """Return a track of one number a step as (n,), others as they are."""
    return values[:, 0] if values.shape[1] == 1 else values
