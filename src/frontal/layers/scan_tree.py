"""The scan in about 2 log₂ T operations of torch: neighbours are joined, the half is scanned, the rest filled in.

Products and sums alone, no quotient of products that may have vanished; in exact arithmetic it is
the loop, and every state is the sum of a balanced tree (Blelloch, Prefix sums and their applications, 1990).
"""

from __future__ import annotations

import torch
from torch import Tensor

from frontal.layers.scan_numbers import Numbers


def scan_tree(numbers: Numbers, a: Tensor, b: Tensor, h: Tensor, cut: Tensor | None, *, reverse: bool) -> Tensor:
    """Return h after every step; arguments as for `scan_loop`. Products of |a| over the steps must not overflow."""
    if reverse:
        a, b = a.flip(0), b.flip(0)
        cut = None if cut is None else cut.flip(0)
    found = _scan(numbers, a, b, h, None if cut is None else cut[..., None])
    return found.flip(0) if reverse else found


def _scan(numbers: Numbers, a: Tensor, b: Tensor, h: Tensor, cut: Tensor | None) -> Tensor:
    """Return the states, (T, B, features), for a cut of (T, B, 1)."""
    T = len(b)
    if T == 1:
        return _advance(numbers, a, h[None], b, cut)
    pairs = T // 2
    first, second, even = slice(0, 2 * pairs, 2), slice(1, None, 2), slice(0, None, 2)
    joined = None if cut is None else cut[first] | cut[second]
    b_pairs = _advance(numbers, a[second], b[first], b[second], None if cut is None else cut[second])
    after_odd = _scan(numbers, numbers.times(a[second], a[first]), b_pairs, h, joined)
    before_even = torch.cat([h[None], after_odd])[: T - pairs]
    after_even = _advance(numbers, a[even], before_even, b[even], None if cut is None else cut[even])
    found = torch.stack([after_even[:pairs], after_odd], 1).flatten(0, 1)
    return found if 2 * pairs == T else torch.cat([found, after_even[pairs:]])


def _advance(numbers: Numbers, a: Tensor, h: Tensor, b: Tensor, cut: Tensor | None) -> Tensor:
    return numbers.advance(a, h if cut is None else torch.where(cut, numbers.zero, h), b)
