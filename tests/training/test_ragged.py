"""Sequences of unequal length: batches hold each once, and temperature makes probabilities hold."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from frontal.data.ragged import Ragged
from frontal.errors import FrontalError
from frontal.training.ragged_batches import RaggedBatches
from frontal.training.temperature import fit_temperature


@given(st.lists(st.integers(1, 9), min_size=1, max_size=20), st.data())
def test_a_batch_is_the_sequences_side_by_side(lengths, data):
    sequences = [torch.randn(T, 2) for T in lengths]
    ragged = Ragged(sequences)
    rows = data.draw(st.lists(st.integers(0, len(lengths) - 1), min_size=1, max_size=5))
    seen = torch.tensor([data.draw(st.integers(1, lengths[row])) for row in rows])
    x, valid = ragged.batch(torch.tensor(rows), seen)
    assert torch.equal(valid, seen)
    assert len(x) == int(seen.max())
    for place, row in enumerate(rows):
        assert torch.equal(x[: seen[place], place], sequences[row][: seen[place]])
        assert torch.equal(ragged[row], sequences[row])


@given(st.lists(st.integers(1, 50), min_size=1, max_size=90), st.integers(1, 7))
def test_every_sequence_once_a_pass(lengths, batch_size):
    batches = RaggedBatches(torch.tensor(lengths), batch_size, lambda rows: ((rows, rows), rows))
    seen = [targets for _, targets in batches]
    assert len(seen) == len(batches)
    assert sorted(torch.cat(seen).tolist()) == list(range(len(lengths)))


def test_like_lengths_go_together():
    lengths = torch.arange(1, 1001)
    spans = [
        int(lengths[rows].max() - lengths[rows].min())
        for _, rows in RaggedBatches(lengths, 10, lambda rows: ((rows, rows), rows))
    ]
    assert sum(spans) / len(spans) < 60  # about 800 if drawn blindly


def test_nothing_is_refused():
    with pytest.raises(FrontalError, match="at least one step"):
        Ragged([torch.zeros(0, 2)])
    with pytest.raises(FrontalError, match="no sequences"):
        RaggedBatches(torch.tensor([]), 4, lambda rows: ((rows, rows), rows))


@pytest.mark.parametrize("temperature", [0.3, 1.0, 4.0])
def test_the_temperature_that_the_logits_were_multiplied_by_is_found(temperature):
    torch.manual_seed(0)
    logits = torch.randn(20_000, 5)
    targets = torch.multinomial(logits.softmax(-1), 1)[:, 0]
    assert fit_temperature(logits * temperature, targets) == pytest.approx(temperature, rel=0.06)


def test_a_few_right_answers_do_not_make_certain():
    logits = 3 * torch.eye(4)
    said = (logits / fit_temperature(logits, torch.arange(4))).softmax(-1).diagonal()
    assert (said < 0.95).all()
    assert fit_temperature(logits, torch.full((4,), -1)) == 1.0
