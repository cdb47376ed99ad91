"""The loop against closed forms, by formula, and under every kind of end."""

from __future__ import annotations

import signal
import sys
from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from frontal.errors import FrontalError
from frontal.training.batches import Minibatches
from frontal.training.history import TrainingDiverged
from frontal.training.interrupt import Interrupts
from frontal.training.loop import train
from frontal.training.seed import seeded
from frontal.training.settings import TrainingSettings

SETTINGS = TrainingSettings(optimizer="sgd", learning_rate=0.1, epochs=3, batch_size=8)


def squared(model: nn.Module, inputs: Tensor, targets: Tensor) -> Tensor:
    return (model(inputs) - targets).square().mean()


def problem(rows: int = 32) -> tuple[Tensor, Tensor]:
    with seeded(7):
        inputs = torch.randn(rows, 3, dtype=torch.float64)
        noise = torch.randn(rows, 1, dtype=torch.float64)
    return inputs, inputs @ torch.tensor([[1.0], [-2.0], [0.5]], dtype=torch.float64) + 0.3 + 0.1 * noise


def linear() -> nn.Linear:
    with seeded(1):
        return nn.Linear(3, 1, dtype=torch.float64)


def closed_form(inputs: Tensor, targets: Tensor, ridge: float = 0.0) -> Tensor:
    """Weights, then bias, of the least mean square plus ridge/2 · |weights|²."""
    X = torch.cat([inputs, torch.ones(len(inputs), 1, dtype=inputs.dtype)], 1)
    return torch.linalg.solve(2 * X.T @ X / len(X) + ridge * torch.eye(4, dtype=X.dtype), 2 * X.T @ targets / len(X))


def weights(model: nn.Module) -> Tensor:
    return torch.cat([p.detach().flatten() for p in model.parameters()]).clone()


def fitted(settings: TrainingSettings = SETTINGS, **options) -> Tensor:
    model = linear()
    train(model, Minibatches(*problem(), settings.batch_size), squared, settings, **options)
    return weights(model)


# --- it learns ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "settings",
    [
        TrainingSettings(optimizer="sgd", learning_rate=0.1, epochs=400),
        TrainingSettings(optimizer="sgd", learning_rate=0.05, momentum=0.8, epochs=400),
        TrainingSettings(optimizer="adam", learning_rate=0.05, schedule="cosine", epochs=1000),
        TrainingSettings(optimizer="adamw", learning_rate=0.05, schedule="linear", epochs=1000),
        TrainingSettings(
            optimizer="rmsprop",
            learning_rate=0.01,
            schedule="step",
            step_epochs=300,
            step_factor=0.1,
            epochs=1500,
        ),
    ],
    ids=lambda s: f"{s.optimizer}-{s.momentum}",
)
def test_every_optimizer_reaches_the_closed_form(settings):
    inputs, targets = problem()
    model = linear()
    history = train(model, [(inputs, targets)], squared, settings)
    torch.testing.assert_close(weights(model), closed_form(inputs, targets).flatten(), rtol=0, atol=1e-5)
    assert history.stopped == "finished"
    assert history.best_epoch == settings.epochs == len(history.epochs)


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_weight_decay_is_a_ridge(optimizer):
    inputs, targets = problem()
    model = linear()
    settings = TrainingSettings(
        optimizer=optimizer, learning_rate=0.05, weight_decay=0.5, schedule="cosine", epochs=1000
    )
    train(model, [(inputs, targets)], squared, settings)
    torch.testing.assert_close(weights(model), closed_form(inputs, targets, 0.5).flatten(), rtol=0, atol=1e-5)


CHANGES = {
    "optimizer": {"optimizer": "adam"},
    "learning_rate": {"learning_rate": 0.2},
    "momentum": {"momentum": 0.5},
    "weight_decay": {"weight_decay": 0.1},
    "schedule": {"schedule": "cosine"},
    "step_epochs": {"schedule": "step", "step_epochs": 1, "step_factor": 0.5},
    "step_factor": {"schedule": "step", "step_epochs": 2, "step_factor": 0.1},
    "warmup_steps": {"warmup_steps": 5},
    "epochs": {"epochs": 4},
    "batch_size": {"batch_size": 4},
    "clip_norm": {"clip_norm": 0.1},
    "clip_value": {"clip_value": 0.1},
    "seed": {"seed": 1},
}
CHANGES["patience"] = {"patience": 1}


@pytest.mark.parametrize("name", [name for name in CHANGES if name != "patience"])
def test_every_setting_does_something(name):
    """Patience has a test of its own."""
    assert not torch.equal(fitted(), fitted(replace(SETTINGS, **CHANGES[name])))


def test_the_learning_rate_of_each_epoch_is_the_schedules():
    inputs, targets = problem()
    settings = replace(SETTINGS, schedule="linear", epochs=4, warmup_steps=2)
    history = train(linear(), Minibatches(inputs, targets, 16), squared, settings)
    expected = [0.1 * (1 - (epoch + 0.5) / 4) for epoch in range(4)]  # of the second of two batches
    assert [epoch.learning_rate for epoch in history.epochs] == pytest.approx(expected)


def test_only_parameters_that_require_gradients_change():
    model = linear()
    model.bias.requires_grad_(False)
    before = weights(model)
    train(model, Minibatches(*problem(), 8), squared, SETTINGS)
    after = weights(model)
    assert torch.equal(before[3:], after[3:])
    assert not torch.equal(before[:3], after[:3])


# --- clipping ----------------------------------------------------------------------------------------


def one_sgd_step(**clip: float) -> tuple[Tensor, Tensor, float]:
    """The gradient, the applied one (read off the step) and the norm in the history."""
    inputs, targets = problem()
    model = linear()
    gradient = torch.cat(
        [g.flatten() for g in torch.autograd.grad(squared(model, inputs, targets), model.parameters())]
    )
    before = weights(model)
    settings = TrainingSettings(optimizer="sgd", learning_rate=1.0, epochs=1, **clip)
    history = train(model, [(inputs, targets)], squared, settings)
    return gradient, before - weights(model), history.epochs[0].gradient_norm


def test_clipping_by_norm_keeps_the_direction():
    gradient, applied, logged = one_sgd_step(clip_norm=0.25)
    assert gradient.norm() > 1
    assert logged == pytest.approx(gradient.norm().item())
    torch.testing.assert_close(applied, gradient * 0.25 / gradient.norm(), rtol=1e-5, atol=0)


def test_clipping_by_value_bounds_each_entry():
    gradient, applied, _ = one_sgd_step(clip_value=0.5)
    assert (gradient.abs() > 0.5).any()
    torch.testing.assert_close(applied, gradient.clamp(-0.5, 0.5))


def test_clipping_by_value_comes_before_clipping_by_norm():
    gradient, applied, _ = one_sgd_step(clip_value=0.5, clip_norm=0.25)
    clamped = gradient.clamp(-0.5, 0.5)
    torch.testing.assert_close(applied, clamped * 0.25 / clamped.norm(), rtol=1e-5, atol=0)


def test_no_clipping_leaves_the_gradient():
    gradient, applied, logged = one_sgd_step()
    torch.testing.assert_close(applied, gradient)
    assert logged == pytest.approx(gradient.norm().item())


# --- validation --------------------------------------------------------------------------------------


def scripted(scores: list[float], model: nn.Module, seen: list[Tensor]):
    """A validation that gives these scores and remembers the weights it saw."""

    def validate() -> float:
        assert not model.training
        assert not torch.is_grad_enabled()
        seen.append(weights(model))
        return scores[len(seen) - 1]

    return validate


def test_early_stopping_restores_exactly_the_best_epoch():
    model, seen = linear(), []
    settings = replace(SETTINGS, epochs=50, patience=3)
    scores = [5.0, 3.0, 4.0, 3.0, 3.5, 1.0]
    history = train(model, Minibatches(*problem(), 8), squared, settings, validate=scripted(scores, model, seen))
    assert history.stopped == "early stopping"
    assert history.best_epoch == 2  # an equal score is no better
    assert [epoch.validation_loss for epoch in history.epochs] == scores[:5]
    assert torch.equal(weights(model), seen[1])
    assert not torch.equal(seen[1], seen[4])


def test_without_patience_the_best_epoch_is_restored_all_the_same():
    model, seen = linear(), []
    history = train(
        model, Minibatches(*problem(), 8), squared, SETTINGS, validate=scripted([3.0, 2.0, 9.0], model, seen)
    )
    assert (history.stopped, history.best_epoch) == ("finished", 2)
    assert torch.equal(weights(model), seen[1])


def test_buffers_are_restored_too():
    model = nn.Sequential(nn.BatchNorm1d(3, dtype=torch.float64), linear())
    means: list[Tensor] = []

    def validate() -> float:
        means.append(model[0].running_mean.clone())
        return float(len(means))

    train(model, Minibatches(*problem(), 8), squared, SETTINGS, validate=validate)
    assert torch.equal(model[0].running_mean, means[0])
    assert not torch.equal(means[0], means[1])


def test_patience_needs_validation():
    with pytest.raises(FrontalError, match=r"patience.*validate"):
        fitted(replace(SETTINGS, patience=2))


def test_a_validation_that_is_not_finite_stops_training_with_the_best_model():
    model, seen = linear(), []
    with pytest.raises(TrainingDiverged, match="validation loss after epoch 2 is nan") as caught:
        train(
            model,
            Minibatches(*problem(), 8),
            squared,
            SETTINGS,
            validate=scripted([1.0, float("nan")], model, seen),
        )
    assert torch.equal(weights(model), seen[0])
    assert caught.value.history.best_epoch == 1


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


# --- seeds and state ---------------------------------------------------------------------------------


def noisy() -> nn.Module:
    with seeded(1):
        return nn.Sequential(nn.Linear(3, 8), nn.Dropout(0.5), nn.Linear(8, 1))


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "rmsprop", "sgd"])
def test_the_same_seed_gives_the_same_bits(optimizer):
    inputs, targets = (t.float() for t in problem())

    def run(seed: int, disturb: int) -> Tensor:
        torch.manual_seed(disturb)
        model = noisy()
        settings = TrainingSettings(optimizer=optimizer, learning_rate=0.01, epochs=4, seed=seed)
        train(model, Minibatches(inputs, targets, 8), squared, settings)
        return weights(model)

    assert torch.equal(run(3, 0), run(3, 1))
    assert not torch.equal(run(3, 0), run(4, 0))


def test_the_global_generator_is_untouched():
    torch.manual_seed(5)
    before = torch.get_rng_state()
    inputs, targets = (t.float() for t in problem())
    train(noisy(), Minibatches(inputs, targets, 8), squared, SETTINGS)
    assert torch.equal(torch.get_rng_state(), before)
    with pytest.raises(TrainingDiverged):
        train(noisy(), [(inputs * float("nan"), targets)], squared, SETTINGS)
    assert torch.equal(torch.get_rng_state(), before)


def test_seeded_draws_what_a_fresh_generator_draws():
    with seeded(11):
        drawn = torch.rand(4)
    assert torch.equal(drawn, torch.rand(4, generator=torch.Generator().manual_seed(11)))


def test_modes_and_gradients_are_put_back():
    model = nn.Sequential(nn.Linear(3, 4), nn.Dropout(), nn.Linear(4, 1)).double()
    model.train()
    model[1].eval()
    train(model, Minibatches(*problem(), 8), squared, SETTINGS, validate=lambda: 1.0)
    assert [module.training for module in model.modules()] == [True, True, False, True]
    assert all(p.grad is None for p in model.parameters())


# --- batches and bad input ---------------------------------------------------------------------------


def test_batches_as_a_function_of_the_epoch():
    inputs, targets = problem()
    asked: list[int] = []

    def batches(epoch: int):
        asked.append(epoch)
        yield inputs, targets

    train(linear(), batches, squared, SETTINGS)
    assert asked == [1, 2, 3]


def test_minibatches_show_every_row_once_in_a_new_order():
    rows = torch.arange(10)
    batches = Minibatches(rows, rows * 2, 4)
    with seeded(0):
        passes = [list(batches), list(batches)]
    for batch_list in passes:
        assert [len(x) for x, _ in batch_list] == [4, 4, 2]
        assert len(batch_list) == len(batches) == 3
        assert sorted(torch.cat([x for x, _ in batch_list]).tolist()) == list(range(10))
        assert all(torch.equal(2 * x, y) for x, y in batch_list)
    assert not torch.equal(passes[0][0][0], passes[1][0][0])
    kept = Minibatches(rows, rows, 4, shuffle=False)
    assert torch.equal(torch.cat([x for x, _ in kept]), rows)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((torch.zeros(3), torch.zeros(4), 2), "got 3 and 4"),
        ((torch.zeros(0), torch.zeros(0), 2), "no rows"),
        ((torch.zeros(3), torch.zeros(3), 0), "batch_size"),
    ],
)
def test_minibatches_refuse(arguments, message):
    with pytest.raises(FrontalError, match=message):
        Minibatches(*arguments)


def once():
    yield problem()


@pytest.mark.parametrize(
    ("batches", "loss", "settings", "message"),
    [
        ([], squared, SETTINGS, "nothing to train on.*epoch 1"),
        (once(), squared, SETTINGS, "only once"),
        (3, squared, SETTINGS, "iterable or a function"),
        (lambda epoch: once(), squared, replace(SETTINGS, schedule="cosine"), "number of batches"),
        ([problem()], lambda m, x, y: m(x), SETTINGS, r"scalar tensor, got shape \(32, 1\)"),
        ([problem()], lambda m, x, y: 1.0, SETTINGS, "scalar tensor, got float"),
        ([problem()], lambda m, x, y: y.mean(), SETTINGS, "does not depend"),
    ],
)
def test_what_cannot_be_trained_says_why(batches, loss, settings, message):
    with pytest.raises(FrontalError, match=message):
        train(linear(), batches, loss, settings)


def test_a_model_without_parameters_is_refused():
    with pytest.raises(FrontalError, match="Tanh has no parameter"):
        train(nn.Tanh(), [problem()], squared, SETTINGS)
    with pytest.raises(FrontalError, match="Linear has no parameter"):
        train(linear().requires_grad_(False), [problem()], squared, SETTINGS)


def test_the_history_is_json_lines():
    model = linear()
    history = train(model, [problem()], squared, SETTINGS)
    lines = history.as_dicts()
    assert [line["epoch"] for line in lines] == [1, 2, 3]
    assert set(lines[0]) == {
        "epoch", "train_loss", "validation_loss", "learning_rate", "gradient_norm", "seconds",
    }  # fmt: skip
    assert lines[0]["train_loss"] == pytest.approx(squared(linear(), *problem()).item())
    assert lines[0]["validation_loss"] is None
    assert lines[0]["seconds"] > 0
