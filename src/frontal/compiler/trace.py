"""A cell's step, and its vector-Jacobian product, as torch.fx graphs of aten operations.

The step runs once on tensors that record what is done to them. Autograd stays above the recorder,
so the vector-Jacobian product is torch's own, written out in the same aten operations.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import zip_longest
from traceback import walk_tb
from typing import Any

import torch
from torch import Tensor, fx
from torch.autograd import Variable
from torch.func import functional_call
from torch.fx.node import map_arg

from frontal.cell import Cell, bound
from frontal.compiler.recorder import Recorded, Recorder, UntraceableError, line_of
from frontal.errors import FrontalError

BATCHES = (7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 10007, 10009)


class WrongStatesError(UntraceableError):
    """A step does not return states like those it was given, on no backend."""


@dataclass
class Step:
    """A traced step: its graph and the names of its inputs.

    Args:
        graph: x, the states, then parameters and other tensors of the cell that it uses.
        batch: the batch size with which it was traced; no other size of the graph equals it.
        constants: names of parameters, buffers and tensor attributes, in the order of their placeholders.
    """

    graph: fx.Graph
    batch: int
    states: tuple[str, ...]
    constants: tuple[str, ...] = field(default=())


def trace_step(cell: Cell, like: Tensor) -> Step:
    """Record one step of the cell; raise `UntraceableError` where it does something unknown."""
    dims = {n for tensor in tensors_of(cell).values() for n in tensor.shape}
    dims |= {n for part in cell.modules() if isinstance(part, Cell) for n in (part.input_size, *part.state_sizes)}
    batches = [n for n in BATCHES if not any(d % n == 0 for d in dims if d)]
    cell = bound(cell, {})  # other threads may run the cell meanwhile
    step = _trace(cell, like, batches[0])
    for batch in batches[1:]:
        other = _trace(cell, like, batch)
        _check_same(step, other)
        if not _is_ambiguous(step, other):
            break
        step = other
    return step


def _trace(cell: Cell, like: Tensor, batch: int) -> Step:
    recorder = Recorder()
    blank = {"dtype": like.dtype, "device": like.device}
    x = recorder.placeholder("x", torch.zeros(batch, cell.input_size, **blank))
    states = [
        recorder.placeholder(f"state_{name}", torch.zeros(batch, size, **blank))
        for name, size in zip(cell.states, cell.state_sizes, strict=True)
    ]
    named = tensors_of(cell)
    tensors = {
        name: recorder.placeholder("cell_" + name.replace(".", "_"), tensor.detach()) for name, tensor in named.items()
    }
    recorder.captured = {id(named[name]): tensors[name] for name in named}
    parameters = {name: tensors[name] for name in parameter_names(cell)}
    for tensor in (x, *states, *tensors.values()):
        tensor.requires_grad_(tensor.is_floating_point())
    try:
        with torch.enable_grad(), recorder:
            new = functional_call(cell, dict[str, Tensor](parameters), (x, *states), tie_weights=False)
    except FrontalError:
        raise
    except Exception as error:
        line = next(filter(None, (line_of(f) for f, _ in reversed(list(walk_tb(error.__traceback__))))), "the step")
        if "in-place" in str(error):
            what = "the step changes what it was given in place; write it out of place"
        else:
            what = f"the step failed while it was traced: {type(error).__name__}: {error}"
        raise UntraceableError(f"{line}: {what}") from error
    _check_states(cell, states, new)
    _check_gradients(new, recorder.line_without_gradient)
    recorder.graph.output(tuple(state.node for state in new))
    return Step(recorder.graph, batch, tuple(f"state_{name}" for name in cell.states), tuple(tensors))


def tensors_of(cell: Cell) -> dict[str, Tensor]:
    """Return every tensor that the cell holds, by its path: parameters, buffers, plain attributes."""
    found: dict[str, Tensor] = {}
    for path, module in cell.named_modules():
        held = {**module._parameters, **module._buffers, **vars(module)}
        for name, tensor in held.items():
            if isinstance(tensor, Tensor):
                found[f"{path}.{name}" if path else name] = tensor
    return found


def parameter_names(cell: Cell) -> list[str]:
    """Return the paths of parameters and buffers, which functional_call can replace."""
    return [
        f"{path}.{name}" if path else name
        for path, module in cell.named_modules()
        for name, tensor in (*module._parameters.items(), *module._buffers.items())
        if tensor is not None
    ]


def trace_vjp(
    core: fx.Graph, shapes: dict[str, tuple[int, ...]], primitive: frozenset[Any], dtype: torch.dtype
) -> fx.Graph:
    """Record a graph together with its vector-Jacobian product.

    Args:
        core: a graph of aten operations whose outputs are the new states.
        shapes: of each placeholder of `core`.
        primitive: operations to leave whole; the others are decomposed.

    Returns:
        A graph with the placeholders of `core`, then one cotangent an output. Its output is a pair:
        the new states, and the gradients of every placeholder, None where there is none.
    """
    recorder = Recorder(primitive)
    placeholders = [node for node in core.nodes if node.op == "placeholder"]
    inputs = [recorder.placeholder(node.name, torch.zeros(shapes[node.name], dtype=dtype)) for node in placeholders]
    values: dict[fx.Node, Any] = dict(zip(placeholders, inputs, strict=True))
    for tensor in inputs:
        tensor.requires_grad_()
    outputs = next(node for node in core.nodes if node.op == "output").args[0]
    with torch.enable_grad(), recorder:
        for node in core.nodes:
            if node.op == "call_function":
                recorder.line = node.meta.get("line")
                arguments, keywords = map_arg((node.args, node.kwargs), values.__getitem__)
                values[node] = node.target(*arguments, **keywords)  # pyright: ignore[reportCallIssue]
        new = [values[node] for node in outputs]
        cotangents = [recorder.placeholder(f"grad_{k}", state.value) for k, state in enumerate(new)]
        recorder.line = "the gradient of the step"
        differentiable = [(n, g) for n, g in zip(new, cotangents, strict=True) if n.requires_grad]
        # torch.autograd.grad would import sympy, 0.2 s, to look at the shapes
        gradients = Variable._execution_engine.run_backward(
            tuple(n for n, _ in differentiable), tuple(g for _, g in differentiable), False, False, tuple(inputs),
            allow_unreachable=True, accumulate_grad=False,
        ) if differentiable else (None,) * len(inputs)  # fmt: skip
    found: list[Any] = list(gradients)
    pair = ([state.node for state in new], [None if g is None else g.node for g in found])
    recorder.graph.output(pair)
    recorder.graph.eliminate_dead_code()
    return recorder.graph


def _check_states(cell: Cell, states: Iterable[Tensor], new: tuple[Tensor, ...]) -> None:
    for name, old, state in zip(cell.states, states, new, strict=False):
        if not isinstance(state, Recorded) or state.shape != old.shape or state.dtype != old.dtype:
            raise WrongStatesError(f"{type(cell).__name__}.step does not return {name} like the one it was given")
    if len(new) != len(cell.states):
        raise WrongStatesError(f"{type(cell).__name__}.step returned {len(new)} states, not {len(cell.states)}")


def _check_gradients(new: Iterable[Tensor], line: str | None) -> None:
    """Refuse gradients that the user has written; what is recorded is the way forward alone."""
    todo, seen = [state.grad_fn for state in new], set[Any]()
    while todo:
        function = todo.pop()
        if function is None or function in seen:
            continue
        seen.add(function)
        if isinstance(function, torch.autograd.function.BackwardCFunction):
            name = type(function).__name__.removesuffix("Backward")
            raise UntraceableError(
                f"{line or 'the step'}: the step has a gradient of its own, autograd.Function {name}"
            )
        todo.extend(next_function for next_function, _ in function.next_functions)


def _check_same(one: Step, other: Step) -> None:
    """Refuse a step that is another one when it is called again, or with another batch size."""
    pairs = zip_longest(one.graph.nodes, other.graph.nodes)
    for a, b in pairs:
        if a is None or b is None or _described(a, one.batch) != _described(b, other.batch):
            line = "the end of the step" if a is None else a.meta.get("line", "the end of the step")
            raise UntraceableError(
                f"{line}: a second call with another batch size does something else; a step must not count its calls "
                "or calculate with the batch size"
            )


def _described(node: fx.Node, batch: int) -> str:
    """Return the node as text in which sizes that are multiples of the batch size are such."""
    sizes = [
        [f"{n // batch} B" if type(n) is int and n and n % batch == 0 else n for n in a] if isinstance(a, list) else a
        for a in node.args
    ]
    return f"{node.target} {sizes} {node.kwargs}"


def _is_ambiguous(one: Step, other: Step) -> bool:
    """Whether some size is a multiple of the batch size by chance: the other trace has the same number there."""
    pairs = zip(one.graph.nodes, other.graph.nodes, strict=True)
    sizes = (zip(_sizes(a), _sizes(b), strict=True) for a, b in pairs)
    return any(n == m and n and n % one.batch == 0 for each in sizes for n, m in each)


def _sizes(node: fx.Node) -> list[int]:
    lists = [a for a in node.args if isinstance(a, list)]
    return [n for a in (*lists, node.meta.get("shape", ())) for n in a if type(n) is int]
