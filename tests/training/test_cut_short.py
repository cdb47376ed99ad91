"""Trainings that end early: divergence and Ctrl-C."""

from __future__ import annotations

import signal
import sys
from dataclasses import replace

import pytest
import torch
from problems import SETTINGS, linear, problem, squared, weights
from torch import Tensor, nn

from frontal.training.batches import Minibatches
from frontal.training.history import TrainingDiverged
from frontal.training.interrupt import Interrupts
from frontal.training.loop import train

# --- divergence --------------------------------------------------------------------------------------


def failing(at: int, spoil):
    """The squared loss, spoilt at one call, and the weights seen at every call."""
    seen: list[Tensor] = []

    def loss(model: nn.Module, inputs: Tensor, targets: Tensor) -> Tensor:
        seen.append(weights(model))
        value = squared(model, inputs, targets)
        return spoil(value, model) if len(seen) == at else value

    return loss, seen


@pytest.mark.parametrize(
    "spoil",
    [
        lambda value, _: value * float("nan"),
        lambda value, _: value + float("inf"),
        lambda value, model: value + (model.bias.sum() - model.bias.sum().detach()).sqrt() * 0,  # nan gradient
    ],
    ids=["nan loss", "inf loss", "nan gradient"],
)
def test_divergence_stops_within_the_step_and_keeps_the_best(spoil):
    model = linear()
    loss, seen = failing(7, spoil)  # epoch 2, batch 3 of 4
    with pytest.raises(TrainingDiverged, match="epoch 2, batch 3") as caught:
        train(model, Minibatches(*problem(), 8), loss, SETTINGS)
    assert len(seen) == 7
    assert torch.equal(weights(model), seen[4])  # as they were when epoch 1 was over
    message = str(caught.value)
    for part in (
        "learning rate 0.1",
        "gradient norm",
        "not applied",
        "clip_norm=1",
        "learning_rate=0.01",
        "of epoch 1",
    ):
        assert part in message
    history = caught.value.history
    assert (history.stopped, history.best_epoch, len(history.epochs)) == ("diverged", 1, 1)


def test_divergence_at_once_leaves_the_model_as_it_was():
    model = linear()
    before = weights(model)
    inputs, targets = problem()
    inputs[3] = float("nan")
    with pytest.raises(TrainingDiverged, match=r"epoch 1, batch 1.*data.*weights it began with"):
        train(model, [(inputs, targets)], squared, SETTINGS)
    assert torch.equal(weights(model), before)


def test_a_real_explosion_is_caught():
    model, one_epoch = linear(), linear()
    settings = replace(SETTINGS, learning_rate=3.0, epochs=500)
    with pytest.raises(TrainingDiverged) as caught:
        train(model, Minibatches(*problem(), 8), squared, settings)
    assert len(caught.value.history.epochs) > 10
    assert caught.value.history.best_epoch == 1  # it only got worse from there
    train(one_epoch, Minibatches(*problem(), 8), squared, replace(settings, epochs=1))
    assert torch.equal(weights(model), weights(one_epoch))


# --- Ctrl-C ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("at", [1, 2, 5, 12])
def test_a_keyboard_interrupt_from_within_keeps_the_best_epoch(at):
    model = linear()

    def interrupt(value, _):
        raise KeyboardInterrupt

    loss, seen = failing(at, interrupt)
    history = train(model, Minibatches(*problem(), 8), loss, SETTINGS)
    complete = (at - 1) // 4
    assert history.interrupted
    assert (history.best_epoch, len(history.epochs)) == (complete, complete)
    assert torch.equal(weights(model), seen[4 * complete])


def test_the_first_press_lets_the_step_end_and_the_handler_is_put_back():
    ends: list[str] = []

    def loss(model: nn.Module, inputs: Tensor, targets: Tensor) -> Tensor:
        if len(ends) == 1:
            signal.raise_signal(signal.SIGINT)
        ends.append("loss")
        return squared(model, inputs, targets)

    assert train(linear(), Minibatches(*problem(), 8), loss, SETTINGS).interrupted
    assert ends == ["loss", "loss"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_third_press_does_not_disturb_the_tidying_up():
    with Interrupts() as interrupts:
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt), interrupts.urgent():
            try:
                signal.raise_signal(signal.SIGINT)
            finally:
                signal.raise_signal(signal.SIGINT)
                tidied = True
        assert tidied
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            interrupts.check()
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_a_press_during_validation_lets_the_epoch_count_and_asks_for_no_more_batches():
    asked: list[int] = []

    def batches(epoch: int) -> list[tuple[Tensor, Tensor]]:
        asked.append(epoch)
        return [problem()]

    def validate() -> float:
        signal.raise_signal(signal.SIGINT)
        return 1.0

    history = train(linear(), batches, squared, SETTINGS, validate=validate)
    assert (history.interrupted, history.best_epoch, asked) == (True, 1, [1])


def test_a_second_press_ends_at_once():
    ends = []

    def loss(model, inputs, targets):
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        ends.append("too late")
        return squared(model, inputs, targets)

    assert train(linear(), Minibatches(*problem(), 8), loss, SETTINGS).interrupted
    assert not ends


def test_a_program_with_its_own_handler_keeps_it():
    def own(signum, frame):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, own)
    try:
        loss, _ = failing(6, lambda value, _: signal.raise_signal(signal.SIGINT))
        history = train(linear(), Minibatches(*problem(), 8), loss, SETTINGS)
        assert signal.getsignal(signal.SIGINT) is own
    finally:
        signal.signal(signal.SIGINT, before)
    assert (history.interrupted, history.best_epoch) == (True, 1)


class Presses:
    """Presses Ctrl-C at the n-th line that the training room runs, and on the lines after it."""

    def __init__(self, first: int, presses: int) -> None:
        self.lines, self.first, self.presses = 0, first, presses

    def __call__(self, frame, event, argument):
        if "frontal/training" not in frame.f_code.co_filename.replace("\\", "/"):
            return None
        if event == "line":
            self.lines += 1
            if self.first <= self.lines < self.first + self.presses:
                signal.raise_signal(signal.SIGINT)
        return self


@pytest.mark.parametrize("presses", [1, 2, 3])
@pytest.mark.parametrize("validated", [False, True])
def test_ctrl_c_at_every_single_line_leaves_a_whole_model(presses, validated):
    """The weights are those of one epoch, bit by bit, and the history says of which one."""
    inputs, targets = problem(16)
    settings = replace(SETTINGS, epochs=2)
    trail: list[Tensor] = []

    def go(trace, model):
        def validate() -> float:
            return squared(model, inputs, targets).item()

        previous = sys.gettrace()
        sys.settrace(trace)
        try:
            return train(
                model,
                Minibatches(inputs, targets, 8),
                squared,
                settings,
                validate=validate if validated else None,
            )
        finally:
            sys.settrace(previous)

    for epochs in range(3):
        model = linear()
        if epochs:
            train(model, Minibatches(inputs, targets, 8), squared, replace(settings, epochs=epochs))
        trail.append(weights(model))
    assert len({tuple(w.tolist()) for w in trail}) == 3
    counter = Presses(sys.maxsize, 0)
    go(counter, linear())
    assert counter.lines > 150
    ended = dict.fromkeys(["interrupted", "raised", "finished"], 0)
    for first in range(1, counter.lines + 1):
        model = linear()
        model.eval()
        rng = torch.get_rng_state()
        try:
            history = go(Presses(first, presses), model)
        except KeyboardInterrupt:  # before training began or after it ended: as in any Python program
            assert any(torch.equal(weights(model), w) for w in (trail[0], trail[2])), first
            ended["raised"] += 1
        else:
            assert torch.equal(weights(model), trail[history.best_epoch]), first
            ended[history.stopped] += 1
        assert not model.training, first
        assert torch.equal(torch.get_rng_state(), rng), first
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert ended["interrupted"] > 0.6 * counter.lines
    assert ended["finished"] == 0


@pytest.mark.parametrize("presses", [1, 2])
def test_ctrl_c_at_every_line_of_a_training_that_diverges(presses):
    inputs, targets = problem(16)
    batches = Minibatches(inputs, targets, 8)

    def go(first: int) -> tuple[nn.Module, Presses]:
        model, trace = linear(), Presses(first, presses)
        loss, _ = failing(4, lambda value, _: value * float("nan"))
        previous = sys.gettrace()
        sys.settrace(trace)
        try:
            train(model, batches, loss, SETTINGS)
        except (TrainingDiverged, KeyboardInterrupt):
            return model, trace
        finally:
            sys.settrace(previous)
        return model, trace  # interrupted

    one_epoch = linear()
    train(one_epoch, batches, squared, replace(SETTINGS, epochs=1))
    model, counter = go(sys.maxsize)
    assert torch.equal(weights(model), weights(one_epoch))
    for first in range(counter.lines - 60, counter.lines + 1):
        model, _ = go(first)
        assert torch.equal(weights(model), weights(one_epoch)), first
        assert all(p.grad is None for p in model.parameters()), first
