"""What a classifier answered, measured where the truth is known."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from frontal.diagnostics.classification_plot import draw
from frontal.diagnostics.frame import frame_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]
UNKNOWN = -1  # truth of what belongs to no class that was learned
BINS = 15  # of confidence, as in Guo et al. 2017
TINY = 1e-12


@dataclass(frozen=True)
class Classification:
    """Probabilities beside the truth; N sequences, or steps of sequences.

    Attributes:
        classes: K names.
        probabilities: (N, K).
        truth: number of the right class, (N,); -1 where that class was never learned, which is always wrong.
    """

    classes: tuple[str, ...]
    probabilities: Floats
    truth: NDArray[np.int64]

    @cached_property
    def answers(self) -> NDArray[np.int64]:
        """(N,) number of the likeliest class."""
        return self.probabilities.argmax(1)

    @property
    def accuracy(self) -> float:
        """Share of right answers."""
        return float(np.mean(self.answers == self.truth))

    @cached_property
    def confusion(self) -> NDArray[np.int64]:
        """(K, K): how many of the true class (row) were given each answer (column); unknown classes left out."""
        K, known = len(self.classes), self.truth >= 0
        cells = self.truth[known] * K + self.answers[known]
        return np.bincount(cells, minlength=K * K).reshape(K, K)

    def by_class(self) -> list[dict[str, Any]]:
        """One row a class: how many there are, precision, recall and F1 (0 where undefined)."""
        K = len(self.classes)
        right, true, said = self.confusion.diagonal(), self.confusion.sum(1), np.bincount(self.answers, minlength=K)
        columns = {
            "class": self.classes,
            "count": true.tolist(),
            "precision": (right / np.maximum(said, 1)).tolist(),
            "recall": (right / np.maximum(true, 1)).tolist(),
            "f1": (2 * right / np.maximum(said + true, 1)).tolist(),
        }
        return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]

    @property
    def log_loss(self) -> float:
        """Mean of -log p(truth), over what belongs to known classes."""
        known = np.flatnonzero(self.truth >= 0)
        if not len(known):
            return float("nan")
        return float(-np.log(np.maximum(self.probabilities[known, self.truth[known]], TINY)).mean())

    def reliability(self) -> tuple[Floats, Floats, NDArray[np.int64]]:
        """Mean confidence, share of right answers, and count, for each bin of confidence that is not empty."""
        confidence, right = self.probabilities.max(1), self.answers == self.truth
        places = np.minimum((confidence * BINS).astype(int), BINS - 1)
        counts = np.bincount(places, minlength=BINS)
        some = counts > 0
        sums = (np.bincount(places, weights=part, minlength=BINS)[some] for part in (confidence, right))
        mean, share = (total / counts[some] for total in sums)
        return mean, share, counts[some]

    @property
    def calibration_error(self) -> float:
        """Expected calibration error: mean gap between confidence and the share that is right (Guo et al. 2017)."""
        confidence, right, counts = self.reliability()
        return float(np.average(np.abs(confidence - right), weights=counts))

    def metrics(self) -> dict[str, float]:
        """The figures under the names of `metrics.json`; means by class are over those that occur."""
        rows = [row for row in self.by_class() if row["count"]]
        recall, f1 = (
            float(np.mean([row[name] for row in rows])) if rows else float("nan") for name in ("recall", "f1")
        )
        return {
            "accuracy": self.accuracy,
            "balanced_accuracy": float(recall),
            "macro_f1": float(f1),
            "log_loss": self.log_loss,
            "calibration_error": self.calibration_error,
        }

    def plot(self) -> Figure:
        """The confusion matrix, and how often an answer of each confidence is right."""
        return draw(self)

    def to_frame(self) -> Any:
        """One row a sequence or step: truth, answer, and the probability of every class."""
        names = np.array([*self.classes, ""], dtype=object)  # -1 is the last
        columns = {f"p({name})": self.probabilities[:, k] for k, name in enumerate(self.classes)}
        return frame_of({"truth": names[self.truth].tolist(), "answer": names[self.answers].tolist(), **columns})
