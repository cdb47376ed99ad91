"""What every task's settings accept, refuse and give back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import pytest

from frontal.errors import FrontalError
from frontal.training.task_settings import TaskSettings


@dataclass(frozen=True)
class Settings(TaskSettings):
    units: int = 4
    rate: float | None = 0.1
    part: float = 0.5
    names: tuple[str, ...] = ()
    mode: Literal["sum", "mean"] | None = None
    title: str | None = None
    quick: bool = False
    preset: str | None = None

    presets: ClassVar = {"large": {"units": 512, "mode": "mean"}}
    least: ClassVar = {"units": 1}
    positive: ClassVar = ("rate",)
    parts: ClassVar = ("part",)


def test_texts_are_read_as_the_type_of_the_field():
    made = Settings.from_options(units="8", rate="none", names="a, b", mode="sum", title="none", quick="on")
    assert made == Settings(units=8, rate=None, names=("a", "b"), mode="sum", title="none", quick=True)


def test_a_preset_is_overridden_by_what_is_given():
    assert Settings.from_options("large", units=3) == Settings(units=3, mode="mean", preset="large")


def test_saved_and_read_again():
    made = Settings(names=("a", "b"), mode="mean")
    assert Settings.from_dict(made.to_dict()) == made
    assert made.replace(units=9).units == 9


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"units": 0}, "units must be at least 1, got 0"),
        ({"units": True}, "units=True: expected a whole number"),
        ({"units": "many"}, "units='many': expected a whole number"),
        ({"rate": 0}, "rate must be greater than 0, got 0"),
        ({"part": 1}, "part must be at least 0 and below 1, got 1"),
        ({"mode": "men"}, "mode='men'; did you mean 'mean'"),
        ({"names": "a", "title": 3}, "title=3: expected a text or none"),
        ({"unit": 3}, "unknown setting 'unit'; did you mean 'units'"),
        ({"preset": "larg"}, "unknown preset 'larg'; did you mean 'large'"),
    ],
)
def test_what_cannot_be_used_is_said(given, said):
    with pytest.raises(FrontalError, match=said):
        Settings.from_options(**given)


def test_unknown_names_in_saved_settings():
    with pytest.raises(FrontalError, match="unknown names: colour"):
        Settings.from_dict({"colour": "red"})
