"""The backward kernel: the loop over time in reverse, with the products that can wait done a chunk at a time."""

from __future__ import annotations

from llvmlite import ir

from frontal.compiler.cpu import calls
from frontal.compiler.cpu.abi import Arguments
from frontal.compiler.cpu.forward import ONE, gather_x, pack_weights
from frontal.compiler.cpu.kernel import Kernel, Row, Value
from frontal.compiler.cpu.pointwise import emit
from frontal.compiler.cpu.target import Target
from frontal.compiler.plan import Outer, Plan, Pointwise

ZERO = ir.Constant(ir.IntType(64), 0)


def write(module: ir.Module, name: str, plan: Plan, target: Target, bits: int) -> None:
    """Write the backward kernel into a module."""
    _Backward(Kernel(module, name, Arguments(plan, "backward"), target, bits)).write()


class _Backward:
    def __init__(self, kernel: Kernel) -> None:
        self.k, self.code, self.plan = kernel, kernel.code, kernel.plan

    def write(self) -> None:
        """Emit everything."""
        k, code, b = self.k, self.code, self.code.b
        pack_weights(k)
        self._clear_sums()
        self._begin()
        code.put(ZERO, k.live)
        chunks = b.sdiv(code.add(k["T"], k["chunk"], -1), k["chunk"])
        with code.loop(0, chunks) as counted:
            start = code.times(b.sub(code.add(chunks, -1), counted), k["chunk"])
            stop = code.least(code.add(start, k["chunk"]), k["T"])
            before = k.get(k.live)
            code.put(ZERO, k.filled)
            with code.loop(0, b.sub(stop, start)) as back:
                step = b.sub(code.add(stop, -1), back)
                grow(k, step)
                k.stages(step, self._pointwise)
                if self.plan.projections:
                    gather_x(k, step)
                code.put(code.add(k.get(k.filled), k.get(k.live)), k.filled)
            k.meet()
            self._after(before, start, stop)
        k.meet()
        self._end()
        self._add_sums()
        k.finish()

    def _begin(self) -> None:
        """Put the gradients of the final states where each row's last step finds them."""
        k = self.k
        with k.each_row(k.rows, ZERO) as row:
            for n, size in enumerate(self.plan.state_sizes):
                slot = k.slot(n, k.length(row.number), row.number)
                k.copy(k.of_batch(f"d_final{n}", row.sequence, size), slot, k.size(size))
        k.meet()

    def _pointwise(self, stage: Pointwise, step: Value) -> None:
        k, code = self.k, self.code
        written = {store.place for loop in stage.loops for store in loop.stores}
        states = [n for n, name in enumerate(self.plan.states) if f"d_{name}" in written]
        with k.each_row(k.get(k.live), step) as row:
            fresh = k.begins(row, step)
            for loop in stage.loops:
                emit(
                    k,
                    loop,
                    lambda name, row=row, fresh=fresh: [self._read(name, row, fresh)],
                    lambda name, row=row: [self._write(name, row)],
                )
            if states:
                with code.when(fresh):
                    for n in states:
                        k.clear(k.slot(n, step, row.number), k.size(self.plan.state_sizes[n]))

    def _read(self, name: str, row: Row, fresh: Value) -> Value:  # noqa: PLR0911
        k, code, place = self.k, self.code, self.plan.by_name[name]
        if place.kind == "constant":
            return k.pointer(name)
        if place.kind in ("sequence", "d_output"):
            return k.outside(name, row.time, row.sequence)
        if place.kind == "state":
            return self._before(k.state_number(place), row, fresh)
        if place.kind == "after":
            n = k.state_number(place)
            if n == 0:
                return k.outside("outputs", row.time, row.sequence)
            return k.record(f"kept{n}", (self.plan.state_sizes[n],), row)
        if place.kind == "saved":
            return k.record(name, place.shape, row)
        if place.kind == "later":
            return k.slot(int(name.removeprefix("later")), code.add(row.step, ONE), row.number)
        return k.scratch(place, row.place if place.kind == "chunk" else row.number)

    def _before(self, n: int, row: Row, fresh: Value) -> Value:
        """Return the address of a state before a step: kept, given, or zero where a sequence begins."""
        k, b = self.k, self.code.b
        size = self.plan.state_sizes[n]
        initial = k.of_batch(f"initial{n}", row.sequence, size)
        earlier = b.sub(row.step, ONE)
        if n == 0:
            kept = k.outside("outputs", b.sub(row.time, k["direction"]), row.sequence)
        else:
            kept = k.record(f"kept{n}", (size,), row, earlier)
        first = b.icmp_signed("==", row.step, ZERO)
        return b.select(fresh, k.pointer("zeros"), b.select(first, initial, kept))

    def _write(self, name: str, row: Row) -> Value:
        k, place = self.k, self.plan.by_name[name]
        if place.kind == "d_state":
            return k.slot(k.state_number(place), row.step, row.number)
        if place.kind == "d_sequence":
            return k.outside(name, row.time, row.sequence)
        if place.kind == "d_constant":
            return self._sum(name)
        return k.scratch(place, row.place if place.kind == "chunk" else row.number)

    def _sum(self, name: str) -> Value:
        """Return the address of this thread's share of a gradient of a constant."""
        k, b = self.k, self.code.b
        size = k.numbers(self.plan.by_name[name].shape)
        place = self.code.add(k[f"at_{name}"], self.code.times(b.sub(k.thread, ONE), size))
        other = self.code.at(k.pointer("workspace"), place)
        return b.select(b.icmp_signed("==", k.thread, ZERO), k.pointer(name), other)

    def _shared_sum(self, name: str) -> Value:
        """The same, or in a team the one of all threads, who then work on different rows of it."""
        return self.code.b.select(self.k.in_team, self.k.pointer(name), self._sum(name))

    def _clear_sums(self) -> None:
        """Begin all sums at zero."""
        k, code = self.k, self.code
        for name in k.names.gradients:
            size = k.numbers(self.plan.by_name[name].shape)
            if name in k.names.row_sums:
                k.clear(self._sum(name), size)
            else:
                first, last = k.share(size)
                k.clear(code.at(self._shared_sum(name), first), code.b.sub(last, first))

    def _add_sums(self) -> None:
        """Add the sums of all threads; each thread takes a stretch."""
        k, code, b = self.k, self.code, self.code.b
        k.everybody()
        for name in k.names.gradients:
            size = k.numbers(self.plan.by_name[name].shape)
            apart = code.index(1) if name in k.names.row_sums else b.select(k.in_team, ZERO, ONE)
            threads = b.select(b.icmp_signed("!=", apart, ZERO), k.threads, ONE)
            first, last = k.split(size)
            with code.loop(1, threads) as thread:
                place = code.add(k[f"at_{name}"], code.times(code.add(thread, -1), size), first)
                source = code.at(k.pointer("workspace"), place)
                k.add(source, code.at(k.pointer(name), first), b.sub(last, first))

    # after a chunk

    def _after(self, before: Value, start: Value, stop: Value) -> None:
        k = self.k
        for outer in k.names.program.outers:
            self._outer(outer)
        for n, p in enumerate(self.plan.projections):
            if p.gradient:
                rows, columns = (p.N, p.K) if p.transposed else (p.K, p.N)
                gradient = k.scratch(self.plan.by_name[p.gradient])
                x = self.code.at(k.workspace, k["at_x"])
                left, right = (gradient, x) if p.transposed else (x, gradient)
                self._accumulate(f"d_{p.weight}", left, right, rows, columns)
                self._gradient_of_x(n, gradient, before, start, stop)

    def _outer(self, outer: Outer) -> None:
        k, code = self.k, self.code
        left = self.plan.by_name[outer.left]
        source = k.scratch(left)
        if not outer.right:
            self._columns(outer, source)
            return
        right = self.plan.by_name[outer.right]
        other, target = k.scratch(right), self._shared_sum(outer.place)
        with code.loop(0, outer.groups) as group:
            M, N = k.size(outer.M), k.size(outer.N)
            arguments = (
                code.at(source, code.times(group, M)), k.numbers(left.shape),
                code.at(other, code.times(group, N)), k.numbers(right.shape),
                code.at(target, code.times(group, M, N)), N,
            )  # fmt: skip
            self._call_outer(M, N, arguments)

    def _accumulate(self, name: str, left: Value, right: Value, M: int, N: int) -> None:
        k = self.k
        m, n = k.size(M), k.size(N)
        self._call_outer(m, n, (left, m, right, n, self._shared_sum(name), n))

    def _call_outer(self, M: Value, N: Value, operands: tuple[Value, ...]) -> None:
        k = self.k
        first, last = k.share(M)
        scratch = self.code.at(k.pointer("workspace"), self.code.times(k.thread, k["workspace_stride"]), k["at_outer"])
        calls.outer(self.code, M, N, k.get(k.filled), *operands, scratch, first, last)

    def _columns(self, outer: Outer, source: Value) -> None:
        """Sum a buffer over the rows and steps of the chunk."""
        k, code = self.k, self.code
        width = k.size(outer.M)
        target = self._sum(outer.place)
        first, last = k.share(k.get(k.filled))
        for index, mask in k.vectors(width):
            with index as j:
                memory = code.at(target, j)
                with code.b.goto_entry_block():
                    total = code.b.alloca(code.vector)
                code.b.store(code.load(memory, mask), total)
                with code.loop(first, last) as row:
                    value = code.load(code.at(source, code.times(row, width), j), mask)
                    code.b.store(code.b.fadd(code.b.load(total, typ=code.vector), value), total)
                code.store(code.b.load(total, typ=code.vector), memory, mask)

    def _gradient_of_x(self, n: int, gradient: Value, before: Value, start: Value, stop: Value) -> None:
        """Multiply the gradient by the weight, and put each row where x of that row and step is."""
        k, code = self.k, self.code
        p = self.plan.projections[n]
        with code.when(code.b.icmp_signed("!=", k["d_x_wanted"], ZERO)):
            target = code.at(k.workspace, k["at_dx"])
            k.meet()
            k.product(n, k.get(k.filled), gradient, k.size(p.N), target, k.size(p.K), 1, p.N, p.K)
            k.meet()
            live = k.get(k.live)
            code.put(before, k.live)
            code.put(ZERO, k.filled)
            with code.loop(0, code.b.sub(stop, start)) as back:
                step = code.b.sub(code.add(stop, -1), back)
                grow(k, step)
                with k.each_row(k.get(k.live), step) as row:
                    source = code.at(target, code.times(row.place, k.size(p.K)))
                    self._put_x(source, k.outside("d_x", row.time, row.sequence), k.size(p.K), n)
                code.put(code.add(k.get(k.filled), k.get(k.live)), k.filled)
            code.put(live, k.live)

    def _put_x(self, source: Value, target: Value, count: Value, n: int) -> None:
        k, code = self.k, self.code
        adds = code.b.icmp_signed("!=", k["d_x_adds"], ZERO) if n == 0 else ir.Constant(ir.IntType(1), 1)
        with code.b.if_else(adds) as (then, otherwise):
            with then:
                k.add(source, target, count)
            with otherwise:
                k.copy(source, target, count)

    def _end(self) -> None:
        k = self.k
        with k.each_row(k.rows, ZERO) as row:
            for n, size in enumerate(self.plan.state_sizes):
                k.copy(k.slot(n, ZERO, row.number), k.of_batch(f"d_initial{n}", row.sequence, size), k.size(size))


def grow(k: Kernel, step: Value) -> None:
    """Take in the rows whose last step this is."""
    code, b = k.code, k.code.b
    head, body, after = (code.function.append_basic_block(name) for name in ("grow", "more", "grown"))
    b.branch(head)
    b.position_at_end(head)
    live = k.get(k.live)
    some = b.icmp_signed("<", live, k.rows)
    index = b.select(some, live, ZERO)
    begun = b.icmp_signed(">", k.length(index), step)
    b.cbranch(b.and_(some, begun), body, after)
    b.position_at_end(body)
    code.put(code.add(live, ONE), k.live)
    b.branch(head)
    b.position_at_end(after)
