"""The drop-ins against torch.nn where it is easy to slip: odd shapes, ties in packed batches, nothing at all."""

from itertools import product
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence
from torch.testing import assert_close

import frontal

from .test_drop_in import PAIRS, assert_same, pair, states_for

pytestmark = pytest.mark.filterwarnings("ignore:LSTM with projections:UserWarning")  # torch's own, for nn.LSTM
kinds = pytest.mark.parametrize("kind", PAIRS)


@kinds
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("shape", [(1, 1, 1, 4), (1, 3, 2, 5), (7, 1, 1, 4), (6, 3, 17, 13), (2, 33, 1, 7)])
def test_odd_shapes(kind: str, dtype: torch.dtype, shape: tuple[int, ...]) -> None:
    steps, rows, features, hidden = shape
    theirs, ours = pair(kind, features, hidden, dtype=dtype, num_layers=2, bidirectional=True)
    x = torch.randn(steps, rows, features, dtype=dtype)
    assert_same(theirs, ours, x, states_for(theirs, rows, dtype), dtype)


@kinds
@pytest.mark.parametrize("lengths", [[5, 3, 3, 1], [2, 5, 2, 4], [3, 3, 3], [1]])
@pytest.mark.parametrize("first", [False, True], ids=["time first", "batch first"])
def test_packed_with_ties(kind: str, lengths: list[int], first: bool) -> None:
    theirs, ours = pair(kind, 3, 5, num_layers=2, bidirectional=True, batch_first=first)
    x = torch.randn(max(lengths), len(lengths), 3, dtype=torch.float64)
    for enforce_sorted in {False, lengths == sorted(lengths, reverse=True)}:
        packed = pack_padded_sequence(x, torch.tensor(lengths), enforce_sorted=enforce_sorted)
        assert_same(theirs, ours, packed, states_for(theirs, len(lengths), torch.float64), torch.float64)


@pytest.mark.parametrize("kind", ["LSTM", "GRU", "RNN-tanh"])
def test_an_empty_batch(kind: str) -> None:
    theirs, ours = pair(kind, 3, 5, num_layers=2, bidirectional=True)
    x = torch.randn(4, 0, 3, dtype=torch.float64)
    assert_close(ours(x), theirs(x))
    assert_close(ours(x, lengths=[]), theirs(x))


@kinds
def test_the_same_weights_without_bias_and_after_a_reset(kind: str) -> None:
    theirs_class, ours_class, fixed = PAIRS[kind]
    torch.manual_seed(3)
    theirs = theirs_class(3, 5, 2, bias=False, **fixed)
    torch.manual_seed(3)
    ours = ours_class(3, 5, 2, bias=False, **fixed)
    for _ in range(2):
        assert list(ours.state_dict()) == list(theirs.state_dict())
        assert_close(ours.state_dict(), theirs.state_dict(), rtol=0, atol=0)
        for layer in (theirs, ours):
            torch.manual_seed(4)
            layer.reset_parameters()


def test_all_weights_are_the_parameters_themselves() -> None:
    layer = frontal.LSTM(3, 5, 2, bidirectional=True, proj_size=2)
    weights = [weight for cell in layer.all_weights for weight in cell]
    assert all(a is b for a, b in zip(weights, layer.parameters(), strict=True))


@pytest.mark.parametrize("name", ["LSTM", "GRU", "RNN"])
@pytest.mark.parametrize(("layers", "bias", "first"), list(product([1, 2], [True, False], [True, False])))
def test_repr(name: str, layers: int, bias: bool, first: bool) -> None:
    options: dict[str, Any] = {"num_layers": layers, "bias": bias, "batch_first": first}
    assert repr(getattr(frontal, name)(3, 5, **options)) == repr(getattr(nn, name)(3, 5, **options))


def test_dropout_of_one_is_torchs() -> None:
    theirs, ours = pair("GRU", 3, 5, num_layers=2, dropout=1.0)
    x = torch.randn(4, 2, 3, dtype=torch.float64)
    assert_close(ours(x), theirs(x), rtol=1e-12, atol=1e-12)
