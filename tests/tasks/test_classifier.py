"""SequenceClassifier: learns, keeps its word while the sequence arrives, survives saving, fits scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import frontal
from frontal.data.labelled import Labelled
from frontal.errors import FrontalError


def waves(count=60, seed=0):
    """Slow and fast sines of unequal length: (X, y)."""
    rng = np.random.default_rng(seed)
    lengths = rng.integers(15, 40, count)
    y = np.arange(count) % 2
    X = [
        np.sin(np.arange(n) * (0.3, 0.8)[k] + rng.uniform(0, 6)) + 0.1 * rng.standard_normal(n)
        for n, k in zip(lengths, y, strict=True)
    ]
    return X, y


@pytest.fixture(scope="module")
def fitted():
    X, y = waves()
    return frontal.SequenceClassifier(hidden=12, epochs=60, learning_rate=0.01, cut=0.3).fit(X, y)


def test_learns_what_counting_cannot(fitted):
    X, y = waves(seed=1)
    assert fitted.score(X, y) > 0.9


def test_classes_come_back_in_their_own_type(fitted):
    assert fitted.classes_.tolist() == [0, 1]
    assert fitted.predict(waves()[0]).dtype == fitted.classes_.dtype


def test_probabilities_are_those_of_each_sequence_alone(fitted):
    X, _ = waves(8)
    together, alone = fitted.predict_proba(X), np.concatenate([fitted.predict_proba([x]) for x in X])
    assert np.allclose(together, alone, atol=1e-6)
    assert np.allclose(together.sum(1), 1, atol=1e-6)


@pytest.mark.parametrize("pooling", ["last", "mean", "max"])
@settings(max_examples=10, deadline=None)
@given(cuts=st.lists(st.integers(0, 30), max_size=5))
def test_any_pieces_give_the_answer_to_the_whole(pooling, cuts):
    X, y = waves(20)
    model = frontal.SequenceClassifier(hidden=5, epochs=1, members=2, pooling=pooling).fit(X, y)
    x = np.concatenate([X[0], X[1]])[:30]
    stream = model.stream()
    for piece in np.split(x, sorted(cuts)):
        stream.step(piece)
    assert stream.steps == len(x)
    assert np.allclose(stream.probabilities, model.predict_proba([x])[0], atol=1e-5)


def test_early_answers_are_those_of_a_stream(fitted):
    X, y = waves(6, seed=2)
    early = fitted.early(X, y)
    for place in range(20):
        said = fitted.predict_proba([x[: -(-len(x) * (place + 1) // 20)] for x in X])
        assert np.allclose(early.probabilities[place], said, atol=1e-5)


def test_a_stream_decides_once_and_stays(fitted):
    X, _ = waves(seed=3)
    stream = fitted.stream(sure=0.8)
    decided = []
    for x in X[0]:
        stream.step(x)
        decided.append(stream.decided)
    first = next(place for place, said in enumerate(decided) if said is not None)
    assert len({*decided[first:]}) == 1
    stream.reset()
    assert stream.steps == 0
    assert np.allclose(stream.probabilities, 0.5)


def test_saved_and_loaded(fitted, tmp_path):
    X, _ = waves(10)
    fitted.save(tmp_path / "run")
    loaded = frontal.load(tmp_path / "run")
    assert np.array_equal(loaded.predict_proba(X), fitted.predict_proba(X))
    assert loaded.predict(X).tolist() == fitted.predict(X).tolist()
    assert loaded.classes_.dtype == fitted.classes_.dtype


def test_steps_with_labels_of_their_own():
    X, _ = waves(40)
    y = [(x > 0).astype(int) for x in X]
    model = frontal.SequenceClassifier(per_step=True, hidden=8, epochs=30, learning_rate=0.02).fit(X, y)
    assert model.score(X, y) > 0.95
    assert [len(said) for said in model.predict(X)] == [len(x) for x in X]
    assert model.predict_proba(X[:1])[0].shape == (len(X[0]), 2)


def test_unlabelled_steps_do_not_count():
    X, _ = waves(12)
    y = [np.where(x > 0, "up", "down").astype(object) for x in X]
    for label in y:
        label[::2] = ""
    model = frontal.SequenceClassifier(per_step=True, hidden=4, epochs=2).fit(X, y)
    said = model.measure(X, y)
    assert len(said.truth) == sum(int((label != "").sum()) for label in y)
    answers = np.concatenate(model.predict(X))
    wanted = np.concatenate(y)
    assert said.accuracy == pytest.approx(np.mean((answers == wanted)[wanted != ""]))


def test_words():
    X, y = ["a good film", "a bad film", "really good", "really bad"] * 6, ["pos", "neg"] * 12
    model = frontal.SequenceClassifier(hidden=8, epochs=30, learning_rate=0.02, min_count=1).fit(X, y)
    assert model.predict(["good", "bad"]).tolist() == ["pos", "neg"]
    assert model.predict(["never seen"]).tolist()[0] in ("pos", "neg")
    stream = model.stream()
    for word in ("a", "bad", "film"):
        stream.step(word)
    assert np.allclose(stream.probabilities, model.predict_proba(["a bad film"])[0], atol=1e-5)


def test_balanced_weights_help_the_rare_class():
    X, y = waves(80)
    rng = np.random.default_rng(0)
    X = [x + 2.0 * rng.standard_normal(len(x)) for x in X]  # hard to tell
    keep = [k for k in range(80) if y[k] == 0 or k % 10 == 1]
    X, y = [X[k] for k in keep], y[keep]
    plain, balanced = (
        frontal.SequenceClassifier(hidden=6, epochs=15, class_weights=kind, validation=0.0).fit(X, y)
        for kind in ("none", "balanced")
    )
    rare = [x for x, k in zip(X, y, strict=True) if k == 1]
    assert balanced.predict_proba(rare)[:, 1].mean() > plain.predict_proba(rare)[:, 1].mean() + 0.1


def test_the_split_of_the_data_is_kept():
    X, y = waves(20)
    data = Labelled.from_arrays(X, y)
    object.__setattr__(data, "split", ["train"] * 12 + ["test"] * 8)
    half = frontal.SequenceClassifier(hidden=4, epochs=2).fit(data)
    same = frontal.SequenceClassifier(hidden=4, epochs=2).fit(X[:12], y[:12])
    assert np.array_equal(half.predict_proba(X), same.predict_proba(X))


def test_scikit_learn():
    from sklearn.base import clone, is_classifier
    from sklearn.model_selection import GridSearchCV, cross_val_score
    from sklearn.pipeline import make_pipeline

    X, y = waves(30)
    model = frontal.SequenceClassifier(hidden=6, epochs=10)
    assert is_classifier(model)
    assert clone(model).get_params() == model.get_params()
    assert len(cross_val_score(make_pipeline(model), X, y, cv=3)) == 3
    search = GridSearchCV(model, {"hidden": [3, 4]}, cv=2).fit(X, y)
    assert search.best_params_["hidden"] in (3, 4)
    assert model.set_params(hidden=9).settings.hidden == 9


@pytest.mark.parametrize(
    ("X", "y", "said"),
    [
        ([[1.0, 2.0]] * 6, ["a"] * 6, "all labels are 'a'; there must be two"),
        ([[1.0, 2.0]] * 3, ["a", "b", "a"], "3 sequences are too few"),
        ([[1.0], [2.0]], ["a", "b", "c"], "3"),
        ([[1.0], []] * 4, ["a", "b"] * 4, "empty"),
        ([[1.0], [float("inf")]] * 4, ["a", "b"] * 4, "inf"),
        ([[1.0, 2.0]] * 6, None, "no labels"),
    ],
)
def test_what_cannot_be_learned_is_said(X, y, said):
    with pytest.raises(FrontalError, match=said):
        frontal.SequenceClassifier().fit(X, y)


def test_wrong_use_is_said(fitted, tmp_path):
    with pytest.raises(FrontalError, match="not fitted yet"):
        frontal.SequenceClassifier().predict([[1.0]])
    with pytest.raises(FrontalError, match=r"2 channels .* learned 1"):
        fitted.predict([np.zeros((5, 2))])
    with pytest.raises(FrontalError, match=r"tokens.*learned numbers"):
        fitted.predict(["a text"])
    with pytest.raises(FrontalError, match="sure must be above 0"):
        fitted.stream(sure=0)
    both = frontal.SequenceClassifier(hidden=4, epochs=1, bidirectional=True).fit(*waves(10))
    with pytest.raises(FrontalError, match="reads sequences backwards"):
        both.stream()
    with pytest.raises(FrontalError, match="cut is for one label"):
        frontal.SequenceClassifier(cut=0.5, per_step=True)
    with pytest.raises(FrontalError, match="no cell is named 'gruu'"):
        frontal.SequenceClassifier(cell="gruu")


def test_the_same_seed_gives_the_same_network():
    X, y = waves(16)
    one, two = (frontal.SequenceClassifier(hidden=4, epochs=2, seed=3).fit(X, y) for _ in range(2))
    assert np.array_equal(one.predict_proba(X), two.predict_proba(X))
    assert torch.initial_seed() != 3
