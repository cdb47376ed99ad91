"""Problems of memory: something is seen, something else follows, and the first is asked for."""

from __future__ import annotations

import torch
from torch import Generator, Tensor

from frontal.data.problem import Drawn, Problem, one_hot, only_last

SYMBOLS, RECALLED = 8, 10  # kinds, and how many are to be remembered
BLANK, GO = SYMBOLS, SYMBOLS + 1


def _adding(generator: Generator, size: int, length: int) -> Drawn:
    """Numbers in 0 .. 1 beside two marks, one in each half; the sum of the marked ones."""
    numbers = torch.rand(length, size, generator=generator)
    marks = torch.zeros(length, size)
    columns = torch.arange(size)
    half = length // 2
    for first, stop in ((0, half), (half, length)):
        marks[torch.randint(first, stop, (size,), generator=generator), columns] = 1
    total = (numbers * marks).sum(0)
    return Drawn(torch.stack([numbers, marks], -1), total.expand(length, size)[..., None], only_last(length, size))


def _copy(generator: Generator, size: int, length: int) -> Drawn:
    """Ten symbols, `length` blanks, a sign to go, and the ten symbols are to be said."""
    symbols = torch.randint(SYMBOLS, (RECALLED, size), generator=generator)
    return _recall(symbols, torch.cat([symbols, torch.full((length, size), BLANK)]))


def _selective(generator: Generator, size: int, length: int) -> Drawn:
    """Ten symbols at any of `length` places among blanks, to be said in their order after a sign to go."""
    places = torch.rand(length, size, generator=generator).argsort(0)[:RECALLED].sort(0).values
    symbols = torch.randint(SYMBOLS, (RECALLED, size), generator=generator)
    return _recall(symbols, torch.full((length, size), BLANK).scatter(0, places, symbols))


def _recall(symbols: Tensor, shown: Tensor) -> Drawn:
    """Let what is shown be followed by the sign to go, and by blanks while the symbols are asked for."""
    size = shown.shape[1]
    signs = torch.cat([torch.full((1, size), GO), torch.full((RECALLED - 1, size), BLANK)])
    inputs = torch.cat([shown, signs])
    targets = torch.zeros_like(inputs)
    targets[-RECALLED:] = symbols
    asked = torch.zeros(inputs.shape, dtype=torch.bool)
    asked[-RECALLED:] = True
    return Drawn(one_hot(inputs, GO + 1), targets, asked)


def _order(generator: Generator, size: int, length: int) -> Drawn:
    """Two signs, each X or Y, among four distractors, after about a tenth and a half of the steps: which, in order?"""
    symbols = torch.randint(2, 6, (length, size), generator=generator)
    signs = torch.randint(2, (2, size), generator=generator)
    columns = torch.arange(size)
    for sign, tenth in zip(signs, (1, 5), strict=True):
        first, stop = tenth * length // 10, (tenth + 1) * length // 10
        symbols[torch.randint(first, stop, (size,), generator=generator), columns] = sign
    answer = (2 * signs[0] + signs[1]).expand(length, size)
    return Drawn(one_hot(symbols, 6), answer, only_last(length, size))


def _first(generator: Generator, size: int, length: int) -> Drawn:
    """A menu of `length` courses: after the last one, which was the first?"""
    dishes = torch.randint(SYMBOLS, (length, size), generator=generator)
    return Drawn(one_hot(dishes, SYMBOLS), dishes[0].expand(length, size), only_last(length, size))


PROBLEMS = (
    Problem(
        "adding", "What is the sum of the two marked numbers?",
        "Hochreiter & Schmidhuber 1997; chance is the variance of the sum, 1/6", "numbers", 2, 1, (100, 100), 100, 2,
        1 / 6, 1e-3, _adding,
    ),
    Problem(
        "copy", "Which ten symbols were shown before the blanks?",
        "Arjovsky, Shah & Bengio 2016; only the ten answers count here", "classes", GO + 1, SYMBOLS, (100, 100), 100, 1,
        1 / SYMBOLS, 0.99, _copy,
    ),
    Problem(
        "selective-copy", "Which ten symbols stood among the blanks, in their order?",
        "Gu & Dao 2023, with ten symbols of eight kinds", "classes", GO + 1, SYMBOLS, (60, 60), 60, RECALLED,
        1 / SYMBOLS, 0.99, _selective,
    ),
    Problem(
        "temporal-order", "In which order did the two signs come?",
        "Hochreiter & Schmidhuber 1997, problem 6a", "classes", 6, 4, (100, 100), 100, 10, 1 / 4, 0.99, _order,
    ),
    Problem(
        "menu", "What was the first course?",
        "the menu of the introductions; the recall problem of Bengio, Simard & Frasconi 1994", "classes", SYMBOLS,
        SYMBOLS, (60, 60), 60, 1, 1 / SYMBOLS, 0.99, _first,
    ),
)  # fmt: skip
