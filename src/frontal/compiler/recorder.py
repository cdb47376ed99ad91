"""What is done to tensors, written down as a torch.fx graph of aten operations."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any

import torch
from torch import Tensor, fx
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

from frontal.compiler.decompose import decomposition
from frontal.compiler.draws import DRAWS
from frontal.compiler.operations import VIEWS
from frontal.errors import FrontalError

aten = torch.ops.aten
OWN_FILES = ("compiler/recorder.py", "compiler/draws.py", "compiler/trace.py", "/cell.py")
COMPOSITE = torch._C.DispatchKey.CompositeImplicitAutograd
WHOLE = frozenset((aten.linear.default, aten.reshape.default, aten.square.default))


class UntraceableError(FrontalError):
    """A step does something that no kernel can be written for; the message names line and operation."""


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

    def register_hook(self, hook: Any) -> Any:
        """Refuse: a kernel has no hooks."""
        raise UntraceableError(f"{line_of_step()}: the step hooks into the gradient of a tensor (register_hook)")

    __torch_function__ = torch._C._disabled_torch_function_impl  # pyright: ignore[reportAssignmentType]

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Refuse: outside the recorder a recorded tensor has no meaning."""
        raise RuntimeError(f"{func} on a recorded tensor outside its recorder")


class Recorder(TorchDispatchMode):
    """Write every aten operation into a graph.

    Args:
        primitive: operations to leave whole; others are decomposed where torch knows how.
            Without it nothing is decomposed, and where gradients stop is written down as `detach`.
    """

    def __init__(self, primitive: frozenset[Any] | None = None) -> None:
        super().__init__()
        self.graph = fx.Graph()
        self.primitive = primitive
        self.line: str | None = None  # of the step, when a recorded graph is run again
        self.line_without_gradient: str | None = None
        self.captured: dict[int, Recorded] = {}  # tensors that the step finds by itself, by identity

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # else torch imports all of its compiler, 1.5 s, to keep it away from here

    def placeholder(self, name: str, value: Tensor) -> Recorded:
        """Add an input of the graph."""
        return Recorded(value, self._described(self.graph.placeholder(name), value))

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run an operation and write it down."""
        kwargs = kwargs or {}
        if func is aten.alias.default or (func is aten.detach.default and self.primitive is not None):
            return Recorded(args[0].value, args[0].node) if isinstance(args[0], Recorded) else func(*args)
        if func is aten.lift_fresh.default and args[0].numel() == 1:
            func, args = aten.full.default, ([], args[0].item())
        if func in DRAWS:
            return self._draw(func, args, kwargs)
        if func._schema.is_mutable:
            return self._in_place(func, args, kwargs)
        simpler = decomposition(func) if self.primitive is not None and func not in self.primitive else None
        if simpler is not None:
            with self:
                return simpler(*args, **kwargs)
        if func not in WHOLE and func.has_kernel_for_dispatch_key(COMPOSITE):
            with self:
                return func.decompose(*args, **kwargs)
        line = self.line or line_of_step()
        self._check(func, args, line)
        nodes = tree_map(self._node, (args, kwargs))
        values = tree_map(lambda a: a.value if isinstance(a, Recorded) else a, (args, kwargs))
        try:
            result = func(*values[0], **values[1])
        except RuntimeError as error:
            raise UntraceableError(f"{line}: {func} failed while it was traced: {error}") from error
        node = self._call(func, nodes, line)
        if self._without_gradient(args, line) and func is not aten.detach.default and isinstance(result, Tensor):
            node = self._call(aten.detach.default, ((self._described(node, result),), {}), line)
        return self._wrap(result, node)

    def _call(self, func: Any, nodes: tuple[Any, Any], line: str) -> fx.Node:
        node = self.graph.call_function(func, *nodes)
        node.meta["line"] = line
        return node

    def _without_gradient(self, args: Any, line: str) -> bool:
        """Whether the step has switched gradients off for something that would have one."""
        if self.primitive is not None or torch.is_grad_enabled():
            return False
        if not any(isinstance(a, Tensor) and a.requires_grad for a in tree_leaves(args)):
            return False
        self.line_without_gradient = self.line_without_gradient or line
        return True

    def _check(self, func: Any, args: Any, line: str) -> None:
        if func in (aten._local_scalar_dense.default, aten.item.default, aten.is_nonzero.default):
            raise UntraceableError(
                f"{line}: the step turns a tensor into a Python number or decision (.item(), bool(), if); "
                "use torch.where instead"
            )

    def _draw(self, func: Any, args: Any, kwargs: Any) -> Any:
        with self:
            drawn = DRAWS[func](*args, **{k: v for k, v in kwargs.items() if v is not None})
        if func._schema.is_mutable:  # what was there before is gone
            args[0].node, args[0].value = drawn.node, drawn.value
            return args[0]
        return drawn

    def _in_place(self, func: Any, args: Any, kwargs: Any) -> Any:
        """Do an operation out of place and let the tensor stand for the result, if nothing else looks at it."""
        name = func._schema.name.split("::")[1]
        target = args[0]
        plain = getattr(getattr(aten, name.rstrip("_"), None), func._overloadname, None)
        alone = isinstance(target, Recorded) and target.node.op != "placeholder" and not target._is_view()
        alone = alone and not self._without_gradient(args, self.line or line_of_step())
        if plain is None or not name.endswith("_") or not alone or any(u.target in VIEWS for u in target.node.users):
            line = self.line or line_of_step()
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
            f"{self.line or line_of_step()}: the step uses a tensor {tuple(value.shape)} that is no parameter, "
            "buffer or attribute of the cell; register it with register_buffer"
        )

    def _wrap(self, result: Any, node: fx.Node) -> Any:
        if isinstance(result, Tensor):
            return Recorded(result, self._described(node, result))
        if isinstance(result, tuple | list):
            items = [
                self._wrap(item, self._call(_getitem, ((node, k), {}), node.meta["line"]))
                for k, item in enumerate(result)
            ]
            return type(result)(items) if not hasattr(result, "_fields") else type(result)(*items)
        return result

    def _described(self, node: fx.Node, value: Tensor) -> fx.Node:
        node.meta["shape"], node.meta["dtype"] = tuple(value.shape), value.dtype
        return node


def _getitem(items: Any, k: int) -> Any:
    return items[k]


def line_of_step() -> str:
    """Say which line of the user's code is running."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if line := line_of(frame):
            return line
        frame = frame.f_back
    return "the step"


def line_of(frame: FrameType) -> str | None:
    """Return file and line of a frame that is neither torch's nor the tracer's."""
    file = frame.f_code.co_filename
    if "/torch/" in file or file.startswith("<") or file.endswith(OWN_FILES):
        return None
    return f"{file}:{frame.f_lineno}"
