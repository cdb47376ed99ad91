"""Options and their help come from the settings dataclass."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from pathlib import Path

import pytest

from frontal.cli import VERBS, forecast, options
from frontal.cli.run_folder import run_name
from frontal.tasks.forecast_settings import ForecastSettings


@dataclass
class Settings:
    size: int = 3
    """how large,
    in boxes"""
    guess: str | None = None
    """what; default: guessed"""
    bare: float = 0.5
    flag: bool = True
    """on or off"""
    many: list[str] = field(default_factory=lambda: ["a"])
    """names"""
    none: int | None = None
    """a limit"""


def test_sentences_and_defaults() -> None:
    assert options.documented(Settings) == {
        "size": ("how large, in boxes", "(default: 3)"),
        "guess": ("what; default: guessed", ""),
        "bare": ("", "(default: 0.5)"),
        "flag": ("on or off", "(default: true)"),
        "many": ("names", "(default: ['a'])"),
        "none": ("a limit", "(default: none)"),
    }


def test_every_setting_stands_in_the_help_with_its_sentence() -> None:
    page = options.help_text(forecast.Options, "frontal forecast")
    words = " ".join(page.replace("│", " ").split())
    for name, (sentence, default) in options.documented(ForecastSettings).items():
        assert sentence, f"{name} has no docstring"
        assert sentence in words, name
        assert default in words, name


def test_every_option_has_help_and_a_default() -> None:
    page = options.help_text(forecast.Options, "frontal forecast")
    shown = " ".join(page.split("more settings")[0].replace("│", " ").split())
    for name in (each.name for each in fields(forecast.Options) if each.name != "data"):
        about = shown.split(f" --{name.replace('_', '-')} ")[-1].split(" --")[0]
        assert "default:" in about or "(repeatable)" in about, f"{name}: {about}"


def test_metavars_are_readable() -> None:
    page = options.help_text(forecast.Options, "frontal forecast")
    for text in (
        "DATA",
        "--target COL ",
        "--features COL,COL",
        "--horizon N ",
        "--cell NAME",
        "--out DIR ",
        "--json ",
    ):
        assert text in page
    assert not any(word in page for word in ("STR", "INT", "{None}", "None|"))


def test_what_was_chosen_is_text_and_nothing_else() -> None:
    given = options.parse(forecast.Options, "frontal forecast", ["x.csv", "--horizon=3", "--set", "batch-size=4"])
    assert options.chosen(ForecastSettings, given, given.set) == {"horizon": "3", "batch_size": "4"}


def test_a_value_may_contain_an_equals_sign_and_a_minus() -> None:
    given = options.parse(forecast.Options, "frontal forecast", ["-", "--target", "a=b", "--horizon", "-3"])
    assert (given.data, given.target, given.horizon) == ("-", "a=b", "-3")


@pytest.mark.parametrize("name", ["none", "None"])
def test_a_column_may_be_called_none(name: str) -> None:
    assert options.parse(forecast.Options, "frontal forecast", ["-", "--target", name]).target == name


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("airline", "airline"),
        ("-", "stdin"),
        ("/data/Sales 2024 (all).csv.gz", "Sales-2024-all"),
        ("../.hidden.csv", "hidden"),
        ("données.parquet", "données"),
        ("..", "data"),
    ],
)
def test_the_name_of_a_run(source: str, name: str) -> None:
    assert run_name(source) == name


def test_every_verb_has_its_file_and_the_other_way_round() -> None:
    folder = Path(forecast.__file__).parent
    files = {path.stem for path in folder.glob("*.py") if "class Options" in path.read_text(encoding="utf-8")}
    assert files == set(VERBS)
