"""What no kernel can be written for runs in the loop, with one warning that names line and operation."""

import inspect
import warnings
from typing import Any

import pytest
import torch
from torch import Tensor

import frontal
from frontal.cell import Cell
from frontal.compiler import choose as choosing

from .zoo import Mixed


class Decides(Mixed):
    def step(self, x: Tensor, h: Tensor) -> Tensor:
        if h.sum() > 1e9:  # HERE
            return h
        return torch.tanh(self.w(x) + self.u(h))


class TakesANumber(Mixed):
    def step(self, x: Tensor, h: Tensor) -> Tensor:
        scale = h.abs().max().item() + 1  # HERE
        return torch.tanh(self.w(x) + self.u(h)) / scale


class Sorts(Mixed):
    def step(self, x: Tensor, h: Tensor) -> Tensor:
        return torch.tanh(self.w(x) + self.u(h.sort(-1).values))  # HERE


class Inverts(Mixed):
    def step(self, x: Tensor, h: Tensor) -> Tensor:
        a = h[:, :, None] * h[:, None, :] + torch.eye(self.hidden_size)
        return torch.tanh(self.w(x) + torch.linalg.solve(a, h))  # HERE


class MixesTheBatch(Mixed):
    def step(self, x: Tensor, h: Tensor) -> Tensor:
        return torch.tanh(self.w(x) + self.u(h - h.mean(0)))  # HERE


class CentresTheBatch(Mixed):
    def step(self, x: Tensor, h: Tensor) -> Tensor:
        return torch.tanh(self.w(x - x.mean(0)) + self.u(h))  # HERE


class Rounds(Mixed):
    def step(self, x: Tensor, h: Tensor) -> Tensor:
        return torch.tanh(self.w(x) + self.u(h.half().to(h.dtype)))  # HERE


class RoundsToWholeNumbers(Mixed):
    def step(self, x: Tensor, h: Tensor) -> Tensor:
        return torch.tanh(self.w(x) + self.u(h) + (3 * h).to(torch.int64))  # HERE


class LeavesTorch(Mixed):
    def step(self, x: Tensor, h: Tensor) -> Tensor:
        size = x.detach().numpy().shape[-1]  # HERE
        return torch.tanh(self.w(x) + self.u(h)) / size


class CountsItsCalls(Mixed):
    calls = 0

    def step(self, x: Tensor, h: Tensor) -> Tensor:
        self.calls += 1
        return torch.tanh(self.w(x) + self.u(h)) / self.calls  # HERE


class DividesByTheBatch(Mixed):
    def step(self, x: Tensor, h: Tensor) -> Tensor:
        return torch.tanh(self.w(x) + self.u(h)) / len(x)  # HERE


class ChangesItsState(Mixed):
    def step(self, x: Tensor, h: Tensor) -> Tensor:
        with torch.no_grad():
            h.mul_(0.5)  # HERE
        return torch.tanh(self.w(x) + self.u(h))


class Clipped(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        return x * 1  # HERE

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        return gradients[0].clamp(-1, 1)


class OwnGradient(Mixed):
    def step(self, x: Tensor, h: Tensor) -> Tensor:
        return Clipped.apply(torch.tanh(self.w(x) + self.u(h)))  # type: ignore[return-value]


class Hooked(Mixed):
    def step(self, x: Tensor, h: Tensor) -> Tensor:
        new = torch.tanh(self.w(x) + self.u(h))
        if new.requires_grad:
            new.register_hook(lambda gradient: gradient.clamp(-1, 1))  # HERE
        return new


CELLS: dict[type[Cell], str] = {
    Decides: "torch.where",
    TakesANumber: "torch.where",
    Sorts: "sort",
    Inverts: "solve",
    MixesTheBatch: "",
    CentresTheBatch: "",
    Rounds: "float16",
    RoundsToWholeNumbers: "int64",
    LeavesTorch: "numpy",
    CountsItsCalls: "must not count its calls",
    DividesByTheBatch: "calculate with the batch size",
    ChangesItsState: "out of place",
    OwnGradient: "Clipped",
    Hooked: "register_hook",
}
cells = pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.__name__)


@pytest.fixture(autouse=True)
def nobody_is_warned_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choosing, "_warned", set())
    torch.manual_seed(0)


def line_of(cell: type[Cell]) -> str:
    """File and line of the mark in a class, or in the function that it uses."""
    source = Clipped if cell is OwnGradient else cell
    lines, first = inspect.getsourcelines(source)
    return f"{__file__}:{first + next(k for k, line in enumerate(lines) if '# HERE' in line)}"


@cells
def test_one_warning_names_line_and_operation(cell: type[Cell]):
    made = cell(3, 4)
    x = torch.randn(5, 2, 3)
    with pytest.warns(UserWarning, match=f"{cell.__name__} runs on the slow reference loop") as caught:
        frontal.Recurrent(made)(x)
    assert len(caught) == 1 and line_of(cell) in str(caught[0].message) and CELLS[cell] in str(caught[0].message)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        frontal.Recurrent(made)(x)
        frontal.Recurrent(cell(3, 4))(x)


@cells
def test_asked_for_by_name_it_is_an_error(cell: type[Cell]):
    with pytest.raises(frontal.FrontalError, match=f'backend="cpu" cannot run {cell.__name__}: ') as caught:
        frontal.Recurrent(cell(3, 4), backend="cpu")(torch.randn(5, 2, 3))
    assert line_of(cell) in str(caught.value)


@pytest.mark.parametrize("cell", [Decides, TakesANumber, Sorts, MixesTheBatch, OwnGradient, Hooked])
@pytest.mark.filterwarnings("ignore:.*slow reference loop")
def test_the_loop_gives_what_the_step_says(cell: type[Cell]):
    made, x = cell(3, 4), torch.randn(5, 2, 3, requires_grad=True)
    outputs = [frontal.Recurrent(made, backend=backend)(x)[0] for backend in ("auto", "reference")]
    gradients = [torch.autograd.grad(y.square().sum(), x)[0] for y in outputs]
    assert torch.equal(*outputs) and torch.equal(*gradients)


@cells
@pytest.mark.filterwarnings("ignore:.*slow reference loop")
def test_explain_says_the_same(cell: type[Cell]):
    text = str(frontal.Recurrent(cell(3, 4)).explain(torch.randn(5, 2, 3)))
    assert "backend: reference" in text and line_of(cell) in text


def test_a_step_that_fails_by_itself_fails_as_it_is():
    class Wrong(Mixed):
        def step(self, x: Tensor, h: Tensor) -> Tensor:
            return self.w(h) + h

    with pytest.warns(UserWarning, match="failed while it was traced"), pytest.raises(RuntimeError, match="multiplied"):
        frontal.Recurrent(Wrong(3, 4))(torch.randn(5, 2, 3))
