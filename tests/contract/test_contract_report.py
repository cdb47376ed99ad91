"""`check_cell` passes every published cell, and a broken one fails the checks that it should."""

import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn.functional import linear

from frontal.cell import Cell
from frontal.cells import catalogue
from frontal.compiler.choose import Choice, Run, choose
from frontal.diagnostics import contract_subject
from frontal.diagnostics.contract import check_cell
from frontal.diagnostics.contract_checks import CHECKS
from frontal.diagnostics.contract_subject import Subject
from frontal.layers.wrapped import wrap

from .broken import (
    Detached,
    FirstGradientOnly,
    OneStateTooMany,
    RoundsToFloat32,
    SecretMemory,
    SeesBatchMean,
    SeesBatchSize,
    Sound,
    TooWide,
)


class TwoNames(Sound):
    states = ("h", "h")


class DeadWeight(Sound):
    def add_own_weights(self, **factory: Any) -> None:
        self.add_weight("unused", 3, **factory)


class Unregistered(Sound):
    def add_own_weights(self, **factory: Any) -> None:
        self.scale = torch.rand(self.hidden_size, dtype=torch.float64)

    def step(self, x: Tensor, h: Tensor) -> Tensor:
        return (self.scale.to(h.dtype) * super().step(x, h)).to(h.dtype)


class RoundsTheState(Sound):
    def step(self, x: Tensor, h: Tensor) -> Tensor:
        return super().step(x, h.float().to(h.dtype))


class MakesTensorsOfItsOwn(Sound):
    def step(self, x: Tensor, h: Tensor) -> Tensor:
        return super().step(x, h) + torch.ones(self.hidden_size)


class UsesNumpy(Sound):
    def step(self, x: Tensor, h: Tensor) -> Tensor:
        return super().step(x, h) + float(x.detach().float().numpy().shape[-1])


class RunsInDouble(Sound):
    def step(self, x: Tensor, h: Tensor) -> Tensor:
        return super().step(x, h).double()


class ClaimsAnotherSize(Sound):
    @property
    def output_size(self) -> int:
        return self.hidden_size + ("bias_hh" in self._parameters)  # the weights are made before


class IsItsOwnCopy(Sound):
    def __deepcopy__(self, memo: Any) -> Cell:
        return self


class CopiesToTheCPU(Sound):
    def step(self, x: Tensor, h: Tensor) -> Tensor:
        return super().step(x.cpu(), h)


class InPlace(Sound):
    def step(self, x: Tensor, h: Tensor) -> Tensor:
        with torch.no_grad():
            x += 1
        return super().step(x, h)


class Grows(Sound):
    def step(self, x: Tensor, h: Tensor) -> Tensor:
        return 3 * h + super().step(x, h)


class Noisy(Sound):
    def step(self, x: Tensor, h: Tensor) -> Tensor:
        return super().step(x, h) * (1 + 1e-3 * torch.randn_like(h))


class Branches(Sound):
    def step(self, x: Tensor, h: Tensor) -> Tensor:
        return super().step(x, h) if float(h.sum()) < 1e9 else h


class LoopsOverNumbers(Sound):
    def step(self, x: Tensor, h: Tensor) -> Tensor:
        while float(h.detach().abs().max()) > 0.5:
            h = 0.5 * h
        return super().step(x, h)


class Exits(Sound):
    def step(self, x: Tensor, h: Tensor) -> Tensor:
        sys.exit(3)


class NamedLikeStates(Cell):
    """Sound, though its parameters have the names of what `step` is given."""

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size)
        self.add_weight("h", hidden_size, hidden_size)
        self.add_weight("x", hidden_size, input_size)

    def step(self, x: Tensor, h: Tensor) -> Tensor:
        return torch.tanh(linear(x, self.x) + linear(h, self.h))


class Tied(NamedLikeStates):
    """One parameter under two names."""

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size)
        self.again = self.h

    def step(self, x: Tensor, h: Tensor) -> Tensor:
        return super().step(x, h) + linear(h * h, self.again)


class Fails(Sound):
    def step(self, x: Tensor, h: Tensor) -> Tensor:
        raise KeyError("nothing works")


KERNEL = "a kernel can be written"
OPTIONS = "lengths, resets and direction in the kernel"
KERNELS = {"the kernel computes what the step does", "so do its gradients, every one", OPTIONS}
NO_KERNEL = {KERNEL, *KERNELS}
BATCH = {"the batch size makes no difference", "unequal lengths"}
GRADIENTS = {
    "gradient of the input",
    "gradients of the states",
    "gradients of the parameters",
    "gradient of the gradient",
    "every parameter learns",
}
DTYPES = {"float64 stays float64", "float32 stays float32", "bfloat16 stays bfloat16"}
DEVICE, SAVED = "it works on the device of its input", "saved and loaded it is the same"
ROWS, NOISE, MEMORY = (
    "sequences of a batch do not see each other",
    "eval mode is deterministic",
    "the state is all that it remembers",
)
TWO_RUNS = {  # what compares one run with another
    NOISE, MEMORY, ROWS, SAVED, *BATCH, *GRADIENTS, *NO_KERNEL, "padding is never read", "a reset is a new start",
    "backwards is forwards on the flipped sequence", "copies share nothing", "step by step as a stream",
}  # fmt: skip
RUNS = set(CHECKS) - {"is built", "names its states", "float64 stays float64", DEVICE, "step leaves its input as it is"}

BROKEN: list[tuple[type[Cell], set[str], set[str]]] = [  # the checks that a cell must fail, and others that it may
    (TwoNames, set(CHECKS) - {"is built"}, set()),
    (TooWide, RUNS, set()),
    (OneStateTooMany, RUNS, {DEVICE}),
    (Detached, GRADIENTS - {"every parameter learns"}, set()),
    (DeadWeight, {"every parameter learns"}, set()),
    (FirstGradientOnly, {"gradient of the gradient", *NO_KERNEL}, set()),
    (SeesBatchSize, {*BATCH, *NO_KERNEL}, set()),
    (SeesBatchMean, {ROWS, *BATCH, *KERNELS}, {KERNEL, "step by step as a stream"}),
    (SecretMemory, {MEMORY, NOISE, ROWS, *BATCH, *NO_KERNEL}, TWO_RUNS),
    (Unregistered, {SAVED, DEVICE}, set()),
    (RoundsToFloat32, {"float64 stays float64"}, {*GRADIENTS, *KERNELS}),
    (RoundsTheState, {"float64 stays float64", KERNEL, *KERNELS}, set(GRADIENTS)),
    (MakesTensorsOfItsOwn, {"bfloat16 stays bfloat16", DEVICE}, set()),
    (RunsInDouble, {"float32 stays float32", "bfloat16 stays bfloat16"}, set()),
    (ClaimsAnotherSize, {"outputs have the sizes that it declares", "a batch of no sequences"}, set()),
    (IsItsOwnCopy, {"copies share nothing"}, set()),
    (CopiesToTheCPU, {DEVICE}, set()),
    (UsesNumpy, {DEVICE, *NO_KERNEL}, {"step by step as a stream"}),
    (InPlace, {"step leaves its input as it is", NOISE, MEMORY, *NO_KERNEL}, TWO_RUNS),
    (Grows, {"finite over 1000 steps"}, set()),
    (Noisy, {NOISE, MEMORY, *GRADIENTS, *KERNELS} - {"every parameter learns"}, TWO_RUNS),
    (Branches, NO_KERNEL, set()),
    (LoopsOverNumbers, {*BATCH, *NO_KERNEL, "a batch of no sequences"}, set()),
]


def failed(make: Callable[[], Cell]) -> dict[str, str]:
    return {row.name: row.found for row in check_cell(make).failures}


@pytest.mark.parametrize("name", sorted(catalogue()))
def test_published_cells_pass(name: str):
    assert failed(lambda: catalogue()[name](3, 4)) == {}


@pytest.mark.parametrize(("cell", "must", "may"), BROKEN, ids=[cell.__name__ for cell, _, _ in BROKEN])
def test_a_broken_cell_fails_where_it_is_broken_and_nowhere_else(cell: type[Cell], must: set[str], may: set[str]):
    found = set(failed(lambda: cell(3, 4)))
    assert must - found == set() and found - must - may == set()


def without(option: str) -> Callable[[Run], Run]:
    """Return what makes a loop ignore one of its options."""
    return lambda run: lambda *args, **call: run(*args, **{k: v for k, v in call.items() if k != option})


def inexact(run: Run) -> Run:
    """Return a loop that is a little off."""
    return lambda cell, x, *rest, **call: run(cell, x * (1 + 1e-6), *rest, **call)


def wrong_gradient(run: Run) -> Run:
    """Return a loop whose values are right."""
    return lambda cell, x, *rest, **call: run(cell, x + 1e-6 * (x - x.detach()), *rest, **call)


def reads_padding(run: Run) -> Run:
    """Return a loop that looks at every step, valid or not."""
    return lambda cell, x, *rest, **call: run(cell, x + 0 * x.sum(0), *rest, **call)


SPOILED: list[tuple[str, Callable[[Run], Run], set[str]]] = [
    ("reference", without("lengths"), {"unequal lengths", "padding is never read", OPTIONS}),
    ("reference", without("reset"), {"a reset is a new start", OPTIONS}),
    ("reference", without("reverse"), {"backwards is forwards on the flipped sequence", OPTIONS}),
    ("reference", reads_padding, {"padding is never read"}),
    ("cpu", reads_padding, {OPTIONS}),
    ("cpu", without("lengths"), {OPTIONS}),
    ("cpu", without("reset"), {OPTIONS}),
    ("cpu", without("reverse"), {OPTIONS}),
    ("cpu", inexact, KERNELS),
    ("cpu", wrong_gradient, KERNELS - {"the kernel computes what the step does"}),
]


@pytest.mark.parametrize(("backend", "spoil", "names"), SPOILED)
def test_a_loop_or_kernel_that_is_wrong_is_found(
    backend: str, spoil: Callable[[Run], Run], names: set[str], monkeypatch: pytest.MonkeyPatch
):
    def spoiled(cell: Cell, asked: Any = "auto", like: Any = None) -> Choice:
        choice = choose(cell, asked, like)
        return replace(choice, run=spoil(choice.run)) if asked == backend else choice

    monkeypatch.setattr(contract_subject, "choose", spoiled)
    assert set(failed(lambda: Sound(3, 4))) == names


def test_the_sets_above_name_checks_that_exist():
    assert set().union(*(must | may for _, must, may in BROKEN)) <= set(CHECKS)


@pytest.mark.parametrize("module", [torch.nn.LSTMCell, torch.nn.GRUCell])
def test_plain_modules_pass_and_keep_their_names(module: type[torch.nn.Module]):
    report = check_cell(lambda: wrap(module(3, 4)))
    assert report.cell == module.__name__ and report.passed


@pytest.mark.parametrize("cell", [NamedLikeStates, Tied])
@pytest.mark.parametrize("name", sorted({*GRADIENTS, "padding is never read", "float64 stays float64"}))
def test_names_and_ties_of_parameters_do_not_mislead_a_check(cell: type[Cell], name: str):
    torch.manual_seed(0)
    CHECKS[name].run(Subject(lambda: cell(3, 4)))


def test_what_cannot_be_traced_is_told_with_its_line_once():
    found = failed(lambda: Branches(3, 4))
    assert "test_contract_report.py:" in found[KERNEL] and "torch.where" in found[KERNEL]
    assert {found[name] for name in KERNELS} == {"there is no kernel to check"}


def test_every_failure_says_what_to_do():
    report = check_cell(lambda: MakesTensorsOfItsOwn(3, 4))
    assert all("x.new_zeros" in row.hint for row in report.failures) and report.failures
    assert all(not row.hint and not row.found for row in report.rows if row.passed)


def test_a_step_that_leaves_the_program_is_a_row_with_its_line():
    found = failed(lambda: Exits(3, 4))["eval mode is deterministic"]
    assert found.startswith("test_contract_report.py, line ") and found.endswith(": SystemExit: 3")


def test_the_dead_parameter_is_named():
    assert "unused" in failed(lambda: DeadWeight(3, 4))["every parameter learns"]


def test_whatever_a_step_raises_is_a_row_and_no_crash():
    found = failed(lambda: Fails(3, 4))
    assert len(found) > 20 and "KeyError: 'nothing works'" in found["eval mode is deterministic"]


def test_what_cannot_be_built_is_the_only_row():
    def make() -> Cell:
        raise ValueError("no sizes today")

    report = check_cell(make)
    (row,) = report.rows
    assert row.found.endswith(": ValueError: no sizes today") and not report.passed


def test_sizes_alone_decide_what_is_built():
    sizes = iter(range(4, 9))
    (row,) = check_cell(lambda: Sound(3, next(sizes))).rows
    assert row.found == "two cells with the same sizes have different parameters" and "super().__init__" in row.hint


def test_the_report_reads_as_a_table():
    lines = str(check_cell(lambda: Sound(3, 4))).splitlines()
    assert len(lines) == len(CHECKS) + 1 >= 21
    assert lines[-1] == f"Sound: all {len(CHECKS)} checks pass"
    assert all(line.endswith("  ok") for line in lines[:-1])


def test_the_report_says_each_thing_once():
    text = str(check_cell(lambda: Branches(3, 4)))
    assert text.count("  FAILS") == 4 and text.endswith(f"Branches: 4 of {len(CHECKS)} checks fail")
    assert text.count("  found: ") == text.count("  try:   ") == 2
    assert text.count("there is no kernel to check") == 1


def test_it_leaves_random_numbers_and_settings_as_they_were():
    torch.manual_seed(3)
    before = torch.get_rng_state()
    check_cell(lambda: Sound(3, 4))
    assert torch.equal(torch.get_rng_state(), before)


def test_each_check_is_announced():
    said: list[str] = []
    check_cell(lambda: Sound(3, 4), say=said.append)
    assert said == list(CHECKS)
