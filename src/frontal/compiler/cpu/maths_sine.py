"""Sine and cosine in fp32: multiples of π are taken off, then one odd polynomial on |r| ≤ π/2."""

from __future__ import annotations

from math import pi

from frontal.compiler.cpu.code import I1, Code
from frontal.compiler.cpu.maths_lanes import SHIFTER, Vector, bits, choose, intrinsic, less, number, polynomial, wholes
from frontal.compiler.cpu.maths_libm import each

FARTHEST = 8192.0  # beyond it the product of n and a part of π is not exact without fused multiply-add
PI_FUSED = (3.1415927410125732, -8.742277657347586e-08, -3.4302490200117637e-15)  # 24 bits each
PI_PLAIN = (3.140625, 0.0009675025939941406, 1.5099067240953445e-07, 5.126565838509123e-12)  # 11, 11, 11, 24 bits

# (sin(r) - r) / r³ as a polynomial in r², minimax on |r| ≤ π/2
SINE = (-0.16666659492612063, 0.008333064623081095, -0.00019809475307386583, 2.605481665826213e-06)


def sin(code: Code, x: Vector) -> Vector:
    """Sine of x radians."""
    shifted = code.fma(x, code.splat(1 / pi), code.splat(SHIFTER))
    n = code.b.fsub(shifted, code.splat(SHIFTER))
    return _pieces(code, "sin", x, x, _sine(code, x, n, shifted))


def cos(code: Code, x: Vector) -> Vector:
    """Cosine of x radians: ± sin(x - π n) with n half a whole number."""
    b = code.b
    shifted = b.fadd(code.fma(x, code.splat(1 / pi), code.splat(-0.5)), code.splat(SHIFTER + 1))
    n = b.fadd(b.fsub(shifted, code.splat(SHIFTER + 1)), code.splat(0.5))
    return _pieces(code, "cos", x, code.splat(1.0), _sine(code, x, n, shifted))


def _sine(code: Code, x: Vector, n: Vector, parity: Vector) -> Vector:
    """sin(x - π n), negative if the lowest bit of `parity` is set."""
    r = less(code, x, n, PI_FUSED if code.target.fma else PI_PLAIN)
    square = code.b.fmul(r, r)
    value = code.fma(code.b.fmul(r, square), polynomial(code, square, SINE), r)
    sign = code.b.shl(bits(code, parity), wholes(code, 31))
    return number(code, code.b.xor(bits(code, value), sign))


def _pieces(code: Code, name: str, x: Vector, nearest: Vector, near: Vector) -> Vector:
    """Take `nearest` about 0, where -0 stays -0, and libm far away, behind a branch since few lanes ever are."""
    b, size = code.b, intrinsic(code, "fabs", x)
    near = choose(code, size, "<", 1e-4, nearest, near)
    far = b.fcmp_ordered(">", size, code.splat(FARTHEST))
    some = code.call(f"llvm.vector.reduce.or.v{code.lanes}i1", I1, [far])
    before = b.block
    with b.if_then(some, likely=False):
        careful = b.select(far, each(code, name, x), near)
        inside = b.block
    result = b.phi(code.vector)
    result.add_incoming(near, before)
    result.add_incoming(careful, inside)
    return result
