"""Pairs that a generator makes: dates, reversal, arithmetic. What is tested was never learned."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import numpy as np

from frontal.data.pairs import Pairs
from frontal.errors import FrontalError, did_you_mean

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
ENDINGS = {1: "st", 2: "nd", 3: "rd", 21: "st", 22: "nd", 23: "rd", 31: "st"}
FIRST, SPAN = date(1950, 1, 1), 36_524  # days: to the end of 2049
LETTERS = np.array(list("abcdefghijklmnopqrstuvwxyz"))
VALID = TEST = 500
HIGHEST = 99  # number in a sum

Draw = Callable[[np.random.Generator], tuple[str, str]]


def toy_pairs(name: str, *, count: int | None = None, seed: int = 0) -> Pairs:
    """Draw pairs with a split: `count` to learn, 500 for validation, 500 for the test, no source twice.

    Args:
        name: toy-dates: a date written in one of ten ways, and as 2026-11-21; toy-reversal: 1 to 12 letters,
            and the same backwards; toy-arithmetic: a sum or difference of numbers below 100, and its value.
        count: of the training part; by default as many as it takes to learn it.
        seed: of the draws.
    """
    if name not in TOYS:
        raise FrontalError(f"no toy is called {name!r}; {did_you_mean(name, TOYS)}")
    draw, usual, most = TOYS[name]
    count = usual if count is None else count
    if not 1 <= count <= most:
        raise FrontalError(f"{name} is drawn for 1 to {most} pairs to learn, got {count}")
    wanted, rng, found = count + VALID + TEST, np.random.default_rng(seed), dict[str, str]()
    while len(found) < wanted:
        found.setdefault(*draw(rng))
    split = ("test",) * TEST + ("valid",) * VALID + ("train",) * count
    return Pairs(name, tuple(found), tuple(found.values()), ("written", "meant"), split)


def _date(rng: np.random.Generator) -> tuple[str, str]:
    day = FIRST + timedelta(days=int(rng.integers(SPAN)))
    d, m, y = day.day, day.month, day.year
    month, name = MONTHS[m - 1], DAYS[day.weekday()]
    nth = f"{d}{ENDINGS.get(d, 'th')}"
    forms = (
        f"{d} {month} {y}", f"{month} {d}, {y}", f"{name}, {d} {month} {y}", f"{d}.{m}.{y}", f"{d:02}.{m:02}.{y}",
        f"{m}/{d}/{y}", f"{y}/{m:02}/{d:02}", f"{d}-{month[:3]}-{y}", f"{month[:3]} {nth}, {y}",
        f"the {nth} of {month} {y}",
    )  # fmt: skip
    return forms[rng.integers(len(forms))], day.isoformat()


def _reversal(rng: np.random.Generator) -> tuple[str, str]:
    text = "".join(rng.choice(LETTERS, rng.integers(1, 13)))
    return text, text[::-1]


def _arithmetic(rng: np.random.Generator) -> tuple[str, str]:
    a, b = (int(n) for n in rng.integers(HIGHEST + 1, size=2))
    return (f"{a}+{b}", str(a + b)) if rng.random() < 0.5 else (f"{a}-{b}", str(a - b))


TOYS: dict[str, tuple[Draw, int, int]] = {  # how a pair is drawn, how many are learned, and how many can be
    "toy-dates": (_date, 6_000, 100_000),
    "toy-reversal": (_reversal, 8_000, 100_000),
    "toy-arithmetic": (_arithmetic, 15_000, 17_000),
}
