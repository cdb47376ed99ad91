"""Classes while the sequence arrives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from frontal.errors import FrontalError
from frontal.tasks.classify_model import together

if TYPE_CHECKING:
    from frontal.tasks.classify_estimator import SequenceClassifier


class ClassStream:
    """One sequence that is classified while it arrives; `SequenceClassifier.stream()` makes one.

    Whatever the pieces it comes in, the answers are those to the sequence so far.

    Args:
        classifier: fitted, in one direction.
        sure: probability at which `decided` is settled.

    Attributes:
        probabilities: of each class by now, (K,); before the first step their shares in training.
        steps: read by the network so far.
        decided: the first class whose probability reached `sure`, or None so far.
    """

    def __init__(self, classifier: SequenceClassifier, sure: float = 0.95) -> None:
        if not 0 < sure <= 1:
            raise FrontalError(f"sure must be above 0 and at most 1, got {sure!r}")
        if classifier.chosen.bidirectional:
            raise FrontalError(
                "this classifier reads sequences backwards as well, so it can answer only when they are over; "
                "train with bidirectional=False"
            )
        self._classifier, self.sure = classifier, sure
        self.reset()

    def reset(self) -> None:
        """Begin a new sequence."""
        model = self._classifier.model
        self._inputs, self._streams = self._classifier.inputs.stream(), model.streams()
        self._temperatures = model.temperatures[:, None]
        self.probabilities: NDArray[np.float64] = self._classifier.shares.copy()
        self.steps = 0
        self.decided: Any = None

    @property
    def answer(self) -> Any:
        """The likeliest class by now."""
        return self._classifier.classes_[int(self.probabilities.argmax())]

    def step(self, chunk: Any) -> NDArray[np.float64]:
        """Read on.

        Args:
            chunk: one step, (C,), several, (n, C), or for one channel a number; a token or a list of them.

        Returns:
            The probabilities after the chunk, (K,); or after each step of it, (n, K), where every
            step has a label.
        """
        values = chunk if isinstance(chunk, str | list) else np.atleast_1d(np.asarray(chunk))
        said = [self._one(x) for x in self._inputs.step(values)]  # pyright: ignore[reportArgumentType], tokens as a list
        if self._classifier.chosen.per_step:
            return np.array(said).reshape(-1, len(self.probabilities))
        return self.probabilities

    def _one(self, x: torch.Tensor) -> NDArray[np.float64]:
        logits = torch.stack([stream.step(x) for stream in self._streams]) / self._temperatures  # (M, K)
        self.probabilities = together(logits).double().numpy()
        self.steps += 1
        if self.decided is None and self.probabilities.max() >= self.sure:
            self.decided = self.answer
        return self.probabilities
