"""How a series of counts is shown to a network that answers with distributions of counts."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from frontal.data.frequency import time_label
from frontal.data.representation import Floats, positive
from frontal.data.series import Series
from frontal.errors import FrontalError


@dataclass(frozen=True)
class CountRepresentation:
    """counts → log (count + ½) → windows relative to the log of their mean count, scaled.

    What can be done with `Representation` can be done with it; working values are log (count + ½).

    Attributes:
        scale: what relative windows are divided by.
    """

    scale: float
    log: ClassVar[bool] = True
    season: ClassVar[int] = 0
    anchored: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if not (isinstance(self.scale, float) and isfinite(self.scale) and self.scale > 0):
            raise FrontalError(f"representation: scale cannot be {self.scale!r}")

    @classmethod
    def of(cls, values: Floats) -> Self:
        """In units of the spread of log (count + ½)."""
        return cls(positive(np.std(np.log(values + 0.5))))

    def flatten(self, values: Floats) -> Floats:
        """The working values: (T,) → (T,)."""
        return self.working(values)

    def anchors(self, windows: Floats) -> Floats:
        """The log of the mean count of each of the windows (N, context): (N, 1)."""
        return np.log(np.exp(windows).mean(1, keepdims=True))

    def recent(self, values: Floats, ends: NDArray[np.intp]) -> Floats:
        """No season: (N, 0)."""
        return np.empty((len(ends), 0))

    def working(self, values: Floats) -> Floats:
        """The log of count + ½."""
        return np.log(values + 0.5)

    def back(self, worked: Floats) -> Floats:
        """From working values to counts, 0 at least."""
        return np.maximum(np.round(np.exp(worked) - 0.5, 9), 0.0)


def refuse_other_than_counts(series: Series) -> None:
    """Raise FrontalError at the first value that is no count; filled-in values are not looked at."""
    values = series.values
    wrong = np.flatnonzero(series.observed & ~((values >= 0) & (values == np.floor(values))))
    if len(wrong):
        row = int(wrong[0])
        when = "" if series.times is None else f" ({time_label(series.times[row], series.frequency)})"
        raise FrontalError(
            f"{series.name}: value {row + 1}{when} of {series.target!r} is {values[row]:g}, which is no count "
            "(0, 1, 2 …), as likelihood=negative-binomial needs; choose gaussian, student or quantiles"
        )
