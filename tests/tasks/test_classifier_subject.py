"""A classifier hands its networks along sequences to the microscope."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import frontal
from frontal.data.labelled import Labelled
from frontal.diagnostics.capture import capture
from frontal.diagnostics.reading import read_unit
from frontal.errors import FrontalError
from frontal.tasks.look import neurons_run
from frontal.training.progress import SilentProgress

RATE = 8000


def sounds(count: int = 24) -> Labelled:
    """High and low tones of unequal length, louder towards their middle."""
    chance = np.random.default_rng(0)
    X, y = [], []
    for k in range(count):
        n = int(chance.integers(800, 2400))
        tone = np.sin(np.arange(n) * (0.3 if k % 2 else 1.2)) * np.hanning(n) + 0.01 * chance.normal(size=n)
        X.append(tone.astype(np.float32)[:, None])
        y.append("low" if k % 2 else "high")
    ids = [f"{k}.wav" for k in range(count)]
    return Labelled("tones", X, y, ("sound",), "numbers", False, ids, rate=RATE)


@pytest.fixture(scope="module")
def tones() -> Any:
    return frontal.SequenceClassifier(hidden=8, bands=12, epochs=3, validation=0.2).fit(sounds())


def test_answers_at_the_end_are_the_classifiers_own(tones: Any, tmp_path: Path) -> None:
    data = sounds()
    kept = capture(tones.subject(data), tmp_path / "c")
    facts, said = kept.index.facts, tones.predict_proba(data)
    ends = np.append(facts["starts"][1:], len(kept)) - 1
    rows = [data.ids.index(name) for name in facts["names"]]
    np.testing.assert_allclose(kept.track("answer")[ends], said[rows], atol=1e-5)
    assert sorted(rows) == list(range(len(data)))
    assert rows != sorted(rows)
    assert [facts["classes"][k] for k in kept.track("label")[ends]] == facts["labels"] == [data.labels[r] for r in rows]  # type: ignore[index]
    assert (kept.index.kind, facts["rate"], facts["hop_seconds"]) == ("sound", RATE, 0.01)
    assert len(facts["channels"]) == kept.index.tracks["input"] == 12
    assert kept.signals[-1].name == "recurrent/h"


def test_answers_on_the_way_are_those_of_a_stream(tones: Any, tmp_path: Path) -> None:
    data = sounds(4)
    kept = capture(tones.subject(data), tmp_path / "c")
    stream, sound = tones.stream(), data.sequences[data.ids.index(kept.index.facts["names"][0])]
    first = slice(0, kept.index.facts["starts"][1])
    for at, answer in enumerate(kept.track("answer", first)):
        stop = 200 + 80 * at  # samples of the frames so far
        while stream.steps <= at:
            stream.step(sound[stop - 80 if at else 0 : stop])
        np.testing.assert_allclose(answer, stream.probabilities, atol=1e-5)


def test_the_envelope_is_that_of_the_samples(tones: Any) -> None:
    data = sounds(3)
    subject = tones.subject(data)
    with torch.no_grad():
        tracks = [subject.tracks(p, subject.run(p, None)[0]) for p in subject.pieces()]
    low, high = (np.concatenate([t[f"wave_{name}"] for t in tracks]) for name in ("lowest", "highest"))
    for name, first in zip(subject.facts()["names"], subject.facts()["starts"], strict=True):
        sound = data.sequences[data.ids.index(name)][:, 0]
        for step, part in ((0, 0), (3, 5), (4, 7)):
            samples = sound[step * 80 + part * 10 : step * 80 + (part + 1) * 10]
            assert low[first + step, part] == samples.min()
            assert high[first + step, part] == samples.max()


def test_as_many_whole_sequences_as_fit(tones: Any) -> None:
    subject = tones.subject(sounds(), most=60)
    assert len(subject) <= 60
    assert len(tones.subject(sounds(), most=1)) == subject.lengths[0]
    with pytest.raises(FrontalError, match="no member 1"):
        tones.subject(sounds(), member=1)


def test_what_units_watch_in_sounds(tones: Any) -> None:
    found = neurons_run(tones, sounds(80), signals=None, most=50_000, progress=SilentProgress())
    assert found.of("of class low").area > 0.9
    assert abs(found.of("of class low").control - 0.5) < 0.1
    assert {w.predicate for w in found.best} >= {"of class high", "first half of the sequence", "getting louder"}


@pytest.mark.parametrize("both", [False, True])
def test_letters_words_and_labels_of_every_step(both: bool, tmp_path: Path) -> None:
    X = [list("abba"), list("cabac"), list("ab")] * 8
    y = [["v" if c == "a" else "k" for c in x] for x in X]
    tagger = frontal.SequenceClassifier(hidden=4, epochs=1, per_step=True, bidirectional=both).fit(X, y)
    kept = capture(tagger.subject(X, y), tmp_path / "tags")
    symbols, classes = kept.index.facts["symbols"], kept.index.facts["classes"]
    letters = [symbols[i] for i in kept.track("symbol")]
    assert [classes[k] for k in kept.track("label")] == ["v" if c == "a" else "k" for c in letters]
    assert np.isfinite(kept.track("surprise")).all()
    words = frontal.SequenceClassifier(hidden=4, epochs=1).fit([["good", "film"], ["bad", "film"]] * 9, [1, 0] * 9)
    kept = capture(words.subject([["good", "film", "indeed"]]), tmp_path / "words")
    text = "".join(kept.index.facts["symbols"][i] for i in kept.track("symbol"))
    assert text == "good film � "
    reading = read_unit(kept, "h", 1)
    assert [(symbol.guesses, symbol.verdict) for symbol in reading.symbols] == [((), "no opinion")] * 3
    assert kept.track("label").tolist() == [-1] * 3
    assert np.isnan(kept.track("surprise")).all()


def test_image_rows(tmp_path: Path) -> None:
    images = np.random.default_rng(0).random((12, 6, 4)).astype(np.float32)
    names = tuple(f"pixel_{k}" for k in range(1, 5))
    data = Labelled("images", list(images), ["x", "o"] * 6, names, "numbers", False, list(map(str, range(12))))
    rows = capture(frontal.SequenceClassifier(hidden=4, epochs=1).fit(data).subject(data), tmp_path / "c")
    assert (rows.index.kind, len(rows), rows.index.facts["channels"]) == ("rows", 72, list(names))
