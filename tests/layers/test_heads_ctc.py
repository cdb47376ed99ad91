"""Connectionist temporal classification beside the sum over every path."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable
from itertools import groupby, product
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.testing import assert_close

from frontal.errors import FrontalError
from frontal.layers.head_ctc import CTC
from frontal.layers.head_ctc_search import prefix_beam

C = 2  # symbols


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    yield
    torch.set_num_threads(before)


def probabilities(outputs: Tensor) -> dict[tuple[int, ...], float]:
    """The probability of every labelling of one sequence, (T, C + 1), from every path."""
    p, found = outputs.softmax(-1).tolist(), defaultdict(float)
    for path in product(range(len(p[0])), repeat=len(p)):
        label = tuple(symbol for symbol, _ in groupby(path) if symbol)
        found[label] += math.prod(p[t][symbol] for t, symbol in enumerate(path))
    return found


def outputs(B: int, T: int, seed: int, sharpness: float = 2.0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return sharpness * torch.randn(B, T, C + 1, dtype=torch.float64, generator=generator)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.integers(1, 5), st.integers(0, 10**6), st.data())
def test_the_loss_sums_over_all_paths(T: int, seed: int, data: st.DataObject):
    lengths = data.draw(st.lists(st.integers(1, T), min_size=1, max_size=3))
    o, head = outputs(len(lengths), T, seed), CTC(3, C)
    tables = [probabilities(o[b, :n]) for b, n in enumerate(lengths)]
    labels = [data.draw(st.sampled_from(sorted(table))) for table in tables]
    expected = [-math.log(table[label]) for table, label in zip(tables, labels, strict=True)]
    loss = head.loss(o, labels, lengths)
    assert loss.item() == pytest.approx(sum(expected) / len(expected), rel=1e-9)
    U = max(1, *map(len, labels))
    padded = torch.tensor([[*label, *[-7] * (U - len(label))] for label in labels])
    assert_close(head.loss(o, padded, lengths, target_lengths=[len(label) for label in labels]), loss)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.integers(1, 5), st.integers(0, 10**6))
def test_a_wide_prefix_beam_is_exact(T: int, seed: int):
    o = outputs(1, T, seed)[0]
    table = probabilities(o)
    ranked = prefix_beam(o.log_softmax(-1), beams=10**6)
    assert {label: pytest.approx(math.log(p), abs=1e-9) for label, p in table.items()} == dict(ranked)
    assert [score for _, score in ranked] == sorted((score for _, score in ranked), reverse=True)


def test_a_prefix_beam_sums_where_the_best_path_does_not():
    """Graves et al. 2006: two blanks are the likeliest path, yet one symbol is the likelier labelling."""
    o = torch.tensor([[[0.6, 0.4, 1e-9], [0.6, 0.4, 1e-9]]]).log()
    head = CTC(3, C)
    assert head.predict(o) == [[]]
    ((label, score),) = head.decode(o, beams=3)
    assert label == [1]
    assert score == pytest.approx(math.log(1 - 0.36), abs=1e-6)


def test_repetitions_need_a_blank_in_between():
    path = torch.tensor([[1, 1, 0, 1, 2, 2, 0, 0], [0, 0, 2, 1, 1, 1, 1, 2]])
    o = 40 * torch.nn.functional.one_hot(path, 3).double()
    head = CTC(3, C)
    assert head.predict(o) == [[1, 1, 2], [2, 1, 2]]
    assert head.predict(o, [3, 2]) == [[1], []]
    assert [label for label, _ in head.decode(o, [8, 5])] == [[1, 1, 2], [2, 1]]


def test_a_narrow_beam_never_scores_more_than_the_truth():
    for seed in range(20):
        o = outputs(1, 5, seed)
        table = probabilities(o[0])
        ((label, score),) = CTC(3, C).decode(o, beams=2)
        assert score <= math.log(table[tuple(label)]) + 1e-9


def test_gradients_and_padding():
    head, lengths, labels = CTC(3, C).double(), [5, 3], [[1, 2], [2, 2]]
    features = torch.randn(2, 5, 3, dtype=torch.float64, requires_grad=True)

    def run(features: Tensor, *_: Tensor) -> Tensor:
        return head.loss(head(features, lengths), labels, lengths)

    assert torch.autograd.gradcheck(run, (features, *head.parameters()))
    clean = [run(features), *torch.autograd.grad(run(features), [features, *head.parameters()])]
    dirty = features.detach().clone()
    dirty[1, 3:] = math.nan
    dirty.requires_grad_()
    assert_close([run(dirty), *torch.autograd.grad(run(dirty), [dirty, *head.parameters()])], clean, rtol=0, atol=0)
    o = head(features, lengths).detach().clone()
    o[1, 3:] = math.nan
    o.requires_grad_()
    loss = head.loss(o, labels, lengths)
    (of_outputs,) = torch.autograd.grad(loss, o)
    assert_close(loss, clean[0], rtol=0, atol=0)
    assert of_outputs[1, 3:].abs().sum() == 0
    assert head.predict(o, lengths) == head.predict(head(features), lengths)
    assert head.decode(o, lengths)[1] == head.decode(head(features)[1:, :3])[0]


def test_it_learns_to_spell():
    torch.manual_seed(0)
    head, features = CTC(8, C), torch.randn(3, 7, 8)
    labels = [[1, 1, 2], [], [2]]
    optimiser = torch.optim.Adam(head.parameters(), 0.1)
    for _ in range(100):
        loss = head.loss(head(features), labels)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert head.predict(head(features)) == labels
    assert [label for label, _ in head.decode(head(features), beams=4)] == labels


O = torch.zeros(2, 3, C + 1)  # noqa: E741
ERRORS: dict[str, tuple[Callable[[CTC], Any], str]] = {
    "too long": (lambda h: h.loss(O, [[1, 2, 1, 2], [1]]), "target 0 has 4 symbols and needs 4 steps, .* has 3"),
    "no room for a blank": (lambda h: h.loss(O, [[1], [1, 1, 2]]), "target 1 has 3 symbols and needs 4 steps"),
    "longer than valid": (lambda h: h.loss(O, [[1], [1, 2]], [3, 1]), "target 1 .* its sequence has 1"),
    "the blank": (lambda h: h.loss(O, [[0], [1]]), "targets must be within 1 .. 2, got 0"),
    "unknown": (lambda h: h.loss(O, [[3], [1]]), "targets must be within 1 .. 2, got 3"),
    "fractions": (lambda h: h.loss(O, torch.rand(2, 1)), "targets must be whole numbers"),
    "too few": (lambda h: h.loss(O, [[1]]), "one a sequence, B = 2; got 1 labellings"),
    "flat": (lambda h: h.loss(O, torch.tensor([1, 2])), r"got \(2,\)"),
    "two lengths": (lambda h: h.loss(O, [[1], [2]], target_lengths=[1, 1]), "a list tells its lengths itself"),
    "target lengths": (lambda h: h.loss(O, torch.ones(2, 2).long(), target_lengths=[3, 1]), r"lengths\[0\] is 3"),
    "outputs": (lambda h: h.loss(O[0], [[1], [2], [1]]), r"outputs must be \(B, T, 3\)"),
    "no steps": (lambda h: h.predict(O[:, :0]), r"outputs must be \(B, T, 3\), none 0, got \(2, 0, 3\)"),
    "classes": (lambda h: h.predict(torch.zeros(2, 3, 9)), r"outputs must be \(…, 3\), got \(2, 3, 9\)"),
    "beams": (lambda h: h.decode(O, beams=0), "beams must be a whole number >= 1"),
    "lengths": (lambda h: h.decode(O, [4, 1]), r"CTC: lengths\[0\] is 4"),
}


@pytest.mark.parametrize("case", ERRORS)
def test_what_cannot_be_used_is_refused(case: str):
    run, message = ERRORS[case]
    with pytest.raises(FrontalError, match=message):
        run(CTC(3, C))
