"""The judge of the other scans: one step after another, in plain torch."""

from __future__ import annotations

import torch
from torch import Tensor

from frontal.layers.scan_numbers import Numbers


def scan_loop(numbers: Numbers, a: Tensor, b: Tensor, h: Tensor, cut: Tensor | None, *, reverse: bool) -> Tensor:
    """Return h after every step.

    Args:
        numbers: how to multiply and add.
        a, b: (T, B, features), both.
        h: state before the first step, (B, features).
        cut: bool, (T, B), True where nothing of the state enters a step; or None.
        reverse: the first step is the last one of a and b.
    """
    T = len(b)
    found: list[Tensor] = []
    for t in reversed(range(T)) if reverse else range(T):
        if cut is not None:
            h = torch.where(cut[t, :, None], numbers.zero, h)
        h = numbers.advance(a[t], h, b[t])
        found.append(h)
    return torch.stack(found[::-1] if reverse else found)
