"""The contract: a cell is an `nn.Module` with named states and one method, `step`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from itertools import count
from math import sqrt
from typing import Any, ClassVar, TypeVar
from weakref import WeakValueDictionary

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from frontal.errors import FrontalError

Module = TypeVar("Module", bound=nn.Module)


class Kept(dict[Any, Any]):
    """What a compiler keeps beside a cell; copies that go elsewhere, and pickles, start empty.

    `number` tells the cell from all others of the process, for `numbered`.
    """

    def __init__(self) -> None:
        super().__init__()
        self.number = next(_numbers)

    def __deepcopy__(self, memo: Any) -> Kept:
        """Return a new one."""
        return Kept()

    def __reduce__(self) -> tuple[type[Kept], tuple[()]]:
        """Pickle as an empty one."""
        return Kept, ()


_numbers = count()
_numbered: WeakValueDictionary[int, Cell] = WeakValueDictionary()


class Cell(nn.Module, ABC):
    """One step of a recurrent network, written in plain PyTorch.

    A subclass names its states (the first one is the output), makes its parameters in
    `__init__` and writes `step`. Lengths, reset masks, directions, layers and backends
    come from the contract; none of them is the author's concern.

    Args:
        input_size: features of one input step, I.
        hidden_size: features of the states, H, unless `state_sizes` says otherwise.

    Example:
        >>> import torch, frontal
        >>> class Leaky(frontal.Cell):
        ...     def __init__(self, input_size, hidden_size):
        ...         super().__init__(input_size, hidden_size)
        ...         self.mix = torch.nn.Linear(input_size + hidden_size, hidden_size)
        ...     def step(self, x, h):
        ...         return 0.9 * h + 0.1 * torch.tanh(self.mix(torch.cat([x, h], -1)))
        >>> outputs, h = frontal.Recurrent(Leaky(3, 8))(torch.zeros(5, 2, 3))
        >>> outputs.shape, h.shape
        (torch.Size([5, 2, 8]), torch.Size([1, 2, 8]))
    """

    states: ClassVar[tuple[str, ...]] = ("h",)
    gates: ClassVar[tuple[str, ...]] = ()
    """Names of the row blocks of the gate weights, in their order; "f" is a forget gate."""

    # present after add_gate_weights
    weight_ih: Tensor
    weight_hh: Tensor
    bias_ih: Tensor | None
    bias_hh: Tensor | None

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.input_size = self.checked_size("input_size", input_size)
        self.hidden_size = self.checked_size("hidden_size", hidden_size)
        self.kept = Kept()
        _numbered[self.kept.number] = self

    def __setstate__(self, state: Any) -> None:
        """Take a number of its own, as a copy or when unpickled."""
        super().__setstate__(state)
        _numbered[self.kept.number] = self

    @abstractmethod
    def step(self, *args: Any, **kwargs: Any) -> Tensor | tuple[Tensor, ...]:
        """Advance one time step; write it as `step(self, x, h)`, `step(self, x, h, c)` …

        Args:
            x: the input, (B, I).
            states: one tensor a name in `states`, each (B, size of that state).

        Returns:
            The new states in the same order; a cell with one state may return it bare.
        """

    def forward(self, x: Tensor, *states: Tensor) -> tuple[Tensor, ...]:
        """`step`, with the new states always as a tuple."""
        new = self.step(x, *states)
        return (new,) if isinstance(new, Tensor) else tuple(new)

    @property
    def state_sizes(self) -> tuple[int, ...]:
        """Features of each state, in the order of `states`; override where they differ."""
        return (self.hidden_size,) * len(self.states)

    @property
    def output_size(self) -> int:
        """Features of the output, which is the first state."""
        return self.state_sizes[0]

    def initial_states(self, batch_size: int, like: Tensor) -> tuple[Tensor, ...]:
        """Return zero states, each (B, size), with the dtype and device of `like`."""
        return tuple(like.new_zeros(batch_size, size) for size in self.state_sizes)

    def add_weight(self, name: str, *shape: int, **factory: Any) -> None:
        """Create the parameter `name`, drawn uniformly within ±1/√H.

        Args:
            name: attribute under which the step finds it.
            shape: its sizes.
            factory: `device` and `dtype`.
        """
        self.register_parameter(name, nn.Parameter(torch.empty(shape, **factory)))
        self._draw(getattr(self, name))

    def add_gate_weights(self, *, bias: bool = True, **factory: Any) -> None:
        """Create `weight_ih` (G·H, I), `weight_hh` (G·H, output size) and both biases (G·H,), G = len(gates).

        Names and the uniform initialisation within ±1/√H are those of torch.nn.
        Without `bias` the two bias names exist and are None.
        """
        self._add_maps({"ih": self.input_size, "hh": self.output_size}, bias=bias, **factory)

    def _add_maps(self, widths: dict[str, int], *, bias: bool, **factory: Any) -> None:
        """Create each `weight_SUFFIX` (G·H, width), then each `bias_SUFFIX` (G·H,), which is None without `bias`."""
        rows = len(self.gates) * self.hidden_size
        for suffix, width in widths.items():
            self.add_weight(f"weight_{suffix}", rows, width, **factory)
        for suffix in widths:
            if bias:
                self.add_weight(f"bias_{suffix}", rows, **factory)
            else:
                self.register_parameter(f"bias_{suffix}", None)

    def reset_parameters(self) -> None:
        """Draw every parameter anew, uniformly within ±1/√H, as torch.nn does."""
        for parameter in self.parameters():
            self._draw(parameter)

    def _draw(self, parameter: Tensor) -> None:
        bound = 1 / sqrt(self.hidden_size)
        nn.init.uniform_(parameter, -bound, bound)

    def checked_size(self, name: str, value: int) -> int:
        """Return a size that the cell is given; raise `FrontalError` unless it is a whole number >= 1."""
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise FrontalError(f"{type(self).__name__}: {name} must be a whole number >= 1, got {value!r}")
        return value

    def checked(self, name: str, value: float, low: float, high: float) -> float:
        """Return an option of the cell; raise `FrontalError` unless it is a number within low .. high."""
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise FrontalError(f"{type(self).__name__}: {name} must be a number within {low} .. {high}, got {value!r}")
        return float(value)

    def extra_repr(self) -> str:
        """Sizes and states, for `print(cell)`."""
        return f"{self.input_size}, {self.hidden_size}, states={self.states}"


def numbered(number: int) -> Cell:
    """Return the cell whose `kept` has that number; a `KeyError` if it is gone."""
    return _numbered[number]


def tensors_by_path(module: nn.Module) -> dict[str, Tensor]:
    """Return the parameters and buffers of a module, the same tensor under each of its paths."""
    parameters, buffers = module.named_parameters(remove_duplicate=False), module.named_buffers(remove_duplicate=False)
    return {**dict(parameters), **dict(buffers)}


def bound(module: Module, tensors: Mapping[str, Tensor]) -> Module:
    """Return a shallow copy of a cell, or any module, with other tensors.

    Args:
        module: keeps its own.
        tensors: parameters and buffers by their paths, of any kind of tensor; the others stay.
    """
    copy = object.__new__(type(module))
    here = {name: tensor for name, tensor in tensors.items() if "." not in name}
    held = {
        kind: {**old, **{name: tensor for name, tensor in here.items() if name in old}}
        for kind, old in (("_parameters", module._parameters), ("_buffers", module._buffers))
    }
    children: dict[str, nn.Module | None] = {}
    for name, child in module._modules.items():
        inner = {path[len(name) + 1 :]: t for path, t in tensors.items() if path.startswith(f"{name}.")}
        children[name] = None if child is None else bound(child, inner)
    vars(copy).update(vars(module), _modules=children, **held)
    return copy


class InputGatedCell(Cell, ABC):
    """A cell whose gates begin as W_ih x + b_ih, one block of H rows for each name in `gates`.

    A subclass names its states and gates, and writes `step`; what it needs beyond these
    tensors it makes in `add_own_weights`.

    Args:
        input_size: features of the input, I.
        hidden_size: features of each state, H.
        bias: with biases of the gates.
        device, dtype: of the parameters.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        *,
        bias: bool = True,
        device: Any = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__(input_size, hidden_size)
        self._add_gates(bias=bias, device=device, dtype=dtype)
        self.add_own_weights(device=device, dtype=dtype)

    def _add_gates(self, *, bias: bool, **factory: Any) -> None:
        self._add_maps({"ih": self.input_size}, bias=bias, **factory)

    def add_own_weights(self, **factory: Any) -> None:
        """Make the parameters that the cell has beyond those of the gates, with `add_weight`."""

    def of_input(self, x: Tensor) -> tuple[Tensor, ...]:
        """Return W_ih x + b_ih for x, (B, I): one tensor a gate, each (B, H)."""
        return linear(x, self.weight_ih, self.bias_ih).chunk(len(self.gates), -1)


class GatedCell(InputGatedCell, ABC):
    """A cell whose gates begin as W_ih x + b_ih + W_hh h + b_hh; constructor as `InputGatedCell`."""

    def _add_gates(self, *, bias: bool, **factory: Any) -> None:
        self.add_gate_weights(bias=bias, **factory)

    def of_state(self, h: Tensor) -> tuple[Tensor, ...]:
        """Return W_hh h + b_hh for h, (B, H): one tensor a gate, each (B, H)."""
        return linear(h, self.weight_hh, self.bias_hh).chunk(len(self.gates), -1)

    def sums(self, x: Tensor, h: Tensor) -> tuple[Tensor, ...]:
        """Return W_ih x + b_ih + W_hh h + b_hh: one tensor a gate, each (B, H)."""
        a = linear(x, self.weight_ih, self.bias_ih) + linear(h, self.weight_hh, self.bias_hh)  # (B, G·H)
        return a.chunk(len(self.gates), -1)
