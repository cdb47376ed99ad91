"""What the kernels of both directions share: arguments, rows, products and barriers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

from llvmlite import ir

from frontal.compiler.cpu import calls, team
from frontal.compiler.cpu.abi import PER_STEP, Arguments
from frontal.compiler.cpu.code import I8, I64, POINTER, Code, Mask
from frontal.compiler.cpu.target import Target
from frontal.compiler.plan import Matmul, Place, Pointwise, Shape

Value = Any  # an ir.Value; llvmlite does not say what its builder returns


@dataclass
class Row:
    """One row at one step: its number within the thread, its sequence, its place in time and in the chunk."""

    number: Value
    logical: Value
    sequence: Value
    step: Value
    time: Value
    place: Value


class Kernel:
    """A kernel in the making.

    Without `team` each thread runs its own rows through time and meets nobody. With it all threads
    work on all rows: they share the columns of each product and the rows of everything else, and
    meet between stages.
    """

    def __init__(self, module: ir.Module, name: str, arguments: Arguments, target: Target, bits: int) -> None:
        self.code = Code(module, name, [POINTER, I64, I64], target, bits)
        self.target, self.bits = target, bits
        self.names, self.plan = arguments, arguments.plan
        self.base, self.thread, self.threads = self.code.arguments
        self._values: dict[str, Value] = {}
        b = self.code.b
        for name_, k in arguments.position.items():
            address = b.gep(self.base, [ir.Constant(I64, k)], source_etype=I64)
            self._values[name_] = b.load(address, typ=I64, name=name_)
        self.in_team = b.icmp_signed("!=", self["team"], ir.Constant(I64, 0))
        zero = ir.Constant(I64, 0)
        first, last = self.split(self["B"])
        self.first = b.select(self.in_team, zero, first)
        self.rows = b.select(self.in_team, self["B"], b.sub(last, first))
        offset = self.code.times(b.select(self.in_team, zero, self.thread), self["workspace_stride"])
        self.workspace = self.code.at(self.pointer("workspace"), offset)
        self.live = self.variable(0)
        self.filled = self.variable(0)

    def __getitem__(self, name: str) -> Value:
        return self._values[name]

    def pointer(self, name: str) -> Value:
        """Return an argument that is an address."""
        return self.code.b.inttoptr(self._values[name], POINTER)

    def size(self, n: int) -> Value:
        """Return a size of the plan: an argument, unless it is 0 or 1."""
        return self[f"size{self.plan.symbols[n]}"] if n > 1 else ir.Constant(I64, n)

    def numbers(self, shape: Shape) -> Value:
        """Return how many numbers a shape holds."""
        return self.code.times(1, *(self.size(n) for n in shape if n != 1))

    def variable(self, value: int) -> Value:
        """Return memory for a whole number."""
        with self.code.b.goto_entry_block():
            memory = self.code.b.alloca(I64)
        self.code.put(ir.Constant(I64, value), memory)
        return memory

    def get(self, memory: Value) -> Value:
        """Read a variable."""
        return self.code.get(memory, I64)

    # threads

    def split(self, count: Value) -> tuple[Value, Value]:
        """Return this thread's part of `count` things."""
        b, one = self.code.b, ir.Constant(I64, 1)
        first = b.sdiv(b.mul(count, self.thread), self.threads)
        return first, b.sdiv(b.mul(count, b.add(self.thread, one)), self.threads)

    def share(self, count: Value) -> tuple[Value, Value]:
        """Return this thread's part of `count` things of a team; all of them without one."""
        b = self.code.b
        first, last = self.split(count)
        return b.select(self.in_team, first, ir.Constant(I64, 0)), b.select(self.in_team, last, count)

    def meet(self) -> None:
        """Wait for the team."""
        with self.code.when(self.in_team):
            self.everybody()

    def everybody(self) -> None:
        """Wait for all threads."""
        team.barrier(self.code, self.pointer("barrier"), self.threads)

    # rows

    def length(self, number: Value) -> Value:
        """Return how many steps a row of this thread has."""
        return self._table("lengths", number)

    def _table(self, name: str, number: Value) -> Value:
        b = self.code.b
        index = b.add(self.first, number)
        return b.load(b.gep(self.pointer(name), [index], source_etype=I64), typ=I64)

    def row(self, number: Value, step: Value) -> Row:
        """Return everything about a row at a step."""
        code = self.code
        sequence = self._table("order", number)
        time = code.add(self._table("starts", number), code.times(self["direction"], step))
        place = code.add(self.get(self.filled), number)
        return Row(number, code.add(self.first, number), sequence, step, time, place)

    @contextmanager
    def each_row(self, count: Value, step: Value) -> Iterator[Row]:
        """Run the block for this thread's share of rows."""
        first, last = self.share(count)
        with self.code.loop(first, last) as number:
            yield self.row(number, step)

    def begins(self, row: Row, step: Value) -> Value:
        """Return whether a new sequence begins at a step of a row."""
        code, b = self.code, self.code.b
        zero = ir.Constant(I64, 0)
        first = b.icmp_signed("==", step, zero)
        none = b.icmp_signed("==", self["reset"], zero)
        shifted = b.icmp_signed("!=", self["reset_shift"], zero)
        skip = b.or_(none, b.and_(first, shifted))
        time = code.add(self._table("starts", row.number), code.times(self["direction"], step), self["reset_shift"])
        offset = code.add(code.times(time, self["reset_t"]), code.times(row.sequence, self["reset_b"]))
        safe = b.select(skip, self.pointer("zeros"), b.gep(self.pointer("reset"), [offset], source_etype=I8))
        flag = b.load(safe, typ=I8)
        return b.and_(b.not_(skip), b.icmp_signed("!=", flag, ir.Constant(I8, 0)))

    # memory

    def scratch(self, place: Place, row: Value | int = 0) -> Value:
        """Return the address of a row of a buffer in the thread's own memory."""
        at = self["at_" + place.name]
        return self.code.at(self.workspace, at, self.code.times(row, self.numbers(place.shape)))

    def slot(self, k: int, step: Value, number: Value | int = 0) -> Value:
        """Return the address of state k, or its gradient, before a step (of the two slots, the even or odd)."""
        code = self.code
        odd = code.b.and_(step, ir.Constant(I64, 1))
        inside = code.times(number, self.size(self.plan.state_sizes[k]))
        return code.at(self.workspace, self[f"slots{k}"], code.times(odd, self[f"slot{k}"]), inside)

    def outside(self, name: str, time: Value, sequence: Value) -> Value:
        """Return the address of a row of a tensor (T, B, …)."""
        code = self.code
        offset = code.add(code.times(time, self[f"{name}_t"]), code.times(sequence, self[f"{name}_b"]))
        return code.at(self.pointer(name), offset)

    def record(self, name: str, shape: Shape, row: Row, step: Value | None = None) -> Value:
        """Return the address of a row of what is kept of every step, (T, B, size)."""
        code = self.code
        index = code.add(code.times(row.step if step is None else step, self["B"]), row.logical)
        return code.at(self.pointer(name), code.times(index, self.numbers(shape)))

    def of_batch(self, name: str, sequence: Value, size: int) -> Value:
        """Return the address of a row of a tensor (B, size)."""
        return self.code.at(self.pointer(name), self.code.times(sequence, self.size(size)))

    def copy(self, source: Value, target: Value, count: Value) -> None:
        """Copy numbers."""
        code = self.code
        for index, mask in self.vectors(count):
            with index as j:
                code.store(code.load(code.at(source, j), mask), code.at(target, j), mask)

    def add(self, source: Value, target: Value, count: Value) -> None:
        """Add numbers to others."""
        code = self.code
        for index, mask in self.vectors(count):
            with index as j:
                total = code.b.fadd(code.load(code.at(target, j), mask), code.load(code.at(source, j), mask))
                code.store(total, code.at(target, j), mask)

    def clear(self, target: Value, count: Value) -> None:
        """Set numbers to zero."""
        code = self.code
        for index, mask in self.vectors(count):
            with index as j:
                code.store(code.splat(0.0), code.at(target, j), mask)

    def vectors(self, count: Value) -> Iterator[tuple[AbstractContextManager[Value], Mask]]:
        """Yield two loops over `count` numbers: over whole vectors, and over what is left, with its mask."""
        code, b = self.code, self.code.b
        lanes = ir.Constant(I64, code.lanes)
        whole = b.sub(count, b.srem(count, lanes))
        yield code.loop(0, whole, code.lanes), None
        rest = b.sub(count, whole)
        mask = code.below(rest)
        yield self._once(whole, b.icmp_signed(">", rest, ir.Constant(I64, 0))), mask

    @contextmanager
    def _once(self, index: Value, condition: Value) -> Iterator[Value]:
        with self.code.when(condition):
            yield index

    # products

    def pack(self, k: int, weight: str, groups: int, K: int, N: int, offset: int, strides: tuple[int, ...]) -> None:
        """Bring a weight into the order in which products read it; all threads take a share."""
        code = self.code
        panels = calls.panels(code, self.size(N))
        first, last = self.split(panels)
        with code.loop(0, self._groups(groups, K, N)) as group:
            source = code.at(self.pointer(weight), self.size(offset), code.times(group, self.size(strides[0])))
            target = code.at(self.pointer(f"packed{k}"), code.times(group, self._packed(K, N)))
            arguments = [source, self.size(strides[1]), self.size(strides[2]), self.size(K), self.size(N), target]
            calls.pack(code, *arguments, first, last)

    def _groups(self, groups: int, K: int, N: int) -> Value:
        return ir.Constant(I64, groups)

    def _packed(self, K: int, N: int) -> Value:
        return calls.packed_numbers(self.code, self.size(K), self.size(N))

    def product(  # noqa: PLR0913, PLR0917
        self, k: int, rows: Value, operand: Value, lda: Value, target: Value, ldc: Value, groups: int, K: int, N: int
    ) -> None:
        """Emit target = operand · packed weight number k."""
        code = self.code
        first, last = self.share(calls.panels(code, self.size(N)))
        with code.loop(0, groups) as group:
            weight = code.at(self.pointer(f"packed{k}"), code.times(group, self._packed(K, N)))
            a = code.at(operand, code.times(group, self.size(K)))
            c = code.at(target, code.times(group, self.size(N)))
            calls.product(code, rows, self.size(K), self.size(N), a, lda, weight, c, ldc, code.index(0), first, last)

    def matmul(self, stage: Matmul, k: int, step: Value) -> None:
        """Emit a product of the plan for the rows that have this step."""
        place, operand = self.plan.by_name[stage.place], self.plan.by_name[stage.operand]
        source = self._operand(operand, step)
        width, height = self.numbers(place.shape), self.numbers(operand.shape)
        self.product(
            k, self.get(self.live), source, height, self.scratch(place), width,
            stage.groups, stage.K, stage.N,
        )  # fmt: skip

    def stages(self, step: Value, pointwise: Callable[[Pointwise, Value], None]) -> None:
        """Emit the stages of one step; `pointwise` emits those that are no product."""
        matmuls = len(self.plan.projections)
        for stage in self.names.program.stages:
            if isinstance(stage, Matmul):
                self.matmul(stage, matmuls, step)
                matmuls += 1
            else:
                pointwise(stage, step)
            self.meet()

    def _operand(self, place: Place, step: Value) -> Value:
        if place.kind == "state":
            return self.slot(self.state_number(place), step)
        first = self.get(self.filled) if place.kind in PER_STEP else 0
        return self.scratch(place, first)

    def state_number(self, place: Place) -> int:
        """Return which state a buffer belongs to."""
        return next(
            k for k, name in enumerate(self.plan.states)
            if place.name in (f"{name}_before", f"{name}_next", f"{name}_after", f"d_{name}")
        )  # fmt: skip

    def finish(self) -> None:
        """Return from the kernel."""
        self.code.b.ret_void()
