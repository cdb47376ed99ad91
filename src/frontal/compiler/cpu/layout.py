"""Where everything lies in memory for one kernel, T steps and B rows: offsets, sizes, threads."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass, field
from itertools import pairwise
from math import prod

import torch
from torch import Tensor

from frontal.compiler.cpu import calls
from frontal.compiler.cpu.abi import PER_STEP, Arguments
from frontal.compiler.cpu.shares import Shares
from frontal.compiler.cpu.target import Target
from frontal.compiler.plan import Plan

LINE = 16  # numbers, so that buffers begin on cache lines of their own
BARRIER = 32  # 64-bit words


@dataclass(slots=True)
class Workspace:
    """What one call of a kernel has to itself: memory, a barrier, and arguments, filled in but for tensors.

    `packed` says which weights lie packed in the memory, `constants` which addresses stand in the arguments.
    """

    memory: Tensor
    barrier: Tensor
    arguments: ctypes.Array[ctypes.c_int64]
    packed: list[tuple[int, int]] | None = None
    constants: list[int] | None = None
    tables: tuple[Tensor, Tensor, Tensor] | None = None


@dataclass
class Layout:
    """What is the same for every call of one kernel with T steps of B rows.

    Args:
        template: all arguments, with zero for addresses.
        position: of each argument, by name.
        shares: how threads share the work.
        numbers: size of the workspace.
        packed: where each packed weight begins in it.
        block: offsets of what the forward kernel keeps for the backward one, by argument; and their total.
        tables: of sequences that all have T steps, forwards and backwards.
    """

    template: bytes
    position: dict[str, int]
    shares: Shares
    numbers: int
    packed: list[int]
    block: dict[str, int]
    block_numbers: int
    tables: tuple[tuple[Tensor, Tensor, Tensor], tuple[Tensor, Tensor, Tensor]]
    free: tuple[list[Workspace], list[Workspace]] = field(default_factory=lambda: ([], []))

    def __post_init__(self) -> None:
        """Look positions up once; a call has little time."""
        at = self.position
        self.array = ctypes.c_int64 * len(at)
        states = range(sum(name.startswith("initial") for name in at))
        self.initial = [at[f"initial{k}"] for k in states]
        self.finals = [at[f"final{k}"] for k in states if f"final{k}" in at]
        self.d_finals = [at[f"d_final{k}"] for k in states if f"d_final{k}" in at]
        self.d_initial = [at[f"d_initial{k}"] for k in states if f"d_initial{k}" in at]
        self.kept = [(at[name], offset) for name, offset in self.block.items()]
        self.table = [at[name] for name in ("order", "lengths", "starts")]
        self.x, self.outputs, self.pack = self.steps("x"), at["outputs"], at["pack"]

    def steps(self, name: str) -> tuple[int, int, int] | None:
        """Return the positions of the address and the strides of a sequence; None if the kernel does not take it."""
        at = self.position
        return (at[name], at[f"{name}_t"], at[f"{name}_b"]) if name in at else None

    def take(self, dtype: torch.dtype, zeros: Tensor, *, reverse: bool) -> Workspace:
        """Return a workspace that no other call uses; hand it back to `free[reverse]` afterwards."""
        try:
            return self.free[reverse].pop()
        except IndexError:
            pass
        memory, barrier = torch.empty(self.numbers, dtype=dtype), torch.zeros(BARRIER, dtype=torch.int64)
        a, at = self.array.from_buffer_copy(self.template), self.position
        base = memory.data_ptr()
        for k, offset in enumerate(self.packed):
            a[at[f"packed{k}"]] = base + offset * dtype.itemsize
        a[at["workspace"]], a[at["barrier"]], a[at["zeros"]] = base, barrier.data_ptr(), zeros.data_ptr()
        a[at["direction"]] = -1 if reverse else 1
        a[at["reset_shift"]] = int(reverse)
        for k, table in zip(self.table, self.tables[reverse], strict=True):
            a[k] = table.data_ptr()
        return Workspace(memory, barrier, a)


def new_layout(
    plan: Plan, arguments: Arguments, shares: Shares, T: int, B: int, itemsize: int, target: Target
) -> Layout:
    """Place every buffer of a thread in its memory, then the packed weights, which all share."""
    rows, per_chunk, bits = shares.rows, shares.rows * shares.chunk, itemsize * 8
    widths = {place.name: prod(place.shape) for place in plan.places}
    values = {f"size{k}": n for n, k in plan.symbols.items()}
    values |= {"T": T, "B": B, "chunk": shares.chunk, "team": int(shares.team)}
    used = 0

    def take(name: str, count: int) -> None:
        nonlocal used
        values[name] = used
        used += -(-count // LINE) * LINE

    for place in arguments.scratch:
        take(f"at_{place.name}", (per_chunk if place.kind in PER_STEP else rows) * widths[place.name])
    for k, size in enumerate(plan.state_sizes):
        values[f"slot{k}"] = rows * size
        take(f"slots{k}", 2 * rows * size)
    features = max((p.K for p in plan.projections), default=0)
    if plan.projections:
        take("at_x", per_chunk * features)
    if arguments.backward:
        take("at_dx", per_chunk * features)
        rows_of_results = [outer.M for outer in arguments.program.outers] + [max(p.K, p.N) for p in plan.projections]
        take("at_outer", calls.outer_scratch(target, bits, max(rows_of_results, default=0)))
    values["workspace_stride"] = used
    used *= shares.threads
    for name in arguments.gradients if arguments.backward else ():
        take(f"at_{name}", (shares.threads - 1) * widths[name])
    packed, end = _packed(plan, arguments, used, bits, target)
    block, total = _block(plan, arguments, T * B, widths)
    size = plan.state_sizes[0]
    values |= {"outputs_t": B * size, "outputs_b": size}
    template = (ctypes.c_int64 * len(arguments.names))(*(values.get(name, 0) for name in arguments.names))
    return Layout(
        bytes(template), arguments.position, shares, end, packed, block, total,
        (_even(T, B, reverse=False), _even(T, B, reverse=True)),
    )  # fmt: skip


def _packed(plan: Plan, arguments: Arguments, start: int, bits: int, target: Target) -> tuple[list[int], int]:
    products = [(1, p.N, p.K) if arguments.backward else (1, p.K, p.N) for p in plan.projections]
    products += [(m.groups, m.K, m.N) for m in arguments.matmuls]
    firsts = [start]
    for groups, K, N in products:
        firsts.append(firsts[-1] + -(-groups * calls.packed_size(target, bits, K, N) // LINE) * LINE)
    return firsts[:-1], firsts[-1]


def _block(plan: Plan, arguments: Arguments, steps: int, widths: dict[str, int]) -> tuple[dict[str, int], int]:
    """Lay out what is kept of every step: states, then saved values, each (T, B, size)."""
    sizes = {f"kept{k}": plan.state_sizes[k] for k in plan.kept_states if k}
    sizes |= {place.name: widths[place.name] for place in plan.of_kind("saved")}
    offsets, total = {}, 0
    for name, size in sizes.items():
        if name in arguments.position:
            offsets[name] = total
        total += -(-steps * size // LINE) * LINE
    return offsets, total


def _even(T: int, B: int, *, reverse: bool) -> tuple[Tensor, Tensor, Tensor]:
    return torch.arange(B + 1), torch.full((B + 1,), T), torch.full((B + 1,), T - 1 if reverse else 0)


def uneven(lengths: Tensor, shares: Shares, *, reverse: bool) -> tuple[Tensor, Tensor, Tensor]:
    """Return for each row, in the order of the kernel: its sequence, its length, its first step in time.

    Sequences are sorted from long to short, and dealt out so that every thread has as much to do.
    """
    by_length = torch.argsort(lengths, descending=True, stable=True)
    B, n = len(lengths), 1 if shares.team else shares.threads
    blocks = list(pairwise(B * k // n for k in range(n + 1)))
    places = [first + j for j in range(-(-B // n)) for first, last in blocks if first + j < last]
    order = torch.empty(B + 1, dtype=torch.int64)
    order[torch.tensor(places)] = by_length
    order[B] = 0
    sorted_lengths = lengths[order]
    starts = sorted_lengths - 1 if reverse else torch.zeros_like(sorted_lengths)
    return order, sorted_lengths, starts
