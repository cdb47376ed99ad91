"""Measures of a classifier against scikit-learn and against sums written out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics

from frontal.diagnostics.classification import Classification
from frontal.diagnostics.early_answers import EarlyAnswers


def some(N: int = 200, K: int = 4, seed: int = 0) -> Classification:
    rng = np.random.default_rng(seed)
    probabilities = rng.dirichlet(np.ones(K) * 0.7, N)
    truth = np.array([rng.choice(K, p=row) for row in probabilities])
    return Classification(tuple("abcd"[:K]), probabilities, truth)


def test_measures_equal_those_of_scikit_learn():
    said = some()
    answers = said.probabilities.argmax(1)
    assert said.accuracy == metrics.accuracy_score(said.truth, answers)
    assert np.array_equal(said.confusion, metrics.confusion_matrix(said.truth, answers))
    assert said.log_loss == pytest.approx(metrics.log_loss(said.truth, said.probabilities))
    figures = said.metrics()
    assert figures["balanced_accuracy"] == pytest.approx(metrics.balanced_accuracy_score(said.truth, answers))
    assert figures["macro_f1"] == pytest.approx(metrics.f1_score(said.truth, answers, average="macro"))
    rows = said.by_class()
    assert [row["precision"] for row in rows] == pytest.approx(
        metrics.precision_score(said.truth, answers, average=None)
    )


def test_calibration_error_by_hand():
    probabilities = np.array([[0.95, 0.05], [0.95, 0.05], [0.6, 0.4], [0.4, 0.6]])
    said = Classification(("no", "yes"), probabilities, np.array([0, 1, 0, 1]))
    # two are 95 % sure and half right: a gap of 0.45; two are 60 % sure and right: 0.4
    assert said.calibration_error == pytest.approx((2 * 0.45 + 2 * 0.4) / 4)


def test_probabilities_that_hold_have_a_small_error():
    assert some(N=20_000).calibration_error < 0.02


def test_a_class_that_was_never_learned_is_always_wrong():
    said = Classification(("a", "b"), np.array([[0.9, 0.1], [0.2, 0.8]]), np.array([-1, 1]))
    assert said.accuracy == 0.5
    assert said.confusion.sum() == 1
    assert said.log_loss == pytest.approx(-np.log(0.8))
    assert said.to_frame()["truth"].to_list() == ["", "b"]


@pytest.mark.parametrize("K", [2, 4])
def test_the_picture_shows_matrix_and_reliability(K):
    figure = some(K=K).plot()
    matrix, reliability = figure.axes
    assert len(matrix.texts) == np.count_nonzero(some(K=K).confusion)
    assert reliability.get_ylabel() == "share that is right"


def early() -> EarlyAnswers:
    """Three looks at two sequences: the first is right at once, the second only at the end."""
    first = [[0.9, 0.1], [0.95, 0.05], [0.99, 0.01]]
    second = [[0.6, 0.4], [0.55, 0.45], [0.3, 0.7]]
    probabilities = np.array([first, second]).transpose(1, 0, 2)
    return EarlyAnswers(np.array([1 / 3, 2 / 3, 1.0]), probabilities, np.array([0, 1]), 0.5)


def test_accuracy_by_fraction_seen():
    assert early().accuracy().tolist() == [0.5, 0.5, 1.0]


@pytest.mark.parametrize(("sure", "right", "read"), [(0.55, 0.5, 1 / 3), (0.85, 1.0, 2 / 3), (0.93, 1.0, 5 / 6)])
def test_decisions_once_sure(sure, right, read):
    assert early().stopping(sure) == pytest.approx((right, read))


def test_the_picture_of_early_answers():
    axis = early().plot().axes[0]
    assert axis.lines[0].get_ydata().tolist() == [50, 50, 100]
    assert early().to_frame()["accuracy"].to_list() == [0.5, 0.5, 1.0]
