"""Every setting is checked, by name, and free of torch."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import fields

import pytest

from frontal.errors import FrontalError
from frontal.training.schedule import learning_rate
from frontal.training.settings import TrainingSettings

BAD = {
    "optimizer": ["adamm", 3],
    "learning_rate": [0, -1e-3, float("nan"), float("inf"), "fast", None, True],
    "weight_decay": [-1, float("nan"), None],
    "schedule": ["cosin", None],
    "warmup_steps": [-1, 1.5, True],
    "epochs": [0, 2.0, None],
    "batch_size": [0, -3, "32"],
    "clip_norm": [0, -1, float("inf")],
    "clip_value": [0.0, "1"],
    "clip_adaptive": [0.0, "1"],
    "patience": [0, 1.5],
    "seed": [-1, 2**63, None],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in BAD.items() for value in values])
def test_a_bad_value_is_refused_by_name(name, value):
    with pytest.raises(FrontalError, match=name):
        TrainingSettings(**{name: value})


@pytest.mark.parametrize("value", [-0.1, 1.0, float("nan")])
def test_momentum_is_below_one(value):
    with pytest.raises(FrontalError, match="momentum"):
        TrainingSettings(optimizer="sgd", momentum=value)


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "rmsprop"])
def test_momentum_belongs_to_sgd(optimizer):
    with pytest.raises(FrontalError, match="sgd"):
        TrainingSettings(optimizer=optimizer, momentum=0.9)


def test_the_step_schedule_needs_its_two_settings_and_no_other_takes_them():
    with pytest.raises(FrontalError, match="step_factor"):
        TrainingSettings(schedule="step", step_epochs=3)
    with pytest.raises(FrontalError, match="step_epochs"):
        TrainingSettings(schedule="step", step_factor=0.5)
    with pytest.raises(FrontalError, match="step_epochs"):
        TrainingSettings(schedule="cosine", step_epochs=3)
    with pytest.raises(FrontalError, match="step_factor"):
        TrainingSettings(schedule="step", step_epochs=3, step_factor=1.5)


def test_an_unknown_name_is_answered_with_the_nearest():
    with pytest.raises(FrontalError, match="did you mean 'rmsprop'"):
        TrainingSettings(optimizer="rmspropp")  # pyright: ignore[reportArgumentType]


def test_the_settings_do_not_import_torch():
    code = "import sys, frontal.training.settings; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_every_public_name_exists():
    import frontal.training as room

    for name in room.__all__:
        assert getattr(room, name).__name__ == name
    assert set(room.__all__) == set(room._MODULES)
    with pytest.raises(AttributeError):
        _ = room.nothing


def test_every_setting_is_tested_to_matter():
    """`test_training_loop.py::test_every_setting_does_something` goes through this list."""
    from test_training_loop import CHANGES

    assert set(CHANGES) == {field.name for field in fields(TrainingSettings)}


def test_schedules_by_formula():
    from math import cos, pi

    cosine = TrainingSettings(learning_rate=0.2, schedule="cosine", epochs=4)
    linear = TrainingSettings(learning_rate=0.2, schedule="linear", epochs=4)
    step = TrainingSettings(learning_rate=0.2, schedule="step", step_epochs=2, step_factor=0.5, epochs=6)
    warm = TrainingSettings(learning_rate=0.2, warmup_steps=4)
    assert learning_rate(cosine, 0, 1, 0.0) == 0.2
    assert learning_rate(cosine, 5, 2, 0.5) == pytest.approx(0.1 * (1 + cos(pi * 1.5 / 4)))
    assert learning_rate(cosine, 8, 3, 0.0) == pytest.approx(0.1)
    assert learning_rate(cosine, 99, 4, 1.0) == pytest.approx(0.0, abs=1e-15)
    assert learning_rate(linear, 5, 2, 0.5) == pytest.approx(0.2 * 2.5 / 4)
    assert [learning_rate(step, 0, epoch) for epoch in range(1, 7)] == [0.2, 0.2, 0.1, 0.1, 0.05, 0.05]
    assert [learning_rate(warm, n, 1) for n in range(6)] == pytest.approx([0.05, 0.1, 0.15, 0.2, 0.2, 0.2])
