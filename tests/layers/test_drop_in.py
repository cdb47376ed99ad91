"""The drop-ins against torch.nn, every option: outputs, final states and every gradient by name."""

from __future__ import annotations

import copy
import itertools
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pack_sequence

import frontal

PAIRS: dict[str, tuple[type[nn.Module], type[nn.Module], dict[str, Any]]] = {
    "LSTM": (nn.LSTM, frontal.LSTM, {}),
    "LSTM-proj": (nn.LSTM, frontal.LSTM, {"proj_size": 2}),
    "GRU": (nn.GRU, frontal.GRU, {}),
    "RNN-tanh": (nn.RNN, frontal.RNN, {}),
    "RNN-relu": (nn.RNN, frontal.RNN, {"nonlinearity": "relu"}),
}
pytestmark = pytest.mark.filterwarnings("ignore:LSTM with projections:UserWarning")  # torch's own, for nn.LSTM
TOLERANCE = {torch.float64: 1e-12, torch.float32: 1e-5}


def pair(kind: str, *sizes: int, dtype: torch.dtype = torch.float64, **options: Any) -> tuple[nn.Module, nn.Module]:
    theirs_class, ours_class, fixed = PAIRS[kind]
    torch.manual_seed(1)
    theirs = theirs_class(*sizes, dtype=dtype, **fixed, **options)
    ours = ours_class(*sizes, dtype=dtype, **fixed, **options)
    ours.load_state_dict(theirs.state_dict())
    return theirs, ours


def flat(results: Any) -> Iterator[Tensor]:
    for part in results:
        if isinstance(part, PackedSequence):
            yield part.data
        elif isinstance(part, Tensor):
            yield part
        else:
            yield from flat(part)


def states_for(layer: nn.Module, B: int | None, dtype: torch.dtype) -> Any:
    count = layer.num_layers * (2 if layer.bidirectional else 1)
    batch = () if B is None else (B,)
    h = torch.randn(count, *batch, layer.proj_size or layer.hidden_size, dtype=dtype)
    return (h, torch.randn(count, *batch, layer.hidden_size, dtype=dtype)) if isinstance(layer, nn.LSTM) else h


def assert_same(theirs: nn.Module, ours: nn.Module, x: Any, hx: Any, dtype: torch.dtype) -> None:
    """Same results and gradients, of a loss that weighs every number of every result differently."""
    tolerance = {"rtol": TOLERANCE[dtype], "atol": TOLERANCE[dtype]}
    found = []
    for layer in (theirs, ours):
        layer.zero_grad()
        inputs = [t.detach().clone().requires_grad_() for t in flat([x])]
        given = x._replace(data=inputs[0]) if isinstance(x, PackedSequence) else inputs[0]
        initial = [] if hx is None else [t.detach().clone().requires_grad_() for t in flat([hx])]
        results = layer(given, tuple(initial) if len(initial) == 2 else initial[0]) if initial else layer(given)
        loss = sum((t * torch.linspace(0.5, 2, t.numel(), dtype=dtype).view_as(t)).sum() for t in flat(results))
        loss.backward()
        gradients = {name: parameter.grad for name, parameter in layer.named_parameters()}
        gradients |= {f"x{i}": t.grad for i, t in enumerate(inputs)} | {f"hx{i}": t.grad for i, t in enumerate(initial)}
        found.append((results, gradients))
    for expected, result in zip(flat(found[0][0]), flat(found[1][0]), strict=True):
        torch.testing.assert_close(result, expected, **tolerance)
    assert list(found[0][1]) == list(found[1][1])
    for name, expected in found[0][1].items():
        torch.testing.assert_close(found[1][1][name], expected, **tolerance, msg=lambda m, name=name: f"{name}: {m}")
    if isinstance(x, PackedSequence):
        packed, result = found[0][0][0], found[1][0][0]
        for field in ("batch_sizes", "sorted_indices", "unsorted_indices"):
            a, b = getattr(packed, field), getattr(result, field)
            assert (a is None and b is None) or torch.equal(a, b)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32], ids=["fp64", "fp32"])
@pytest.mark.parametrize("kind", PAIRS)
def test_every_option(kind: str, dtype: torch.dtype) -> None:
    flags = (False, True)
    for layers, both, bias, first, start in itertools.product((1, 2, 3), flags, flags, flags, flags):
        theirs, ours = pair(
            kind, 3, 5, dtype=dtype, num_layers=layers, bidirectional=both, bias=bias, batch_first=first
        )
        x = torch.randn(4, 6, 3, dtype=dtype)
        hx = states_for(theirs, 4 if first else 6, dtype) if start else None
        assert_same(theirs, ours, x, hx, dtype)


@settings(deadline=None, max_examples=40)
@given(
    kind=st.sampled_from(sorted(set(PAIRS) - {"LSTM-proj"})),
    T=st.integers(1, 9), B=st.integers(1, 5), I=st.integers(1, 6), H=st.integers(1, 7), both=st.booleans(),
)  # fmt: skip
def test_every_shape(kind: str, T: int, B: int, I: int, H: int, both: bool) -> None:  # noqa: E741
    theirs, ours = pair(kind, I, H, bidirectional=both)
    assert_same(theirs, ours, torch.randn(T, B, I, dtype=torch.float64), None, torch.float64)


@pytest.mark.parametrize("kind", PAIRS)
@pytest.mark.parametrize("given", [False, True], ids=["zero", "hx"])
def test_without_a_batch(kind: str, given: bool) -> None:
    theirs, ours = pair(kind, 3, 5, num_layers=2, bidirectional=True, batch_first=True)
    hx = states_for(theirs, None, torch.float64) if given else None
    assert_same(theirs, ours, torch.randn(7, 3, dtype=torch.float64), hx, torch.float64)


@pytest.mark.parametrize("kind", PAIRS)
@pytest.mark.parametrize("enforce_sorted", [True, False], ids=["sorted", "unsorted"])
@pytest.mark.parametrize("given", [False, True], ids=["zero", "hx"])
def test_packed_sequences(kind: str, enforce_sorted: bool, given: bool) -> None:
    theirs, ours = pair(kind, 3, 5, num_layers=2, bidirectional=True)
    lengths = [6, 4, 4, 1] if enforce_sorted else [4, 1, 6, 4]
    sequences = [torch.randn(length, 3, dtype=torch.float64) for length in lengths]
    packed = pack_sequence(sequences, enforce_sorted=enforce_sorted)
    hx = states_for(theirs, 4, torch.float64) if given else None
    assert_same(theirs, ours, packed, hx, torch.float64)


@pytest.mark.parametrize("kind", PAIRS)
@pytest.mark.parametrize("first", [False, True], ids=["time first", "batch first"])
def test_lengths_equal_a_packed_sequence_of_torch(kind: str, first: bool) -> None:
    theirs, ours = pair(kind, 3, 5, num_layers=2, bidirectional=True, batch_first=first)
    x, lengths = torch.randn(4, 6, 3, dtype=torch.float64), torch.tensor([3, 6, 1, 5])
    x = x if first else x.transpose(0, 1)
    packed, expected = theirs(pack_padded_sequence(x, lengths, batch_first=first, enforce_sorted=False))
    outputs, states = ours(x, lengths=lengths)
    padded, _ = nn.utils.rnn.pad_packed_sequence(packed, batch_first=first)
    torch.testing.assert_close(outputs, padded, rtol=1e-12, atol=1e-12)
    for ours_state, their_state in zip(flat([states]), flat([expected]), strict=True):
        torch.testing.assert_close(ours_state, their_state, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("kind", PAIRS)
def test_the_same_names_attributes_and_starting_weights(kind: str) -> None:
    theirs_class, ours_class, fixed = PAIRS[kind]
    options = {"num_layers": 2, "bidirectional": True, "batch_first": True, **fixed}
    torch.manual_seed(3)
    theirs = theirs_class(3, 5, **options)
    torch.manual_seed(3)
    ours = ours_class(3, 5, **options)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    for name, tensor in theirs.state_dict().items():
        torch.testing.assert_close(ours.state_dict()[name], tensor, rtol=0, atol=0)
    theirs.load_state_dict(ours.state_dict())
    for name in ("input_size", "hidden_size", "num_layers", "bias", "batch_first", "dropout", "bidirectional",
                 "proj_size", "mode"):  # fmt: skip
        assert getattr(ours, name) == getattr(theirs, name), name
    assert repr(ours) == repr(theirs)
    for mine, their in zip(ours.all_weights, theirs.all_weights, strict=True):
        assert [tuple(t.shape) for t in mine] == [tuple(t.shape) for t in their]
    ours.flatten_parameters()


def test_arguments_by_position() -> None:
    assert repr(frontal.LSTM(3, 5, 2, False, True, 0.5, True, 2)) == repr(nn.LSTM(3, 5, 2, False, True, 0.5, True, 2))
    assert repr(frontal.GRU(3, 5, 2, False, True, 0.5, True)) == repr(nn.GRU(3, 5, 2, False, True, 0.5, True))
    assert repr(frontal.RNN(3, 5, 2, "relu", False, True)) == repr(nn.RNN(3, 5, 2, "relu", False, True))


def test_dropout_acts_between_layers_and_only_while_training() -> None:
    rnn = frontal.RNN(4, 600, 2, nonlinearity="relu", dropout=0.25)
    for name, parameter in rnn.named_parameters():
        nn.init.zeros_(parameter)
        if name == "bias_ih_l0":
            nn.init.ones_(parameter)  # the first layer says 1 everywhere
        if name == "weight_ih_l1":
            nn.init.eye_(parameter)  # the second one passes on what it hears
    outputs, _ = rnn(torch.zeros(1, 50, 4))
    kept = outputs != 0
    assert 0.73 < kept.float().mean() < 0.77
    torch.testing.assert_close(outputs[kept], torch.full_like(outputs[kept], 1 / 0.75))
    assert (rnn.eval()(torch.zeros(1, 50, 4))[0] == 1).all()


def test_useless_dropout_warns_as_torch_does() -> None:
    with pytest.warns(UserWarning, match="dropout=0.5 with num_layers=1 does nothing"):
        frontal.LSTM(3, 5, dropout=0.5)


X = torch.randn(6, 4, 3, dtype=torch.float64)


def functional(rnn: nn.Module, weights: dict[str, Tensor], x: Tensor) -> Tensor:
    return torch.func.functional_call(rnn, weights, (x,))[0].square().sum()


@pytest.mark.parametrize("kind", PAIRS)
def test_torch_func_sees_the_parameters(kind: str) -> None:
    _, ours = pair(kind, 3, 5)
    weights = {name: parameter.detach() for name, parameter in ours.named_parameters()}
    gradients = torch.func.grad(lambda w: functional(ours, w, X))(weights)
    ours(X)[0].square().sum().backward()
    for name, parameter in ours.named_parameters():
        torch.testing.assert_close(gradients[name], parameter.grad)
    single = [torch.func.grad(lambda w, b=b: functional(ours, w, X[:, b : b + 1]))(weights) for b in range(4)]
    batched = torch.func.vmap(torch.func.grad(lambda w, x: functional(ours, w, x.unsqueeze(1))), (None, 1))(weights, X)
    for name in weights:
        torch.testing.assert_close(batched[name], torch.stack([s[name] for s in single]))


@pytest.mark.parametrize("kind", PAIRS)
def test_gradients_that_fused_kernels_refuse(kind: str) -> None:
    _, ours = pair(kind, 2, 3)
    ours.eval()
    x = torch.randn(3, 2, 2, dtype=torch.float64, requires_grad=True)
    (first,) = torch.autograd.grad(ours(x)[0].pow(3).sum(), x, create_graph=True)
    first.square().sum().backward()
    assert x.grad is not None and x.grad.abs().sum() > 0


def test_parametrisations_copies_and_assigned_weights_are_seen() -> None:
    theirs, ours = pair("GRU", 3, 5)
    expected = theirs(X)[0]
    torch.testing.assert_close(copy.deepcopy(ours)(X)[0], expected)
    torch.testing.assert_close(ours.to(torch.float32)(X.float())[0], expected.float(), rtol=1e-5, atol=1e-5)
    fresh = frontal.GRU(3, 5)
    fresh.load_state_dict(theirs.state_dict(), assign=True)
    torch.testing.assert_close(fresh(X)[0], expected)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        nn.utils.parametrizations.weight_norm(fresh, "weight_hh_l0")
    torch.testing.assert_close(fresh(X)[0], expected)
    fresh(X)[0].sum().backward()
    assert fresh.parametrizations.weight_hh_l0.original0.grad is not None


def test_inference_mode_and_bfloat16() -> None:
    theirs, ours = pair("LSTM", 3, 5, dtype=torch.float32)
    with torch.inference_mode():
        torch.testing.assert_close(ours(X.float())[0], theirs(X.float())[0], rtol=1e-5, atol=1e-5)
    low = ours.to(torch.bfloat16)(X.bfloat16())[0]
    assert low.dtype == torch.bfloat16
    torch.testing.assert_close(low.float(), theirs(X.float())[0], rtol=0.05, atol=0.05)
