"""A network that learned a text with planted URLs shows, by itself, the unit that watches them."""

from __future__ import annotations

import random

import pytest

from frontal import FrontalError
from frontal.tasks.language_model import LanguageModel
from frontal.tasks.look import neurons_run, read_run
from frontal.training.progress import SilentProgress

TEXT = "the rain falls on a river and old trees grow near its banks while birds sing about summer"
WORDS = TEXT.split()


def planted(lines: int) -> str:
    """Lines of words, every other one with an address in it."""
    chance = random.Random(0)

    def line() -> str:
        words: list[str] = [chance.choice(WORDS) for _ in range(9)]
        if chance.random() < 0.5:
            path = "".join(chance.choices("abcdefgh0123456789", k=chance.randint(6, 14)))
            words.insert(chance.randrange(9), f"http://www.{chance.choice(WORDS)}.org/{path}")
        return " ".join(words) + ".\n"

    return "".join(line() for _ in range(lines))


@pytest.fixture(scope="module")
def model() -> LanguageModel:
    return LanguageModel(hidden=64, embedding=16, epochs=6, learning_rate=0.01, test=0.0).fit(planted(1500))


def test_the_unit_of_planted_urls_is_found(model: LanguageModel) -> None:
    found = neurons_run(model, planted(1500), signals=None, most=20_000, progress=SilentProgress())
    best = found.of("inside a URL")
    assert best.area >= 0.9
    assert abs(best.control - 0.5) < 0.05
    reading = read_run(model, planted(200), signal=best.signal, unit=best.unit, most=2000, progress=SilentProgress())
    text = "".join(symbol.text for symbol in reading.symbols)
    inside = [s.value * best.sign for k, s in enumerate(reading.symbols) if "http" in text[max(0, k - 12) : k + 1]]
    outside = [s.value * best.sign for k, s in enumerate(reading.symbols) if "http" not in text[max(0, k - 45) : k + 1]]
    assert sum(inside) / len(inside) > sum(outside) / len(outside) + 0.2


def test_without_a_number_the_unit_that_changes_most_is_read(model: LanguageModel) -> None:
    readings = [
        read_run(model, planted(9), signal="h", unit=unit, most=300, progress=SilentProgress())
        for unit in (None, *range(64))
    ]
    changes = [
        sum(abs(a.value - b.value) * r.limit for a, b in zip(r.symbols, r.symbols[1:], strict=False)) for r in readings
    ]
    assert changes[0] == max(changes)


def test_too_few_steps(model: LanguageModel) -> None:
    with pytest.raises(FrontalError, match="1 steps are too few"):
        read_run(model, planted(9), signal="h", unit=1, most=1, progress=SilentProgress())
