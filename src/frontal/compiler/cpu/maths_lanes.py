"""Small pieces of vector arithmetic that the functions are made of."""

from __future__ import annotations

from collections.abc import Sequence

from llvmlite import ir

from frontal.compiler.cpu.code import I32, Code

Vector = ir.Value
SHIFTER = 1.5 * 2.0**23  # fp32: a small number added to it is rounded to a whole one, in the lowest bits
CURRENT_ROUNDING = ir.Constant(I32, 4)
ALL_LANES = ir.Constant(ir.IntType(16), -1)


def intrinsic(code: Code, name: str, *vectors: Vector) -> Vector:
    """Call `llvm.NAME` of the vector's type, which returns the like."""
    return code.call(f"llvm.{name}.{code.suffix}", code.vector, vectors)


def wholes(code: Code, value: int) -> Vector:
    """Return a vector of integers as wide as the numbers, all of them `value`."""
    return ir.Constant(code.integers, [value] * code.lanes)


def bits(code: Code, x: Vector) -> Vector:
    """Return the bits of the numbers."""
    return code.b.bitcast(x, code.integers)


def number(code: Code, x: Vector) -> Vector:
    """Return the numbers that have these bits."""
    return code.b.bitcast(x, code.vector)


def choose(code: Code, left: Vector, relation: str, right: float, then: Vector, otherwise: Vector) -> Vector:
    """Return `then` in lanes where `left` stands in this relation to a constant; never so for NaN."""
    return code.b.select(code.b.fcmp_ordered(relation, left, code.splat(right)), then, otherwise)


def at_least(code: Code, x: Vector, low: float) -> Vector:
    """Raise lanes below `low` to it; NaN stays."""
    return choose(code, x, "<", low, code.splat(low), x)


def at_most(code: Code, x: Vector, high: float) -> Vector:
    """Lower lanes above `high` to it; NaN stays."""
    return choose(code, x, ">", high, code.splat(high), x)


def polynomial(code: Code, x: Vector, coefficients: Sequence[float]) -> Vector:
    """Return c₀ + c₁ x + c₂ x² + …"""
    *rest, top = coefficients
    total = code.splat(top)
    for coefficient in reversed(rest):
        total = code.fma(total, x, code.splat(coefficient))
    return total


def less(code: Code, x: Vector, n: Vector, parts: Sequence[float]) -> Vector:
    """Return x - n · (sum of `parts`), the largest part first."""
    for part in parts:
        x = code.fma(n, code.splat(-part), x)
    return x


def minus_abs(code: Code, x: Vector) -> Vector:
    """Return -|x|."""
    return code.b.fneg(intrinsic(code, "fabs", x))


def quotient(code: Code, above: Vector, below: Vector) -> Vector:
    """Return above / below in fp32, within 2 ULP, for 2^-64 ≤ below ≤ 2^120 (or NaN)."""
    if not code.target.has_avx512:
        return code.b.fdiv(above, below)
    name = "llvm.x86.avx512.rcp14.ps.512"
    rough = code.call(name, code.vector, [below, code.splat(0.0), ALL_LANES])
    error = code.fma(code.b.fneg(below), rough, code.splat(1.0))
    return code.b.fmul(above, code.fma(error, rough, rough))  # one Newton step
