"""What a unit says, beside the derivative of its read-out, and beside the model run with other numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from frontal import GRU, LSTM, FrontalError
from frontal.cells import named
from frontal.diagnostics.recording import evaluating, run_recorded
from frontal.diagnostics.subject_sequences import Sequences
from frontal.diagnostics.subject_series import Series
from frontal.diagnostics.subject_text import Text
from frontal.diagnostics.unit_push import MOMENTS, STRETCH, unit_push
from frontal.layers.language_network import LanguageNetwork

K = 11


@pytest.fixture(scope="module")
def text() -> Text:
    torch.manual_seed(0)
    network = LanguageNetwork(K, named("lstm"), hidden=6, embedding=4, num_layers=2).double()
    return Text(network, np.random.default_rng(0).integers(0, K, 300), [*"abcdefghijk"], "x")


def moments(stop: int, lag: int) -> Any:
    return np.unique(np.linspace(min(stop // 8 + lag, stop - 1), stop - 1, MOMENTS).astype(int))


def test_the_last_layers_push_is_the_derivative_of_the_read_out(text: Text) -> None:
    size = 0.4
    found = unit_push(text, "layers.1/h", 2, size)
    with evaluating(text.model), torch.no_grad():
        logits = text.model(text.ids[:STRETCH, None])[0][moments(STRETCH, 0), 0]
    network: Any = text.model
    weights = [p for p in network.parameters() if p.shape == (K, 6)][-1][:, 2]
    chances = logits.softmax(-1)
    slope = weights - chances @ weights[:, None]  # of log-probabilities, (M, K)
    np.testing.assert_allclose(found.effect, (size * slope.mean(0)).detach().numpy(), rtol=2e-3, atol=1e-6)
    np.testing.assert_allclose(found.spread, (size * slope).std(0, correction=0).detach().numpy(), rtol=2e-2, atol=1e-5)
    assert (found.direct, found.lag, found.moments) == (True, 0, MOMENTS)


@pytest.mark.parametrize(("signal", "direct", "lag"), [("layers.0/h", False, 0), ("layers.1/c", False, 1)])
def test_other_states_push_by_what_the_model_then_says(text: Text, signal: str, direct: bool, lag: int) -> None:
    """Each moment by itself, by gradients: the text is run up to it."""
    found = unit_push(text, signal, 3, 0.2)
    assert (found.direct, found.lag) == (direct, lag)
    slopes = [slope(text, signal, 3, int(at), lag) for at in moments(STRETCH, lag)]
    np.testing.assert_allclose(found.effect, 0.2 * np.mean(slopes, 0), rtol=5e-3, atol=1e-7)


def test_an_output_gate_pushes_by_what_the_unit_would_say(text: Text) -> None:
    """h = o · tanh(c), and the answer reads h by its weights: with o greater by δ, h is by δ · tanh(c)."""
    size = 0.01
    found = unit_push(text, "layers.1/o", 2, size)
    with evaluating(text.model), torch.no_grad():
        (logits, _), records = run_recorded(text.model, text.ids[:STRETCH, None])
        c = records[1].states(records[1].after)["c"][moments(STRETCH, 0), 0, 2].tanh()
    weights = [p for p in text.model.parameters() if p.shape == (K, 6)][-1][:, 2]
    chances = logits[moments(STRETCH, 0), 0].softmax(-1)
    slope = (weights - chances @ weights[:, None]) * c[:, None]
    np.testing.assert_allclose(found.effect, (size * slope.mean(0)).detach().numpy(), rtol=2e-3, atol=1e-7)
    assert (found.direct, found.lag) == (False, 0)


def slope(text: Text, signal: str, unit: int, at: int, lag: int) -> Any:
    """The gradient of the answer at `at` by a state: after that step, or before it."""
    layer, value = signal.split("/")
    with evaluating(text.model), torch.enable_grad():
        (outputs, _), records = run_recorded(text.model, text.ids[: at + 1, None])
        record = next(r for r in records if r.name == layer)
        logs = outputs[at, 0].log_softmax(-1)
        rows: list[Any] = []
        for k in range(K):
            if lag:
                whole = torch.autograd.grad(logs[k], record.nudges, retain_graph=True)[0][at, 0]
            else:
                whole = torch.autograd.grad(logs[k], record.after, retain_graph=True)[0][at, 0]
            rows.append(record.states(whole)[value][unit])
        return torch.stack(rows).numpy()


class Forecasting(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.rnn, self.head = GRU(1, 5, batch_first=True), torch.nn.Linear(5, 3)

    def forward(self, x: Any) -> Any:
        return self.head(self.rnn(x)[0][:, -1])


def test_a_forecast_is_pushed_by_the_weights_of_its_read_out() -> None:
    torch.manual_seed(0)
    model = Forecasting().double()
    windows = torch.randn(40, 8, 1, dtype=torch.float64)
    series = Series(
        model, windows, followed=windows[:, -1, 0], places=np.arange(7, 47), values=np.zeros(60), times=None,
        channels=["x"], name="s",
    )  # fmt: skip
    found = unit_push(series, "rnn/h", 4, 0.5)
    np.testing.assert_allclose(found.effect, 0.5 * model.head.weight[:, 4].detach().numpy(), rtol=1e-6)
    assert (found.spread < 1e-7).all()
    assert found.direct


class Answering(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.rnn, self.head = GRU(3, 5), torch.nn.Linear(5, 2)

    def forward(self, x: Any, lengths: Any) -> Any:
        return self.head(self.rnn(x, lengths=lengths)[0])


def test_a_class_is_pushed_at_the_end_of_each_sequence() -> None:
    torch.manual_seed(2)
    model = Answering().double()
    given = [torch.randn(length, 3, dtype=torch.float64) for length in (9, 4, 12)]
    subject = Sequences(model, given, [torch.tensor(0)] * 3, kind="numbers", name="s", facts={"classes": ["a", "b"]})
    found = unit_push(subject, "rnn/h", 1, 0.3)
    with torch.no_grad():
        chances = torch.stack([model(x[:, None], torch.tensor([len(x)]))[-1, 0].softmax(-1) for x in given])
        weights = model.head.weight[:, 1]
        expected = 0.3 * (weights - chances @ weights[:, None]).mean(0)
    np.testing.assert_allclose(found.effect, expected.numpy(), rtol=1e-3)
    assert found.moments == 3


class Both(torch.nn.Module):
    """Reads forwards and backwards, and answers once."""

    def __init__(self) -> None:
        super().__init__()
        self.rnn, self.head = LSTM(3, 5, bidirectional=True), torch.nn.Linear(10, 2)

    def forward(self, x: Any, lengths: Any) -> Any:
        outputs, _ = self.rnn(x, lengths=lengths)
        last = outputs[lengths - 1, torch.arange(len(lengths)), :5]
        return self.head(torch.cat([last, outputs[0, :, 5:]], -1))


@pytest.mark.parametrize(("value", "lag"), [("h", 0), ("c", 1)])
def test_backwards_a_unit_is_moved_before_the_first_step(value: str, lag: int) -> None:
    torch.manual_seed(3)
    model = Both().double()
    given = [torch.randn(length, 3, dtype=torch.float64) for length in (9, 4, 12)]
    subject = Sequences(model, given, [torch.tensor(0)] * 3, kind="numbers", name="s", facts={"classes": ["a", "b"]})
    found = unit_push(subject, f"rnn, backwards/{value}", 2, 0.3)
    lengths = torch.tensor([9, 4, 12])
    with evaluating(model), torch.enable_grad():
        outputs, records = run_recorded(model, torch.nn.utils.rnn.pad_sequence(given), lengths)
        of = records[1].nudges if lag else records[1].after
        slopes = [torch.autograd.grad(logs, of, retain_graph=True)[0][0] for logs in outputs.log_softmax(-1).sum(0)]
    expected = [records[1].states(slope)[value][:, 2].mean().item() for slope in slopes]  # at the first step
    np.testing.assert_allclose(found.effect, 0.3 * np.array(expected), rtol=2e-3)
    assert (found.lag, found.direct, found.moments) == (lag, not lag, 3)


def test_what_cannot_be_moved_is_refused(text: Text) -> None:
    with pytest.raises(FrontalError, match="above 0"):
        unit_push(text, "layers.1/h", 0, 0.0)
    with pytest.raises(FrontalError, match="no layer"):
        unit_push(text, "elsewhere/h", 0, 1.0)
    with pytest.raises(FrontalError, match="no state or gate"):
        unit_push(text, "layers.1/q", 0, 1.0)
