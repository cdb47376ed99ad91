"""The loop against closed forms, by formula, and under every kind of end."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from problems import SETTINGS, closed_form, fitted, linear, problem, squared, weights
from torch import Tensor, nn

from frontal.errors import FrontalError
from frontal.training.batches import Minibatches
from frontal.training.history import TrainingDiverged
from frontal.training.loop import train
from frontal.training.seed import seeded
from frontal.training.settings import TrainingSettings

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
    "clip_adaptive": {"clip_adaptive": 0.01},
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
