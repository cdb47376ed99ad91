"""Which symbol comes next: probabilities are sharpened and cut, then one is drawn."""

from __future__ import annotations

from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from frontal.errors import FrontalError

Floats = NDArray[np.floating[Any]]
BLOCK = 256  # random numbers drawn at a time
BELOW_ONE = 1 - 2.0**-40  # keeps u · total below the total, however it is rounded


def weights(
    log_p: Floats, *, temperature: float = 1.0, top_k: int | None = None, top_p: float | None = None,
    min_p: float | None = None,
) -> Floats:  # fmt: skip
    """Return what the symbols weigh in the draw, (B, K): the likeliest 1, those that are out 0.

    Args:
        log_p: log-probabilities, or logits, (B, K); -inf for what cannot be.
        temperature: p becomes p ** (1 / temperature); at 0 only the first of the likeliest is left.
        top_k: so many of the likeliest stay (Fan et al. 2018), with all that are as likely as the last.
        top_p: of what is left the fewest stay whose share reaches this, the likeliest first
            (Holtzman et al. 2020), with all that are as likely as the last.
        min_p: of what is left those stay that weigh this or more (Nguyen et al. 2024).
    """
    B, K = log_p.shape
    if temperature == 0:
        found = np.zeros_like(log_p)
        found[np.arange(B), log_p.argmax(1)] = 1
        return found
    found = log_p - log_p.max(1, keepdims=True)
    if temperature != 1:
        found *= 1 / temperature
    np.exp(found, out=found)
    if top_k is not None and top_k < K:
        found *= found >= np.partition(found, K - top_k, 1)[:, K - top_k, None]
    if top_p is not None and top_p < 1:
        rising = np.sort(found, 1)
        sums = rising.cumsum(1, dtype=np.float64)
        out = (sums <= (1 - top_p) * sums[:, -1:]).sum(1)
        found *= found >= rising[np.arange(B), out, None]
    if min_p is not None:
        found *= found >= min_p
    return found


@final
class Draws:
    """Random choices of B texts; each text has random numbers of its own, whatever the others are.

    Args:
        batch: texts, B.
        seed: of them all.
    """

    def __init__(self, batch: int, seed: int) -> None:
        self._sources = [np.random.default_rng([seed, row]) for row in range(batch)]
        self._block, self._used = np.empty((BLOCK, batch, 1)), BLOCK

    def pick(self, weights: Floats) -> NDArray[np.int64]:
        """Return one symbol a text, (B,), with probabilities in proportion to the weights, (B, K)."""
        if self._used == BLOCK:
            self._block = np.stack([source.random((BLOCK, 1)) for source in self._sources], 1) * BELOW_ONE
            self._used = 0
        sums = weights.cumsum(1, dtype=np.float64)
        total = sums[:, -1:]
        if not total.min() > 0:  # also where it is NaN
            raise FrontalError("the model's probabilities are not finite; its weights are broken, train it anew")
        picked = (sums <= self._block[self._used] * total).sum(1)
        self._used += 1
        return picked
