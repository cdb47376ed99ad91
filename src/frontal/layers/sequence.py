"""From what a caller hands to a layer to (T, B, I) with lengths and resets, and back again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.compiler import is_compiling
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from frontal.cell import Cell
from frontal.errors import FrontalError

Lengths = Tensor | Sequence[int]
States = Tensor | tuple[Tensor, ...]


@dataclass(frozen=True)
class Layout:
    """How the caller lays out sequences: batch or time first, without a batch, or packed."""

    batch_first: bool = False
    unbatched: bool = False
    packed: PackedSequence | None = None

    def time_first(self, grid: Tensor) -> Tensor:
        """Turn the caller's layout into (T, B, …)."""
        if self.unbatched:
            return grid.unsqueeze(1)
        grid = grid.transpose(0, 1) if self.batch_first else grid
        return self._sorted(grid)

    def outputs(self, outputs: Tensor, lengths: Tensor | None) -> Tensor | PackedSequence:
        """Turn outputs (T, B, size) into the caller's layout."""
        if self.packed is not None:
            return _pack_like(self.packed, outputs, lengths)
        if self.unbatched:
            return outputs.squeeze(1)
        return outputs.transpose(0, 1) if self.batch_first else outputs

    def states_in(self, state: Tensor) -> Tensor:
        """Turn the caller's state into (layers · directions, B, size)."""
        return state.unsqueeze(1) if self.unbatched else self._sorted(state)

    def states_out(self, state: Tensor) -> Tensor:
        """Turn a state (layers · directions, B, size) into the caller's layout."""
        if self.unbatched:
            return state.squeeze(1)
        if self.packed is not None and self.packed.unsorted_indices is not None:
            return state.index_select(1, self.packed.unsorted_indices)
        return state

    def _sorted(self, grid: Tensor) -> Tensor:
        """Put the sequences, dimension 1, in the order in which they are packed."""
        if self.packed is None or self.packed.sorted_indices is None:
            return grid
        return grid.index_select(1, self.packed.sorted_indices)


TIME_FIRST, BATCH_FIRST = Layout(), Layout(batch_first=True)


@dataclass(slots=True)
class Inputs:
    """Checked input of a layer."""

    x: Tensor  # (T, B, I)
    lengths: Tensor | None  # (B,), None where every sequence is T long
    reset: Tensor | None  # (T, B), bool
    layout: Layout


def read_inputs(
    x: Tensor | PackedSequence,
    lengths: Lengths | None,
    reset: Any,
    *,
    batch_first: bool,
    cell: Cell,
) -> Inputs:
    """Check what the caller hands over for `cell` and turn it into (T, B, I).

    Args:
        x: (T, B, I), (B, T, I) with `batch_first`, (T, I), or a PackedSequence.
        lengths: valid steps of each sequence, (B,); a PackedSequence brings its own.
        reset: bool, laid out as x without its features; for a PackedSequence as its padded form.
        batch_first: the batch is dimension 0 of x and of reset.
        cell: the first cell that will read x.
    """
    if isinstance(x, PackedSequence):
        layout = Layout(batch_first=batch_first, packed=x)
        if lengths is not None:
            raise FrontalError("a PackedSequence brings its lengths; leave out lengths=")
        _check_values("input", x.data, cell, "(steps, I)")
        padded, lengths = pad_packed_sequence(PackedSequence(x.data, x.batch_sizes))  # (T, B, I)
    else:
        layout = BATCH_FIRST if batch_first else TIME_FIRST
        if isinstance(x, Tensor) and x.dim() == 2:
            layout = Layout(batch_first=batch_first, unbatched=True)
        expected = "(T, I)" if layout.unbatched else "(B, T, I)" if batch_first else "(T, B, I)"
        _check_values("input", x, cell, expected)
        padded = layout.time_first(x)
    if padded.shape[0] == 0:
        raise FrontalError("the input has no steps (T = 0); at least one is needed")
    if layout.unbatched and isinstance(lengths, int | Tensor):
        lengths = torch.as_tensor(lengths).reshape(-1)
    return Inputs(
        padded,
        None if lengths is None else _read_lengths(lengths, padded),
        None if reset is None else _read_reset(reset, layout, padded),
        layout,
    )


def read_states(hx: Any, cell: Cell, count: int, inputs: Inputs) -> tuple[Tensor, ...] | None:
    """Check the caller's initial states; return each as (layers · directions = count, B, size)."""
    if hx is None:
        return None
    names = ", ".join(cell.states)
    single = len(cell.states) == 1
    if single != isinstance(hx, Tensor) or not (single or isinstance(hx, tuple | list)):
        form = "one tensor" if single else f"a tuple of {len(cell.states)} tensors"
        raise FrontalError(f"hx must be {form} ({names}), got {_described(hx)}")
    states: tuple[Any, ...] = (hx,) if single else tuple(hx)
    if len(states) != len(cell.states):
        raise FrontalError(f"hx must be {len(cell.states)} tensors ({names}), got {len(states)}")
    layout, B = inputs.layout, inputs.x.shape[1]
    for name, size, state in zip(cell.states, cell.state_sizes, states, strict=True):
        shape = (count, size) if layout.unbatched else (count, B, size)
        meaning = "(layers · directions, size)" if layout.unbatched else "(layers · directions, B, size)"
        if not isinstance(state, Tensor) or tuple(state.shape) != shape:
            raise FrontalError(f"{name} in hx must be {meaning} = {shape} for this input, got {_described(state)}")
        _check_kin(f"{name} in hx", state, inputs.x, "the input")
    return tuple(layout.states_in(state) for state in states)


def _check_values(name: str, x: Any, cell: Cell, expected: str) -> None:
    """Check type, dimensions, features, dtype and device of an input."""
    if not isinstance(x, Tensor):
        raise FrontalError(f"{name} must be a tensor {expected} or a PackedSequence, got {_described(x)}")
    shape = x.shape
    if len(shape) != expected.count(",") + 1:
        raise FrontalError(
            f"{name} must be {expected}, or (T, I) without a batch; got {x.dim()} dimensions {tuple(x.shape)}"
        )
    if shape[-1] != cell.input_size:
        raise FrontalError(
            f"{name} must have I = {cell.input_size} features in its last dimension, {expected}; "
            f"got {x.shape[-1]} in {tuple(x.shape)}"
        )
    weight = _weight(cell)
    if weight is not None:
        _check_kin(name, x, weight, "the parameters")
    elif not x.is_floating_point():
        raise FrontalError(f"{name} must be floating-point numbers, got {x.dtype}; use .float()")


def _weight(cell: Cell) -> Tensor | None:
    """Return a parameter, which tells device and dtype."""
    for own in cell._parameters.values():
        if own is not None and own.is_floating_point():
            return own
    return next((p for p in cell.parameters() if p.is_floating_point()), None)


def _check_kin(name: str, given: Tensor, model: Tensor, model_name: str) -> None:
    """Check that a tensor has the device and, but for autocast, the dtype of another one."""
    if given.device != model.device:
        raise FrontalError(
            f"{name} is on {given.device}, {model_name} on {model.device}; move one: .to({str(model.device)!r})"
        )
    if given.dtype != model.dtype and not torch.is_autocast_enabled(given.device.type):
        raise FrontalError(f"{name} is {given.dtype}, {model_name} {model.dtype}; convert one: .to({model.dtype})")


def _read_lengths(given: Lengths, x: Tensor) -> Tensor | None:
    """Check the lengths of x, (T, B, I); None where all of them are T."""
    T, B, _ = x.shape
    lengths = _as_tensor("lengths", given)
    if lengths.numel() and (lengths.is_floating_point() or lengths.is_complex() or lengths.dtype == torch.bool):
        raise FrontalError(f"lengths must be whole numbers, got {lengths.dtype}; use .long()")
    if lengths.shape != (B,):
        raise FrontalError(f"lengths must have one entry a sequence, ({B},), got {tuple(lengths.shape)}")
    if is_compiling():
        return lengths.to(x.device, torch.long)  # their values are looked at when the compiled code runs
    values = lengths.tolist()
    for index, value in enumerate(values):
        if not 1 <= value <= T:
            raise FrontalError(f"lengths[{index}] is {value}; a length must be within 1 .. T = {T}")
    return None if all(value == T for value in values) else lengths.to(x.device, torch.long)


def _read_reset(given: Any, layout: Layout, x: Tensor) -> Tensor:
    """Check the reset mask of x, (T, B, I), and return it as (T, B)."""
    T, B, _ = x.shape
    reset = _as_tensor("reset", given)
    if reset.dtype != torch.bool:
        raise FrontalError(f"reset must be bool, got {reset.dtype}; use .bool()")
    name, shape = ("(T,)", (T,)) if layout.unbatched else ("(T, B)", (T, B))
    if layout.batch_first and not layout.unbatched:
        name, shape = "(B, T)", (B, T)
    if tuple(reset.shape) != shape:
        raise FrontalError(f"reset must be {name} = {shape}, got {tuple(reset.shape)}")
    return layout.time_first(reset.to(x.device))


def _as_tensor(name: str, given: Any) -> Tensor:
    try:
        return torch.as_tensor(given)
    except (TypeError, ValueError, RuntimeError) as error:
        raise FrontalError(f"{name} must be a tensor or a list, got {given!r} ({error})") from error


def _pack_like(packed: PackedSequence, outputs: Tensor, lengths: Tensor | None) -> PackedSequence:
    """Pack outputs (T, B, size), in the packed order, with the batch sizes and indices of `packed`."""
    T, B, _ = outputs.shape
    sizes = torch.full((B,), T) if lengths is None else lengths.cpu()
    data = pack_padded_sequence(outputs, sizes).data
    return PackedSequence(data, packed.batch_sizes, packed.sorted_indices, packed.unsorted_indices)


def _described(value: Any) -> str:
    if isinstance(value, Tensor):
        return f"a tensor {tuple(value.shape)}"
    if isinstance(value, tuple | list):
        return f"a {type(value).__name__} of {len(value)}"
    return f"{type(value).__name__} {value!r}" if isinstance(value, str | int | float) else type(value).__name__
