"""Sequences of unequal length told apart by a reservoir."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from frontal.errors import FrontalError
from frontal.layers import reservoir_stack
from frontal.layers.echo_state_classifier import EchoStateClassifier


def read_ts(path: Path) -> tuple[list[Tensor], list[str]]:
    """Sequences (T, channels) and labels of a .ts file without missing values."""
    lines = path.read_text(encoding="utf-8").lower().partition("@data")[2].split()
    parts = [line.split(":") for line in lines]
    return [torch.tensor([list(map(float, c.split(","))) for c in p[:-1]]).T for p in parts], [p[-1] for p in parts]


def test_japanese_vowels(data_dir: Path):
    """270 utterances of nine speakers to learn from, 370 to tell, of 7 to 29 steps (Kudo et al. 1999)."""
    train, test = (read_ts(data_dir / "ucr_uea" / f"JapaneseVowels_{part}.ts") for part in ("TRAIN", "TEST"))
    assert len(train[0]) == 270 and len(test[0]) == 370
    options: dict[str, Any] = {"leak": 0.3, "input_scale": 0.5, "bias_scale": 0.5}
    for seed in range(3):
        told = EchoStateClassifier(12, 200, seed=seed, **options).fit(*train).predict(test[0])
        assert np.mean([a == b for a, b in zip(told, test[1], strict=True)]) >= 0.95


@pytest.mark.parametrize("held", [2**23, 100])
def test_a_summary_is_that_of_the_sequence_alone(held: int, monkeypatch: pytest.MonkeyPatch):
    torch.manual_seed(0)
    sequences = [torch.randn(n, 2, dtype=torch.float64) for n in (3, 11, 1, 7)]
    classifier = EchoStateClassifier(2, 8, layers=2, density=0.5, dtype=torch.float64)
    rows = []
    for sequence in sequences:
        (chunk,) = classifier.stack.run(sequence[:, None])
        rows.append(torch.cat([chunk.seen.mean(0), chunk.seen[-1]], 1))
    monkeypatch.setattr(reservoir_stack, "HELD", held)
    assert_close(classifier.summaries(sequences), torch.cat(rows))
    for summary, columns in (("mean", slice(0, 16)), ("last", slice(16, 32))):
        classifier.summary = summary
        assert_close(classifier.summaries(sequences), torch.cat(rows)[:, columns])


def test_scores_are_least_squares_on_one_hot():
    torch.manual_seed(0)
    sequences, labels = [torch.randn(5, 1, dtype=torch.float64) for _ in range(30)], ["a", "b", "c"] * 10
    classifier = EchoStateClassifier(1, 6, ridge=0.5, summary="last", density=0.5, dtype=torch.float64)
    classifier.fit(sequences, labels)
    seen, targets = classifier.summaries(sequences), torch.eye(3, dtype=torch.float64).repeat(10, 1)
    middle = seen - seen.mean(0)
    weight = torch.linalg.solve(middle.T @ middle + 0.5 * torch.eye(6), middle.T @ targets)
    assert_close(classifier.scores(sequences), middle @ weight + targets.mean(0))
    assert classifier.predict(sequences) == [labels[k] for k in classifier.scores(sequences).argmax(1).tolist()]


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: EchoStateClassifier(1, 9, summary="men"), "did you mean 'mean'"),
        (lambda: EchoStateClassifier(1, 9, ridge=-1), "ridge must be a number >= 0"),
        (lambda: EchoStateClassifier(1).fit([torch.zeros(3, 1)], ["a"]), "at least two classes"),
        (lambda: EchoStateClassifier(1).fit([torch.zeros(3, 1)], ["a", "b"]), "1 sequences, but 2 labels"),
        (lambda: EchoStateClassifier(1).fit([], []), "at least two classes"),
        (lambda: EchoStateClassifier(1).predict([torch.zeros(3, 1)]), "knows no classes yet"),
        (lambda: EchoStateClassifier(1).summaries([]), "there are no sequences"),
        (lambda: EchoStateClassifier(1).summaries([torch.zeros(3)]), "sequence 0 must be (T, 1), got (3,)"),
        (lambda: EchoStateClassifier(1).summaries([torch.zeros(0, 1)]), "sequence 0 is empty"),
        (lambda: EchoStateClassifier(1).summaries([torch.zeros(3, 2)]), "sequence 0 must be (T, 1 features)"),
        (lambda: EchoStateClassifier(1).summaries([torch.full((3, 1), torch.nan)]), "sequence 0 is nan at step 0"),
    ],
)
def test_wrong_input_is_told(call: Any, says: str):
    with pytest.raises(FrontalError) as error:
        call()
    assert says in str(error.value)
