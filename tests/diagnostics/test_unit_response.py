"""How units answer, beside loops and beside a cell that is worked out by hand."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from frontal import RNN, FrontalError
from frontal.cells import named
from frontal.diagnostics.capture import capture
from frontal.diagnostics.subject_sequences import Sequences
from frontal.diagnostics.subject_series import Series
from frontal.diagnostics.subject_text import Text
from frontal.diagnostics.unit_response import STEPS, input_response, symbol_response
from frontal.layers.language_network import LanguageNetwork


def test_answers_to_symbols_are_those_of_a_loop(tmp_path: Path) -> None:
    torch.manual_seed(0)
    ids = np.random.default_rng(1).choice(5, size=400, p=[0.4, 0.3, 0.15, 0.1, 0.05])
    network = LanguageNetwork(5, named("gru"), hidden=4, embedding=3)
    kept = capture(Text(network, ids, [*"abcde"], "x"), tmp_path / "c")
    found = symbol_response(kept, "h", 2, most=3)
    values = kept.unit("h", 2).astype(float)
    assert found.symbols.tolist() == [0, 1, 2]
    for symbol, count, change in zip(found.symbols, found.counts, found.change, strict=True):
        at = [t for t in range(1, 400 - STEPS) if ids[t] == symbol]
        assert count == len(at)
        np.testing.assert_allclose(change, np.mean([values[t : t + STEPS + 1] - values[t - 1] for t in at], 0))
    every = [values[t : t + STEPS + 1] - values[t - 1] for t in range(1, 400 - STEPS)]
    np.testing.assert_allclose(found.usual, np.mean(every, 0))


def test_answers_stay_within_their_sequence() -> None:
    draw, starts, n = np.random.default_rng(2), [0, 30, 52, 53, 110], 150
    symbols, values = draw.integers(0, 3, n), draw.normal(size=n)
    fresh = np.isin(np.arange(n), starts)
    kept: Any = SimpleNamespace(
        index=SimpleNamespace(tracks={"symbol": 0}, name="several"), unit=lambda *_: values,
        track=lambda name: {"symbol": symbols, "fresh": fresh}[name],
    )  # fmt: skip
    found = symbol_response(kept, "h", 0)
    more = found.change.shape[1] - 1  # steps behind a symbol
    assert 10 <= more <= STEPS
    at = [t for a, b in pairwise([*starts, n]) for t in range(a + 1, b - more)]
    assert {*found.symbols.tolist()} == {*symbols[at].tolist()}
    assert found.counts.sum() == len(at)
    np.testing.assert_allclose(found.usual, np.mean([values[t : t + more + 1] - values[t - 1] for t in at], 0))


def test_a_text_that_is_too_short_is_refused(tmp_path: Path) -> None:
    network = LanguageNetwork(3, named("gru"), hidden=4, embedding=3)
    kept = capture(Text(network, np.array([0, 1, 2, 1]), [*"abc"], "x"), tmp_path / "c")
    with pytest.raises(FrontalError, match="too short"):
        symbol_response(kept, "h", 0)


class Leaky(torch.nn.Module):
    """h ← 0.8 h + 0.5 x, nearly: a tanh where it is straight."""

    def __init__(self) -> None:
        super().__init__()
        self.rnn = RNN(2, 1, batch_first=True)
        with torch.no_grad():
            for name, value in self.rnn.named_parameters():
                value.fill_(0.8 if "hh" in name and "weight" in name else 0.0)
                if "ih" in name and "weight" in name:
                    value[0, 1] = 0.5

    def forward(self, x: Any) -> Any:
        return self.rnn(x)[0][:, -1]


def test_a_leaky_unit_answers_as_its_equation_says() -> None:
    windows = 1e-4 * torch.randn(6, 16, 2, generator=torch.Generator().manual_seed(0))
    series = Series(
        Leaky(), windows, followed=windows[:, -1, 0], places=np.arange(15, 21), values=np.zeros(30), times=None,
        channels=["x", "y"], name="s",
    )  # fmt: skip
    found = input_response(series, "rnn/h", 0, 1)
    decay = 0.8 ** np.arange(12)
    size = float(series.windows[:, :, 1].std())
    assert found.size == pytest.approx(size)
    np.testing.assert_allclose(found.impulse, 0.5 * size * decay, rtol=1e-3)
    np.testing.assert_allclose(found.step, 0.5 * size * decay.cumsum(), rtol=1e-3)
    np.testing.assert_allclose(input_response(series, "rnn/h", 0, 0).step, 0, atol=1e-12)
    assert float(series.windows[0, 5, 1]) == float(windows[series_row(), 5, 1])  # the data is as it was


def series_row() -> int:
    return (6 - 1) % 16


class Answering(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.rnn, self.head = RNN(3, 4), torch.nn.Linear(4, 2)

    def forward(self, x: Any, lengths: Any) -> Any:
        return self.head(self.rnn(x, lengths=lengths)[0])


def test_sequences_of_unequal_length_are_laid_one_on_another() -> None:
    torch.manual_seed(3)
    model = Answering()
    given = [torch.randn(length, 3) for length in (8, 13)]
    subject = Sequences(model, given, [torch.tensor(0)] * 2, kind="numbers", name="s", facts={"classes": ["a", "b"]})
    found = input_response(subject, "rnn/h", 2, 1)
    moved: list[Any] = []
    for x in given:
        raised = x.clone()
        raised[len(x) // 4 :, 1] += found.size
        with torch.no_grad():
            difference = model.rnn(raised[:, None])[0] - model.rnn(x[:, None])[0]
        moved.append(difference[len(x) // 4 :, 0, 2].numpy())
    for k, value in enumerate(found.step):
        assert value == pytest.approx(np.mean([row[k] for row in moved if k < len(row)]), abs=1e-6)
    assert (len(found.step), found.sequences) == (10, 2)


def test_what_there_is_not_is_refused() -> None:
    text = Text(LanguageNetwork(3, named("gru"), hidden=4, embedding=3), np.array([0, 1, 2, 1]), [*"abc"], "x")
    with pytest.raises(FrontalError, match="symbol by symbol"):
        input_response(text, "layers.0/h", 0, 0)
    subject = Sequences(
        Answering(), [torch.randn(9, 3)], [torch.tensor(0)], kind="numbers", name="s", facts={"classes": ["a", "b"]}
    )
    with pytest.raises(FrontalError, match="inputs 0 to 2"):
        input_response(subject, "rnn/h", 0, 3)
    with pytest.raises(FrontalError, match="no signal"):
        input_response(subject, "rnn/q", 0, 0)
    with pytest.raises(FrontalError, match="units 0 to 3"):
        input_response(subject, "rnn/h", 4, 0)
