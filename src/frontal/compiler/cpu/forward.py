"""The forward kernel: the loop over time, with the products of x done a chunk of steps at a time."""

from __future__ import annotations

from llvmlite import ir

from frontal.compiler.cpu.abi import Arguments
from frontal.compiler.cpu.kernel import Kernel, Row, Value
from frontal.compiler.cpu.pointwise import emit
from frontal.compiler.cpu.target import Target
from frontal.compiler.plan import Plan, Pointwise

ONE = ir.Constant(ir.IntType(64), 1)


def write(module: ir.Module, name: str, plan: Plan, kind: str, target: Target, bits: int) -> None:
    """Write the kernel of `kind`, "inference" or "forward", into a module."""
    _Forward(Kernel(module, name, Arguments(plan, kind), target, bits), keeps=kind == "forward").write()


class _Forward:
    def __init__(self, kernel: Kernel, *, keeps: bool) -> None:
        self.k, self.code, self.plan, self.keeps = kernel, kernel.code, kernel.plan, keeps

    def write(self) -> None:
        """Emit everything."""
        k, code = self.k, self.code
        pack_weights(k)
        self._begin()
        k.code.put(k.rows, k.live)
        steps, chunk = k["T"], k["chunk"]
        with code.loop(0, steps, chunk) as start:
            stop = code.least(code.add(start, chunk), steps)
            if self.plan.projections:
                self._project(start, stop)
            code.put(ir.Constant(ir.IntType(64), 0), k.filled)
            with code.loop(start, stop) as step:
                shrink(k, step)
                k.stages(step, self._pointwise)
                code.put(code.add(k.get(k.filled), k.get(k.live)), k.filled)
        k.meet()
        self._end()
        k.finish()

    def _begin(self) -> None:
        """Put the initial states where the first step finds them."""
        k, zero = self.k, ir.Constant(ir.IntType(64), 0)
        with k.each_row(k.rows, zero) as row:
            fresh = k.begins(row, zero)
            for n, size in enumerate(self.plan.state_sizes):
                slot, count = k.slot(n, zero, row.number), k.size(size)
                k.copy(k.of_batch(f"initial{n}", row.sequence, size), slot, count)
                with self.code.when(fresh):
                    k.clear(slot, count)
        k.meet()

    def _project(self, start: Value, stop: Value) -> None:
        """Gather x of a chunk of steps, row after row, and multiply it by its weights."""
        k, code = self.k, self.code
        before = k.get(k.live)
        code.put(ir.Constant(ir.IntType(64), 0), k.filled)
        with code.loop(start, stop) as step:
            shrink(k, step)
            gather_x(k, step)
            code.put(code.add(k.get(k.filled), k.get(k.live)), k.filled)
        k.meet()
        for n, p in enumerate(self.plan.projections):
            source = code.at(k.workspace, k["at_x"])
            target = k.scratch(self.plan.by_name[p.place])
            k.product(n, k.get(k.filled), source, k.size(p.K), target, k.size(p.N), 1, p.K, p.N)
        k.meet()
        code.put(before, k.live)

    def _pointwise(self, stage: Pointwise, step: Value) -> None:
        k, code = self.k, self.code
        written = {store.place for loop in stage.loops for store in loop.stores}
        states = [n for n, name in enumerate(self.plan.states) if f"{name}_next" in written]
        with k.each_row(k.get(k.live), step) as row:
            for loop in stage.loops:
                emit(
                    k, loop, lambda name, row=row: [self._read(name, row)], lambda name, row=row: self._write(name, row)
                )
            if states:
                following = code.add(step, ONE)
                inside = code.b.icmp_signed("<", following, k.length(row.number))
                with code.when(inside), code.when(k.begins(row, following)):
                    for n in states:
                        k.clear(k.slot(n, following, row.number), k.size(self.plan.state_sizes[n]))

    def _read(self, name: str, row: Row) -> Value:
        k, place = self.k, self.plan.by_name[name]
        if place.kind == "constant":
            return k.pointer(name)
        if place.kind == "sequence":
            return k.outside(name, row.time, row.sequence)
        if place.kind == "state":
            return k.slot(k.state_number(place), row.step, row.number)
        return k.scratch(place, row.place if place.kind in ("projection", "chunk") else row.number)

    def _write(self, name: str, row: Row) -> list[Value]:
        k, place = self.k, self.plan.by_name[name]
        if place.kind == "saved":
            return [k.record(name, place.shape, row)]
        if place.kind != "next":
            return [self._read(name, row)]
        n = k.state_number(place)
        targets = [k.slot(n, self.code.add(row.step, ONE), row.number)]
        if n == 0:
            targets.append(k.outside("outputs", row.time, row.sequence))
        elif self.keeps and n in self.plan.kept_states:
            targets.append(k.record(f"kept{n}", (self.plan.state_sizes[n],), row))
        return targets

    def _end(self) -> None:
        """Hand the states over; each row's lie where its last step left them."""
        k, zero = self.k, ir.Constant(ir.IntType(64), 0)
        with k.each_row(k.rows, zero) as row:
            for n, size in enumerate(self.plan.state_sizes):
                last = k.slot(n, k.length(row.number), row.number)
                k.copy(last, k.of_batch(f"final{n}", row.sequence, size), k.size(size))


def pack_weights(k: Kernel) -> None:
    """Pack every weight, unless the caller has it packed."""
    code, plan = k.code, k.plan
    with code.when(code.b.icmp_signed("!=", k["pack"], ir.Constant(ir.IntType(64), 0))):
        for n, p in enumerate(plan.projections):
            if k.names.backward:
                K, N = p.N, p.K
                strides = (0, p.K, 1) if p.transposed else (0, 1, p.N)
            else:
                K, N = p.K, p.N
                strides = (0, 1, p.K) if p.transposed else (0, p.N, 1)
            k.pack(n, p.weight, 1, K, N, 0, strides)
        for n, m in enumerate(k.names.matmuls, len(plan.projections)):
            k.pack(n, m.weight, m.groups, m.K, m.N, m.offset, m.strides)
        k.everybody()


def shrink(k: Kernel, step: Value) -> None:
    """Leave out rows that end before this step; they are the last ones, since rows are sorted by length."""
    code, b = k.code, k.code.b
    head, body, after = (code.function.append_basic_block(name) for name in ("shrink", "less", "shrunk"))
    b.branch(head)
    b.position_at_end(head)
    live = k.get(k.live)
    previous = b.sub(live, ONE)
    some = b.icmp_signed(">", live, ir.Constant(ir.IntType(64), 0))
    index = b.select(some, previous, ir.Constant(ir.IntType(64), 0))
    ended = b.icmp_signed("<=", k.length(index), step)
    b.cbranch(b.and_(some, ended), body, after)
    b.position_at_end(body)
    code.put(previous, k.live)
    b.branch(head)
    b.position_at_end(after)


def gather_x(k: Kernel, step: Value) -> None:
    """Copy x of this step into the thread's memory, row after row."""
    code, features = k.code, k.plan.projections[0].K
    with k.each_row(k.get(k.live), step) as row:
        target = code.at(k.workspace, k["at_x"], code.times(row.place, k.size(features)))
        k.copy(k.outside("x", row.time, row.sequence), target, k.size(features))
