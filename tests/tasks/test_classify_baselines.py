"""Answers without a memory, against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import MultinomialNB

from frontal.data.ragged import Ragged
from frontal.tasks.classify_baselines import baselines
from frontal.tasks.classify_model import Examples

rng = np.random.default_rng(0)


def test_naive_bayes_equals_scikit_learns():
    y = rng.integers(0, 3, 150)
    tokens = [rng.choice(20, rng.integers(3, 12), p=np.roll(np.arange(20) / 190, 7 * k)) for k in y]
    examples = [
        Examples(Ragged([torch.from_numpy(x) for x in tokens[part]]), torch.from_numpy(y[part]))
        for part in (slice(100), slice(100, None))
    ]
    said = baselines(*examples, tokens=20, classes=3)
    texts = [" ".join(f"t{token}" for token in x) for x in tokens]
    counts = CountVectorizer(vocabulary=[f"t{k}" for k in range(20)]).fit_transform(texts)
    wanted = MultinomialNB().fit(counts[:100], y[:100]).score(counts[100:], y[100:])
    assert said["words counted, naive Bayes"] == pytest.approx(wanted)
    most = np.bincount(y[:100]).argmax()
    assert said["most frequent class"] == pytest.approx((y[100:] == most).mean())


def test_regression_is_as_good_as_scikit_learns():
    y = rng.integers(0, 2, 300)
    sequences = [rng.normal(0.5 * k, 1, (rng.integers(5, 15), 2)).astype("float32") for k in y]
    examples = [
        Examples(Ragged([torch.from_numpy(x) for x in sequences[part]]), torch.from_numpy(y[part]))
        for part in (slice(200), slice(200, None))
    ]
    said = baselines(*examples, tokens=None, classes=2)["regression on mean, spread, ends"]
    table = np.array([[*x.mean(0), *x.std(0), *x[0], *x[-1], *x.min(0), *x.max(0), len(x)] for x in sequences])
    table = (table - table[:200].mean(0)) / table[:200].std(0)
    wanted = LogisticRegression(C=10).fit(table[:200], y[:200]).score(table[200:], y[200:])
    assert said == pytest.approx(wanted, abs=0.03)


def test_single_steps():
    x = [torch.randn(6, 1) for _ in range(40)]
    y = [(values[:, 0] > 0).long() for values in x]
    y[0][:3] = -100
    parts = [Examples(Ragged(x[part]), Ragged(y[part])) for part in (slice(30), slice(30, None))]
    assert baselines(*parts, tokens=None, classes=2)["regression on the step alone"] > 0.97
    tokens = [(values[:, 0] > 0).long() + 1 for values in x]
    parts = [Examples(Ragged(tokens[part]), Ragged(y[part])) for part in (slice(30), slice(30, None))]
    assert baselines(*parts, tokens=3, classes=2)["each token's most frequent class"] == 1
