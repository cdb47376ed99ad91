"""Loops over the features of a row: explicit vectors along the last dimension, a masked one at its end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf

from frontal.compiler.cpu.code import Code, Mask
from frontal.compiler.cpu.kernel import Kernel, Value
from frontal.compiler.cpu.maths import FUNCTIONS
from frontal.compiler.plan import Instruction, Loop, Store

Address = Callable[[str], Sequence[Value]]  # the places in memory of a buffer's row; more than one only to store
COMPARISONS = {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!="}
START = {"sum": 0.0, "max": -inf, "min": inf}


def emit(kernel: Kernel, loop: Loop, reads: Address, writes: Address) -> None:
    """Emit one pass over the features of a row."""
    _Pass(kernel, loop, reads, writes).emit()


class _Pass:
    def __init__(self, kernel: Kernel, loop: Loop, reads: Address, writes: Address) -> None:
        self.kernel, self.loop, self.code = kernel, loop, kernel.code
        self.reads = {name: reads(name)[0] for name in dict.fromkeys(i.place for i in loop.body if i.place)}
        self.writes = {name: writes(name) for name in dict.fromkeys(s.place for s in loop.stores)}
        self.outer: list[Value] = []  # indices of all dimensions but the last
        self.sums: dict[int, Value] = {}  # memory of the running reduction, by number of the store

    def emit(self, depth: int = 0) -> None:
        """Emit the dimensions from `depth` on; reductions over them begin before and end after."""
        self._begin(depth)
        if depth < len(self.loop.shape) - 1:
            with self.code.loop(0, self.kernel.size(self.loop.shape[depth])) as index:
                self.outer.append(index)
                self.emit(depth + 1)
                self.outer.pop()
        else:
            fixed = self._fixed()
            for index, mask in self.kernel.vectors(self.kernel.size(self.loop.shape[depth])):
                with index as j:
                    self._body(j, mask, fixed)
        self._end(depth)

    def _begin(self, depth: int) -> None:
        """Begin the reductions that leave `depth` dimensions."""
        for k, store in enumerate(self.loop.stores):
            if store.axes and len(self.loop.shape) - store.axes == depth:
                with self.code.b.goto_entry_block():
                    self.sums[k] = self.code.b.alloca(self.code.vector)
                self.code.b.store(self.code.splat(START[store.how]), self.sums[k])

    def _end(self, depth: int) -> None:
        """Store the reductions that leave `depth` dimensions."""
        code = self.code
        reduce = {"sum": code.total, "max": code.largest, "min": code.smallest}
        for k, store in enumerate(self.loop.stores):
            if store.axes and len(self.loop.shape) - store.axes == depth:
                total = reduce[store.how](code.b.load(self.sums[k], typ=code.vector))
                for address in self.writes[store.place]:
                    code.put(total, code.at(address, *self._outer_offset(store.offset, store.strides[:depth])))

    def _outer_offset(self, offset: int, strides: Sequence[int]) -> list[Value]:
        terms = [self.kernel.size(offset)]
        for index, stride in zip(self.outer, strides, strict=False):
            if stride:
                terms.append(self.code.times(index, self.kernel.size(stride)))
        return terms

    def _fixed(self) -> dict[int, Value]:
        """Load what does not change along the last dimension, once."""
        fixed: dict[int, Value] = {}
        for k, instruction in enumerate(self.loop.body):
            if instruction.function == "load" and not (instruction.strides and instruction.strides[-1]):
                address = self.code.at(
                    self.reads[instruction.place], *self._outer_offset(instruction.offset, instruction.strides[:-1])
                )
                fixed[k] = self.code.splat(self.code.get(address))
        return fixed

    def _body(self, j: Value, mask: Mask, fixed: dict[int, Value]) -> None:
        values: list[Value] = []
        for k, instruction in enumerate(self.loop.body):
            values.append(fixed[k] if k in fixed else self._value(instruction, values, j, mask))
        for k, store in enumerate(self.loop.stores):
            self._store(k, store, values[store.value], j, mask)

    def _value(self, instruction: Instruction, values: list[Value], j: Value, mask: Mask) -> Value:
        if instruction.function == "constant":
            return self.code.splat(instruction.number)
        if instruction.function == "load":
            offset = self._outer_offset(instruction.offset, instruction.strides[:-1])
            return self.code.load(self.code.at(self.reads[instruction.place], *offset, j), mask)
        return apply(self.code, instruction.function, [values[a] for a in instruction.arguments])

    def _store(self, k: int, store: Store, value: Value, j: Value, mask: Mask) -> None:
        code = self.code
        if value.type == code.mask_type:
            value = code.b.select(value, code.splat(1.0), code.splat(0.0))
        if store.axes:
            if mask is not None:
                value = code.b.select(mask, value, code.splat(START[store.how]))
            function = {"sum": "add", "max": "maximum", "min": "minimum"}[store.how]
            before = code.b.load(self.sums[k], typ=code.vector)
            code.b.store(apply(code, function, [before, value]), self.sums[k])
            return
        along = store.strides[-1] if store.strides else 0
        offset = self._outer_offset(store.offset, store.strides[:-1])
        for address in self.writes[store.place]:
            target = code.at(address, *offset, *([j] if along else []))
            if store.how == "add":
                self._accumulate(target, value, mask, bool(along))
            elif along or len(store.strides) == 0 or self.loop.shape[-1] == 1:
                code.store(value, target, mask)

    def _accumulate(self, target: Value, value: Value, mask: Mask, along: bool) -> None:
        code = self.code
        if along or self.loop.shape[-1] == 1:
            code.store(code.b.fadd(code.load(target, mask), value), target, mask)
        else:
            kept = value if mask is None else code.b.select(mask, value, code.splat(0.0))
            code.put(code.b.fadd(code.get(target), code.total(kept)), target)


def apply(code: Code, function: str, values: list[Value]) -> Value:  # noqa: PLR0911
    """Emit an elementwise function of the plan on vectors."""
    b = code.b
    if function == "add":
        return b.fadd(*values, flags=["contract"])
    if function == "sub":
        return b.fsub(*values, flags=["contract"])
    if function == "mul":
        return b.fmul(*values, flags=["contract"])
    if function == "neg":
        return b.fneg(values[0])
    if function in COMPARISONS:
        compare = b.fcmp_unordered if function == "ne" else b.fcmp_ordered
        return compare(COMPARISONS[function], *values)
    if function == "where":
        return b.select(*values)
    if function in ("and", "or"):
        return b.and_(*values) if function == "and" else b.or_(*values)
    if function == "not":
        return b.not_(values[0])
    if function == "div":
        return FUNCTIONS["divide"](code, *values)
    return FUNCTIONS[function](code, *values)
