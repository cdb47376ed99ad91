"""The gradients of a cell against finite differences; each check raises `Broken` with what it found."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from frontal.diagnostics.contract_subject import Subject, inputs, leaves_of, need, run, total, weighted_sum, zeros


def differences(which: str) -> Callable[[Subject], None]:
    """Return the check of the gradients of x, of the states or of the parameters, along a random direction."""

    def check(subject: Subject) -> None:
        cell = subject.cell()
        tensors = leaves_of(cell, which)
        gradients = torch.autograd.grad(
            total(cell, which, tensors), list(tensors.values()), allow_unused=True, materialize_grads=True
        )
        for (name, tensor), gradient in zip(tensors.items(), gradients, strict=True):
            direction, step = torch.randn_like(tensor), 1e-6
            with torch.no_grad():
                ahead, behind = (total(cell, which, {**tensors, name: tensor + s * step * direction}) for s in (1, -1))
            found, expected = (gradient * direction).sum(), (ahead - behind) / (2 * step)
            near = torch.isclose(found, expected, rtol=1e-4, atol=1e-6)
            need(
                bool(near),
                f"the gradient of {name} is {found:.6g} along a direction, finite differences give {expected:.6g}",
            )

    return check


def all_learn(subject: Subject) -> None:
    """A gradient reaches every parameter."""
    cell = subject.cell()
    tensors = leaves_of(cell, "parameters")
    if not tensors:
        return
    found = torch.autograd.grad(total(cell, "parameters", tensors), list(tensors.values()), allow_unused=True)
    dead = [name for name, gradient in zip(tensors, found, strict=True) if gradient is None or not gradient.any()]
    need(not dead, f"no gradient reaches {', '.join(dead)}")


def second(subject: Subject) -> None:
    """The gradient of the gradient of x agrees with finite differences."""
    cell = subject.cell()
    x = inputs(cell, 3, 2).requires_grad_()
    direction, other, step = torch.randn_like(x), torch.randn_like(x), 1e-5

    def slope(x: Tensor) -> Tensor:
        (gradient,) = torch.autograd.grad(weighted_sum(run(cell, x, zeros(cell, 2))), x, create_graph=True)
        return (gradient * other).sum()

    first = slope(x)
    found = torch.zeros(())
    if first.requires_grad:
        (second,) = torch.autograd.grad(first, x, allow_unused=True, materialize_grads=True)
        found = (second * direction).sum()
    ahead, behind = (slope((x + s * step * direction).detach().requires_grad_()).detach() for s in (1, -1))
    expected = (ahead - behind) / (2 * step)
    near = torch.isclose(found.double(), expected, rtol=1e-3, atol=1e-6)
    need(bool(near), f"the gradient of the gradient is {found:.6g} along a direction, differences give {expected:.6g}")
