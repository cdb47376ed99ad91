"""How many threads the matrix products of a reservoir and its read-out may use."""

from __future__ import annotations

from contextlib import AbstractContextManager

from frontal.layers.threads import threads_for

SHARE = 16  # by how much later a matrix product is worth sharing than an elementwise operator


def threads_for_products(size: int) -> AbstractContextManager[None]:
    """Use one thread inside the block where products of (size, size) matrices are too quick to share.

    Two threads would halve them on an idle machine, but wait for each other many times as long on a busy one.
    """
    return threads_for(size * size // SHARE)
