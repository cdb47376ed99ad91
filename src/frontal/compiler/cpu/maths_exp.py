"""Exponentials in fp32: x = n ln 2 + r, a polynomial in r, then a power of two."""

from __future__ import annotations

from collections.abc import Sequence
from math import e, log2

from frontal.compiler.cpu.code import Code
from frontal.compiler.cpu.maths_lanes import (
    ALL_LANES,
    CURRENT_ROUNDING,
    SHIFTER,
    Vector,
    at_least,
    at_most,
    bits,
    choose,
    intrinsic,
    less,
    number,
    polynomial,
    quotient,
    wholes,
)

LOG2_E = log2(e)
LN2 = (0.693145751953125, 1.428606765330187e-06)  # the first has 15 bits: its product with n is exact
LOWEST, HIGHEST = -104.0, 89.0  # beyond them exp is 0 and inf
HALVES = 254  # 2 · 127, added to n: either half of the sum is an exponent as fp32 stores it
SMALL = 2.0**-32  # keeps 1 + e^-x finite wherever its reciprocal is not 0

# minimax on |r| ≤ ln 2 / 2, or ≤ ln 2 / 4 for tanh
EXP = (1.0, 1.0000000528463322, 0.5000000461874803, 0.1666635260771019, 0.04166469826889683,
       0.00837997292589368, 0.0014064791951770423)  # e^r  # fmt: skip
EXP_SHORT = (1.0, 1.0, 0.4999920182575925, 0.16667133624913202, 0.04189449467124177, 0.008312017082108287)
EXP2 = (1.0, 0.6931472160629424, 0.2402265284659432, 0.055503084330767706, 0.009617684117552793,
        0.0013407410709461432, 0.00015596588324077353)  # 2^r, |r| ≤ 1/2  # fmt: skip
EXPM1 = (1.000000011279487, 0.49999998009740154, 0.16666499716647815, 0.041667155141407404,
         0.008369786601126632, 0.0013888881640413526)  # (e^r - 1) / r  # fmt: skip
TANH = (1.0, -0.33331104602838724, 0.13101798404609838)  # tanh(r) / r, of r²


def exp(code: Code, x: Vector) -> Vector:
    """e^x."""
    n, r, shifted = _reduce(code, at_least(code, at_most(code, x, HIGHEST), LOWEST), LOG2_E, LN2, HALVES)
    return _times_power(code, polynomial(code, r, EXP), n, shifted)


def exp2(code: Code, x: Vector) -> Vector:
    """2^x."""
    n, r, shifted = _reduce(code, at_least(code, at_most(code, x, 128.0), -151.0), 1.0, [1.0], HALVES)
    return _times_power(code, polynomial(code, r, EXP2), n, shifted)


def expm1(code: Code, x: Vector) -> Vector:
    """e^x - 1."""
    return expm1_inside(code, at_least(code, at_most(code, x, HIGHEST), -20.0))


def expm1_inside(code: Code, x: Vector) -> Vector:
    """e^x - 1 for -20 ≤ x ≤ HIGHEST, from half of it, which does not overflow before the result does."""
    _, r, shifted = _reduce(code, x, LOG2_E, LN2, 126)
    power = _power(code, shifted)  # 2^n / 2
    half = code.fma(code.b.fmul(r, polynomial(code, r, EXPM1)), power, code.b.fsub(power, code.splat(0.5)))
    return choose(code, intrinsic(code, "fabs", x), "<", 1e-9, x, code.b.fadd(half, half))


def sigmoid(code: Code, x: Vector) -> Vector:
    """1 / (1 + e^-x), both parts of the quotient times SMALL."""
    b, small = code.b, code.splat(SMALL)
    inside = at_least(code, at_most(code, x, -LOWEST), LOWEST)
    n, r, shifted = _reduce(code, inside, -LOG2_E, [-part for part in LN2], HALVES)  # r is minus that of -x
    scaled = [SMALL * c * (-1) ** k for k, c in enumerate(EXP_SHORT)]
    below = b.fadd(_times_power(code, polynomial(code, r, scaled), n, shifted), small)
    return quotient(code, small, below)


def tanh(code: Code, x: Vector) -> Vector:
    """(e^2x - 1) / (e^2x + 1) with e^2x = p (1 + t) / (1 - t), p = 2^n, t = tanh r: nothing is lost near zero."""
    b, one = code.b, code.splat(1.0)
    inside = at_least(code, at_most(code, x, 10.0), -10.0)
    _, r, shifted = _reduce(code, inside, 2 * LOG2_E, [0.5 * sum(LN2)], 127)
    t = b.fmul(r, polynomial(code, b.fmul(r, r), TANH))
    power = _power(code, shifted)
    less_power, more_power = b.fsub(one, power), b.fadd(one, power)
    above = code.fma(t, more_power, b.fneg(less_power))  # -0 stays -0
    return quotient(code, above, code.fma(b.fneg(t), less_power, more_power))


def _reduce(code: Code, x: Vector, per: float, parts: Sequence[float], bias: int) -> tuple[Vector, Vector, Vector]:
    """Return n = round(x · per); x - n · (sum of parts); and a number that holds n + bias in its lowest bits."""
    shift = code.splat(SHIFTER + bias)
    shifted = code.fma(x, code.splat(per), shift)
    n = code.b.fsub(shifted, shift)
    return n, less(code, x, n, parts), shifted


def _power(code: Code, shifted: Vector) -> Vector:
    """Return the number whose exponent, as fp32 stores it, is in the lowest bits."""
    return number(code, code.b.shl(bits(code, shifted), wholes(code, 23)))


def _times_power(code: Code, y: Vector, n: Vector, shifted: Vector) -> Vector:
    """Return y · 2^n, rounded once where it is denormal; `shifted` holds n + HALVES in its lowest bits."""
    if code.target.has_avx512:
        name = "llvm.x86.avx512.mask.scalef.ps.512"
        return code.call(name, code.vector, [y, n, code.splat(0.0), ALL_LANES, CURRENT_ROUNDING])
    b, total = code.b, bits(code, shifted)
    half = b.lshr(total, wholes(code, 1))
    for part in (half, b.sub(total, half)):
        y = b.fmul(y, number(code, b.shl(part, wholes(code, 23))))
    return y
