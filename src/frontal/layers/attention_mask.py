"""Which steps of padded sequences count, and a softmax over those alone."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from frontal.errors import FrontalError
from frontal.layers.sequence import Lengths


def valid_steps(lengths: Lengths, batch: int, steps: int, device: Any, where: str) -> Tensor:
    """Return a mask, bool (B, T): True for the first `lengths[b]` steps of sequence b.

    Args:
        lengths: whole numbers within 0 .. T, one a sequence, (B,).
        batch: B.
        steps: T.
        device: of the mask.
        where: what the message of an error begins with.
    """
    try:
        given = torch.as_tensor(lengths)
    except (TypeError, ValueError, RuntimeError) as error:
        raise FrontalError(f"{where}: lengths must be a tensor or a list, got {lengths!r} ({error})") from error
    if given.numel() and (given.is_floating_point() or given.is_complex() or given.dtype == torch.bool):
        raise FrontalError(f"{where}: lengths must be whole numbers, got {given.dtype}; use .long()")
    if given.shape != (batch,):
        raise FrontalError(f"{where}: lengths must have one entry a sequence, ({batch},), got {tuple(given.shape)}")
    wrong = [f"lengths[{index}] is {n}" for index, n in enumerate(given.tolist()) if not 0 <= n <= steps]
    if wrong:
        raise FrontalError(f"{where}: {wrong[0]}; a length must be within 0 .. {steps}, the steps there are")
    return torch.arange(steps, device=device) < given.to(device)[:, None]


def masked_softmax(scores: Tensor, valid: Tensor | None) -> Tensor:
    """Return the softmax of scores, (…, S), over the places that are valid; the others get exactly 0.

    A row without a valid place is all zeros, and its gradient too.

    Args:
        scores: anything, even NaN, where not valid.
        valid: bool, broadcast to scores; None where all are.
    """
    if valid is None:
        return scores.softmax(-1)
    lowest = torch.finfo(scores.dtype).min
    return scores.masked_fill(~valid, lowest).softmax(-1).masked_fill(~valid, 0)
