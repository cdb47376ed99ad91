"""What keeps a text from saying the same again."""

from __future__ import annotations

from typing import Any, final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]


@final
class Repetition:
    """The symbols of B texts so far, the prompt included, and what they make of the next one's probabilities.

    Args:
        written: symbols so far, (T, B).
        power: of the probability of each symbol among the last `window` ones (Keskar et al. 2019, for
            log-probabilities in place of scores).
        window: see `power`.
        no_repeat: length of the runs that may not come twice (Paulus et al. 2018); None for any.
    """

    def __init__(self, written: NDArray[np.int64], *, power: float, window: int, no_repeat: int | None) -> None:
        self.power, self.window, self.no_repeat = power, window, no_repeat
        self._written, self._used = written.copy(), len(written)

    def applied(self, said: Floats) -> Floats:
        """Return log-probabilities, up to a constant a text, from log-probabilities or logits, (B, K)."""
        written = self._written[: self._used]
        rows = np.arange(len(said))
        if self.power != 1:
            recent = written[-self.window :]
            said = said - np.logaddexp.reduce(said, 1, keepdims=True)
            said[rows, recent] = self.power * said[rows, recent]
        if self.no_repeat is not None:
            said = said.copy()
            for row in rows:
                out = _would_repeat(written[:, row], self.no_repeat)
                kept = said[row, out]
                said[row, out] = -np.inf
                if said[row].max() == -np.inf:  # nothing else is left
                    said[row, out] = kept
        return said

    def add(self, ids: NDArray[np.int64]) -> None:
        """Take the next symbols, (B,)."""
        if self._used == len(self._written):
            more = np.empty((self._used + 64, len(ids)), dtype=np.int64)  # twice as much each time
            self._written = np.concatenate([self._written, more])
        self._written[self._used] = ids
        self._used += 1

    def select(self, rows: NDArray[np.int64]) -> None:
        """Go on with these texts."""
        self._written = self._written[:, rows]


def _would_repeat(written: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    """Return the symbols that would end a run of n symbols that is there already."""
    T = len(written)
    if n > T:
        return written[:0]
    found = np.ones(T - n + 1, dtype=bool)  # at each place: do the last symbols stand there?
    for k in range(n - 1):
        found &= written[k : T - n + 1 + k] == written[T - n + 1 + k]
    return written[n - 1 :][found]
