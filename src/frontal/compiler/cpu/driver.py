"""Runs kernels on tensors: fills in their arguments, and hands results back."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from frontal.compiler.cpu import team
from frontal.compiler.cpu.abi import Arguments
from frontal.compiler.cpu.blocks import Block, Blocks
from frontal.compiler.cpu.kernels import Kernels
from frontal.compiler.cpu.layout import Layout, Workspace, new_layout, uneven
from frontal.compiler.cpu.shares import shares
from frontal.compiler.plan import Plan

Filled = ctypes.Array[ctypes.c_int64]
LAYOUTS = 32  # kept; programs that see more shapes than that make them anew


@dataclass(slots=True)
class Inputs:
    """What runs through the loop.

    Args:
        x: (T, B, I), features next to each other.
        others: further sequences of the plan in its order, (T, B, …), likewise.
        initial: states, each (B, size), contiguous.
        constants: in the order of the plan, contiguous.
        lengths: (B,), on the CPU, or None.
        reset: bool, (T, B), or None.
        reverse: from the last valid step to the first.
    """

    x: Tensor
    others: Sequence[Tensor]
    initial: Sequence[Tensor]
    constants: Sequence[Tensor]
    lengths: Tensor | None
    reset: Tensor | None
    reverse: bool


@dataclass(slots=True)
class Gradients:
    """Of a backward run, in the order of `Inputs`; None for what has none."""

    x: Tensor | None
    others: list[Tensor | None]
    initial: list[Tensor]
    constants: list[Tensor | None]


class Driver:
    """Runs one plan for one dtype.

    Args:
        plan: of the cell.
        dtype: of every tensor.
        kernels: of the plan.
        constants, others: names of its constants and of its sequences but x.
    """

    def __init__(
        self, plan: Plan, dtype: torch.dtype, kernels: Kernels, constants: Sequence[str], others: Sequence[str]
    ) -> None:
        self.plan, self.dtype, self.kernels = plan, dtype, kernels
        self.constants, self.others = list(constants), list(others)
        self.arguments = {kind: Arguments(plan, kind) for kind in ("inference", "forward", "backward")}
        self.shapes = {place.name: place.shape for place in plan.places}
        self.zeros = torch.zeros(max(plan.state_sizes), dtype=dtype)
        self.blocks = Blocks(dtype)
        self.single = False  # whether OpenMP has once refused the threads that were asked for
        self._d_sequences = [place.name for place in self.arguments["backward"].places("d_sequence")]
        self._gradient_names = [f"d_{name}" for name in self.constants]
        self._blank: dict[tuple[int, ...], Tensor] = {}
        self._layouts: dict[tuple[object, ...], Layout] = {}

    def forward(self, inputs: Inputs, *, record: bool) -> tuple[Tensor, list[Tensor], Block | None]:
        """Return outputs (T, B, size), final states, and with `record` what `backward` needs."""
        kind = "forward" if record else "inference"
        T, B, _ = inputs.x.shape
        layout = self.layout(kind, T, B)
        sizes, new = self.plan.state_sizes, inputs.x.new_empty
        outputs = new((T, B, sizes[0])) if inputs.lengths is None else inputs.x.new_zeros((T, B, sizes[0]))
        finals = [new((B, size)) for size in sizes]
        block = self.blocks.take(layout.block_numbers) if record else None
        if B:
            workspace, a = self._start(layout, inputs, outputs, None if block is None else block.memory)
            for k, final in zip(layout.finals, finals, strict=True):
                a[k] = final.data_ptr()
            if not self._finish(kind, layout, workspace, a, reverse=inputs.reverse):
                return self.forward(inputs, record=record)
        return outputs, finals, block

    def backward(
        self,
        inputs: Inputs,
        outputs: Tensor,
        block: Tensor,
        d_output: Tensor,
        d_finals: Sequence[Tensor],
        *,
        wants_x: bool,
    ) -> Gradients:
        """Return the gradients of everything, given those of the outputs and of the final states."""
        T, B, I = inputs.x.shape  # noqa: E741
        layout = self.layout("backward", T, B)
        empty, zeros = inputs.x.new_empty, inputs.x.new_zeros
        new = empty if inputs.lengths is None and B else zeros
        per_step = {name: new((T, B, *self.shapes[name])) for name in self._d_sequences}
        adds = "d_x" in per_step
        if self.plan.projections and wants_x and not adds:
            per_step["d_x"] = new((T, B, I))
        fresh = empty if B else zeros
        sums = {name: fresh(self.shapes[name]) for name in self.arguments["backward"].gradients}
        d_initial = [empty((B, size)) for size in self.plan.state_sizes]
        if B:
            workspace, a = self._start(layout, inputs, outputs, block)
            at = layout.position
            for name, tensor in (*per_step.items(), ("d_output", d_output)):
                _fill(a, layout.steps(name), tensor)
            for name, tensor in sums.items():
                a[at[name]] = tensor.data_ptr()
            for k, j, final, initial in zip(layout.d_finals, layout.d_initial, d_finals, d_initial, strict=True):
                a[k], a[j] = final.data_ptr(), initial.data_ptr()
            a[at["d_x_wanted"]], a[at["d_x_adds"]] = wants_x, adds
            if not self._finish("backward", layout, workspace, a, reverse=inputs.reverse):
                return self.backward(inputs, outputs, block, d_output, d_finals, wants_x=wants_x)
        return Gradients(
            per_step.get("d_x") if wants_x else None,
            [per_step.get(f"d_{name}") for name in self.others],
            d_initial,
            [sums.get(name) for name in self._gradient_names],
        )

    def _start(self, layout: Layout, inputs: Inputs, outputs: Tensor, block: Tensor | None) -> tuple[Workspace, Filled]:
        """Return a workspace and arguments that are filled in as far as forward and backward runs are alike."""
        workspace = layout.take(self.dtype, self.zeros, reverse=inputs.reverse)
        a = workspace.arguments
        if inputs.lengths is not None or inputs.reset is not None:
            a = self._uneven(layout, inputs, workspace)
        constants = [t.data_ptr() for t in inputs.constants]
        if workspace.constants != constants or a is not workspace.arguments:
            at, workspace.constants = layout.position, constants
            for name, address in zip(self.constants, constants, strict=True):
                if name in at:
                    workspace.arguments[at[name]] = a[at[name]] = address
        if layout.x is not None:
            address, t, b = layout.x
            a[address] = inputs.x.data_ptr()
            a[t], a[b], _ = inputs.x.stride()
        for name, tensor in zip(self.others, inputs.others, strict=True):
            _fill(a, layout.steps(name), tensor)
        for k, state in zip(layout.initial, inputs.initial, strict=True):
            a[k] = state.data_ptr()
        a[layout.outputs] = outputs.data_ptr()
        if block is not None:
            base, itemsize = block.data_ptr(), self.dtype.itemsize
            for k, offset in layout.kept:
                a[k] = base + offset * itemsize
        a[layout.pack] = 1  # fused optimisers change weights without a trace, so packed ones are never used again
        return workspace, a

    @staticmethod
    def _uneven(layout: Layout, inputs: Inputs, workspace: Workspace) -> Filled:
        """Return arguments for sequences of unequal lengths or with resets, which stay out of the workspace."""
        a = layout.array.from_buffer_copy(workspace.arguments)
        if inputs.lengths is not None:
            workspace.tables = uneven(inputs.lengths, layout.shares, reverse=inputs.reverse)
            for k, table in zip(layout.table, workspace.tables, strict=True):
                a[k] = table.data_ptr()
        if inputs.reset is not None:
            _fill(a, layout.steps("reset"), inputs.reset)
        return a

    def _finish(self, kind: str, layout: Layout, workspace: Workspace, a: Filled, *, reverse: bool) -> bool:
        """Run the kernel and give the workspace back; False if there were too few threads, from now on one will do."""
        enough = team.run(self.kernels.address(kind), a, layout.shares.threads)
        layout.free[reverse].append(workspace)
        self.single = self.single or not enough
        return enough

    def blank(self, shape: tuple[int, ...]) -> Tensor:
        """Return zeros that nobody writes to."""
        known = self._blank.get(shape)
        if known is None:
            with torch.inference_mode(False):
                known = self._blank[shape] = torch.zeros(shape, dtype=self.dtype)
            if len(self._blank) > LAYOUTS:
                self._blank.pop(next(iter(self._blank)), None)
        return known

    def layout(self, kind: str, T: int, B: int) -> Layout:
        """Return where things lie for T steps of B rows."""
        threads = 1 if self.single else team.available()
        key = (kind, T, B, threads)
        found = self._layouts.get(key)
        if found is None:
            arguments = self.arguments[kind]
            itemsize = self.dtype.itemsize
            shared = shares(self.plan, arguments, T, B, threads, itemsize)
            found = new_layout(self.plan, arguments, shared, T, B, itemsize, self.kernels.target)
            if len(self._layouts) >= LAYOUTS:
                self._layouts.pop(next(iter(self._layouts)), None)
            self._layouts[key] = found
        return found


def _fill(a: Filled, places: tuple[int, int, int] | None, tensor: Tensor) -> None:
    """Fill in address and strides of a sequence."""
    if places is not None:
        address, t, b = places
        a[address] = tensor.data_ptr()
        a[t], a[b], *_ = tensor.stride()
