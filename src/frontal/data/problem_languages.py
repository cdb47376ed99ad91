"""Problems of formal languages: a state must be kept exactly, however long the sequence is."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Generator, Tensor

from frontal.data.problem import Drawn, Problem, one_hot

SHORT, LONG = (1, 40), 500  # lengths for training and for testing
DEPTH = 8  # most brackets open at once
DELETANG = "Delétang et al. 2023, Neural networks and the Chomsky hierarchy; asked at every step here"

# accepting states, then for each state where 0 and 1 lead; state 0 is the first one (Tomita 1982)
TOMITA: dict[int, tuple[set[int], list[tuple[int, int]]]] = {
    1: ({0}, [(1, 0), (1, 1)]),
    2: ({0}, [(2, 1), (0, 2), (2, 2)]),
    3: ({0, 1, 3}, [(0, 1), (2, 0), (3, 4), (2, 1), (4, 4)]),
    4: ({0, 1, 2}, [(1, 0), (2, 0), (3, 0), (3, 3)]),
    5: ({0}, [(1, 2), (0, 3), (3, 0), (2, 1)]),
    6: ({0}, [(2, 1), (0, 2), (1, 0)]),
    7: ({0, 1, 2, 3}, [(0, 1), (2, 1), (2, 3), (4, 3), (4, 4)]),
}
LANGUAGE = {
    1: "only ones",
    2: "pairs 10, any number",
    3: "no odd run of zeros after an odd run of ones",
    4: "no three zeros in a row",
    5: "an even number of zeros, and of ones",
    6: "as many zeros as ones, modulo three",
    7: "0*1*0*1*",
}


def _parity(generator: Generator, size: int, length: int) -> Drawn:
    bits = torch.randint(2, (length, size), generator=generator)
    return _everywhere(one_hot(bits, 2), bits.cumsum(0) % 2)


def _cycle(generator: Generator, size: int, length: int) -> Drawn:
    moves = torch.randint(3, (length, size), generator=generator)  # stay, on, back
    return _everywhere(one_hot(moves, 3), torch.tensor([0, 1, -1])[moves].cumsum(0) % 5)


def _arithmetic(generator: Generator, size: int, length: int) -> Drawn:
    """Digits 0 .. 4 with +, - and × between them; the value so far modulo 5, asked after each digit."""
    digits = torch.randint(5, (length, size), generator=generator)
    signs = torch.randint(3, (length, size), generator=generator)
    is_digit = torch.arange(length)[:, None] % 2 == 0
    symbols = torch.where(is_digit, digits, 5 + signs)
    total, product = torch.zeros(size, dtype=torch.long), torch.ones(size, dtype=torch.long)  # value: total + product
    values: list[Tensor] = []
    for t in range(length):
        if t % 2 == 0:
            product = product * digits[t] % 5
        else:
            plus, minus = signs[t] == 0, signs[t] == 1
            total = torch.where(plus | minus, (total + product) % 5, total)
            product = torch.where(plus, 1, torch.where(minus, 4, product))  # 4 is -1
        values.append((total + product) % 5)
    return Drawn(one_hot(symbols, 8), torch.stack(values), is_digit.expand(length, size))


def _dyck(kinds: int) -> Callable[[Generator, int, int], Drawn]:
    """Brackets of some kinds, opened and closed at random: which one must close next? Class 0 is none."""

    def draw(generator: Generator, size: int, length: int) -> Drawn:
        opens = torch.rand(length, size, generator=generator) < 0.5
        which = torch.randint(kinds, (length, size), generator=generator)
        stack = torch.zeros(DEPTH + 1, size, dtype=torch.long)  # kinds from 1; row 0 stays 0
        depth, columns = torch.zeros(size, dtype=torch.long), torch.arange(size)
        symbols, answers = [], []
        for t in range(length):
            opening = (opens[t] | (depth == 0)) & (depth < DEPTH)
            top = stack[depth, columns]
            symbols.append(torch.where(opening, which[t], kinds + top - 1))
            depth = depth + torch.where(opening, 1, -1)
            stack[depth, columns] = torch.where(opening, which[t] + 1, stack[depth, columns])
            answers.append(stack[depth, columns])
        return _everywhere(one_hot(torch.stack(symbols), 2 * kinds), torch.stack(answers))

    return draw


def _tomita(number: int) -> Callable[[Generator, int, int], Drawn]:
    """Bits; is what was read so far in the language? Three quarters of the steps avoid what can never be in it."""
    accepting, table = TOMITA[number]
    following = torch.tensor(table)  # (states, 2)
    dead = torch.tensor([s not in accepting and set(row) == {s} for s, row in enumerate(table)])
    accepts = torch.tensor([s in accepting for s in range(len(table))])

    def draw(generator: Generator, size: int, length: int) -> Drawn:
        wild = torch.rand(size, generator=generator) < 0.25
        state, bits, answers = torch.zeros(size, dtype=torch.long), [], []
        for _ in range(length):
            bit = torch.randint(2, (size,), generator=generator)
            lost = dead[following[state, bit]] & ~wild
            bit = torch.where(lost, 1 - bit, bit)
            state = following[state, bit]
            bits.append(bit)
            answers.append(accepts[state].long())
        return _everywhere(one_hot(torch.stack(bits), 2), torch.stack(answers))

    return draw


def _everywhere(inputs: Tensor, targets: Tensor) -> Drawn:
    return Drawn(inputs, targets, torch.ones(targets.shape, dtype=torch.bool))


PROBLEMS = (
    Problem(
        "parity", "Is the number of ones so far odd?", DELETANG, "classes", 2, 2, SHORT, LONG, 1, 0.5, 0.999, _parity,
    ),
    Problem(
        "modular-arithmetic", "What is the value so far modulo 5, × before + and -?", f"{DELETANG}, without brackets",
        "classes", 8, 5, SHORT, LONG, 1, 0.2, 0.999, _arithmetic,
    ),
    Problem(
        "cycle", "Where on a circle of five is one after these moves?", DELETANG, "classes", 3, 5, SHORT, LONG, 1, 0.2,
        0.999, _cycle,
    ),
    Problem(
        "dyck-1", "Is a bracket open?", f"Dyck's language, at most {DEPTH} deep", "classes", 2, 2, SHORT, LONG, 1, 0.93,
        0.999, _dyck(1),
    ),
    Problem(
        "dyck-2", "Which bracket must close next?", f"Dyck's language of two kinds, at most {DEPTH} deep", "classes", 4,
        3, SHORT, LONG, 1, 0.47, 0.999, _dyck(2),
    ),
    *(
        Problem(
            f"tomita-{number}", f"Is it so far in the language: {LANGUAGE[number]}?", f"Tomita 1982, grammar {number}",
            "classes", 2, 2, SHORT, LONG, 1, chance, 0.999, _tomita(number),
        )
        for number, chance in ((1, 0.75), (2, 0.63), (3, 0.57), (4, 0.77), (5, 0.75), (6, 0.67), (7, 0.76))
    ),
)  # fmt: skip
