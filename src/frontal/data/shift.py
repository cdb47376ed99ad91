"""Where one series starts on the clock of another."""

from __future__ import annotations

import numpy as np

from frontal.data.series import Series
from frontal.errors import FrontalError


def shift_between(fitted: Series, other: Series) -> int:
    """Steps from the start of the fitted series to the start of another one, by their times; 0 without times."""
    if fitted.frequency is None or fitted.times is None or other.times is None:
        return 0
    first, last = sorted((fitted.times[0], other.times[0]))
    if first == last:
        return 0
    moved = fitted.frequency.positions(np.array([first, last]))
    if moved is None:
        raise FrontalError(
            f"{other.name} starts at {other.times[0]}, which is no step of the {fitted.frequency} series that was "
            f"fitted from {fitted.times[0]}"
        )
    return int(moved[-1]) if other.times[0] > fitted.times[0] else -int(moved[-1])
