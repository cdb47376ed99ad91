"""The time-delay network: against the sums written out, in chunks, with lengths, on a real series."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

import frontal
from frontal.data.builtin import builtin

F64: dict[str, Any] = {"dtype": torch.float64}


def by_hand(network: frontal.TimeDelay, x: Tensor) -> Tensor:
    """Sum over taps, step by step; x is (T, B, I)."""
    for linear, taps, d in zip(network.maps, network.taps, network.dilation, strict=True):
        assert isinstance(linear, nn.Linear)
        rows = []
        for t in range(len(x)):
            total = linear.bias.expand(x.shape[1], -1)
            for k in range(taps):
                at = t - (taps - 1 - k) * d
                if at >= 0:
                    size = x.shape[2]
                    total = total + x[at] @ linear.weight[:, k * size : (k + 1) * size].T
            rows.append(getattr(torch, network.nonlinearity)(total))
        x = torch.stack(rows)
    return x


@pytest.mark.parametrize("nonlinearity", ["tanh", "relu", "sigmoid"])
@pytest.mark.parametrize(("taps", "dilation"), [(3, 1), ([1, 4], [1, 3]), ([5, 2], 2)])
def test_it_is_the_sum_over_taps(taps: Any, dilation: Any, nonlinearity: Any) -> None:
    torch.manual_seed(0)
    network = frontal.TimeDelay(2, [4, 3], taps=taps, dilation=dilation, nonlinearity=nonlinearity, **F64)
    x = torch.randn(9, 2, 2, **F64)
    torch.testing.assert_close(network(x)[0], by_hand(network, x))


def test_it_is_a_dilated_convolution() -> None:
    torch.manual_seed(0)
    network, peer = frontal.TimeDelay(2, [4], taps=3, dilation=5, **F64), nn.Conv1d(2, 4, 3, dilation=5, **F64)
    (linear,) = network.maps
    assert isinstance(linear, nn.Linear) and peer.bias is not None
    with torch.no_grad():
        linear.weight.copy_(peer.weight.transpose(1, 2).flatten(1))
        linear.bias.copy_(peer.bias)
    x = torch.randn(20, 3, 2, **F64)
    expected = torch.tanh(peer(nn.functional.pad(x.permute(1, 2, 0), (10, 0)))).permute(2, 0, 1)
    torch.testing.assert_close(network(x)[0], expected)


@settings(deadline=None, max_examples=30, database=None, derandomize=True)
@given(
    taps=st.lists(st.integers(1, 4), min_size=1, max_size=3),
    dilation=st.integers(1, 4),
    cuts=st.lists(st.integers(1, 19), max_size=5),
)
def test_any_chunks_give_what_the_whole_gives(taps: list[int], dilation: int, cuts: list[int]) -> None:
    torch.manual_seed(0)
    network = frontal.TimeDelay(2, [3] * len(taps), taps=taps, dilation=dilation, **F64)
    x, history, parts = torch.randn(20, 2, 2, **F64), None, []
    whole, last = network(x)
    for a, b in zip([0, *sorted({*cuts})], [*sorted({*cuts}), 20], strict=True):
        part, history = network(x[a:b], history)
        parts.append(part)
    torch.testing.assert_close(torch.cat(parts), whole)
    torch.testing.assert_close(history, last)


def test_step_by_step_gives_what_the_whole_gives() -> None:
    torch.manual_seed(0)
    network = frontal.TimeDelay(2, [4, 3], taps=[3, 2], dilation=[2, 3])
    x, stream = torch.randn(15, 2, 2), network.stream(2)
    for _ in range(2):
        torch.testing.assert_close(torch.stack([stream.step(step) for step in x]), network(x)[0].detach())
        stream.reset()


def test_a_stream_begins_anew_for_some_rows() -> None:
    torch.manual_seed(0)
    network, x = frontal.TimeDelay(1, [3]), torch.randn(8, 2, 1)
    stream = network.stream(2)
    for step in x[:4]:
        stream.step(step)
    stream.reset(torch.tensor([True, False]))
    y = torch.stack([stream.step(step) for step in x[4:]])
    torch.testing.assert_close(y[:, 0], network(x[4:])[0][:, 0].detach())
    torch.testing.assert_close(y[:, 1], network(x)[0][4:, 1].detach())


@settings(deadline=None, max_examples=20, database=None, derandomize=True)
@given(taps=st.lists(st.integers(1, 4), min_size=1, max_size=3), dilation=st.integers(1, 3))
def test_the_receptive_field_is_what_moves_an_output(taps: list[int], dilation: int) -> None:
    torch.manual_seed(0)
    network = frontal.TimeDelay(1, [4] * len(taps), taps=taps, dilation=dilation, **F64)
    x = torch.randn(45, 1, 1, **F64, requires_grad=True)
    (gradient,) = torch.autograd.grad(network(x)[0][-1].sum(), x)
    assert int(gradient.flatten().nonzero()[0]) == 45 - network.receptive_field


def test_padding_is_never_read() -> None:
    torch.manual_seed(0)
    network = frontal.TimeDelay(2, [4, 3], taps=[3, 2], dilation=[1, 2], **F64)
    x, lengths = torch.randn(9, 3, 2, **F64), [9, 1, 4]
    spoilt = x.clone()
    for b, length in enumerate(lengths):
        spoilt[length:, b] = torch.nan
    spoilt.requires_grad_()
    outputs, history = network(spoilt, lengths=lengths)
    outputs.square().sum().backward()
    assert spoilt.grad is not None and torch.isfinite(spoilt.grad).all()
    assert all(torch.isfinite(p.grad).all() for p in network.parameters() if p.grad is not None)
    for b, length in enumerate(lengths):
        alone, its = network(x[:length, b])
        torch.testing.assert_close(outputs[:length, b], alone)
        assert (outputs[length:, b] == 0).all()
        for one, many in zip(its, history, strict=True):
            torch.testing.assert_close(many[:, b], one)


def test_layouts_agree() -> None:
    torch.manual_seed(0)
    network, x, lengths = frontal.TimeDelay(2, [3]), torch.randn(7, 3, 2), torch.tensor([3, 7, 5])
    expected, history = network(x, lengths=lengths)
    first = frontal.TimeDelay(2, [3], batch_first=True)
    first.load_state_dict(network.state_dict())
    torch.testing.assert_close(first(x.transpose(0, 1), lengths=lengths)[0].transpose(0, 1), expected)
    packed, its = network(pack_padded_sequence(x, lengths, enforce_sorted=False))
    torch.testing.assert_close(pad_packed_sequence(packed)[0], expected)
    torch.testing.assert_close(its, history)
    torch.testing.assert_close(network(x[:, 1])[0], expected[:, 1])


def test_gradients() -> None:
    torch.manual_seed(0)
    network = frontal.TimeDelay(2, [3, 2], taps=2, dilation=[1, 2], **F64)
    x = torch.randn(5, 2, 2, **F64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x, *_: network(x, lengths=[5, 3])[0], (x, *network.parameters()))


@pytest.fixture
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("one_thread")
def test_it_beats_the_last_value_on_the_airline_series() -> None:
    """Learns the first eight years of monthly growth, forecasts each month of the last four from those before."""
    torch.manual_seed(0)
    passengers = np.asarray(builtin("airline").columns["Passengers"])
    growth = torch.as_tensor(np.diff(np.log(passengers)), dtype=torch.float32)[:, None, None]
    x, y = growth[:-1] * 10, growth[1:] * 10
    network, head = frontal.TimeDelay(1, [16], taps=13), nn.Linear(16, 1)
    optimizer = torch.optim.Adam([*network.parameters(), *head.parameters()], lr=0.01, weight_decay=1e-3)
    known = slice(network.receptive_field - 1, 95)
    for _ in range(200):
        optimizer.zero_grad()
        (head(network(x)[0])[known] - y[known]).square().mean().backward()
        optimizer.step()
    told = head(network(x)[0]).detach().flatten()[95:].numpy() / 10
    now, following = passengers[96:-1], passengers[97:]
    ours, naive = (np.sqrt(np.mean((guess - following) ** 2)) for guess in (now * np.exp(told[: len(now)]), now))
    assert ours < naive / 2, (ours, naive)


@pytest.mark.parametrize(
    ("arguments", "options", "said"),
    [
        ((0, [3]), {}, "input_size must be a whole number >= 1"),
        ((1, []), {}, "widths must list"),
        ((1, 3), {}, "widths must list"),
        ((1, [3, 0]), {}, "widths must be a whole number >= 1, or one for each of the 2 layers"),
        ((1, [3]), {"taps": 0}, "taps must be a whole number"),
        ((1, [3, 3]), {"taps": [2]}, "one for each of the 2 layers"),
        ((1, [3]), {"dilation": 1.5}, "dilation must be a whole number"),
        ((1, [3]), {"nonlinearity": "tnh"}, "did you mean 'tanh'"),
        ((1, [3]), {"batch_first": 1}, "batch_first must be True or False"),
    ],
)
def test_wrong_options(arguments: tuple[Any, ...], options: dict[str, Any], said: str) -> None:
    with pytest.raises(frontal.FrontalError, match=said):
        frontal.TimeDelay(*arguments, **options)


@pytest.mark.parametrize(
    ("x", "options", "said"),
    [
        (torch.zeros(4, 2, 3), {}, "I = 2 features"),
        (torch.zeros(4, 2), {"lengths": [5]}, "lengths"),
        (torch.zeros(4, 1, 2, **F64), {}, "float64"),
        (torch.zeros(4, 1, 2), {"history": (torch.zeros(1, 1, 2),)}, "history must be one tensor a layer"),
        (torch.zeros(4, 1, 2), {"history": (torch.zeros(2, 1, 2, **F64),)}, "history must be torch.float32"),
    ],
)
def test_wrong_inputs(x: Tensor, options: dict[str, Any], said: str) -> None:
    with pytest.raises(frontal.FrontalError, match=f"TimeDelay: .*{said}"):
        frontal.TimeDelay(2, [3])(x, **options)


def test_a_wrong_step() -> None:
    with pytest.raises(frontal.FrontalError, match="a step takes"):
        frontal.TimeDelay(2, [3]).stream(2).step(torch.zeros(1, 2))
