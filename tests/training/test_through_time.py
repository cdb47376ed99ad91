"""Windows, carried states and gradients of truncated back-propagation, beside loops written out."""

from copy import deepcopy
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

import frontal
from frontal.cells import named
from frontal.errors import FrontalError
from frontal.training.loop import train
from frontal.training.settings import TrainingSettings
from frontal.training.through_time import Sequences, ThroughTime

I, H = 2, 3  # noqa: E741
RATE = 0.3


def squared(outputs: Tensor, targets: Tensor) -> Tensor:
    return (outputs - targets).square().sum(-1)


def data(T: int, B: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return (
        torch.randn(T, B, I, generator=generator, dtype=torch.float64),
        torch.randn(T, B, H, generator=generator, dtype=torch.float64),
    )


def network(name: str = "gru") -> nn.Module:
    torch.manual_seed(1)
    return frontal.Recurrent(named(name), I, H, dtype=torch.float64)


def descend(model: nn.Module, loss: Tensor) -> list[Tensor]:
    """One step of gradient descent; return the gradients."""
    gradients = torch.autograd.grad(loss, list(model.parameters()))
    with torch.no_grad():
        for parameter, gradient in zip(model.parameters(), gradients, strict=True):
            parameter.sub_(RATE * gradient)
    return list(gradients)


def by_windows(model: nn.Module, windows: ThroughTime) -> list[list[Tensor]]:
    loss = windows.loss(squared)
    return [descend(model, loss(model, window, targets)) for window, targets in windows]


def by_hand(model: nn.Module, x: Tensor, y: Tensor, k1: int, k2: int) -> list[list[Tensor]]:
    """TBPTT(k1, k2), cell by cell: states without gradient are those of the last time a step was passed."""
    (cell,) = model.bound_cells()
    T, B, _ = x.shape
    before: dict[int, tuple[Tensor, ...]] = {0: tuple(torch.zeros(B, s, dtype=x.dtype) for s in cell.state_sizes)}
    gradients = []
    for counted in range(0, T, k1):
        stop = min(counted + k1, T)
        first = max(0, stop - k2)
        states, losses = before[first], []
        for t in range(first, stop):
            before[t] = tuple(s.detach() for s in states)
            states = cell(x[t], *states)
            if t >= counted:
                losses.append(squared(states[0], y[t]))
        before[stop] = tuple(s.detach() for s in states)
        gradients.append(descend(model, torch.stack(losses).mean()))
    return gradients


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 9), st.integers(1, 4), st.integers(0, 5), st.sampled_from(["gru", "lstm", "lem"]))
def test_truncated_gradients_are_those_of_the_loop_by_hand(T: int, k1: int, more: int, name: str):
    x, y = data(T, 2)
    ours, theirs = network(name), network(name)
    found = by_windows(ours, ThroughTime([Sequences(x, y)], k1=k1, k2=k1 + more))
    expected = by_hand(theirs, x, y, k1, k1 + more)
    assert len(found) == len(expected) == -(-T // k1)
    torch.testing.assert_close(found, expected)


def test_without_k1_it_is_the_whole_gradient():
    model, (x, y) = network(), data(12, 3)
    expected = torch.autograd.grad(squared(model(x)[0], y).mean(), list(model.parameters()))
    (found,) = by_windows(deepcopy(model), ThroughTime([Sequences(x, y)]))
    torch.testing.assert_close(found, list(expected))


def test_the_gradient_goes_back_k2_steps_and_no_further():
    x, y = data(10, 1)
    x.requires_grad_()
    windows = ThroughTime([Sequences(x, y)], k1=2, k2=5)
    loss, model = windows.loss(squared), network()
    reached = []
    for window, targets in windows:
        (gradient,) = torch.autograd.grad(loss(model, window, targets), x)
        reached.append(torch.nonzero(gradient.abs().sum((1, 2))).flatten().tolist())
    assert reached == [[0, 1], [0, 1, 2, 3], [1, 2, 3, 4, 5], [3, 4, 5, 6, 7], [5, 6, 7, 8, 9]]


def test_lengths_leave_the_padding_unread():
    lengths = torch.tensor([7, 2, 5])
    x, y = data(8, 3)
    padding = torch.arange(8)[:, None] >= lengths
    bad = x.masked_fill(padding[..., None], float("nan")), y.masked_fill(padding[..., None], float("nan"))
    with_nan = by_windows(network(), ThroughTime([Sequences(*bad, lengths)], k1=3, k2=4))
    without = by_windows(network(), ThroughTime([Sequences(x, y, lengths)], k1=3, k2=4))
    assert len(with_nan) == 3  # seven steps, in threes
    torch.testing.assert_close(with_nan, without, rtol=0, atol=0)


def test_weights_of_unequal_sequences_by_hand():
    """One update of a batch of unequal lengths is the mean over valid steps of the single sequences."""
    lengths = torch.tensor([4, 1, 3])
    x, y = data(4, 3)
    model = network()
    sums = [squared(model(x[:n, k : k + 1])[0], y[:n, k : k + 1]).sum() for k, n in enumerate(lengths.tolist())]
    expected = torch.autograd.grad(sum(sums) / 8, list(model.parameters()))
    (found,) = by_windows(deepcopy(model), ThroughTime([Sequences(x, y, lengths)], k1=4))
    torch.testing.assert_close(found, list(expected))


def test_a_sequence_that_has_ended_keeps_its_state():
    lengths = torch.tensor([6, 2])
    x, y = data(6, 2)
    model, windows = network(), ThroughTime([Sequences(x, y, lengths)], k1=2)
    loss = windows.loss(squared)
    for window, targets in windows:
        loss(model, window, targets)
    torch.testing.assert_close(windows.state_dict()["states"], model(x, lengths=lengths)[1].detach())


def cut(x: Tensor, y: Tensor, size: int) -> list[Sequences]:
    return [Sequences(a, b) for a, b in zip(x.split(size), y.split(size), strict=True)]


def test_states_go_on_over_batches():
    x, y = data(12, 2)
    parts = by_windows(network("lstm"), ThroughTime(cut(x, y, 4), k1=2))
    whole = by_windows(network("lstm"), ThroughTime([Sequences(x, y)], k1=2))
    torch.testing.assert_close(parts, whole)
    anew = by_windows(network("lstm"), ThroughTime(cut(x, y, 4), k1=2, carry=False))
    torch.testing.assert_close(anew[:2], whole[:2])
    assert not torch.allclose(anew[2][0], whole[2][0])


def test_a_fresh_sequence_begins_with_zeros():
    x, y = data(8, 2)
    model = network()
    first, second = cut(x, y, 4)
    again = Sequences(second.inputs, second.targets, fresh=torch.tensor([True, False]))
    windows = ThroughTime([first, again])
    loss = windows.loss(squared)
    losses = [loss(model, window, targets) for window, targets in windows]
    h = model(first.inputs)[1].detach()
    h[:, 0] = 0
    torch.testing.assert_close(losses[1], squared(model(second.inputs, h)[0], second.targets).mean())


def test_states_are_saved_and_taken_up_again(tmp_path):
    x, y = data(12, 2)
    model = network("lstm")
    whole = by_windows(deepcopy(model), ThroughTime(cut(x, y, 4)))
    windows = ThroughTime(cut(x, y, 4)[:2])
    by_windows(model, windows)
    torch.save(windows.state_dict(), tmp_path / "states")
    later = ThroughTime(cut(x, y, 4)[2:])
    later.load_state_dict(torch.load(tmp_path / "states", weights_only=True))
    torch.testing.assert_close(by_windows(model, later), whole[2:])


def test_the_training_loop_takes_windows():
    class Sums(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.rnn, self.head = frontal.GRU(1, 16), nn.Linear(16, 1)

        def forward(self, x: Tensor, states: Any = None) -> tuple[Tensor, Any]:
            outputs, states = self.rnn(x, states)
            return self.head(outputs), states

    torch.manual_seed(0)
    x = torch.rand(200, 8, 1)
    y = 0.5 * x + 0.5 * torch.cat([torch.zeros(1, 8, 1), x[:-1]])  # needs the step before
    windows = ThroughTime([Sequences(x, y, fresh=torch.ones(8, dtype=torch.bool))], k1=10, k2=20)
    history = train(Sums(), windows, windows.loss(squared), TrainingSettings(epochs=20, learning_rate=0.01))
    assert history.epochs[-1].train_loss < ((y - y.mean()) ** 2).mean() / 50


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"k1": 4, "k2": 2}, "k2 = 2 must be at least k1 = 4"),
        ({"k2": 2}, "k2 = 2 must be at least k1 = None"),
        ({"k1": 0}, "k1 must be a whole number >= 1 or None, got 0"),
        ({"k1": 2.5}, "got 2.5"),
    ],
)
def test_wrong_cuts_are_told(options: dict[str, Any], says: str):
    with pytest.raises(FrontalError, match=says):
        ThroughTime([], **options)


def test_wrong_batches_and_losses_are_told():
    x, y = data(4, 2)

    def first(sequences: Sequences, per_step: Any = squared) -> Tensor:
        windows = ThroughTime([sequences])
        window, targets = next(iter(windows))
        return windows.loss(per_step)(network(), window, targets)

    with pytest.raises(FrontalError, match="same steps and sequences"):
        first(Sequences(x, y[:3]))
    with pytest.raises(FrontalError, match=r"lengths must have one entry a sequence, \(2,\), got \(3,\)"):
        first(Sequences(x, y, torch.tensor([1, 2, 3])))
    with pytest.raises(FrontalError, match=r"lengths must lie within 1 \.\. T = 4"):
        first(Sequences(x, y, torch.tensor([0, 2])))
    with pytest.raises(FrontalError, match="do not take its mean"):
        first(Sequences(x, y), nn.MSELoss())
    windows = iter(ThroughTime([Sequences(x, y)], k1=2))
    next(windows)
    with pytest.raises(FrontalError, match="must go through `loss`"):
        next(windows)
