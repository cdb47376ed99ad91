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
        self._gradient_names = [f"d_{name}" for name in self.constants]
        self._blank: dict[tuple[int, ...], Tensor] = {}
        self._layouts: dict[tuple[object, ...], Layout] = {}

    def forward(self, inputs: Inputs, *, record: bool) -> tuple[Tensor, list[Tensor], Block | None]:
        """Return outputs (T, B, size), final states, and with `record` what `backward` needs."""
        x, kind, dtype = inputs.x, "forward" if record else "inference", self.dtype
        T, B, _ = x.shape
        layout = self._layout(kind, T, B)
        new = torch.empty if inputs.lengths is None else torch.zeros
        outputs = new(T, B, self.plan.state_sizes[0], dtype=dtype)
        finals = [torch.empty(B, size, dtype=dtype) for size in self.plan.state_sizes]
        block = self.blocks.take(layout.block_numbers) if record else None
        a, at = layout.arguments(), layout.position
        a[at["outputs"]] = outputs.data_ptr()
        for k, final in zip(layout.finals, finals, strict=True):
            a[k] = final.data_ptr()
        if B:
            self._run(kind, layout, inputs, a, None if block is None else block.memory)
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
        arguments, dtype = self.arguments["backward"], self.dtype
        T, B, I = inputs.x.shape  # noqa: E741
        layout = self._layout("backward", T, B)
        a, at = layout.arguments(), layout.position
        new = torch.empty if inputs.lengths is None and B else torch.zeros
        per_step = {p.name: new(T, B, *p.shape, dtype=dtype) for p in arguments.places("d_sequence")}
        adds = "d_x" in per_step
        if self.plan.projections and wants_x and not adds:
            per_step["d_x"] = new(T, B, I, dtype=dtype)
        for name, tensor in (*per_step.items(), ("d_output", d_output)):
            self._fill(a, layout.steps(name), tensor)
        fresh = torch.empty if B else torch.zeros
        sums = {name: fresh(self.shapes[name], dtype=dtype) for name in arguments.gradients}
        for name, tensor in sums.items():
            a[at[name]] = tensor.data_ptr()
        d_initial = [torch.empty(B, size, dtype=dtype) for size in self.plan.state_sizes]
        for k, j, final, initial in zip(layout.d_finals, layout.d_initial, d_finals, d_initial, strict=True):
            a[k], a[j] = final.data_ptr(), initial.data_ptr()
        a[at["outputs"]] = outputs.data_ptr()
        a[at["d_x_wanted"]], a[at["d_x_adds"]] = int(wants_x), int(adds)
        if B:
            self._run("backward", layout, inputs, a, block)
        return Gradients(
            per_step.get("d_x") if wants_x else None,
            [per_step.get(f"d_{name}") for name in self.others],
            d_initial,
            [sums.get(name) for name in self._gradient_names],
        )

    @staticmethod
    def _fill(a: ctypes.Array[ctypes.c_int64], places: tuple[int, int, int] | None, tensor: Tensor) -> None:
        """Fill in address and strides of a sequence."""
        if places is not None:
            address, t, b = places
            a[address] = tensor.data_ptr()
            a[t], a[b], *_ = tensor.stride()

    def _run(
        self, kind: str, layout: Layout, inputs: Inputs, a: ctypes.Array[ctypes.c_int64], block: Tensor | None
    ) -> None:
        at, itemsize = layout.position, self.dtype.itemsize
        if block is not None:
            base = block.data_ptr()
            for k, offset in layout.kept:
                a[k] = base + offset * itemsize
        tables = layout.tables[inputs.reverse]
        if inputs.lengths is not None:
            tables = uneven(inputs.lengths, layout.shares, reverse=inputs.reverse)
        for k, table in zip(layout.table, tables, strict=True):
            a[k] = table.data_ptr()
        a[at["direction"]] = -1 if inputs.reverse else 1
        a[at["zeros"]] = self.zeros.data_ptr()
        if inputs.reset is not None:
            self._fill(a, layout.steps("reset"), inputs.reset)
            a[at["reset_shift"]] = int(inputs.reverse)
        self._fill(a, layout.steps("x"), inputs.x)
        for name, tensor in zip(self.others, inputs.others, strict=True):
            self._fill(a, layout.steps(name), tensor)
        for name, tensor in zip(self.constants, inputs.constants, strict=True):
            if name in at:
                a[at[name]] = tensor.data_ptr()
        for k, state in zip(layout.initial, inputs.initial, strict=True):
            a[k] = state.data_ptr()
        workspace = layout.workspace(self.dtype)
        base = workspace.memory.data_ptr()
        a[at["workspace"]], a[at["barrier"]] = base, workspace.barrier.data_ptr()
        for k, offset in layout.weights:
            a[k] = base + offset * itemsize
        a[at["pack"]] = self._pack(kind, workspace, inputs)
        team.run(self.kernels.address(kind), a, layout.shares.threads)
        layout.free.append(workspace)

    def _pack(self, kind: str, workspace: Workspace, inputs: Inputs) -> int:
        """Return 0 if the weights lie packed in the workspace already and nobody has changed them since."""
        if kind != "inference" or any(t.is_inference() for t in inputs.constants):
            return 1
        now = tuple([(t.data_ptr(), t._version) for t in inputs.constants])
        known = workspace.packed == now
        workspace.packed = now
        return 0 if known else 1

    def blank(self, shape: tuple[int, ...]) -> Tensor:
        """Return zeros that nobody writes to."""
        known = self._blank.get(shape)
        if known is None:
            with torch.inference_mode(False):
                known = self._blank[shape] = torch.zeros(shape, dtype=self.dtype)
            if len(self._blank) > LAYOUTS:
                self._blank.pop(next(iter(self._blank)), None)
        return known

    def _layout(self, kind: str, T: int, B: int) -> Layout:
        threads = torch.get_num_threads()
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
