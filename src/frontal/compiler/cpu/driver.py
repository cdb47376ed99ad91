"""Runs kernels on tensors: lays out memory, fills in arguments, chooses threads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import prod

import torch
from torch import Tensor

from frontal.compiler.cpu import calls, team
from frontal.compiler.cpu.abi import PER_STEP, Arguments
from frontal.compiler.cpu.kernels import Kernels
from frontal.compiler.cpu.schedule import Shares, shares
from frontal.compiler.plan import Plan

_ZEROS: dict[tuple[torch.dtype, int], Tensor] = {}


@dataclass
class Sequences:
    """What runs through the loop.

    Args:
        x: (T, B, I), features next to each other.
        others: further sequences of the plan, (T, B, …), by name.
        lengths: (B,), on the CPU, or None.
        reset: bool, (T, B), or None.
        reverse: from the last valid step to the first.
    """

    x: Tensor
    others: Mapping[str, Tensor]
    lengths: Tensor | None
    reset: Tensor | None
    reverse: bool


@dataclass
class Record:
    """What a forward run leaves for the backward one."""

    sequences: Sequences
    initial: Sequence[Tensor]
    constants: Mapping[str, Tensor]
    outputs: Tensor
    kept: dict[str, Tensor]
    saved: dict[str, Tensor]


@dataclass
class Gradients:
    """Of a backward run; `constants` and `sequences` by the names of the plan."""

    x: Tensor | None
    initial: list[Tensor]
    constants: dict[str, Tensor]
    sequences: dict[str, Tensor]


class Driver:
    """Runs one plan for one dtype."""

    def __init__(self, plan: Plan, dtype: torch.dtype, kernels: Kernels) -> None:
        self.plan, self.dtype, self.kernels = plan, dtype, kernels
        self.arguments = {kind: Arguments(plan, kind) for kind in ("inference", "forward", "backward")}
        self.widths = {place.name: prod(place.shape) for place in plan.places}
        self._layouts: dict[tuple[object, ...], _Layout] = {}

    def forward(
        self, sequences: Sequences, initial: Sequence[Tensor], constants: Mapping[str, Tensor], *, record: bool
    ) -> tuple[Tensor, list[Tensor], Record | None]:
        """Return outputs (T, B, size), final states, and with `record` what `backward` needs."""
        kind = "forward" if record else "inference"
        T, B, _ = sequences.x.shape
        new = torch.empty if sequences.lengths is None else torch.zeros
        outputs = new(T, B, self.plan.state_sizes[0], dtype=self.dtype)
        finals = [torch.empty(B, size, dtype=self.dtype) for size in self.plan.state_sizes]
        kept, saved = {}, {}
        if record:
            sizes = self.plan.state_sizes
            kept = {f"kept{k}": torch.empty(T, B, sizes[k], dtype=self.dtype) for k in self.plan.kept_states if k}
            for place in self.arguments[kind].places("saved"):
                saved[place.name] = torch.empty(T, B, self.widths[place.name], dtype=self.dtype)
        tensors = {**constants, **kept, **saved, **{f"initial{k}": s for k, s in enumerate(initial)}}
        tensors |= {f"final{k}": s for k, s in enumerate(finals)}
        self._run(kind, sequences, tensors, {"outputs": outputs, **sequences.others}, {})
        done = Record(sequences, initial, constants, outputs, kept, saved) if record else None
        return outputs, finals, done

    def backward(self, record: Record, d_output: Tensor, d_finals: Sequence[Tensor], *, wants_x: bool) -> Gradients:
        """Return the gradients of everything, given those of the outputs and the final states."""
        sequences, arguments = record.sequences, self.arguments["backward"]
        T, B, _ = sequences.x.shape
        new = torch.empty if sequences.lengths is None else torch.zeros
        d_initial = [torch.empty(B, size, dtype=self.dtype) for size in self.plan.state_sizes]
        per_step = {p.name: new(T, B, *p.shape, dtype=self.dtype) for p in arguments.places("d_sequence")}
        adds = "d_x" in per_step
        if self.plan.projections and not adds:
            per_step["d_x"] = new(T, B, sequences.x.shape[2], dtype=self.dtype) if wants_x else sequences.x
        shares_ = self._shares("backward", T, B)
        sums = {name: torch.zeros(shares_.threads, self.widths[name], dtype=self.dtype) for name in arguments.gradients}
        tensors = {**record.constants, **record.kept, **record.saved, **sums}
        tensors |= {f"initial{k}": s for k, s in enumerate(record.initial)}
        tensors |= {f"d_final{k}": s for k, s in enumerate(d_finals)}
        tensors |= {f"d_initial{k}": s for k, s in enumerate(d_initial)}
        steps = {"outputs": record.outputs, "d_output": d_output, **sequences.others, **per_step}
        flags = {"d_x_wanted": int(wants_x), "d_x_adds": int(adds)}
        self._run("backward", sequences, tensors, steps, flags)
        shapes = {place.name: place.shape for place in self.plan.places}
        constants = {
            name.removeprefix("d_"): (t[0] if len(t) == 1 else t.sum(0)).view(shapes[name]) for name, t in sums.items()
        }
        d_x = per_step.get("d_x") if wants_x else None
        return Gradients(d_x, d_initial, constants, {n.removeprefix("d_"): t for n, t in per_step.items()})

    def _shares(self, kind: str, T: int, B: int) -> Shares:
        return shares(self.plan, self.arguments[kind], T, B, torch.get_num_threads(), self.dtype.itemsize)

    def _run(
        self,
        kind: str,
        sequences: Sequences,
        tensors: Mapping[str, Tensor],
        steps: Mapping[str, Tensor],
        flags: Mapping[str, int],
    ) -> None:
        T, B, _ = sequences.x.shape
        if B == 0:
            return
        arguments = self.arguments[kind]
        layout = self._layout(kind, T, B)
        tables = _tables(sequences, T, B, layout.shares)
        workspace = torch.empty(layout.numbers, dtype=self.dtype)
        barrier = torch.zeros(32, dtype=torch.int64)
        values = dict.fromkeys(arguments.names, 0)
        values |= layout.values
        values |= {"workspace": workspace.data_ptr(), "barrier": barrier.data_ptr(), "pack": 1}
        values |= {f"packed{k}": workspace.data_ptr() + at * self.dtype.itemsize for k, at in enumerate(layout.packed)}
        values |= {name: table.data_ptr() for name, table in tables.items()}
        values |= {"T": T, "B": B, "direction": -1 if sequences.reverse else 1, "base_step": 0}
        values["zeros"] = _zeros(self.dtype, max(self.plan.state_sizes)).data_ptr()
        if sequences.reset is not None:
            reset = sequences.reset
            values |= {"reset": reset.data_ptr(), "reset_t": reset.stride(0), "reset_b": reset.stride(1)}
            values["reset_shift"] = int(sequences.reverse)
        for name, tensor in (("x", sequences.x), *steps.items()):
            if name in arguments.position:
                values |= {name: tensor.data_ptr(), f"{name}_t": tensor.stride(0), f"{name}_b": tensor.stride(1)}
        for name, tensor in tensors.items():
            if name in arguments.position:
                values[name] = tensor.data_ptr()
        if kind == "backward":
            values |= {f"{name}_thread": self.widths[name] for name in arguments.gradients}
        values |= flags
        team.run(self.kernels.address(kind), [values[name] for name in arguments.names], layout.shares.threads)

    def _layout(self, kind: str, T: int, B: int) -> _Layout:
        key = (kind, T, B, torch.get_num_threads())
        if key not in self._layouts:
            self._layouts[key] = self._new_layout(kind, self._shares(kind, T, B))
        return self._layouts[key]

    def _new_layout(self, kind: str, shares_: Shares) -> _Layout:
        """Place every buffer of a thread in its memory, then the packed weights, which all share."""
        arguments, plan = self.arguments[kind], self.plan
        rows, per_chunk = shares_.rows, shares_.rows * shares_.chunk
        values = {f"size{k}": n for n, k in plan.symbols.items()}
        values |= {"chunk": shares_.chunk, "team": int(shares_.team)}
        used = 0

        def take(name: str, count: int) -> None:
            nonlocal used
            values[name] = used
            used += -(-count // 16) * 16

        for place in arguments.scratch:
            many = per_chunk if place.kind in PER_STEP else rows
            take(f"at_{place.name}", many * self.widths[place.name])
        for k, size in enumerate(plan.state_sizes):
            values[f"slot{k}"] = rows * size
            take(f"slots{k}", 2 * rows * size)
        width = max((p.K for p in plan.projections), default=0)
        if plan.projections:
            take("at_x", per_chunk * width)
        bits = self.dtype.itemsize * 8
        if arguments.backward:
            take("at_dx", per_chunk * width)
            take("at_outer", calls.outer_scratch(bits))
        values["workspace_stride"] = used
        packed, end = [], used * shares_.threads
        products = [(1, p.N, p.K) if arguments.backward else (1, p.K, p.N) for p in plan.projections]
        products += [(m.groups, m.K, m.N) for m in arguments.matmuls]
        for groups, K, N in products:
            packed.append(end)
            end += groups * calls.packed_size(bits, K, N)
        return _Layout(shares_, values, packed, end)


@dataclass
class _Layout:
    shares: Shares
    values: dict[str, int]
    packed: list[int]
    numbers: int


def _zeros(dtype: torch.dtype, count: int) -> Tensor:
    known = _ZEROS.get((dtype, 0))
    if known is None or len(known) < count:
        known = _ZEROS[dtype, 0] = torch.zeros(max(count, 64), dtype=dtype)
    return known


def _tables(sequences: Sequences, T: int, B: int, shares_: Shares) -> dict[str, Tensor]:
    """Return for each row, in the order of the kernel: its sequence, its length, its first step in time."""
    if sequences.lengths is None:
        return _even_tables(T, B, sequences.reverse)
    order = _order(sequences.lengths, shares_)
    lengths = sequences.lengths[order]
    starts = lengths - 1 if sequences.reverse else torch.zeros_like(lengths)
    pad = torch.zeros(1, dtype=torch.int64)
    named = {"order": order, "lengths": lengths, "starts": starts}
    return {name: torch.cat([table, pad]) for name, table in named.items()}


@lru_cache(maxsize=64)
def _even_tables(T: int, B: int, reverse: bool) -> dict[str, Tensor]:
    start = T - 1 if reverse else 0
    return {"order": torch.arange(B + 1), "lengths": torch.full((B + 1,), T), "starts": torch.full((B + 1,), start)}


def _order(lengths: Tensor, shares_: Shares) -> Tensor:
    """Return the sequences from long to short; dealt out so that every thread has as much to do."""
    by_length = torch.argsort(lengths, descending=True, stable=True)
    B, n = len(lengths), 1 if shares_.team else shares_.threads
    firsts = [B * k // n for k in range(n + 1)]
    places = [f + j for j in range(-(-B // n)) for f, g in zip(firsts, firsts[1:], strict=False) if f + j < g]
    order = torch.empty_like(by_length)
    order[torch.tensor(places)] = by_length
    return order
