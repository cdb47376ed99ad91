"""How good the answers are before the sequence is over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from frontal.diagnostics.figure import new_figure
from frontal.diagnostics.frame import frame_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]
LINE, MARK, BASE = "#0072b2", "#d55e00", "#8c8c8c"
SURE = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)


@dataclass(frozen=True)
class EarlyAnswers:
    """Probabilities when only the beginning of each sequence was seen.

    Attributes:
        fractions: seen, rising to 1, (F,).
        probabilities: (F, N, K).
        truth: number of the right class, (N,); -1 for a class that was never learned.
        majority: share of the most frequent class, what an answer without looking gets.
    """

    fractions: Floats
    probabilities: Floats
    truth: NDArray[np.int64]
    majority: float

    def accuracy(self) -> Floats:
        """Share of right answers by fraction seen, (F,)."""
        return (self.probabilities.argmax(2) == self.truth).mean(1)

    def stopping(self, sure: float) -> tuple[float, float]:
        """Accuracy, and the mean fraction read, if each answer is given once its probability reaches `sure`.

        What never gets so sure is read to its end.
        """
        enough = self.probabilities.max(2) >= sure  # (F, N)
        enough[-1] = True
        first = enough.argmax(0)  # (N,)
        answers = self.probabilities[first, np.arange(len(first))].argmax(1)
        return float((answers == self.truth).mean()), float(self.fractions[first].mean())

    def to_frame(self) -> Any:
        """One row a fraction: the accuracy."""
        return frame_of({"fraction": self.fractions, "accuracy": self.accuracy()})

    def plot(self) -> Figure:
        """Accuracy by fraction seen, and what early decisions of several degrees of sureness reach."""
        figure = new_figure(8, 4.2)
        axis = figure.subplots()
        seen, right = 100 * self.fractions, 100 * self.accuracy()
        axis.plot(seen, right, color=LINE, lw=1.8, marker="o", ms=3.5, label="answer now")
        axis.axhline(100 * self.majority, color=BASE, lw=1, ls="--", label="always the most frequent class")
        sure = [level for level in SURE if level > self.majority]
        stops = 100 * np.array([self.stopping(level) for level in sure]).reshape(-1, 2)
        axis.plot(stops[:, 1], stops[:, 0], color=MARK, lw=1, marker="s", ms=5, label="answer once so sure")
        for level, (accuracy, read) in zip(sure, stops, strict=True):
            axis.annotate(
                f"{level:.0%}", (read, accuracy), xytext=(5, -11), textcoords="offset points", fontsize=8, color=MARK
            )
        axis.set_xlabel("part of the sequence seen, on average [%]")
        axis.set_ylabel("right answers [%]")
        axis.set_xlim(0, 102)
        axis.spines[["top", "right"]].set_visible(False)
        axis.legend(loc="lower right", fontsize=9, framealpha=0.8, edgecolor="none")
        return figure
