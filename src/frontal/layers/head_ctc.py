"""The head for labels whose places are unknown: connectionist temporal classification."""

from __future__ import annotations

from collections.abc import Sequence
from typing import final

import torch
from torch import Tensor
from torch.nn.functional import ctc_loss

from frontal.errors import FrontalError
from frontal.layers.attention import checked_size
from frontal.layers.attention_mask import valid_steps
from frontal.layers.head import Head, checked_whole
from frontal.layers.head_ctc_search import collapsed, prefix_beam
from frontal.layers.sequence import Lengths


@final
class CTC(Head):
    """At every step one of C symbols or a blank; the loss sums over all ways to place the labels (Graves et al. 2006).

    The loss is the negative log-likelihood of a labelling, in nats, averaged over sequences. Class 0 is
    the blank, symbols are 1 .. C.

    Args:
        features: F.
        symbols: C.

    Example:
        >>> import torch
        >>> from frontal.layers import CTC
        >>> head, features = CTC(8, symbols=5), torch.randn(2, 12, 8)
        >>> outputs = head(features, lengths=[12, 7])
        >>> loss = head.loss(outputs, [[1, 1, 4], [5]], lengths=[12, 7])
        >>> outputs.shape, loss.shape, len(head.predict(outputs, lengths=[12, 7]))
        (torch.Size([2, 12, 6]), torch.Size([]), 2)
    """

    def __init__(self, features: int, symbols: int) -> None:
        super().__init__(features, (checked_size(self, "symbols", symbols) + 1,), ())
        self.symbols = symbols

    def loss(
        self,
        outputs: Tensor,
        targets: Tensor | Sequence[Sequence[int] | Tensor],
        lengths: Lengths | None = None,
        *,
        target_lengths: Lengths | None = None,
    ) -> Tensor:
        """Return the mean negative log-likelihood of the labellings, a scalar.

        Args:
            outputs: (B, T, C + 1).
            targets: B labellings, each a list or a tensor (U,) of symbols, U >= 0; or all in one, (B, U).
            lengths: valid steps of each sequence, (B,); by default all.
            target_lengths: valid symbols of each row of targets (B, U); by default all.

        Raises:
            FrontalError: shapes or symbols that do not fit, or a labelling that needs more steps than
                its sequence has: one a symbol, and a blank between equal neighbours.
        """
        steps = self._steps(outputs, lengths)
        labels = self._labellings(targets, len(outputs), target_lengths)
        for b, (label, given) in enumerate(zip(labels, steps.tolist(), strict=True)):
            needed = len(label) + int((label[1:] == label[:-1]).sum())
            if needed > given:
                raise FrontalError(
                    f"CTC: target {b} has {len(label)} symbols and needs {needed} steps, with a blank between equal "
                    f"neighbours, but its sequence has {given}; subsample less in front, or leave it out"
                )
        log_p = self._log_probabilities(outputs, lengths).transpose(0, 1)  # (T, B, C + 1)
        counts = torch.tensor([len(label) for label in labels])
        return ctc_loss(log_p, torch.cat(labels).to(log_p.device), steps, counts, reduction="none").mean()

    def predict(self, outputs: Tensor, lengths: Lengths | None = None) -> list[list[int]]:
        """Return the labelling of each sequence's likeliest path: the likeliest class of each step, collapsed."""
        steps, best = self._steps(outputs, lengths), outputs.argmax(-1).tolist()
        return [collapsed(path[:n]) for path, n in zip(best, steps.tolist(), strict=True)]

    def decode(
        self, outputs: Tensor, lengths: Lengths | None = None, *, beams: int = 10
    ) -> list[tuple[list[int], float]]:
        """Return each sequence's likeliest labelling by prefix beam search, with the log of its probability.

        Args:
            outputs: (B, T, C + 1).
            lengths: valid steps, (B,); by default all.
            beams: prefixes that are kept at each step.
        """
        checked_size(self, "beams", beams)
        steps, log_p = self._steps(outputs, lengths), self._log_probabilities(outputs, lengths)
        best = [prefix_beam(row[:n], beams)[0] for row, n in zip(log_p, steps.tolist(), strict=True)]
        return [(list(label), score) for label, score in best]

    def _steps(self, outputs: Tensor, lengths: Lengths | None) -> Tensor:
        """Return how many steps of each sequence are valid, (B,)."""
        if self.checked_outputs(outputs).dim() != 3 or 0 in outputs.shape:
            raise FrontalError(f"CTC: outputs must be (B, T, {self.symbols + 1}), none 0, got {tuple(outputs.shape)}")
        B, T, _ = outputs.shape
        return torch.full((B,), T) if lengths is None else self.valid(outputs, lengths).sum(1).cpu()

    def _log_probabilities(self, outputs: Tensor, lengths: Lengths | None) -> Tensor:
        if lengths is not None:
            outputs = outputs.masked_fill(~self.valid(outputs, lengths)[..., None], 0)
        return outputs.log_softmax(-1)

    def _labellings(
        self, targets: Tensor | Sequence[Sequence[int] | Tensor], B: int, lengths: Lengths | None
    ) -> list[Tensor]:
        """Return one tensor of symbols a sequence."""
        if len(targets) != B or (isinstance(targets, Tensor) and targets.dim() != 2):
            given = tuple(targets.shape) if isinstance(targets, Tensor) else f"{len(targets)} labellings"
            raise FrontalError(f"CTC: targets must be (B, U) or a list, one a sequence, B = {B}; got {given}")
        if lengths is None:
            rows = list(targets)
        elif isinstance(targets, Tensor):
            valid = valid_steps(lengths, B, targets.shape[1], targets.device, "CTC, target_lengths")
            rows = [row[keep] for row, keep in zip(targets, valid, strict=True)]
        else:
            raise FrontalError("CTC: target_lengths are for targets (B, U); a list tells its lengths itself")
        return [self._labelling(row) for row in rows]

    def _labelling(self, row: Sequence[int] | Tensor) -> Tensor:
        label = torch.as_tensor(row)
        return checked_whole(label, 1, self.symbols, "CTC") if label.numel() else label.long()
