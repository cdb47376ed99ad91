"""Every problem's answers, beside slow ones."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Generator

from frontal.data.problem import TEST_SEED, Drawn
from frontal.data.problem_digits import read_idx
from frontal.data.problem_dynamics import lorenz, mackey_glass, narma10
from frontal.data.problems import PROBLEMS, problem
from frontal.errors import FrontalError

NEEDS_FILES = {"digits-by-row", "digits-by-point"}
DRAWN = [name for name in PROBLEMS if name not in NEEDS_FILES]


def drawn(name: str, size: int = 8, length: int = 30, seed: int = 0) -> Drawn:
    return problem(name).batch(Generator().manual_seed(seed), size, length)


def symbols(example: Drawn) -> list[list[int]]:
    """The symbols of each sequence."""
    return example.inputs.argmax(-1).T.tolist()


@pytest.mark.parametrize("name", DRAWN)
def test_shapes_and_seeds(name: str):
    about = problem(name)
    for size, length in ((1, about.shortest), (5, about.shortest + 3), (3, 24)):
        example = drawn(name, size, length)
        T = len(example.inputs)
        assert length <= T and example.inputs.shape == (T, size, about.inputs) and example.inputs.dtype == torch.float32
        expected = (T, size) if about.answers == "classes" else (T, size, about.outputs)
        assert example.targets.shape == expected and example.asked.shape == (T, size) and example.asked.any()
        if about.answers == "classes":
            assert example.targets.min() >= 0 and example.targets.max() < about.outputs
    one, same, other = drawn(name), drawn(name), drawn(name, seed=1)
    assert torch.equal(one.inputs, same.inputs) and torch.equal(one.targets, same.targets)
    assert not torch.equal(one.inputs, other.inputs)


@pytest.mark.parametrize("name", DRAWN)
def test_chance_is_what_the_most_frequent_or_the_nearest_answer_gets(name: str):
    about = problem(name)
    example = about.batch(Generator().manual_seed(TEST_SEED), 2000, about.test_length)
    answers = example.targets[example.asked]
    if about.answers == "classes":
        chance = torch.bincount(answers).max().item() / len(answers)
    elif name in ("mackey-glass", "lorenz"):
        chance = (example.inputs[example.asked] - answers).square().mean().item()
    else:
        chance = answers.var(0).item()
    assert chance == pytest.approx(about.chance, rel=0.05, abs=0.02)


def test_adding():
    example = drawn("adding")
    numbers, marks = example.inputs.unbind(-1)
    assert (marks.sum(0) == 2).all() and (marks[:15].sum(0) == 1).all()
    torch.testing.assert_close(example.targets[-1, :, 0], (numbers * marks).sum(0))


@pytest.mark.parametrize("name", ["copy", "selective-copy"])
def test_recall(name: str):
    example = drawn(name)
    for sequence, answers, asked in zip(symbols(example), example.targets.T, example.asked.T, strict=True):
        shown = [s for s in sequence[:-10] if s < 8]
        assert len(shown) == 10 == asked.sum() and sequence[-10] == 9 and sequence[-9:] == [8] * 9
        assert answers[asked].tolist() == shown


def test_temporal_order_and_menu():
    example = drawn("temporal-order")
    for sequence, answer in zip(symbols(example), example.targets[-1].tolist(), strict=True):
        first, second = (s for s in sequence if s < 2)
        assert answer == 2 * first + second
    example = drawn("menu")
    assert example.targets[-1].tolist() == [sequence[0] for sequence in symbols(example)]


def value(text: str) -> int:
    """The value modulo 5 of digits with +, - and * between them."""
    total = 0
    for sign, product in re.findall(r"([+-]?)([\d*]+)", text):
        factor = 1
        for digit in product.split("*"):
            factor *= int(digit)
        total += -factor if sign == "-" else factor
    return total % 5


def dyck(sequence: list[int], kinds: int) -> list[int]:
    stack, answers = [0], []
    for symbol in sequence:
        if symbol < kinds:
            stack.append(symbol + 1)
        else:
            assert stack.pop() == symbol - kinds + 1  # the right one closes
        answers.append(stack[-1])
    return answers


ANSWERS: dict[str, Callable[[list[int]], list[int]]] = {
    "parity": lambda s: [sum(s[: k + 1]) % 2 for k in range(len(s))],
    "cycle": lambda s: [sum((0, 1, -1)[m] for m in s[: k + 1]) % 5 for k in range(len(s))],
    "modular-arithmetic": lambda s: [value("".join("01234+-*"[c] for c in s[: k + 1])) for k in range(0, len(s), 2)],
    "dyck-1": lambda s: dyck(s, 1),
    "dyck-2": lambda s: dyck(s, 2),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_states_that_are_kept(name: str):
    example = drawn(name, 20, 60)
    for sequence, targets, asked in zip(symbols(example), example.targets.T, example.asked.T, strict=True):
        assert targets[asked].tolist() == ANSWERS[name](sequence)


def odd_runs(text: str) -> bool:
    """Whether an odd run of zeros follows an odd run of ones; a run at the end is over."""
    return bool(re.search(r"(?<!1)1(11)*0(00)*(?!0)", text))


TOMITA: dict[int, Callable[[str], bool]] = {
    1: lambda w: bool(re.fullmatch("1*", w)),
    2: lambda w: bool(re.fullmatch("(10)*", w)),
    3: lambda w: not odd_runs(w),
    4: lambda w: "000" not in w,
    5: lambda w: w.count("0") % 2 == 0 and w.count("1") % 2 == 0,
    6: lambda w: (w.count("0") - w.count("1")) % 3 == 0,
    7: lambda w: bool(re.fullmatch("0*1*0*1*", w)),
}


@pytest.mark.parametrize("number", TOMITA)
def test_tomita(number: int):
    example = drawn(f"tomita-{number}", 40, 25)
    for sequence, targets in zip(symbols(example), example.targets.T.tolist(), strict=True):
        word = "".join(map(str, sequence))
        assert targets == [TOMITA[number](word[: k + 1]) for k in range(len(word))], word


def test_mackey_glass_follows_its_equation():
    """Over one unit of time the change is the integral of the slope, by Simpson's rule on finer values."""
    x = mackey_glass(60, 2, Generator().manual_seed(0))
    assert x.shape == (60, 2) and x.min() > 0.2 and x.max() < 1.5
    slope = 0.2 * x[:-17] / (1 + x[:-17] ** 10) - 0.1 * x[17:]  # at whole times, 17 units after the delayed value
    change = x[18:] - x[17:-1]
    trapezium = (slope[1:] + slope[:-1]) / 2
    torch.testing.assert_close(change, trapezium, atol=0.01, rtol=0.05)


def test_lorenz_follows_its_equation():
    """From any point Euler's method in much finer steps comes to the next one."""
    x = lorenz(400, 4, Generator().manual_seed(0))
    assert x.shape == (400, 4, 3) and x[..., 2].min() > 0 and x[..., 0].abs().max() < 25
    state, fine = x[:-1], 2000
    for _ in range(fine):
        a, b, c = state.unbind(-1)
        state = state + 0.02 / fine * torch.stack([10 * (b - a), a * (28 - c) - b, a * b - 8 / 3 * c], -1)
    torch.testing.assert_close(x[1:], state, atol=2e-3, rtol=1e-4)


def test_narma10():
    u, y = narma10(50, 3, Generator().manual_seed(0))
    assert u.min() >= 0 and u.max() <= 0.5
    for t in range(10, 49):
        expected = 0.3 * y[t] + 0.05 * y[t] * sum(y[t - i] for i in range(10)) + 1.5 * u[t - 9] * u[t] + 0.1
        torch.testing.assert_close(y[t + 1], expected)


def test_digits(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, data_dir: Path):
    monkeypatch.setenv("FRONTAL_DATA", str(data_dir))
    rows, points = problem("digits-by-row"), problem("digits-by-point")
    one, other = (p.batch(Generator().manual_seed(3), 4, p.test_length) for p in (rows, points))
    assert one.inputs.shape == (28, 4, 28) and other.inputs.shape == (784, 4, 1)
    assert torch.equal(one.inputs.transpose(0, 1).reshape(4, -1), other.inputs[:, :, 0].T)
    assert torch.equal(one.targets[-1], other.targets[-1])
    tested = rows.batch(Generator().manual_seed(TEST_SEED + 3), 4, 28)
    assert not torch.equal(tested.inputs, one.inputs)


def test_files_that_are_no_digits_are_told(tmp_path: Path):
    path = tmp_path / "train-images-idx3-ubyte"
    path.write_bytes(b"not it")
    with pytest.raises(FrontalError, match="is no IDX file of bytes"):
        read_idx(path)
    path.write_bytes(b"\x00\x00\x08\x01\x00\x00\x00\x05abc")
    with pytest.raises(FrontalError, match="its length 11"):
        read_idx(path)


def test_wrong_input_is_told():
    with pytest.raises(FrontalError, match="no problem is named 'paritty'; did you mean 'parity'"):
        problem("paritty")
    with pytest.raises(FrontalError, match="selective-copy: length must be a whole number >= 10, got 3"):
        drawn("selective-copy", 2, 3)
    with pytest.raises(FrontalError, match="size must be a whole number >= 1, got 0"):
        drawn("parity", 0)
    with pytest.raises(FrontalError, match="length must be below 2000"):
        drawn("lorenz", 2, 2000)
