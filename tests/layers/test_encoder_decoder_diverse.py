"""Scores with coverage and length, and groups of beams, beside every sequence there is and beside slow loops."""

from __future__ import annotations

from itertools import product
from math import log
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from frontal.errors import FrontalError
from frontal.layers import Decoder, Encoder, EncoderDecoder
from frontal.layers.encoder_decoder_ends import Symbols

COUNT, STOP = 3, 2


def built(seed: int = 0, attention: str | None = "additive", **options: Any) -> EncoderDecoder:
    torch.manual_seed(seed)
    encoder = Encoder(Symbols(5, 3), "gru", 4)
    memory_size = None if attention is None else 4
    decoder = Decoder(Symbols(COUNT, 4), "gru", 4, attention=attention, memory_size=memory_size, **options)
    model = EncoderDecoder(encoder, decoder).double().eval()
    for parameter in decoder.parameters():
        parameter.data *= 3  # far from uniform, so that searches differ
    return model


def all_sequences(max_length: int) -> list[tuple[int, ...]]:
    full = list(product(range(COUNT), repeat=max_length))
    stopped = {s[: s.index(STOP) + 1] for s in full if STOP in s}
    return sorted({*stopped, *(s for s in full if STOP not in s)})


@torch.no_grad()
def scored(model: EncoderDecoder, source: Tensor, sequence: tuple[int, ...], power: float, offset: float, beta: float):
    """The score as Wu et al. (2016) write it, of one sequence under full teacher forcing."""
    outputs, weights = model(source[None], torch.tensor([sequence]))
    log_p = outputs[0].log_softmax(-1)
    total = sum(log_p[t, symbol].item() for t, symbol in enumerate(sequence))
    penalty = (offset + len(sequence)) ** power / (offset + 1) ** power
    covered = 0.0
    for s in range(len(source)):
        covered += log(min(sum(weights[0, t, s].item() for t in range(len(sequence))), 1.0))
    return total / penalty + beta * covered


@pytest.mark.parametrize(("power", "offset", "beta"), [(0.7, 5.0, 0.0), (0.0, 0.0, 0.5), (0.6, 5.0, 0.2), (1, 0, 2.0)])
def test_a_wide_beam_finds_the_sequence_with_the_best_score(power: float, offset: float, beta: float):
    chosen = set()
    for seed in range(3):
        model, lengths = built(seed), [4, 2]
        source = torch.randint(5, (2, 4))
        written = model.generate(
            source, lengths=lengths, max_length=4, stop=STOP, beams=81, length_power=power, length_offset=offset,
            coverage=beta, keep=3,
        )  # fmt: skip
        for b, n in enumerate(lengths):
            ranked = sorted(
                ((scored(model, source[b, :n], s, power, offset, beta), s) for s in all_sequences(4)), reverse=True
            )
            found = [(h.score, tuple(h.symbols.tolist())) for h in written.ranked[b]]
            assert [s for _, s in found] == [s for _, s in ranked[:3]]
            assert [score for score, _ in found] == pytest.approx([score for score, _ in ranked[:3]], rel=1e-9)
            assert tuple(written.outputs[b, : written.lengths[b]].tolist()) == ranked[0][1]
            chosen.add(ranked[0][1])
    assert len(chosen) > 1


def test_coverage_changes_what_is_written():
    differs = 0
    for seed in range(6):
        model, source = built(seed), torch.randint(5, (5, 6))
        options: dict[str, Any] = {"max_length": 5, "stop": STOP, "beams": 27}
        one, other = model.generate(source, **options), model.generate(source, **options, coverage=3.0)
        differs += sum(
            not torch.equal(a[0].symbols, b[0].symbols) for a, b in zip(one.ranked, other.ranked, strict=True)
        )
    assert differs > 0


@torch.no_grad()
def slow_groups(model: EncoderDecoder, source: Tensor, length: int, groups: int, size: int, cost: float):
    """Diverse beam search of one source over plain lists: per group the finished sequences and their totals."""
    beams: list[list[tuple[tuple[int, ...], float]]] = [[((), 0.0)] for _ in range(groups)]
    finished: list[dict[tuple[int, ...], float]] = [{} for _ in range(groups)]
    for t in range(length):
        used = [0] * COUNT
        for g in range(groups):
            candidates = []
            for prefix, total in beams[g]:
                target = torch.tensor([(*prefix, 0)])
                log_p = model(source[None], target).outputs[0, t].log_softmax(-1).tolist()
                candidates += [
                    (total + log_p[v] - cost * used[v], total + log_p[v], (*prefix, v)) for v in range(COUNT)
                ]
            candidates.sort(reverse=True)
            beams[g] = []
            for _, total, prefix in candidates[:size]:
                used[prefix[-1]] += 1
                if prefix[-1] == STOP or t == length - 1:
                    finished[g][prefix] = total
                else:
                    beams[g].append((prefix, total))
    return finished


@pytest.mark.parametrize("cost", [0.0, 0.4, 5.0])
@pytest.mark.parametrize(("groups", "size"), [(2, 1), (3, 2)])
def test_groups_of_beams_are_those_of_a_slow_loop(cost: float, groups: int, size: int):
    for seed in range(8):
        model, source = built(seed), torch.randint(5, (3, 4))
        model.decoder.head.linear.bias.data[STOP] += 3 * (seed % 2)  # now and then the first group ends early
        written = model.generate(
            source, max_length=4, stop=STOP, beams=groups * size, groups=groups, diversity=cost, length_power=0
        )
        for b in range(3):
            slow = slow_groups(model, source[b], 4, groups, size, cost)
            for g in range(groups):
                total, sequence = max((total, s) for s, total in slow[g].items())
                (ours,) = [h for h in written.ranked[b] if h.group == g]
                assert tuple(ours.symbols.tolist()) == sequence
                assert ours.score == pytest.approx(total, rel=1e-9)
                assert ours.log_probability == pytest.approx(total, rel=1e-9)


def test_the_first_group_is_an_ordinary_search_and_others_differ():
    model, source = built(4), torch.randint(5, (8, 5))
    diverse = model.generate(source, max_length=5, stop=STOP, beams=6, groups=3, diversity=50.0)
    plain = model.generate(source, max_length=5, stop=STOP, beams=2)
    different = 0
    for row, ordinary in zip(diverse.ranked, plain.ranked, strict=True):
        first = next(h for h in row if h.group == 0)
        assert first.symbols.tolist() == ordinary[0].symbols.tolist()
        different += len({tuple(h.symbols.tolist()) for h in row}) > 1
    assert different == 8


def test_all_that_is_kept_is_ranked_and_has_its_own_weights():
    model, source = built(1), torch.randint(5, (4, 5))
    written = model.generate(source, max_length=4, stop=STOP, beams=6, keep=4)
    for b, row in enumerate(written.ranked):
        assert len(row) == 4
        assert [h.score for h in row] == sorted((h.score for h in row), reverse=True)
        assert len({tuple(h.symbols.tolist()) for h in row}) == 4
        for h in row:
            _, weights = model(source[b : b + 1], h.symbols[None])
            assert_close(h.weights, weights[0])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"beams": 4, "groups": 3}, "beams must be a multiple of groups, got 4 and 3"),
        ({"diversity": 0.5}, "groups must be at least 2"),
        ({"coverage": -1.0}, "coverage must be >= 0, got -1.0"),
        ({"length_offset": float("nan")}, "length_offset must be >= 0, got nan"),
        ({"keep": 0}, "keep must be a whole number >= 1, got 0"),
    ],
)
def test_options_that_do_not_fit_are_refused(options: dict[str, Any], message: str):
    with pytest.raises(FrontalError, match=message):
        built().generate(torch.zeros(1, 2, dtype=torch.long), max_length=2, **options)


def test_coverage_needs_an_attention():
    with pytest.raises(FrontalError, match="coverage is about what the attention looks at"):
        built(attention=None).generate(torch.zeros(1, 2, dtype=torch.long), max_length=2, coverage=0.1)


def test_dropout_of_vectors_and_outputs_is_for_training_only():
    torch.manual_seed(0)
    decoder = Decoder(Symbols(COUNT, 400, dropout=0.5), "gru", 300, output_dropout=0.25)
    targets = torch.zeros(1, 3, dtype=torch.long)
    assert abs(float((decoder.target(targets) == 0).double().mean()) - 0.5) < 0.1
    read: list[Tensor] = []
    decoder.head.register_forward_pre_hook(lambda _, given: read.append(given[0]))
    decoder(targets)
    assert abs(float((read[0] == 0).double().mean()) - 0.25) < 0.06
    decoder.eval()
    decoder(targets)
    assert (read[1] != 0).all() and (decoder.target(targets) != 0).all()
    for make in (lambda: Symbols(3, 4, dropout=1.0), lambda: Decoder(Symbols(3, 4), "gru", 4, output_dropout=-0.1)):
        with pytest.raises(FrontalError, match="must be at least 0 and below 1"):
            make()
