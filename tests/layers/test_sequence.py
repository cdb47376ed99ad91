"""Lengths, resets and layouts: the same sequences in every form; and the refusals that depend on the form."""

from collections.abc import Callable
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence
from torch.testing import assert_close

import frontal
from frontal.errors import FrontalError

CLOSE = {"rtol": 1e-12, "atol": 1e-12}
some = settings(deadline=None, max_examples=25, database=None, derandomize=True)


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


def lstm(**options: Any) -> frontal.LSTM:
    return frontal.LSTM(3, 4, 2, bidirectional=True, dtype=torch.float64, **options)


def states(B: int) -> tuple[Tensor, Tensor]:
    return torch.randn(4, B, 4, dtype=torch.float64), torch.randn(4, B, 4, dtype=torch.float64)


@some
@given(lengths=st.lists(st.integers(1, 6), min_size=1, max_size=5), extra=st.integers(0, 2))
def test_each_sequence_is_as_if_alone(lengths: list[int], extra: int):
    layer, T, B = lstm(), max(lengths) + extra, len(lengths)
    x, hx = torch.randn(T, B, 3, dtype=torch.float64), states(B)
    outputs, finals = layer(x, hx, lengths=lengths)
    for b, n in enumerate(lengths):
        alone, ends = layer(x[:n, b], tuple(s[:, b] for s in hx))
        assert_close(outputs[:n, b], alone, **CLOSE)
        assert not outputs[n:, b].any()
        for final, end in zip(finals, ends, strict=True):
            assert_close(final[:, b], end, **CLOSE)


@some
@given(cuts=st.lists(st.integers(1, 3), min_size=1, max_size=4))
def test_a_reset_is_a_new_sequence_in_every_layer_and_direction(cuts: list[int]):
    layer, T = lstm(), sum(cuts)
    x = torch.randn(T, 1, 3, dtype=torch.float64)
    starts = torch.tensor([0, *cuts]).cumsum(0)[:-1]
    reset = torch.zeros(T, 1, dtype=torch.bool)
    reset[starts] = True
    outputs, _ = layer(x, reset=reset)
    assert_close(outputs, torch.cat([layer(piece)[0] for piece in x.split(cuts)]), **CLOSE)


def test_a_reset_stops_nan_in_both_directions():
    layer, x = frontal.GRU(3, 4, bidirectional=True, dtype=torch.float64), torch.randn(5, 1, 3).double()
    x[2] = torch.nan
    reset = torch.tensor([False, False, True, True, False])[:, None]
    outputs, _ = layer(x, reset=reset)
    assert outputs[2].isnan().all()
    assert outputs[[0, 1, 3, 4]].isfinite().all()


@pytest.mark.parametrize(
    "lengths",
    [
        [2, 5, 1],
        (2, 5, 1),
        np.array([2, 5, 1]),
        torch.tensor([2, 5, 1], dtype=torch.int32),
        torch.tensor([2, 5, 1], dtype=torch.uint8),
    ],
    ids=["list", "tuple", "numpy", "int32", "uint8"],
)
def test_any_form_of_lengths(lengths: Any):
    layer, x = lstm(batch_first=True), torch.randn(3, 5, 3, dtype=torch.float64)
    expected = layer(x, lengths=torch.tensor([2, 5, 1]))
    assert_close(layer(x, lengths=lengths), expected, rtol=0, atol=0)


def test_batch_first_is_a_transposition():
    layer, x = lstm(), torch.randn(5, 3, 3, dtype=torch.float64)
    turned = lstm(batch_first=True)
    turned.load_state_dict(layer.state_dict())
    reset, lengths, hx = torch.rand(5, 3) < 0.3, [2, 5, 4], states(3)
    outputs, finals = layer(x, hx, lengths=lengths, reset=reset)
    sideways, ends = turned(x.transpose(0, 1), hx, lengths=lengths, reset=reset.T)
    assert_close(sideways.transpose(0, 1), outputs, rtol=0, atol=0)
    assert_close(ends, finals, rtol=0, atol=0)


def test_without_a_batch_is_a_batch_of_one():
    layer, x = lstm(), torch.randn(5, 3, dtype=torch.float64)
    reset, hx = torch.tensor([False, True, False, False, True]), states(1)
    outputs, finals = layer(x, tuple(s[:, 0] for s in hx), lengths=4, reset=reset)
    batch, ends = layer(x[:, None], hx, lengths=[4], reset=reset[:, None])
    assert_close(outputs, batch[:, 0], rtol=0, atol=0)
    assert_close(finals, tuple(s[:, 0] for s in ends), rtol=0, atol=0)
    assert_close(layer(x, lengths=[4])[0], layer(x, lengths=torch.tensor(4))[0], rtol=0, atol=0)


@pytest.mark.parametrize("batch_first", [False, True])
def test_a_reset_of_a_packed_sequence_is_laid_out_as_its_padded_form(batch_first: bool):
    layer, x = lstm(batch_first=batch_first), torch.randn(5, 3, 3, dtype=torch.float64)
    lengths, reset, hx = [2, 5, 4], torch.rand(5, 3) < 0.4, states(3)
    if batch_first:
        x, reset = x.transpose(0, 1), reset.T
    packed = pack_padded_sequence(x, torch.tensor(lengths), batch_first=batch_first, enforce_sorted=False)
    out, finals = layer(packed, hx, reset=reset)
    outputs, ends = layer(x, hx, lengths=lengths, reset=reset)
    repacked = pack_padded_sequence(outputs, torch.tensor(lengths), batch_first, enforce_sorted=False)
    assert_close(out.data, repacked.data, rtol=0, atol=0)
    assert_close(finals, ends, rtol=0, atol=0)


REFUSED: list[tuple[Callable[[frontal.LSTM, Tensor], Any], str]] = [
    (lambda r, x: r(x, lengths=[2, 2]), r"one entry a sequence, \(3,\), got \(2,\)"),
    (lambda r, x: r(x, lengths=4), r"one entry a sequence, \(3,\), got \(\)"),
    (lambda r, x: r(x, lengths=[True, True, True]), "whole numbers, got torch.bool"),
    (lambda r, x: r(x[:, 0], reset=torch.zeros(5, 1).bool()), r"reset must be \(T,\) = \(5,\), got \(5, 1\)"),
    (lambda r, x: r(x[..., :2]), r"I = 3 features in its last dimension, \(T, B, I\); got 2 in \(5, 3, 2\)"),
    (lambda r, x: r(x[None]), r"got 4 dimensions \(1, 5, 3, 3\)"),
    (lambda r, x: r(x, states(3)[:1]), r"hx must be 2 tensors \(h, c\), got 1"),
    (lambda r, x: r(x, states(2)), r"h in hx must be \(layers · directions, B, size\) = \(4, 3, 4\) .* \(4, 2, 4\)"),
    (lambda r, x: r(x[:, 0], states(1)), r"h in hx must be \(layers · directions, size\) = \(4, 4\)"),
    (lambda r, x: r(x, (states(3)[0], None)), "c in hx must be .* got NoneType"),
    (lambda r, x: r(x, (states(3)[0], states(3)[1].float())), "c in hx is torch.float32, the input torch.float64"),
    (lambda r, x: r(x, (states(3)[0].to("meta"), states(3)[1])), "h in hx is on meta, the input on cpu"),
    (lambda r, x: r(pack_padded_sequence(x[..., :2], [5, 4, 1])), r"I = 3 features .* \(steps, I\); got 2"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "message"), REFUSED)
def test_refused_with_what_was_given_and_expected(call: Callable[..., Any], message: str):
    layer, x = lstm(), torch.randn(5, 3, 3, dtype=torch.float64)
    with pytest.raises(FrontalError, match=message):
        call(layer, x)


def test_refused_by_layers_with_one_state():
    layer, x, h = frontal.GRU(3, 4), torch.zeros(5, 3, 3), torch.zeros(1, 3, 4)
    with pytest.raises(FrontalError, match=r"GRU: hx must be one tensor \(h\), got a tuple of 2"):
        layer(x, (h, h))
    with pytest.raises(FrontalError, match=r"Recurrent: hx must be one tensor \(h\), got a tuple of 1"):
        frontal.Recurrent(nn.GRUCell(3, 4))(x, (h,))


def test_batch_first_is_named_in_messages():
    layer = frontal.GRU(3, 4, batch_first=True)
    with pytest.raises(FrontalError, match=r"must be \(B, T, I\)"):
        layer(torch.zeros(3))
    with pytest.raises(FrontalError, match=r"reset must be \(B, T\) = \(2, 5\), got \(5, 2\)"):
        layer(torch.zeros(2, 5, 3), reset=torch.zeros(5, 2).bool())
