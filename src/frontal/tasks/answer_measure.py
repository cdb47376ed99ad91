"""What an answerer answered where the truth is known: right answers, and whether it looked at the right facts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from frontal.data.stories import Question
from frontal.diagnostics.attention_facts import FactAttention, share_on_support
from frontal.diagnostics.classification import Classification


@dataclass(frozen=True)
class Answers:
    """Answers to N questions.

    Attributes:
        tasks: of each question its task, (N,).
        classification: probabilities of K answers beside the truth.
        looked: where the network looked, (N,).
    """

    tasks: tuple[str, ...]
    classification: Classification
    looked: list[FactAttention]

    @classmethod
    def of(
        cls, questions: Sequence[Question], classes: Sequence[str], probabilities: NDArray[np.float64],
        truth: NDArray[np.int64], looks: Sequence[NDArray[Any]],
    ) -> Self:  # fmt: skip
        """Put questions, probabilities (N, K), classes (N,) and attention, each (hops, F), together."""
        names = list(classes)
        looked = [
            FactAttention(one.facts, one.question, names[said], look.astype(np.float64), one.answer, one.support)
            for one, said, look in zip(questions, probabilities.argmax(1).tolist(), looks, strict=True)
        ]
        return cls(tuple(one.task for one in questions), Classification(tuple(names), probabilities, truth), looked)

    @property
    def given(self) -> list[str]:
        """The answers, (N,)."""
        return [one.answer for one in self.looked]

    @property
    def right(self) -> NDArray[np.bool_]:
        """Which answers are right, (N,)."""
        return self.classification.answers == self.classification.truth

    @property
    def accuracy(self) -> float:
        """Share of right answers."""
        return self.classification.accuracy

    @property
    def on_support(self) -> float:
        """Share of questions whose most attended fact supports the answer; NaN where no support is known."""
        return share_on_support(self.looked)

    def by_task(self) -> list[dict[str, Any]]:
        """One row a task: how many questions, the share of right answers, and that of attention on a support."""
        rows: list[dict[str, Any]] = []
        for task in dict.fromkeys(self.tasks):
            here = [place for place, name in enumerate(self.tasks) if name == task]
            share = share_on_support([self.looked[place] for place in here])
            rows.append({
                "task": task or "questions", "questions": len(here), "accuracy": float(self.right[here].mean()),
                "looked at support": None if np.isnan(share) else share,
            })  # fmt: skip
        return rows
