"""Loss against the steps since the states were cleared, beside one loop by hand for every target and length."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from frontal import FrontalError
from frontal.cells import named
from frontal.diagnostics.context_length import context_length
from frontal.diagnostics.subject_sequences import Sequences
from frontal.diagnostics.subject_text import Text

from .by_hand import N, by_hand, ids, network, text
from .test_experiment import Answers, sequences, series


@pytest.mark.parametrize(("first", "begin"), [(0, 8), (30, 30), (55, 50)])
def test_of_a_text(first: int, begin: int) -> None:
    found = context_length(text(), most=8, targets=10, first=first)
    assert found.steps.tolist() == list(range(1, 9))
    assert found.targets == 10
    for k in range(1, 9):
        runs = [by_hand(ids()[target - k : target + 1]) for target in range(begin, begin + 10)]
        losses = np.array([float(run["losses"][-1]) for run in runs])
        right = [int(run["logs"][-2].argmax()) == ids()[begin + i] for i, run in enumerate(runs)]
        assert found.loss[k - 1] == pytest.approx(losses.mean(), rel=1e-9)
        assert found.error[k - 1] == pytest.approx(losses.std(ddof=1) / np.sqrt(10), rel=1e-9)
        assert found.right is not None
        assert found.right[k - 1] == pytest.approx(np.mean(right))


def test_a_text_shorter_than_what_was_asked_for() -> None:
    found = context_length(Text(network(), ids(6), list("abcdefg"), "few"), most=128, targets=256)
    assert found.steps.tolist() == [1, 2, 3, 4]
    assert found.targets == 2


def test_of_a_series() -> None:
    subject = series()
    found = context_length(subject, most=100)
    assert found.steps[-1] == subject.T
    model: Any = subject.model
    cell = model.recurrent.bound_cells()[0]
    for k, loss in zip(found.steps, found.loss, strict=True):
        errors = []
        for window, followed in zip(subject.windows, subject.followed, strict=True):
            h = torch.zeros(1, 4, dtype=torch.float64)
            for x in window[subject.T - k :]:
                h = cell(x[None], h)[0]
            errors.append(float((model.head(h).detach()[0, 0] - followed) ** 2))
        assert loss == pytest.approx(np.mean(errors), rel=1e-9)
    assert found.right is None


def test_of_sequences_with_a_label() -> None:
    subject = sequences()
    found = context_length(subject)
    assert (found.targets, found.steps[-1]) == (2, 8)
    model: Any = subject.model
    cell = model.layer.bound_cells()[0]
    for k, loss in zip(found.steps, found.loss, strict=True):
        losses = []
        for x, label in zip(subject.sequences[:2], (0, 3), strict=True):
            h = torch.zeros(1, 4)
            for step in x[-k:]:
                h = cell(step[None], h)[0]
            losses.append(float(-h.detach().log_softmax(-1)[0, label]))
        assert loss == pytest.approx(np.mean(losses), rel=1e-5)


def test_the_reach_of_a_model_that_needs_three_symbols() -> None:
    class Third(torch.nn.Module):
        """Says the symbol that it read two before the last, once it has read three."""

        def __init__(self) -> None:
            super().__init__()
            self.layer = named("gru")(1, 1)

        def forward(self, ids: torch.Tensor, states: None) -> tuple[torch.Tensor, None]:
            logits = torch.zeros(*ids.shape, 4)
            logits[2:] = 9.0 * torch.nn.functional.one_hot(ids[:-2], 4)
            return logits, None

    symbols = np.random.default_rng(0).integers(0, 4, 3)
    found = context_length(Text(Third(), np.tile(symbols, 40), list("abcd"), "threes"), most=10, targets=50)
    assert found.reach == 3
    assert found.loss[0] == pytest.approx(np.log(4))
    assert found.loss[-1] < 0.01


def test_what_has_no_labels_is_refused() -> None:
    nothing = Sequences(
        Answers(), [torch.randn(4, 3)], [torch.tensor(-1)], kind="sound", name="sounds", facts={"classes": ["a"]}
    )
    with pytest.raises(FrontalError, match="nothing whose loss is known"):
        context_length(nothing)
    assert len(ids()) == N
