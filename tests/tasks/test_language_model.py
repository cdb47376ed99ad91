"""LanguageModel: windows cover the text, the state is carried, surprise is what a slow loop says; save and load."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import cross_entropy

import frontal
from frontal.cells import named
from frontal.data.corpus import Corpus
from frontal.diagnostics.watch import watch
from frontal.errors import FrontalError
from frontal.layers.language_network import LanguageNetwork
from frontal.tasks import language_measure
from frontal.tasks.language_measure import Surprise, surprise_of
from frontal.tasks.language_settings import LanguageSettings
from frontal.tasks.language_streams import Streams
from frontal.tasks.language_train import Plan, plan_training, train_language

ROW = "Row, row, row your boat,\ngently down the stream.\n" * 40


@pytest.fixture(scope="module")
def fitted():
    return frontal.LanguageModel(hidden=24, embedding=12, window=16, epochs=8, learning_rate=0.02).fit(ROW)


def network(K=7, **options):
    torch.manual_seed(0)
    return LanguageNetwork(K, named("gru"), **{"hidden": 6, "embedding": 5, **options}).eval()


@settings(deadline=None, max_examples=30)
@given(N=st.integers(30, 200), B=st.integers(1, 4), T=st.integers(2, 6))
def test_a_pass_goes_along_the_text(N, B, T):
    ids = np.arange(N)
    streams = Streams(ids, B, T)
    seen = []
    for window, _ in run_all(streams):
        assert torch.equal(window.of.targets, window.of.inputs + 1)  # the text is 0, 1, 2 …
        seen.append(window.of.inputs)
    whole = torch.cat(seen)  # (windows · T, B)
    assert len(seen) == len(streams) == (N - T) // B // T
    first = int(whole[0, 0])
    assert 0 <= first < T
    assert torch.equal(whole.T.flatten(), torch.arange(first, first + whole.numel()))


def test_the_state_is_carried_within_a_pass_and_fresh_in_the_next():
    streams = Streams(np.zeros(50, int), 2, 5)
    states = [state for _ in range(2) for _, state in run_all(streams)]
    assert [None if state is None else state.unique().tolist() for state in states] == [
        None, [1], [1], [1], [0], [1], [1], [1],
    ]  # fmt: skip


class Ones(torch.nn.Module):
    """Leaves states of 1 behind, and keeps those it was given."""

    def forward(self, x, states):
        self.given = states
        return x[..., None].double(), torch.ones(1, x.shape[1], 1)


def run_all(streams):
    model, loss = Ones(), streams.through.loss(lambda outputs, targets: outputs[..., 0])
    for window, targets in streams:
        loss(model, window, targets)
        yield window, model.given


def test_a_round_may_be_shorter_than_a_pass_or_end_by_the_clock():
    assert len(list(run_all(Streams(np.zeros(50, int), 2, 5, windows=3)))) == 3
    assert len(list(run_all(Streams(np.zeros(50, int), 2, 5, windows=3, seconds=1e-9)))) == 1


@settings(deadline=None, max_examples=20)
@given(N=st.integers(1, 90), part=st.integers(8, 40))
def test_surprise_is_that_of_a_slow_loop(N, part):
    net = network().double()
    ids = np.random.default_rng(N).integers(0, 7, N)
    expected = slow_surprise(net, ids, 3)
    assert np.allclose(surprise_of(net, ids, 3), expected, atol=1e-9)
    kept = language_measure.PART, language_measure.BEFORE
    language_measure.PART, language_measure.BEFORE = part, 90  # all that is before, so parts change nothing
    try:
        assert np.allclose(surprise_of(net, ids, 3), expected, atol=1e-9)
        language_measure.BEFORE = 5  # a part knows no more than this of what is before it
        assert np.allclose(surprise_of(net, ids, 3), in_parts(net, ids, 3, N // part, 5), atol=1e-9)
    finally:
        language_measure.PART, language_measure.BEFORE = kept


@torch.no_grad()
def slow_surprise(net, ids, before):
    """One symbol at a time."""
    states, costs = None, []
    for symbol in ids.tolist():
        logits, states = net(torch.tensor([[before]]), states)
        costs.append(float(cross_entropy(logits[0], torch.tensor([symbol]))))
        before = symbol
    return costs


def in_parts(net, ids, start, parts, before):
    """The first part is read from its start, others from `before` symbols before theirs on."""
    if parts < 2:
        return slow_surprise(net, ids, start)
    size = -(-(len(ids) - before) // parts)
    costs = slow_surprise(net, ids[: before + size], start)
    for part in range(1, parts):
        read = ids[part * size : part * size + before + size]
        costs += slow_surprise(net, read, ids[part * size - 1] if len(read) else 0)[before:]
    return costs


def test_units_of_surprise():
    cost = Surprise(nats=8 * np.log(2), symbols=2, characters=4, bytes=8)
    assert cost.bits_per_character == pytest.approx(2)
    assert cost.bits_per_byte == pytest.approx(1)
    assert cost.nats_per_character == pytest.approx(2 * np.log(2))
    assert cost.perplexity == pytest.approx(16)


def test_learns(fitted):
    untrained = frontal.LanguageModel(hidden=24, embedding=12, window=16, epochs=1, learning_rate=1e-6).fit(ROW)
    assert fitted.measure(ROW).perplexity < 2 < untrained.measure(ROW).perplexity
    assert fitted.score(ROW) > untrained.score(ROW)
    assert fitted.log[-1]["validation_loss"] < fitted.log[0]["validation_loss"]


def test_surprise_sums_to_the_measure(fitted):
    text = "Row your boat.\n"
    assert fitted.surprise(text).sum() == pytest.approx(fitted.measure(text).nats)
    assert len(fitted.surprise(text)) == len(text)
    assert fitted.surprise("Row, row").argmax() == 0 or fitted.surprise("Row, rxw")[6] > fitted.surprise("Row, row")[6]
    assert fitted.measure("Row § boat").unknown == 1


def test_saved_and_loaded(fitted, tmp_path):
    fitted.save(tmp_path / "run")
    loaded = frontal.load(tmp_path / "run")
    assert np.array_equal(loaded.surprise(ROW), fitted.surprise(ROW))
    assert (loaded.chosen, loaded.notes, loaded.log) == (fitted.chosen, fitted.notes, fitted.log)
    with pytest.raises(FrontalError, match="holds a language-model, not a classifier"):
        frontal.SequenceClassifier.load(tmp_path / "run")


def test_the_same_seed_gives_the_same_model(fitted):
    again = frontal.LanguageModel(fitted.settings).fit(ROW)
    assert np.array_equal(again.surprise(ROW), fitted.surprise(ROW))


def test_it_opens_in_watch(fitted):
    ids = torch.from_numpy(fitted.tokenizer.encode("Row, row"))[:, None].long()
    assert watch(fitted.network, ids).cells[0].gates["f"].shape == (8, 1, 24)


@pytest.mark.parametrize("options", [
    {"symbols": "bytes"}, {"symbols": "words"}, {"symbols": "bpe", "vocabulary": 300}, {"cell": "layer_norm_lstm"},
    {"layers": 2, "tied": True, "dropout": 0.3, "weight_drop": 0.3, "embedding_dropout": 0.1},
    {"activation_penalty": 1.0, "temporal_penalty": 1.0}, {"zoneout": 0.1, "cell": "gru"}, {"preset": "zaremba-small"},
])  # fmt: skip
def test_options(options):
    model = frontal.LanguageModel(**{"hidden": 8, "embedding": 6, "window": 8, **options, "epochs": 1}).fit(ROW)
    assert np.isfinite(model.surprise(ROW)).all()


def test_penalties_pull_on_the_outputs():
    def size(**penalty):
        model = frontal.LanguageModel(hidden=8, window=8, epochs=3, learning_rate=0.02, dropout=0.0, **penalty).fit(ROW)
        with torch.no_grad():
            outputs, _ = model.network.run(torch.from_numpy(model.tokenizer.encode(ROW))[:, None].long())
        return float(outputs.square().mean()), float(outputs.diff(dim=0).square().mean())

    plain, small, smooth = size(), size(activation_penalty=5.0), size(temporal_penalty=5.0)
    assert small[0] < plain[0] / 2
    assert smooth[1] < plain[1] / 2


def test_time_is_a_limit():
    settings = LanguageSettings(hidden=8, window=8, streams=2, epochs=10**6, minutes=0.01)
    net, ids = network(hidden=8), np.zeros(500, np.uint8)
    plan = plan_training(net, settings, ids)
    assert plan.seconds == pytest.approx(0.03)
    assert "0.01 minutes" in plan.said
    history = train_language(net, settings, plan, ids, ids[:100], 0)
    assert sum(epoch.seconds for epoch in history.epochs) < 3
    assert plan_training(net, settings.replace(minutes=None, epochs=3), ids) == Plan(3, 30, None, "")


def test_too_little_text_says_how_much_is_needed():
    with pytest.raises(FrontalError, match=r"too little text.* need 288 at least"):
        frontal.LanguageModel(epochs=1).fit("Row, row,\nrow your boat\n" * 10)
    with pytest.raises(FrontalError, match="too little text: 2 characters"):
        frontal.LanguageModel(epochs=1).fit("a\n")
    with pytest.raises(FrontalError, match="too little text: 0 characters"):
        frontal.LanguageModel(epochs=1).fit(Corpus("nothing", ()))


def test_bad_settings_say_what_to_do(fitted):
    with pytest.raises(FrontalError, match="unknown preset 'larg'; did you mean 'large'"):
        frontal.LanguageModel(preset="larg")
    with pytest.raises(FrontalError, match="no cell is named 'lstn'; did you mean 'lstm'"):
        frontal.LanguageModel(cell="lstn")
    with pytest.raises(FrontalError, match="leave nothing to learn from"):
        frontal.LanguageModel(test=0.6, validation=0.5)
    with pytest.raises(FrontalError, match="streams are too many"):
        frontal.LanguageModel(streams=500).fit(ROW)
    if not torch.cuda.is_available():
        with pytest.raises(FrontalError, match="torch sees no GPU"):
            frontal.LanguageModel(device="cuda").fit(ROW)
    with pytest.raises(FrontalError, match="not fitted yet"):
        frontal.LanguageModel().surprise("a")
    with pytest.raises(FrontalError, match="no text to measure"):
        fitted.measure("")
    with pytest.raises(FrontalError, match="no such file"):
        frontal.LanguageModel().fit("shakespear.txt")
