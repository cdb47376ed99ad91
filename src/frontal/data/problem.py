"""What a standard problem is: a question about sequences that can be drawn without end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import torch
from torch import Generator, Tensor

from frontal.errors import FrontalError

TEST_SEED = 1 << 32  # generators seeded from here on draw what is for testing


@dataclass(frozen=True)
class Drawn:
    """B sequences and what is asked of them.

    Attributes:
        inputs: (T, B, I).
        targets: classes (T, B), or numbers (T, B, outputs).
        asked: bool, (T, B): steps whose answer counts.
    """

    inputs: Tensor
    targets: Tensor
    asked: Tensor


@dataclass(frozen=True)
class Problem:
    """A question with a known trivial answer.

    Attributes:
        name: in the registry.
        question: in one sentence.
        source: who asked it first; and what is different here.
        answers: "classes", measured by the share of right ones, or "numbers", by the mean squared error.
        inputs: features of a step.
        outputs: classes, or numbers of an answer.
        lengths: from the shortest to the longest sequence for training.
        test_length: of those for testing.
        shortest: least length that makes sense.
        chance: what is reached without reading: a share, or an error.
        goal: from which it counts as solved.
        draw: from a generator, B and T to sequences.
    """

    name: str
    question: str
    source: str
    answers: Literal["classes", "numbers"]
    inputs: int
    outputs: int
    lengths: tuple[int, int]
    test_length: int
    shortest: int
    chance: float
    goal: float
    draw: Callable[[Generator, int, int], Drawn]

    def batch(self, generator: Generator, size: int, length: int) -> Drawn:
        """Draw sequences.

        Args:
            generator: the same state draws the same.
            size: sequences, B.
            length: steps, T, at least `shortest`; some problems add steps for the answer.
        """
        for name, value, least in (("size", size, 1), ("length", length, self.shortest)):
            if isinstance(value, bool) or not isinstance(value, int) or value < least:
                raise FrontalError(f"{self.name}: {name} must be a whole number >= {least}, got {value!r}")
        return self.draw(generator, size, length)

    def of_length(self, length: int) -> Problem:
        """Return the problem with sequences of one length, in training and when tested."""
        return replace(self, lengths=(length, length), test_length=length)

    def solved(self, score: float) -> bool:
        """Whether a score reaches the goal."""
        return score >= self.goal if self.answers == "classes" else score <= self.goal


def one_hot(symbols: Tensor, count: int) -> Tensor:
    """Turn symbols (T, B) into (T, B, count)."""
    return torch.nn.functional.one_hot(symbols, count).float()


def only_last(length: int, size: int) -> Tensor:
    """Return what is asked when the answer is wanted at the end, (T, B)."""
    asked = torch.zeros(length, size, dtype=torch.bool)
    asked[-1] = True
    return asked
