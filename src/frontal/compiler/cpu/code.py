"""One function of LLVM IR, written with explicit vectors: loops, masked loads and stores, arithmetic."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from llvmlite import ir

from frontal.compiler.cpu.target import Target

I1, I8, I32, I64 = (ir.IntType(bits) for bits in (1, 8, 32, 64))
POINTER = ir.PointerType()
VOID = ir.VoidType()
Mask = ir.Value | None  # lanes that count; None for all of them


class Code:
    """A function in the making, over numbers of one type and vectors of them.

    Args:
        module: where it goes.
        name: under which others call it.
        arguments: their IR types.
        target: the machine.
        bits: 32 or 64, of a number.
        returns: its IR type.
    """

    def __init__(
        self,
        module: ir.Module,
        name: str,
        arguments: Sequence[ir.Type],
        target: Target,
        bits: int,
        returns: ir.Type = VOID,
        *,
        internal: bool = False,
    ) -> None:
        self.module, self.target, self.bits = module, target, bits
        self.number: ir.Type = ir.FloatType() if bits == 32 else ir.DoubleType()
        self.integer = ir.IntType(bits)
        self.lanes = target.lanes(bits)
        self.vector = ir.VectorType(self.number, self.lanes)
        self.integers = ir.VectorType(self.integer, self.lanes)
        self.mask_type = ir.VectorType(I1, self.lanes)
        self.suffix = f"v{self.lanes}f{bits}"
        self.function = ir.Function(module, ir.FunctionType(returns, arguments), name)
        if internal:
            self.function.linkage = "internal"
        self.arguments = self.function.args
        self.b: Any = ir.IRBuilder(self.function.append_basic_block("entry"))

    # control

    @contextmanager
    def loop(self, start: ir.Value | int, stop: ir.Value | int, step: ir.Value | int = 1) -> Iterator[Any]:
        """Run the block for start, start + step, … below stop."""
        b, start, stop, step = self.b, self.index(start), self.index(stop), self.index(step)
        before = b.block
        head, body, after = (self.function.append_basic_block(name) for name in ("head", "body", "after"))
        b.branch(head)
        b.position_at_end(head)
        k = b.phi(I64)
        k.add_incoming(start, before)
        b.cbranch(b.icmp_signed("<", k, stop), body, after)
        b.position_at_end(body)
        yield k
        k.add_incoming(b.add(k, step), b.block)
        b.branch(head)
        b.position_at_end(after)

    @contextmanager
    def carry(
        self, start: ir.Value | int, stop: ir.Value | int, step: ir.Value | int, values: list[Any]
    ) -> Iterator[ir.Value]:
        """Run the block as `loop` does; what it leaves in `values` goes to the next round and to what follows."""
        before, initial = self.b.block, list(values)
        with self.loop(start, stop, step) as k:
            body, head = self.b.block, k.parent
            self.b.position_before(head.instructions[-2])
            phis = [self.b.phi(value.type) for value in values]
            self.b.position_at_end(body)
            values[:] = phis
            yield k
            for phi, old, new in zip(phis, initial, values, strict=True):
                phi.add_incoming(old, before)
                phi.add_incoming(new, self.b.block)
        values[:] = phis

    @contextmanager
    def when(self, condition: ir.Value) -> Iterator[None]:
        """Run the block if the condition holds."""
        with self.b.if_then(condition):
            yield

    # whole numbers

    def index(self, value: ir.Value | int) -> ir.Value:
        """Return a 64-bit whole number."""
        return ir.Constant(I64, value) if isinstance(value, int) else value

    def add(self, *terms: ir.Value | int) -> ir.Value:
        """Sum of whole numbers."""
        total = self.index(terms[0])
        for term in terms[1:]:
            total = self.b.add(total, self.index(term))
        return total

    def times(self, *factors: ir.Value | int) -> ir.Value:
        """Product of whole numbers."""
        product = self.index(factors[0])
        for factor in factors[1:]:
            product = self.b.mul(product, self.index(factor))
        return product

    def least(self, left: ir.Value | int, right: ir.Value | int) -> ir.Value:
        """Return the smaller whole number."""
        left, right = self.index(left), self.index(right)
        return self.b.select(self.b.icmp_signed("<", left, right), left, right)

    # memory

    def at(self, base: ir.Value, *offsets: ir.Value | int) -> ir.Value:
        """Return the address of the number that lies so many numbers after `base`."""
        return self.b.gep(base, [self.add(*offsets)], source_etype=self.number)

    def get(self, address: ir.Value, kind: ir.Type | None = None) -> ir.Value:
        """Load one number (or another type)."""
        return self.b.load(address, typ=kind or self.number)

    def put(self, value: ir.Value, address: ir.Value) -> None:
        """Store one value."""
        self.b.store(value, address)

    def load(self, address: ir.Value, mask: Mask = None) -> ir.Value:
        """Load a vector from any address; lanes off the mask are zero and their memory is not touched."""
        if mask is None:
            value = self.b.load(address, typ=self.vector)
            value.align = self.bits // 8
            return value
        name = f"llvm.masked.load.{self.suffix}.p0"
        align = ir.Constant(I32, self.bits // 8)
        return self.call(name, self.vector, [address, align, mask, self.splat(0.0)])

    def store(self, value: ir.Value, address: ir.Value, mask: Mask = None) -> None:
        """Store a vector to any address; memory of lanes off the mask is not touched."""
        if mask is None:
            self.b.store(value, address).align = self.bits // 8
        else:
            align = ir.Constant(I32, self.bits // 8)
            self.call(f"llvm.masked.store.{self.suffix}.p0", VOID, [value, address, align, mask])

    def below(self, count: ir.Value) -> ir.Value:
        """Return the mask of the first `count` lanes."""
        kind = ir.VectorType(I32, self.lanes)
        lanes = ir.Constant(kind, list(range(self.lanes)))
        return self.b.icmp_signed("<", lanes, self._spread(self.b.trunc(count, I32), kind))

    # numbers and vectors

    def splat(self, value: ir.Value | float) -> ir.Value:
        """Return a vector whose lanes all hold `value`."""
        if not isinstance(value, ir.Value):
            return ir.Constant(self.vector, [ir.Constant(self.number, float(value))] * self.lanes)
        return self._spread(value, self.vector)

    def _spread(self, value: ir.Value, kind: ir.VectorType) -> ir.Value:
        first = self.b.insert_element(ir.Constant(kind, ir.Undefined), value, ir.Constant(I32, 0))
        zeros = ir.Constant(ir.VectorType(I32, kind.count), [0] * kind.count)
        return self.b.shuffle_vector(first, ir.Constant(kind, ir.Undefined), zeros)

    def fma(self, a: Any, b: ir.Value, c: ir.Value) -> ir.Value:
        """Return a · b + c, rounded once where the machine can; vectors or numbers."""
        if not self.target.fma:
            return self.b.fadd(self.b.fmul(a, b), c)
        name = f"llvm.fma.{self.suffix}" if a.type == self.vector else f"llvm.fma.f{self.bits}"
        return self.call(name, a.type, [a, b, c])

    def total(self, value: ir.Value) -> ir.Value:
        """Return the sum of a vector's lanes."""
        zero = ir.Constant(self.number, 0.0)
        call = self.call(f"llvm.vector.reduce.fadd.{self.suffix}", self.number, [zero, value])
        call.fastmath.add("reassoc")
        return call

    def largest(self, value: ir.Value) -> ir.Value:
        """Return the largest of a vector's lanes; NaN if one is NaN."""
        return self.call(f"llvm.vector.reduce.fmaximum.{self.suffix}", self.number, [value])

    def smallest(self, value: ir.Value) -> ir.Value:
        """Return the smallest of a vector's lanes; NaN if one is NaN."""
        return self.call(f"llvm.vector.reduce.fminimum.{self.suffix}", self.number, [value])

    def call(self, name: str, returns: ir.Type, arguments: Sequence[Any]) -> Any:
        """Call a function by name: an intrinsic, one of this module, or one of the process."""
        function = self.module.globals.get(name)
        if function is None:
            kind = ir.FunctionType(returns, [argument.type for argument in arguments])
            function = ir.Function(self.module, kind, name)
        return self.b.call(function, arguments)


def new_module(name: str, target: Target) -> ir.Module:
    """Return an empty module for the target."""
    module = ir.Module(name)
    module.triple = target.triple
    return module
