"""A cell's step, and its vector-Jacobian product, as torch.fx graphs of aten operations.

The step runs once on tensors that record what is done to them. Autograd stays above the recorder,
so the vector-Jacobian product is torch's own, written out in the same aten operations.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

import torch
from torch import Tensor, fx
from torch.func import functional_call
from torch.fx.node import map_arg
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_map

from frontal.cell import Cell
from frontal.compiler.decompose import decomposition
from frontal.compiler.operations import VIEWS
from frontal.errors import FrontalError

aten = torch.ops.aten
COMPOSITE = torch._C.DispatchKey.CompositeImplicitAutograd
WHOLE = frozenset((aten.linear.default, aten.reshape.default, aten.square.default))
BATCHES = (7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43)  # one that equals no size of the cell marks the batch


class UntraceableError(FrontalError):
    """A step does something that no kernel can be written for; the message names line and operation."""


class WrongStatesError(UntraceableError):
    """A step does not return states like those it was given, on no backend."""


class Recorded(Tensor):
    """A tensor that knows which node of the graph it is."""

    node: fx.Node
    value: Tensor

    @staticmethod
    def __new__(cls, value: Tensor, node: fx.Node) -> Recorded:
        """Wrap `value`, which is what `node` computes."""
        wrapped = Tensor._make_wrapper_subclass(cls, value.shape, strides=value.stride(), dtype=value.dtype)
        wrapped.node, wrapped.value = node, value
        return wrapped

    __torch_function__ = torch._C._disabled_torch_function_impl  # pyright: ignore[reportAssignmentType]

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Refuse: outside the recorder a recorded tensor has no meaning."""
        raise RuntimeError(f"{func} on a recorded tensor outside its recorder")


class Recorder(TorchDispatchMode):
    """Write every aten operation into a graph.

    Args:
        primitive: operations to leave whole; others are decomposed where torch knows how.
            Without it nothing is decomposed.
    """

    def __init__(self, primitive: frozenset[Any] | None = None) -> None:
        super().__init__()
        self.graph = fx.Graph()
        self.primitive = primitive
        self.line: str | None = None  # of the step, when a recorded graph is run again
        self.captured: dict[int, Recorded] = {}  # tensors that the step finds by itself, by identity

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # else torch imports all of its compiler, 1.5 s, to keep it away from here

    def placeholder(self, name: str, value: Tensor) -> Recorded:
        """Add an input of the graph."""
        node = self.graph.placeholder(name)
        node.meta["shape"], node.meta["dtype"] = tuple(value.shape), value.dtype
        return Recorded(value, node)

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run an operation and write it down."""
        kwargs = kwargs or {}
        if func in (aten.detach.default, aten.alias.default):
            return Recorded(args[0].value, args[0].node) if isinstance(args[0], Recorded) else func(*args)
        if func is aten.lift_fresh.default and args[0].numel() == 1:
            func, args = aten.full.default, ([], args[0].item())
        if func._schema.is_mutable:
            return self._in_place(func, args, kwargs)
        simpler = decomposition(func) if self.primitive is not None and func not in self.primitive else None
        if simpler is not None:
            with self:
                return simpler(*args, **kwargs)
        if func not in WHOLE and func.has_kernel_for_dispatch_key(COMPOSITE):
            with self:
                return func.decompose(*args, **kwargs)
        line = self.line or _line_of_step()
        self._check(func, args, line)
        nodes = tree_map(self._node, (args, kwargs))
        values = tree_map(lambda a: a.value if isinstance(a, Recorded) else a, (args, kwargs))
        try:
            result = func(*values[0], **values[1])
        except RuntimeError as error:
            raise UntraceableError(f"{line}: {func} failed while it was traced: {error}") from error
        node = self.graph.call_function(func, *nodes)
        node.meta["line"] = line
        return self._wrap(result, node)

    def _check(self, func: Any, args: Any, line: str) -> None:
        if func in (aten._local_scalar_dense.default, aten.item.default, aten.is_nonzero.default):
            raise UntraceableError(
                f"{line}: the step turns a tensor into a Python number or decision (.item(), bool(), if); "
                "use torch.where instead"
            )

    def _in_place(self, func: Any, args: Any, kwargs: Any) -> Any:
        """Do an operation out of place and let the tensor stand for the result, if nothing else looks at it."""
        name = func._schema.name.split("::")[1]
        target = args[0]
        plain = getattr(getattr(aten, name.rstrip("_"), None), func._overloadname, None)
        alone = isinstance(target, Recorded) and target.node.op != "placeholder" and not target._is_view()
        if plain is None or not name.endswith("_") or not alone or any(u.target in VIEWS for u in target.node.users):
            line = self.line or _line_of_step()
            raise UntraceableError(
                f"{line}: {name} changes a tensor in place that others look at; write it out of place: "
                f"{name.rstrip('_')}"
            )
        with self:
            result = plain(*args, **kwargs)
        target.node, target.value = result.node, result.value
        return target

    def _node(self, value: Any) -> Any:
        if isinstance(value, Recorded):
            return value.node
        if not isinstance(value, Tensor):
            return value
        if id(value) in self.captured:
            return self.captured[id(value)].node
        raise UntraceableError(
            f"{self.line or _line_of_step()}: the step uses a tensor {tuple(value.shape)} that is no parameter, "
            "buffer or attribute of the cell; register it with register_buffer"
        )

    def _wrap(self, result: Any, node: fx.Node) -> Any:
        if isinstance(result, Tensor):
            node.meta["shape"], node.meta["dtype"] = tuple(result.shape), result.dtype
            return Recorded(result, node)
        if isinstance(result, tuple | list):
            items = []
            for k, item in enumerate(result):
                picked = self.graph.call_function(_getitem, (node, k))
                picked.meta["line"] = node.meta["line"]
                items.append(self._wrap(item, picked))
            return type(result)(items) if not hasattr(result, "_fields") else type(result)(*items)
        return result


def _getitem(items: Any, k: int) -> Any:
    return items[k]


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
    sizes = (cell.input_size, *cell.state_sizes)
    named = tensors_of(cell)
    dims = {n for tensor in named.values() for n in tensor.shape} | set(sizes)
    batch = next(n for n in (*BATCHES, 10007) if not any(d % n == 0 for d in dims if d))
    recorder = Recorder()
    blank = {"dtype": like.dtype, "device": like.device}
    x = recorder.placeholder("x", torch.zeros(batch, cell.input_size, **blank))
    states = [
        recorder.placeholder(f"state_{name}", torch.zeros(batch, size, **blank))
        for name, size in zip(cell.states, cell.state_sizes, strict=True)
    ]
    tensors = {
        name: recorder.placeholder("cell_" + name.replace(".", "_"), tensor.detach()) for name, tensor in named.items()
    }
    recorder.captured = {id(named[name]): tensors[name] for name in named}
    parameters = {name: tensors[name] for name in parameter_names(cell)}
    with torch.random.fork_rng(devices=[]), torch.no_grad(), recorder:
        new = functional_call(cell, dict[str, Tensor](parameters), (x, *states))
    _check_states(cell, states, new)
    recorder.graph.output(tuple(state.node for state in new))
    return Step(recorder.graph, batch, cell.states, tuple(tensors))


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
        gradients = torch.autograd.grad(
            [n for n, _ in differentiable], inputs, [g for _, g in differentiable], allow_unused=True
        )
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


def _line_of_step() -> str:
    """Say which line of the user's code is running."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        file = frame.f_code.co_filename
        if "/torch/" not in file and not file.startswith("<") and not file.endswith(("compiler/trace.py", "/cell.py")):
            return f"{file}:{frame.f_lineno}"
        frame = frame.f_back
    return "the step"
