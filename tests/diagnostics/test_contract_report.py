"""`check_cell` passes every published cell, and a broken one fails the checks that it should."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn.functional import linear

from frontal.cell import Cell, GatedCell
from frontal.cells import catalogue
from frontal.diagnostics.contract import check_cell
from frontal.diagnostics.contract_checks import CHECKS


class Sound(GatedCell):
    """Each cell below spoils one thing of this one."""

    gates = ("h",)

    def step(self, x: Tensor, h: Tensor) -> Any:
        return torch.tanh(linear(x, self.weight_ih, self.bias_ih) + linear(h, self.weight_hh, self.bias_hh))


class TwoNames(Sound):
    states = ("h", "h")


class TooWide(Sound):
    def step(self, x: Tensor, h: Tensor) -> Tensor:
        return super().step(x, h).repeat(1, 2)


class OneStateTooMany(Sound):
    def step(self, x: Tensor, h: Tensor) -> tuple[Tensor, Tensor]:
        return (super().step(x, h),) * 2


class Detached(Sound):
    def step(self, x: Tensor, h: Tensor) -> Tensor:
        return super().step(x, 0.5 * h + 0.5 * h.detach())


class DeadWeight(Sound):
    def add_own_weights(self, **factory: Any) -> None:
        self.add_weight("unused", 3, **factory)


class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        return gradients[0] * 2 * ctx.saved_tensors[0].detach()


class FirstGradientOnly(Sound):
    def step(self, x: Tensor, h: Tensor) -> Tensor:
        return super().step(Square.apply(x), h)  # type: ignore[arg-type]


class SeesBatchSize(Sound):
    def step(self, x: Tensor, h: Tensor) -> Tensor:
        return super().step(x, h) / len(x)


class SeesBatchMean(Sound):
    def step(self, x: Tensor, h: Tensor) -> Tensor:
        return super().step(x - x.mean(0), h)


class SecretMemory(Sound):
    secret = 0.0

    def step(self, x: Tensor, h: Tensor) -> Tensor:
        self.secret = 0.5 * self.secret + float(x.detach().mean())
        return super().step(x + self.secret, h)


class Unregistered(Sound):
    def add_own_weights(self, **factory: Any) -> None:
        self.scale = torch.rand(self.hidden_size, dtype=torch.float64)

    def step(self, x: Tensor, h: Tensor) -> Tensor:
        return (self.scale.to(h.dtype) * super().step(x, h)).to(h.dtype)


class RoundsToFloat32(Sound):
    def step(self, x: Tensor, h: Tensor) -> Tensor:
        return super().step(x.float().to(x.dtype), h)


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


class Fails(Sound):
    def step(self, x: Tensor, h: Tensor) -> Tensor:
        raise KeyError("nothing works")


BROKEN: list[tuple[type[Cell], set[str]]] = [
    (TwoNames, {"names its states"}),
    (TooWide, {"step returns states like those it is given"}),
    (OneStateTooMany, {"step returns states like those it is given"}),
    (Detached, {"gradients of the states"}),
    (DeadWeight, {"every parameter learns"}),
    (FirstGradientOnly, {"gradient of the gradient", "a kernel can be written"}),
    (SeesBatchSize, {"the batch size makes no difference", "a kernel can be written"}),
    (SeesBatchMean, {"sequences of a batch do not see each other"}),
    (SecretMemory, {"the state is all that it remembers", "eval mode is deterministic"}),
    (Unregistered, {"saved and loaded it is the same"}),
    (RoundsToFloat32, {"float64 stays float64"}),
    (InPlace, {"step leaves its input as it is"}),
    (Grows, {"finite over 1000 steps"}),
    (Noisy, {"eval mode is deterministic"}),
    (Branches, {"a kernel can be written"}),
]
UNTRACEABLE = {name for name in CHECKS if "kernel" in name or name == "so do its gradients, every one"}


def failed(make: Callable[[], Cell]) -> dict[str, str]:
    return {row.name: row.found for row in check_cell(make).failures}


@pytest.mark.parametrize("name", sorted(catalogue()))
def test_published_cells_pass(name: str):
    assert failed(lambda: catalogue()[name](3, 4)) == {}


@pytest.mark.parametrize(("cell", "names"), BROKEN, ids=lambda value: getattr(value, "__name__", ""))
def test_a_broken_cell_fails_where_it_is_broken(cell: type[Cell], names: set[str]):
    assert names <= set(failed(lambda: cell(3, 4)))


def test_a_cell_that_only_branches_fails_nothing_but_the_kernels():
    found = failed(lambda: Branches(3, 4))
    assert set(found) == UNTRACEABLE
    assert "test_contract_report.py:" in found["a kernel can be written"]


def test_the_dead_parameter_is_named():
    assert "unused" in failed(lambda: DeadWeight(3, 4))["every parameter learns"]


def test_whatever_a_step_raises_is_a_row_and_no_crash():
    found = failed(lambda: Fails(3, 4))
    assert len(found) > 20 and "KeyError: 'nothing works'" in found["eval mode is deterministic"]


def test_what_cannot_be_built_is_the_only_row():
    def make() -> Cell:
        raise ValueError("no sizes today")

    report = check_cell(make)
    assert [row.found for row in report.rows] == ["ValueError: no sizes today"] and not report.passed


def test_the_report_reads_as_a_table():
    lines = str(check_cell(lambda: Sound(3, 4))).splitlines()
    assert len(lines) == len(CHECKS) + 1 >= 21
    assert lines[-1] == f"Sound passes {len(CHECKS)} of {len(CHECKS)} checks"
    assert all(line.startswith("ok") for line in lines[:-1])


def test_it_leaves_random_numbers_and_settings_as_they_were():
    torch.manual_seed(3)
    before = torch.get_rng_state()
    check_cell(lambda: Sound(3, 4))
    assert torch.equal(torch.get_rng_state(), before)


def test_each_check_is_announced():
    said: list[str] = []
    check_cell(lambda: Sound(3, 4), say=said.append)
    assert said == list(CHECKS)
