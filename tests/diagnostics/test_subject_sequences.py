"""A classifying network along sequences of unequal length, in any batches."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

import frontal
from frontal import FrontalError
from frontal.diagnostics import subject_whole
from frontal.diagnostics.capture import capture
from frontal.diagnostics.recording import evaluating
from frontal.diagnostics.subject import Piece
from frontal.diagnostics.subject_sequences import Sequences
from frontal.layers.shapes import ManyToOne

C, H, K = 3, 5, 4
LENGTHS = (7, 1, 12, 3, 3, 9)


class Network(nn.Module):
    """Answers after every step, or of two directions at the end."""

    def __init__(self, *, pooling: Any = "mean", both: bool = False, symbols: int = 0) -> None:
        super().__init__()
        torch.manual_seed(1)
        self.embedding = nn.Embedding(symbols, C) if symbols else None
        self.recurrent = frontal.LSTM(C, H, bidirectional=both)
        self.answers = ManyToOne(self.recurrent, nn.Linear(H * (1 + both), K), pooling=pooling)

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        x = x if self.embedding is None else self.embedding(x)
        run = self.answers if self.recurrent.directions == 2 else self.answers.beginnings
        return run(x, lengths=lengths)


def sequences(*, symbols: int = 0, dtype: torch.dtype = torch.float32) -> list[Tensor]:
    torch.manual_seed(2)
    return [torch.randint(symbols, (n,)) if symbols else torch.randn(n, C, dtype=dtype) for n in LENGTHS]


def subject(*, dtype: torch.dtype = torch.float32, labels: Any = None, **options: Any) -> Sequences:
    symbols = options.get("symbols", 0)
    model = Network(**options).to(dtype)
    labels = [torch.tensor(k % K) for k in range(len(LENGTHS))] if labels is None else labels
    facts = {"classes": ["a", "b", "c", "d"], "names": list(map(str, range(len(LENGTHS))))}
    given = sequences(symbols=symbols, dtype=dtype)
    return Sequences(model, given, labels, kind="text" if symbols else "numbers", name="some", facts=facts)


def alone(made: Sequences, row: int, stop: int | None = None) -> tuple[Any, Any]:
    """The states and the answer of one sequence, or of its beginning, by itself."""
    model, x = cast(Network, made.model), made.sequences[row][:stop, None]
    with torch.no_grad():
        states, _ = model.recurrent(x if model.embedding is None else model.embedding(x))
        return states[:, 0], model.answers(x if model.embedding is None else model.embedding(x))[0].softmax(-1)


@pytest.mark.parametrize("pooling", ["last", "mean", "max"])
@pytest.mark.parametrize("symbols", [0, 9])
def test_every_step_is_that_of_its_beginning_alone(
    pooling: str, symbols: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subject_whole, "PIECE", 20)
    made = subject(pooling=pooling, symbols=symbols)
    kept = capture(made, tmp_path / "c")
    assert np.flatnonzero(kept.track("fresh")).tolist() == kept.index.facts["starts"] == [0, 7, 8, 20, 23, 26]
    assert len(kept) == len(made) == sum(LENGTHS)
    for row, first in enumerate(kept.index.facts["starts"]):
        steps = slice(first, first + LENGTHS[row])
        states, _ = alone(made, row)
        np.testing.assert_allclose(kept.values("h", steps=steps), states.T, atol=1e-3)
        shown = kept.track("symbol" if symbols else "input", steps)
        np.testing.assert_array_equal(shown, made.sequences[row])
        assert set(kept.track("sequence", steps).tolist()) == {row}
        assert set(kept.track("label", steps).tolist()) == {row % K}
        answers = np.stack([alone(made, row, stop)[1] for stop in range(1, LENGTHS[row] + 1)])
        np.testing.assert_allclose(kept.track("answer", steps), answers, atol=1e-5)
        np.testing.assert_allclose(kept.track("surprise", steps), -np.log(answers[:, row % K]), atol=1e-5)


@settings(deadline=None, max_examples=20)
@given(st.integers(1, 40), st.booleans())
def test_any_batches_give_the_same_in_float64(size: int, both: bool) -> None:
    made = subject(dtype=torch.float64, both=both)
    whole = Piece(0, len(made), fresh=True)
    with pytest.MonkeyPatch.context() as patched, evaluating(made.model), torch.no_grad():
        expected = made.losses(whole, made.run(whole, None)[0])
        patched.setattr(subject_whole, "PIECE", size)
        pieces = list(made.pieces())
        said = [made.losses(piece, made.run(piece, None)[0]) for piece in pieces]
    assert [p.first for p in pieces[1:]] == [p.stop for p in pieces[:-1]]
    torch.testing.assert_close(torch.cat(said), expected, rtol=1e-12, atol=1e-12, equal_nan=True)


def test_two_directions_answer_at_the_end_and_have_states_at_every_step(tmp_path: Path) -> None:
    made = subject(both=True)
    kept = capture(made, tmp_path / "c")
    ends = np.cumsum(LENGTHS) - 1
    assert np.flatnonzero(~np.isnan(kept.track("surprise"))).tolist() == ends.tolist()
    np.testing.assert_allclose(kept.track("answer")[ends], [alone(made, k)[1] for k in range(6)], atol=1e-5)
    back = next(s.name for s in kept.signals if s.value == "h" and "backwards" in s.layer)
    for row, first in enumerate(kept.index.facts["starts"]):
        states, _ = alone(made, row)
        np.testing.assert_allclose(
            kept.values(back, steps=slice(first, first + LENGTHS[row])), states[:, H:].T, atol=1e-3
        )


def test_labels_of_steps_and_unknown_ones(tmp_path: Path) -> None:
    labels = [torch.arange(n) % K - int(k == 2) for k, n in enumerate(LENGTHS)]
    made = subject(labels=labels)
    kept = capture(made, tmp_path / "c")
    np.testing.assert_array_equal(kept.track("label"), torch.cat(labels))
    unknown = np.isnan(kept.track("surprise"))
    np.testing.assert_array_equal(unknown, kept.track("label") < 0)
    assert unknown.any()


@settings(deadline=None)
@given(st.integers(0, sum(LENGTHS) - 1), st.integers(1, sum(LENGTHS)))
def test_around_some_steps_are_whole_sequences(first: int, count: int) -> None:
    made = subject()
    stop = min(first + count, len(made))
    piece, ends = made.around(first, stop), made.starts.tolist()
    assert piece.first == max(s for s in ends if s <= first)
    assert piece.stop == min(s for s in ends if s >= stop)


def test_copies_side_by_side_are_the_same() -> None:
    for made in (subject(), subject(both=True), subject(symbols=9)):
        piece = made.around(8, 23)
        with evaluating(made.model), torch.no_grad():
            one, three = (made.run(piece, None, copies)[0] for copies in (1, 3))
            for of in (made.each_loss, made.each_score):
                assert of(piece, three).shape == (3, 15)
                for copy in of(piece, three):
                    torch.testing.assert_close(copy, of(piece, one)[0], equal_nan=True)


def test_nothing_to_look_at() -> None:
    with pytest.raises(FrontalError, match="nothing to look at"):
        Sequences(Network(), [], [], kind="numbers", name="none", facts={})
