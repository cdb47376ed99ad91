"""What a decoder writes: greedy, and by beam search beside every sequence there is; and that it learns to write."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

import frontal
from frontal.errors import FrontalError
from frontal.layers import Decoder, Encoder, EncoderDecoder, Monotonic
from frontal.layers.encoder_decoder_ends import Symbols, Values

COUNT, STOP = 3, 2


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    yield
    torch.set_num_threads(before)


def built(attention: str | None = "additive", seed: int = 0, **options: Any) -> EncoderDecoder:
    torch.manual_seed(seed)
    encoder = Encoder(Symbols(5, 3), "gru", 4)
    memory_size = 4 if attention else None
    decoder = Decoder(Symbols(COUNT, 4), "lstm", 4, attention=attention, memory_size=memory_size, **options)
    model = EncoderDecoder(encoder, decoder).double()
    for parameter in decoder.parameters():
        parameter.data *= 3  # far from uniform, so that searches differ
    return model


def all_sequences(max_length: int, stop: int | None) -> list[tuple[int, ...]]:
    """Those that end with the stop symbol and hold no other one, and those that are cut at max_length."""
    full = list(product(range(COUNT), repeat=max_length))
    if stop is None:
        return full
    stopped = {s[: s.index(stop) + 1] for s in full if stop in s}
    return sorted({*stopped, *(s for s in full if stop not in s)})


def best_by_force(model: EncoderDecoder, source: Tensor, length: int, stop: int | None, power: float):
    """The best sequence of one source by the outputs of full teacher forcing."""
    scored = []
    for sequence in all_sequences(length, stop):
        outputs, _ = model.eval()(source[None], torch.tensor([sequence]))
        log_p = outputs[0].log_softmax(-1)
        total = sum(log_p[t, symbol].item() for t, symbol in enumerate(sequence))
        scored.append((total / len(sequence) ** power, sequence))
    return max(scored)


@pytest.mark.parametrize("attention", [None, "additive"])
@pytest.mark.parametrize("stop", [STOP, None])
@pytest.mark.parametrize("power", [0.0, 1.0, 2.0])
def test_a_wide_beam_finds_the_best_of_all_sequences(attention: str | None, stop: int | None, power: float):
    with torch.no_grad():
        for seed in range(2):
            model, source = built(attention, seed), torch.randint(5, (3, 4))
            written = model.generate(source, max_length=4, stop=stop, beams=81, length_power=power)
            assert written.scores is not None
            for b in range(3):
                score, sequence = best_by_force(model, source[b], 4, stop, power)
                assert tuple(written.outputs[b, : written.lengths[b]].tolist()) == sequence
                assert written.scores[b].item() == pytest.approx(score, rel=1e-9)
                assert (written.outputs[b, written.lengths[b] :] == STOP).all()


def test_one_beam_takes_the_likeliest_symbol_at_each_step():
    for seed in range(5):
        model, source = built(seed=seed, input_feeding=seed % 2 == 0).eval(), torch.randint(5, (6, 4))
        written = model.generate(source, max_length=5)
        free, weights = model(source, torch.zeros(6, 5, dtype=torch.long), teacher_forcing=0.0)
        assert torch.equal(written.outputs, free.argmax(-1))
        assert_close(written.weights, weights)
        log_p = free.log_softmax(-1).amax(-1)
        assert_close(written.scores, log_p.mean(1))
        stopped = model.generate(source, max_length=5, stop=STOP)
        for b, row in enumerate(written.outputs.tolist()):
            end = row.index(STOP) + 1 if STOP in row else 5
            assert stopped.lengths[b] == end
            assert stopped.outputs[b, :end].tolist() == row[:end]
            assert (stopped.outputs[b, end:] == STOP).all()


def test_wider_beams_are_seldom_worse_and_now_and_then_better():
    model, source = built(seed=3), torch.randint(5, (40, 6))
    scores = []
    for beams in (1, 4, 81):
        found = model.generate(source, max_length=4, stop=STOP, beams=beams, length_power=0).scores
        assert found is not None
        scores.append(found)
    assert (scores[2] >= scores[1] - 1e-12).all() and (scores[2] >= scores[0] - 1e-12).all()
    assert (scores[1] > scores[0]).any()


@pytest.mark.parametrize("beams", [1, 3])
def test_weights_belong_to_the_symbols_that_were_written(beams: int):
    """They are those of teacher forcing along the same sequence, whatever beams were dropped on the way."""
    model, source, lengths = built(seed=1), torch.randint(5, (8, 6)), [6, 1, 3, 2, 6, 5, 4, 6]
    written = model.generate(source, lengths=lengths, max_length=6, stop=STOP, beams=beams)
    assert written.weights is not None and written.scores is not None
    assert len(set(written.lengths.tolist())) > 1
    outputs, weights = model.eval()(source, written.outputs, lengths=lengths)
    log_p = outputs.log_softmax(-1).gather(2, written.outputs[..., None])[..., 0]
    for b, n in enumerate(written.lengths.tolist()):
        assert_close(written.weights[b, :n], weights[b, :n])
        assert written.weights[b, n:].abs().sum() == 0
        assert written.weights[b, :, lengths[b] :].abs().sum() == 0
        assert_close(written.scores[b], log_p[b, :n].mean())


def test_a_batch_is_written_as_one_by_one():
    model, source, lengths = built(seed=2), torch.randint(5, (5, 6)), [6, 1, 3, 2, 4]
    together = model.generate(source, lengths=lengths, max_length=6, stop=STOP, beams=3)
    for b, n in enumerate(lengths):
        alone = model.generate(source[b : b + 1, :n], max_length=6, stop=STOP, beams=3)
        m = int(alone.lengths[0])
        assert int(together.lengths[b]) == m
        assert torch.equal(together.outputs[b, :m], alone.outputs[0, :m])


def test_writing_is_done_in_evaluation_mode_without_gradients():
    model = built("monotonic", num_layers=2, dropout=0.5, recurrent_dropout=0.5)
    model.encoder.recurrent = frontal.GRU(3, 4, 2, batch_first=True, dropout=0.5, dtype=torch.float64)
    model.bridge.linear = torch.nn.Linear(8, 16).double()
    model.decoder.head.eval()
    modes = [part.training for part in model.modules()]
    source = torch.randint(5, (3, 4))
    first, second = (model.generate(source, max_length=5, beams=2) for _ in range(2))
    assert first.weights is not None and first.scores is not None
    assert_close(first.scores, second.scores, rtol=0, atol=0)
    assert not first.scores.requires_grad
    assert set(first.weights.unique().tolist()) <= {0.0, 1.0}
    assert [part.training for part in model.modules()] == modes
    assert model.decoder.look is not None
    assert isinstance(model.decoder.look.attention, Monotonic)


def test_a_decoder_alone_writes_from_states():
    decoder = Decoder(Symbols(COUNT, 4), "gru", 4)
    written = decoder.generate(states=torch.randn(1, 5, 4), max_length=3)
    assert written.outputs.shape == (5, 3)
    assert written.weights is None


VALUES = EncoderDecoder(Encoder(Values(1), "gru", 4), Decoder(Values(1), "gru", 4))
SOURCE = torch.zeros(2, 3, dtype=torch.long)
ERRORS: dict[str, tuple[Callable[[EncoderDecoder], Any], str]] = {
    "length": (lambda m: m.generate(SOURCE, max_length=0), "max_length must be a whole number >= 1, got 0"),
    "beams": (lambda m: m.generate(SOURCE, max_length=2, beams=0), "beams must be a whole number >= 1, got 0"),
    "stop": (lambda m: m.generate(SOURCE, max_length=2, stop=3), "one of the target's symbols, got 3"),
    "power": (lambda m: m.generate(SOURCE, max_length=2, length_power=-1), "length_power must be >= 0, got -1"),
    "beams of values": (lambda m: VALUES.generate(torch.zeros(2, 3, 1), max_length=2, beams=2), "are for symbols"),
    "stop of values": (lambda m: VALUES.generate(torch.zeros(2, 3, 1), max_length=2, stop=1), "are for symbols"),
    "nothing": (lambda m: m.decoder.generate(max_length=2), "needs a memory or states"),
    "lengths": (lambda m: m.generate(SOURCE, max_length=2, lengths=[4, 1]), r"lengths\[0\] is 4"),
}


@pytest.mark.parametrize("case", ERRORS)
def test_what_cannot_be_used_is_refused(case: str):
    run, message = ERRORS[case]
    with pytest.raises(FrontalError, match=message):
        run(built())


def test_a_model_that_is_nan_says_so():
    model = built()
    model.decoder.head.linear.bias.data.fill_(float("nan"))
    with pytest.raises(FrontalError, match="probabilities are NaN"):
        model.generate(SOURCE, max_length=2, beams=2)


def strings(count: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Strings of 1 .. 8 digits with their lengths; the same backwards with a stop symbol, 10, with theirs."""
    lengths = torch.randint(1, 9, (count,))
    source, targets = torch.randint(10, (count, 8)), torch.full((count, 9), 10)
    for b, n in enumerate(lengths.tolist()):
        targets[b, :n] = source[b, :n].flip(0)
    return source, lengths, targets, lengths + 1


def test_it_learns_to_reverse_strings_of_digits():
    """Many to many: ≥ 99 % of unseen strings right to the last digit, and the attention walks backwards."""
    encoder = Encoder(Symbols(10, 16), "gru", 48, bidirectional=True)
    decoder = Decoder(
        Symbols(11, 16), "gru", 48, attention="additive", memory_size=encoder.output_size, input_feeding=False
    )
    model, steps = EncoderDecoder(encoder, decoder), 350
    optimiser = torch.optim.Adam(model.parameters())
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 0.02, total_steps=steps)
    for _ in range(steps):
        source, lengths, targets, target_lengths = strings(64)
        outputs, _ = model(source, targets, lengths=lengths, target_lengths=target_lengths)
        loss = model.loss(outputs, targets, target_lengths)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        schedule.step()
    source, lengths, targets, target_lengths = strings(1000)
    for beams in (1, 3):
        written = model.generate(source, lengths=lengths, max_length=9, stop=10, beams=beams)
        right = (written.outputs == targets[:, : written.outputs.shape[1]]).all(1)
        assert right.float().mean() >= 0.99
    assert written.weights is not None
    looked, wanted = written.weights[:, :8].argmax(-1), (lengths[:, None] - 1 - torch.arange(8)).clamp(min=0)
    inside = torch.arange(8) < lengths[:, None]
    assert (looked == wanted)[inside].float().mean() > 0.6  # by chance 0.22
