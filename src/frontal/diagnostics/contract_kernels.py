"""The kernels written for a cell against the step itself; each check raises `Broken` with what it found."""

from __future__ import annotations

from typing import Any

import torch

from frontal.cell import Cell
from frontal.compiler.choose import choose
from frontal.diagnostics.contract_subject import (
    Broken,
    Subject,
    gradients,
    inputs,
    need,
    run,
    same_gradients,
    same_result,
    some_states,
)


def traced(subject: Subject) -> None:
    """A kernel can be written."""
    choice = choose(subject.cell(), "auto")
    need(choice.program is not None, choice.reason)


def values(subject: Subject) -> None:
    """The kernel computes what the loop does."""
    cell = _with_kernel(subject)
    for T, B in ((1, 1), (7, 3)):
        x, states = inputs(cell, T, B), some_states(cell, B)
        same_result("kernel and loop", run(cell, x, states, backend="cpu"), run(cell, x, states))


def kernel_gradients(subject: Subject) -> None:
    """So do its gradients, every one by name."""
    cell = _with_kernel(subject)
    x = inputs(cell, 6, 3)
    same_gradients("kernel and loop", gradients(cell, x, backend="cpu"), gradients(cell, x))


def options(subject: Subject) -> None:
    """So it does with lengths, resets and NaN in the padding, in both directions."""
    cell = _with_kernel(subject)
    clean, marks = inputs(cell, 6, 3), torch.rand(6, 3) < 0.3
    dirty = clean.clone()
    dirty[1:, 1] = dirty[4:, 2] = torch.nan
    for reverse in (False, True):
        call: Any = {"lengths": torch.tensor([6, 1, 4]), "reset": marks, "reverse": reverse}
        same_gradients("kernel and loop", gradients(cell, dirty, backend="cpu", **call), gradients(cell, clean, **call))


def _with_kernel(subject: Subject) -> Cell:
    cell = subject.cell()
    if choose(cell, "auto").program is None:
        raise Broken("there is no kernel to check")
    return cell
