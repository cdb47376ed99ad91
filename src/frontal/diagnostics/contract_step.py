"""What one step of a cell must keep; each check raises `Broken` with what it found."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from frontal.cell import Cell, bound
from frontal.diagnostics.contract_subject import (
    Broken,
    Subject,
    gradients,
    inputs,
    name_of,
    need,
    run,
    same,
    same_gradients,
    same_result,
    some_states,
    user_line,
)


def built(subject: Subject) -> None:
    """Two cells of the same sizes can be built, and have the same parameters."""
    cell = subject.make()
    if not isinstance(cell, Cell):
        raise Broken(f"it is a {type(cell).__name__}, not a frontal.Cell")
    subject.name = name_of(cell)
    need(
        {n: p.shape for n, p in cell.named_parameters()} == {n: p.shape for n, p in subject.make().named_parameters()},
        "two cells with the same sizes have different parameters",
    )


def named(subject: Subject) -> None:
    """States are named, each once, and have sizes."""
    cell = subject.cell()
    names, sizes = cell.states, cell.state_sizes
    need(isinstance(names, tuple) and bool(names), f'states must be a tuple of names such as ("h",), got {names!r}')
    need(len(set(names)) == len(names), f"a state's name comes twice in {names}")
    need(len(sizes) == len(names), f"{len(names)} states are named, state_sizes has {len(sizes)}")
    need(all(isinstance(n, int) and n >= 1 for n in sizes), f"state_sizes must be whole numbers >= 1, got {sizes}")


def returns(subject: Subject) -> None:
    """One step returns states like those it is given."""
    cell = subject.cell()
    for B in (1, 5):
        states = some_states(cell, B)
        new = cell(inputs(cell, 1, B)[0], *states)
        need(len(new) == len(states), f"step returns {len(new)} states, {len(states)} are named: {cell.states}")
        for name, old, state in zip(cell.states, states, new, strict=True):
            need(isinstance(state, Tensor), f"{name} comes out as a {type(state).__name__}, not as a tensor")
            need(
                state.shape == old.shape, f"{name} goes in as {tuple(old.shape)} and comes out as {tuple(state.shape)}"
            )
            need(state.dtype == old.dtype, f"{name} goes in as {old.dtype} and comes out as {state.dtype}")


def shapes(subject: Subject) -> None:
    """Outputs have the sizes that the cell declares."""
    cell = subject.cell()
    for T, B in ((1, 1), (5, 3), (2, 1)):
        outputs, finals = run(cell, inputs(cell, T, B))
        need(outputs.shape == (T, B, cell.output_size), f"outputs are {tuple(outputs.shape)} for T = {T}, B = {B}")
        same("the first state after the last step and the last output", finals[0], outputs[-1], 0)


def digits(subject: Subject) -> None:
    """A change of 1e-12 in x, a state or a parameter is not lost, unless it does not count at all."""
    cell = subject.cell()
    x, states = inputs(cell, 1, 8)[0], some_states(cell, 8)
    parameters = dict(cell.named_parameters())
    given = {"x": x, **{f"state {n}": s for n, s in zip(cell.states, states, strict=True)}}
    given |= {f"parameter {n}": p for n, p in parameters.items()}

    @torch.no_grad()
    def after(changed: str, change: float) -> list[Tensor]:
        tensors = {n: t + change * (1 + t.abs()) if n == changed else t for n, t in given.items()}
        own = {n: tensors[f"parameter {n}"] for n in parameters}
        return list(bound(cell, own)(tensors["x"], *(tensors[f"state {n}"] for n in cell.states)))

    before = after("", 0)
    for name in given:
        tiny, large = (
            any(not torch.equal(a, b) for a, b in zip(after(name, change), before, strict=True))
            for change in (1e-12, 0.5)
        )
        need(tiny or not large, f"a change of 1e-12 in {name} is lost: something on the way is float32")


def narrow(dtype: torch.dtype) -> Callable[[Subject], None]:
    """Return the check that numbers of `dtype` stay such, and finite."""

    def check(subject: Subject) -> None:
        cell = subject.cell(dtype)
        outputs, finals = run(cell, inputs(cell, 3, 2).to(dtype))
        for name, tensor in zip(("the outputs", *cell.states), (outputs, *finals), strict=True):
            need(tensor.dtype == dtype, f"{name} come out as {tensor.dtype}")
            need(bool(tensor.isfinite().all()), f"{name} are not finite")

    return check


def device(subject: Subject) -> None:
    """One step works where its input is: here on torch's device without numbers, "meta"."""
    cell = subject.make().eval().to("meta")
    x, *states = (torch.empty(2, size, device="meta") for size in (cell.input_size, *cell.state_sizes))
    try:
        with torch.no_grad(), _AnyNumber():
            new = cell(x, *states)
    except NotImplementedError as error:
        if "no data" not in str(error):
            return  # an operation that torch itself has no meta kernel for: nothing can be found out
        raise Broken(f"{user_line(error)}the step copies a tensor to the CPU") from error
    except RuntimeError as error:
        if "not on the expected device" not in str(error):
            raise
        raise Broken(f"{user_line(error)}a tensor of the step is on the CPU though its input is not") from error
    for name, state in zip(cell.states, new, strict=True):
        need(state.device.type == "meta", f"{name} comes out on {state.device}, wherever the input is")


class _AnyNumber(TorchDispatchMode):
    """Answer 1, 0, 1, 0 … where a step asks for a number that "meta" does not have."""

    asked = 0

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # else torch imports all of its compiler

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is not torch.ops.aten._local_scalar_dense.default or args[0].device.type != "meta":
            return func(*args, **(kwargs or {}))
        self.asked += 1
        need(self.asked < 1000, "the step asks for the number in a tensor without end")
        return torch.ones((), dtype=args[0].dtype).mul(self.asked % 2).item()


def deterministic(subject: Subject) -> None:
    """The same input gives the same numbers, bit for bit, gradients too."""
    cell = subject.cell()
    x, states = inputs(cell, 4, 2), some_states(cell, 2)
    same_result("two runs over the same input", run(cell, x, states), run(cell, x, states), 0)
    same_gradients("two runs over the same input", gradients(cell, x), gradients(cell, x), 0)


def untouched(subject: Subject) -> None:
    """One step leaves its arguments as they are."""
    cell = subject.cell()
    given = (inputs(cell, 1, 3)[0], *some_states(cell, 3))
    before = [tensor.clone() for tensor in given]
    with torch.no_grad():
        cell(*given)
    for name, old, tensor in zip(("x", *cell.states), before, given, strict=True):
        need(torch.equal(old, tensor), f"step changes {name} in place")


def copies(subject: Subject) -> None:
    """A deep copy computes the same, and shares no parameter."""
    cell = subject.cell()
    copy, x = deepcopy(cell), inputs(cell, 3, 2)
    before = run(cell, x)
    same_result("the cell and its deep copy", run(copy, x), before, 0)
    with torch.no_grad():
        for parameter in copy.parameters():
            parameter.zero_()
    same_result("the cell before and after its copy has changed", run(cell, x), before, 0)


def saved(subject: Subject) -> None:
    """A safetensors file of the state_dict holds all that the cell has learned."""
    written, other = subject.cell(), subject.cell()
    x = inputs(written, 4, 2)
    with TemporaryDirectory() as folder:
        file = Path(folder) / "cell.safetensors"
        save_file({name: tensor.contiguous() for name, tensor in written.state_dict().items()}, file)
        other.load_state_dict(load_file(file))
    same_result("the cell and another that has loaded its file", run(other, x), run(written, x), 0)
