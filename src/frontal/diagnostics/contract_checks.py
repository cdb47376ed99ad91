"""What every cell must keep, one function a check; each raises `Broken` with what it found."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from frontal.cell import Cell
from frontal.diagnostics.contract_subject import (
    Broken,
    Subject,
    gradients,
    inputs,
    leaves_of,
    need,
    program_of,
    run,
    same,
    same_gradients,
    same_result,
    some_states,
    total,
    weighted_sum,
    zeros,
)
from frontal.layers import Recurrent


def _built(subject: Subject) -> None:
    cell = subject.make()
    if not isinstance(cell, Cell):
        raise Broken(f"it is a {type(cell).__name__}, not a frontal.Cell")
    subject.name = type(cell).__name__
    need(
        {n: p.shape for n, p in cell.named_parameters()} == {n: p.shape for n, p in subject.make().named_parameters()},
        "two cells with the same sizes have different parameters",
    )


def _states(subject: Subject) -> None:
    cell = subject.cell()
    names, sizes = cell.states, cell.state_sizes
    need(isinstance(names, tuple) and bool(names), f'states must be a tuple of names such as ("h",), got {names!r}')
    need(len(set(names)) == len(names), f"a state's name comes twice in {names}")
    need(len(sizes) == len(names), f"{len(names)} states are named, state_sizes has {len(sizes)}")
    need(all(isinstance(n, int) and n >= 1 for n in sizes), f"state_sizes must be whole numbers >= 1, got {sizes}")


def _returns(subject: Subject) -> None:
    cell = subject.cell()
    for B in (1, 5):
        states = tuple(torch.randn(B, size, dtype=torch.float64) for size in cell.state_sizes)
        new = cell(torch.randn(B, cell.input_size, dtype=torch.float64), *states)
        need(len(new) == len(states), f"step returns {len(new)} states, {len(states)} are named: {cell.states}")
        for name, old, state in zip(cell.states, states, new, strict=True):
            need(
                state.shape == old.shape, f"{name} goes in as {tuple(old.shape)} and comes out as {tuple(state.shape)}"
            )
            need(state.dtype == old.dtype, f"{name} goes in as {old.dtype} and comes out as {state.dtype}")


def _shapes(subject: Subject) -> None:
    cell = subject.cell()
    for T, B in ((1, 1), (5, 3), (2, 1)):
        outputs, finals = run(cell, inputs(cell, T, B))
        need(outputs.shape == (T, B, cell.output_size), f"outputs are {tuple(outputs.shape)} for T = {T}, B = {B}")
        same("the first state after the last step and the last output", finals[0], outputs[-1], 0)


def _double(subject: Subject) -> None:
    cell = subject.cell()
    x = inputs(cell, 3, 8)
    outputs, _ = run(cell, x)
    need(
        not torch.equal(outputs, run(cell, x * (1 + 1e-12))[0]),
        "a change of 1e-12 in the input is lost: something on the way is float32, or the input is not used",
    )


def _narrow(dtype: torch.dtype) -> Callable[[Subject], None]:
    def check(subject: Subject) -> None:
        cell = subject.cell(dtype)
        outputs, finals = run(cell, inputs(cell, 3, 2).to(dtype))
        for name, tensor in zip(("the outputs", *cell.states), (outputs, *finals), strict=True):
            need(tensor.dtype == dtype, f"{name} come out as {tensor.dtype}")
            need(bool(tensor.isfinite().all()), f"{name} are not finite")

    return check


def _deterministic(subject: Subject) -> None:
    cell = subject.cell()
    x, states = inputs(cell, 4, 2), some_states(cell, 2)
    same_result("twice the same input", run(cell, x, states), run(cell, x, states), 0)


def _untouched(subject: Subject) -> None:
    cell = subject.cell()
    given = (inputs(cell, 1, 3)[0], *some_states(cell, 3))
    before = [tensor.clone() for tensor in given]
    with torch.no_grad():
        cell(*given)
    for name, old, tensor in zip(("x", *cell.states), before, given, strict=True):
        need(torch.equal(old, tensor), f"step changes {name} in place; write x = x + 1, not x += 1")


def _chunks(subject: Subject) -> None:
    cell = subject.cell()
    x, states = inputs(cell, 7, 2), some_states(cell, 2)
    whole, pieces, copies = run(cell, x, states), [], [deepcopy(cell) for _ in range(3)]
    for part, chunk in zip(copies, x.split((3, 1, 3)), strict=True):
        piece, states = run(part, chunk, states)
        pieces.append(piece)
    same_result("the sequence in three parts and in one", (torch.cat(pieces), states), whole)


def _rows(subject: Subject) -> None:
    cell = subject.cell()
    x = inputs(cell, 4, 3)
    other = x.clone()
    other[:, 1:] = torch.randn_like(other[:, 1:])
    same("a sequence beside others", run(cell, x)[0][:, 0], run(cell, other)[0][:, 0])


def _alone(subject: Subject) -> None:
    cell = subject.cell()
    x, states = inputs(cell, 4, 3), some_states(cell, 3)
    together, _ = run(cell, x, states)
    for b in range(3):
        alone, _ = run(cell, x[:, b : b + 1], tuple(s[b : b + 1] for s in states))
        same("a sequence alone and in a batch", alone[:, 0], together[:, b])


def _lengths(subject: Subject) -> None:
    cell, lengths = subject.cell(), (2, 5, 1)
    x, states = inputs(cell, 5, 3), some_states(cell, 3)
    outputs, finals = run(cell, x, states, lengths=torch.tensor(lengths))
    for b, n in enumerate(lengths):
        alone, alone_finals = run(cell, x[:n, b : b + 1], tuple(s[b : b + 1] for s in states))
        same("a shorter sequence alone and in a batch", alone[:, 0], outputs[:n, b])
        for one, all_ in zip(alone_finals, finals, strict=True):
            same("the states after a shorter sequence", one[0], all_[b])


def _padding(subject: Subject) -> None:
    cell, lengths = subject.cell(), torch.tensor([2, 5, 1])
    clean = inputs(cell, 5, 3)
    dirty = clean.clone()
    for b, n in enumerate(lengths.tolist()):
        dirty[n:, b] = torch.nan
    of_clean, of_dirty = (gradients(cell, x, lengths=lengths) for x in (clean, dirty))
    same_gradients("NaN behind the end of a sequence", of_dirty, of_clean, 0)


def _reset(subject: Subject) -> None:
    cell = subject.cell()
    x, states = inputs(cell, 6, 1), some_states(cell, 1)
    marks = torch.zeros(6, 1, dtype=torch.bool)
    marks[3] = True
    joint, _ = run(cell, x, states, reset=marks)
    zeros = tuple(torch.zeros_like(s) for s in states)
    same("the part before a reset", joint[:3], run(cell, x[:3], states)[0])
    same("the part after a reset and one from zero states", joint[3:], run(cell, x[3:], zeros)[0])


def _reverse(subject: Subject) -> None:
    cell = subject.cell()
    x, states = inputs(cell, 5, 2), some_states(cell, 2)
    backwards, finals = run(cell, x, states, reverse=True)
    flipped, flipped_finals = run(cell, x.flip(0), states)
    same_result(
        "backwards and forwards on the flipped sequence", (backwards.flip(0), finals), (flipped, flipped_finals)
    )


def _copies(subject: Subject) -> None:
    cell = subject.cell()
    copy, x = deepcopy(cell), inputs(cell, 3, 2)
    before = run(cell, x)
    same_result("a deep copy", run(copy, x), before, 0)
    with torch.no_grad():
        for parameter in copy.parameters():
            parameter.zero_()
    same_result("after its copy has changed, the cell", run(cell, x), before, 0)


def _saved(subject: Subject) -> None:
    saved, other = subject.cell(), subject.cell()
    x = inputs(saved, 4, 2)
    with TemporaryDirectory() as folder:
        file = Path(folder) / "cell.safetensors"
        save_file({name: tensor.contiguous() for name, tensor in saved.state_dict().items()}, file)
        other.load_state_dict(load_file(file))
    same_result(
        "saved and loaded; a tensor that is neither parameter nor buffer is lost: register_buffer", run(other, x),
        run(saved, x), 0,
    )  # fmt: skip


def _differences(which: str) -> Callable[[Subject], None]:
    """Check the gradients of x, of the states or of the parameters along a random direction."""

    def check(subject: Subject) -> None:
        cell = subject.cell()
        tensors = leaves_of(cell, which)
        gradients = torch.autograd.grad(
            total(cell, tensors), list(tensors.values()), allow_unused=True, materialize_grads=True
        )
        for (name, tensor), gradient in zip(tensors.items(), gradients, strict=True):
            direction, step = torch.randn_like(tensor), 1e-6
            with torch.no_grad():
                ahead, behind = (total(cell, {**tensors, name: tensor + s * step * direction}) for s in (1, -1))
            found, expected = (gradient * direction).sum(), (ahead - behind) / (2 * step)
            near = torch.isclose(found, expected, rtol=1e-4, atol=1e-6)
            need(
                bool(near),
                f"the gradient of {name} is {found:.6g} along a direction, finite differences give {expected:.6g}",
            )

    return check


def _all_learn(subject: Subject) -> None:
    cell = subject.cell()
    tensors = leaves_of(cell, "parameters")
    if not tensors:
        return
    found = torch.autograd.grad(total(cell, tensors), list(tensors.values()), allow_unused=True)
    dead = [name for name, gradient in zip(tensors, found, strict=True) if gradient is None or not gradient.any()]
    need(not dead, f"no gradient reaches {', '.join(dead)}: unused, or cut off by detach, no_grad or a constant")


def _second(subject: Subject) -> None:
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


def _long(subject: Subject) -> None:
    cell = subject.cell()
    outputs, _ = run(cell, inputs(cell, 1000, 1))
    finite = outputs.isfinite().flatten(1).all(1)
    need(
        bool(finite.all()),
        f"the output is not finite from step {int((~finite).nonzero()[0, 0]) if not finite.all() else 0} on",
    )


def _empty(subject: Subject) -> None:
    cell = subject.cell()
    outputs, _ = run(cell, inputs(cell, 3, 0))
    need(outputs.shape == (3, 0, cell.output_size), f"a batch of no sequences gives {tuple(outputs.shape)}")


def _traced(subject: Subject) -> None:
    program_of(subject.cell())


def _kernel_values(subject: Subject) -> None:
    cell = subject.cell()
    program_of(cell)
    for T, B in ((1, 1), (7, 3)):
        x, states = inputs(cell, T, B), some_states(cell, B)
        same_result("kernel and loop", run(cell, x, states, backend="cpu"), run(cell, x, states))


def _kernel_gradients(subject: Subject) -> None:
    cell = subject.cell()
    program_of(cell)
    x = inputs(cell, 6, 3)
    same_gradients("kernel and loop", gradients(cell, x, backend="cpu"), gradients(cell, x))


def _kernel_options(subject: Subject) -> None:
    cell = subject.cell()
    program_of(cell)
    x, marks = inputs(cell, 6, 3), torch.rand(6, 3) < 0.3
    for reverse in (False, True):
        call: Any = {"lengths": torch.tensor([6, 1, 4]), "reset": marks, "reverse": reverse}
        same_gradients("kernel and loop", gradients(cell, x, backend="cpu", **call), gradients(cell, x, **call))


def _stream(subject: Subject) -> None:
    cell = subject.cell()
    x = inputs(cell, 5, 2)
    stream = Recurrent(cell).stream(2)
    steps = torch.stack([stream.step(x_t) for x_t in x])
    same("step by step and all at once", steps, Recurrent(cell)(x)[0].detach())


CHECKS: dict[str, Callable[[Subject], None]] = {
    "is built": _built,
    "names its states": _states,
    "step returns states like those it is given": _returns,
    "outputs have the sizes that it declares": _shapes,
    "float64 stays float64": _double,
    "float32 stays float32": _narrow(torch.float32),
    "bfloat16 stays bfloat16": _narrow(torch.bfloat16),
    "eval mode is deterministic": _deterministic,
    "step leaves its input as it is": _untouched,
    "the state is all that it remembers": _chunks,
    "sequences of a batch do not see each other": _rows,
    "the batch size makes no difference": _alone,
    "unequal lengths": _lengths,
    "padding is never read": _padding,
    "a reset is a new start": _reset,
    "backwards is forwards on the flipped sequence": _reverse,
    "copies share nothing": _copies,
    "saved and loaded it is the same": _saved,
    "gradient of the input": _differences("x"),
    "gradients of the states": _differences("states"),
    "gradients of the parameters": _differences("parameters"),
    "every parameter learns": _all_learn,
    "gradient of the gradient": _second,
    "finite over 1000 steps": _long,
    "a batch of no sequences": _empty,
    "a kernel can be written": _traced,
    "the kernel computes what the step does": _kernel_values,
    "so do its gradients, every one": _kernel_gradients,
    "lengths, resets and direction in the kernel": _kernel_options,
    "step by step as a stream": _stream,
}
