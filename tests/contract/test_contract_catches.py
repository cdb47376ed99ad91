"""Each property catches cells, and runs along the sequence, that break it."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis.errors import Flaky
from torch import Tensor
from torch.autograd.gradcheck import GradcheckError

from frontal.cell import Cell
from frontal.compiler import reference
from frontal.compiler.choose import Choice
from frontal.errors import FrontalError
from frontal.layers import stack

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
from .properties import PROPERTIES

CAUGHT = (AssertionError, GradcheckError, FrontalError, Flaky)
run = reference.run


class NotesTheFirstStep(Sound):
    """Steps before and after the first call differ: a part of a run is not a run."""

    seen = False

    def step(self, x: Tensor, h: Tensor) -> Tensor:
        h = h if self.seen else 2 * h
        self.seen = True
        return super().step(x, h)


class Unregistered(Sound):
    def __init__(self) -> None:
        super().__init__()
        self.scale = torch.rand(self.hidden_size, dtype=torch.float64)

    def step(self, x: Tensor, h: Tensor) -> Tensor:
        return self.scale * super().step(x, h)


class ReturnsFloat32(Sound):
    def step(self, x: Tensor, h: Tensor) -> Tensor:
        return super().step(x, h).float()


class PeeksBeyond(Sound):
    """Reads the whole tensor of which its input is a view."""

    def step(self, x: Tensor, h: Tensor) -> Tensor:
        whole = x if x._base is None else x._base
        return super().step(x, h) + 0 * whole.detach().sum()


class Noisy(Sound):
    def step(self, x: Tensor, h: Tensor) -> Tensor:
        return super().step(x, h) * (1 + 1e-9 * torch.randn_like(h))


BROKEN_CELLS = [
    ("shapes", TooWide),
    ("shapes", OneStateTooMany),
    ("gradients", Detached),
    ("second_gradients", FirstGradientOnly),
    ("lengths", SeesBatchSize),
    ("reset", NotesTheFirstStep),
    ("reset", SecretMemory),
    ("chunks", NotesTheFirstStep),
    ("chunks", SecretMemory),
    ("save_and_load", Unregistered),
    ("float64", ReturnsFloat32),
    ("float64", RoundsToFloat32),
    ("padding", PeeksBeyond),
    ("rows", SeesBatchMean),
    ("deterministic", Noisy),
]


def zeros(cell, x, states):
    """Return the given states, or zeros."""
    return states or cell.initial_states(x.shape[1], x)


def masked_by_product(cell, x, states, *, lengths=None, reset=None, reverse=False):
    """Computes the padding as well and multiplies it by zero."""
    T, B, _ = x.shape
    states = zeros(cell, x, states)
    live = torch.ones(T, B, dtype=torch.bool)
    if lengths is not None:
        live = torch.arange(T)[:, None] < lengths
    outputs: list[Tensor] = [x] * T
    for t in reversed(range(T)) if reverse else range(T):
        m = live[t][:, None].to(x.dtype)
        new = cell(x[t], *states)
        states = tuple(m * n + (1 - m) * s for n, s in zip(new, states, strict=True))
        outputs[t] = m * new[0]
    return torch.stack(outputs), states


def masked_by_choice(cell, x, states, *, lengths=None, reset=None, reverse=False):
    """Computes the padding as well and picks: values are right, gradients become NaN."""
    T, B, _ = x.shape
    states = zeros(cell, x, states)
    live = torch.ones(T, B, dtype=torch.bool) if lengths is None else torch.arange(T)[:, None] < lengths
    outputs: list[Tensor] = [x] * T
    for t in reversed(range(T)) if reverse else range(T):
        new = cell(x[t], *states)
        states = tuple(torch.where(live[t][:, None], n, s) for n, s in zip(new, states, strict=True))
        outputs[t] = torch.where(live[t][:, None], new[0], torch.zeros_like(new[0]))
    return torch.stack(outputs), states


def final_is_last_output(cell, x, states, **call):
    """Takes the states at step T whatever the lengths."""
    outputs, finals = run(cell, x, states, **call)
    return outputs, (outputs[-1], *finals[1:])


def padding_not_cleared(cell, x, states, **call):
    outputs, finals = run(cell, x, states, **call)
    return outputs + 1e-6 * (outputs == 0), finals


def resets_one_step_late(cell, x, states, *, reset=None, **call):
    return run(cell, x, states, reset=None if reset is None else reset.roll(1, 0), **call)


def resets_as_if_forwards(cell, x, states, *, reset=None, reverse=False, **call):
    """Backwards, clears the state before the step that begins instead of after it."""
    if reset is not None and reverse:
        reset = torch.cat([torch.zeros_like(reset[:1]), reset[:-1]])
    return run(cell, x, states, reset=reset, reverse=reverse, **call)


def forgets_given_states(cell, x, states, **call):
    return run(cell, x, cell.initial_states(x.shape[1], x), **call)


def cuts_gradient_of_states(cell, x, states, **call):
    return run(cell, x, tuple(s.detach() for s in zeros(cell, x, states)), **call)


BROKEN_RUNS = [
    ("padding", masked_by_product),
    ("padding", masked_by_choice),
    ("lengths", final_is_last_output),
    ("lengths", padding_not_cleared),
    ("reset", resets_one_step_late),
    ("reset", resets_as_if_forwards),
    ("chunks", forgets_given_states),
    ("gradients", cuts_gradient_of_states),
]


@pytest.fixture
def run_by(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[..., Any]], None]:
    """Let every layer run its cells by another function."""

    def use(other: Callable[..., Any]) -> None:
        monkeypatch.setattr(stack, "choose", lambda *_: Choice("reference", "a test", other))

    return use


@pytest.mark.parametrize("name", PROPERTIES)
def test_the_sound_cell_passes(name: str):
    PROPERTIES[name](Sound)


@pytest.mark.parametrize(("name", "cell"), BROKEN_CELLS)
def test_a_broken_cell_is_caught(name: str, cell: type[Cell], run_by: Callable[..., None]):
    run_by(run)
    with pytest.raises(CAUGHT):
        PROPERTIES[name](cell)


@pytest.mark.parametrize(("name", "broken"), BROKEN_RUNS)
def test_a_broken_run_is_caught(name: str, broken: Callable[..., Any], run_by: Callable[..., None]):
    run_by(broken)
    with pytest.raises(CAUGHT):
        PROPERTIES[name](Sound)


def test_every_property_catches_a_broken_cell():
    assert {name for name, _ in BROKEN_CELLS} == set(PROPERTIES)
