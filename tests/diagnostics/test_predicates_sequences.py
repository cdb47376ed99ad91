"""What a unit may watch in labelled sequences, by hand."""

from __future__ import annotations

from typing import Any

import numpy as np

from frontal.diagnostics.predicate import Predicate, truths
from frontal.diagnostics.predicates_sequences import ANY, MANY, NUMBERS, ROWS, SOUND, Steps, of_classes

LEVEL = np.array([0, 1, 3, 2, 2.0, 5, 0.001, 10])


def steps() -> Steps:
    labels = np.array([1, 1, 1, 1, 0, 0, -1, -1])
    answers = np.array([0, 0, 1, 1, 0, 1, 1, -1])
    position, lengths = np.array([0, 1, 2, 3, 0, 1, 0, 1]), np.array([4] * 4 + [2] * 4)
    return Steps(labels, answers, position, lengths, LEVEL, np.arange(8.0))


def where(predicates: tuple[Predicate[Any], ...], name: str) -> list[int]:
    return np.flatnonzero(truths(predicates, steps(), 8)[name]).tolist()


def test_classes_answers_and_places() -> None:
    assert where(of_classes(["no", "yes"], steps().labels), "of class yes") == [0, 1, 2, 3]
    assert where(of_classes(["no", "yes"], steps().labels), "of class no") == [4, 5]
    assert where(ANY, "its answer is right") == [2, 3, 4]
    assert where(ANY, "its answer is wrong") == [0, 1, 5]
    assert where(ANY, "first step of the sequence") == [0, 4, 6]
    assert where(ANY, "first half of the sequence") == [0, 1, 4, 6]
    assert where(ANY, "last tenth of the sequence") == []
    assert where(ANY, "in a long sequence (upper half)") == [0, 1, 2, 3]


def test_loudness_does_not_change_over_the_border_of_two_sounds() -> None:
    assert where(SOUND, "getting louder") == [1, 2, 5, 7]
    assert where(SOUND, "getting quieter") == [3]
    assert where(SOUND, "silence (below −40 dB)") == [0, 6]
    assert where(SOUND, "louder than usual") == [2, 5, 7]
    assert where(SOUND, "high (highest tenth)") == [7]
    assert where(ROWS, "an empty row") == [0]
    assert where(NUMBERS, "rising steeply (highest tenth)") == [7]


def test_only_the_most_frequent_of_many_classes_are_asked_for() -> None:
    labels = np.repeat(np.arange(MANY + 5), np.arange(MANY + 5) + 1)
    asked = of_classes([str(k) for k in range(MANY + 5)], labels)
    assert [p.name for p in asked] == [f"of class {k}" for k in range(5, MANY + 5)]
