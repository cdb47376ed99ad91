"""The ensemble against an oracle: a network that learns one number, the mean of the rows it was shown."""

import pytest
import torch
from torch import Tensor, nn

from frontal.training.ensemble import train_ensemble
from frontal.training.settings import TrainingSettings

SETTINGS = TrainingSettings(optimizer="sgd", learning_rate=0.5, epochs=60, batch_size=100, patience=60)
TARGETS = torch.arange(10.0)[:, None]
INPUTS = torch.zeros(10, 1)


class Mean(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.value = nn.Parameter(torch.rand(1))

    def forward(self, inputs: Tensor) -> Tensor:
        return self.value.expand(len(inputs), 1)


def squared(network: nn.Module, inputs: Tensor, targets: Tensor) -> Tensor:
    return ((network(inputs) - targets) ** 2).mean()


def test_each_row_is_answered_by_the_member_that_did_not_see_it() -> None:
    def loss(network: nn.Module, inputs: Tensor, targets: Tensor) -> Tensor:
        if network.training:
            return squared(network, inputs, targets)
        outside = (45.0 - targets.sum()) / (10 - len(targets))  # the mean of what this member learns from
        return (network(inputs).mean() - outside).abs()

    ensemble = train_ensemble(Mean, INPUTS, TARGETS, loss, SETTINGS, members=5, validation=0.2)
    expected = [(45 - (row // 2 * 4 + 1)) / 8 for row in range(10)]
    torch.testing.assert_close(ensemble.held_out[:, 0], torch.tensor(expected), atol=1e-3, rtol=0)
    assert len(ensemble.members) == len(ensemble.histories) == 5


def test_a_single_member_holds_out_the_last_rows() -> None:
    ensemble = train_ensemble(Mean, INPUTS, TARGETS, squared, SETTINGS, members=1, validation=0.3)
    assert torch.isnan(ensemble.held_out[:7]).all() and not torch.isnan(ensemble.held_out[7:]).any()


def test_without_validation_every_row_is_learned_and_answered() -> None:
    ensemble = train_ensemble(Mean, INPUTS, TARGETS, squared, SETTINGS, members=2, validation=0.0)
    torch.testing.assert_close(ensemble.held_out, torch.full((10, 1), 4.5), atol=1e-4, rtol=0)


def test_members_start_differently_and_the_seed_repeats_them() -> None:
    settings = TrainingSettings(epochs=1, learning_rate=1e-9, batch_size=4)
    first, again = (
        train_ensemble(Mean, INPUTS, TARGETS, squared, settings, members=3, validation=0.0) for _ in range(2)
    )
    values = [member.value.item() for member in first.members]  # type: ignore[arg-type]
    assert len(set(values)) == 3
    assert values == [member.value.item() for member in again.members]  # type: ignore[arg-type]


class Recorded:
    def __init__(self) -> None:
        self.total = self.done = 0.0
        self.stopped = False

    def start(self, total: float, description: str) -> None:
        self.total = total

    def update(self, advance: float, **figures: object) -> None:
        self.done += advance

    def note(self, text: str) -> None:
        pass

    def stop(self) -> None:
        self.stopped = True


def test_progress_reaches_its_total_in_spite_of_early_stopping() -> None:
    progress = Recorded()
    settings = TrainingSettings(epochs=50, patience=2, learning_rate=0.9, optimizer="sgd", batch_size=100)
    ensemble = train_ensemble(Mean, INPUTS, TARGETS, squared, settings, members=5, validation=0.2, progress=progress)
    assert any(history.stopped == "early stopping" for history in ensemble.histories)
    assert progress.done == pytest.approx(progress.total) and progress.stopped


def test_ctrl_c_keeps_the_members_so_far() -> None:
    calls = 0

    def interrupting(network: nn.Module, inputs: Tensor, targets: Tensor) -> Tensor:
        nonlocal calls
        calls += 1
        if calls == 7:
            raise KeyboardInterrupt
        return squared(network, inputs, targets)

    settings = TrainingSettings(epochs=5, batch_size=100)
    ensemble = train_ensemble(Mean, INPUTS, TARGETS, interrupting, settings, members=4, validation=0.0)
    assert len(ensemble.members) == 2 and ensemble.histories[-1].interrupted
