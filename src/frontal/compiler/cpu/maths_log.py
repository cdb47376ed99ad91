"""Logarithms in fp32: x = 2^n m with m about 1, a polynomial in m - 1."""

from __future__ import annotations

from math import inf, nan

from frontal.compiler.cpu.code import Code
from frontal.compiler.cpu.maths_exp import LN2, LOG2_E, exp
from frontal.compiler.cpu.maths_lanes import (
    Vector,
    at_least,
    bits,
    choose,
    intrinsic,
    minus_abs,
    number,
    polynomial,
    wholes,
)

SQRT_HALF, ONE = 0x3F3504F3, 0x3F800000  # bits
EXPONENT = -1 << 23  # and those of sign and exponent
SMALLEST = 2.0**-126  # that is not denormal

# (log(1 + f) - f + f² / 2) / f³, minimax on √½ - 1 ≤ f ≤ √2 - 1
LOG = (0.33333331743773514, -0.25000822718425453, 0.20001225827689365, -0.16623291610478716,
       0.1420172996857085, -0.1316084447779586, 0.12762114075714753, -0.07633324510645233)  # fmt: skip


def log(code: Code, x: Vector) -> Vector:
    """Natural logarithm; -inf at ±0, NaN below."""
    n, f = _split(code, x)
    return _special(code, x, 0.0, _log(code, n, f))


def log2(code: Code, x: Vector) -> Vector:
    """Logarithm to the base of two; exact at powers of two."""
    n, f = _split(code, x)
    return _special(code, x, 0.0, code.fma(_log(code, code.splat(0.0), f), code.splat(LOG2_E), n))


def log1p(code: Code, x: Vector) -> Vector:
    """log(1 + x); -inf at -1, NaN below."""
    signed = intrinsic(code, "copysign", _log1p(code, x), x)
    return _special(code, x, -1.0, signed)


def softplus(code: Code, x: Vector) -> Vector:
    """log(1 + e^x), as max(x, 0) + log(1 + e^-|x|)."""
    return code.b.fadd(at_least(code, x, 0.0), _log1p(code, exp(code, minus_abs(code, x))))


def _split(code: Code, x: Vector) -> tuple[Vector, Vector]:
    """Return n and f with x = 2^n (1 + f), √½ ≤ 1 + f < √2; x > 0, denormal or not."""
    b = code.b
    tiny = b.fcmp_ordered("<", x, code.splat(SMALLEST))
    scaled = b.select(tiny, b.fmul(x, code.splat(2.0**25)), x)
    exponent, n = _exponent(code, scaled)
    m = number(code, b.sub(bits(code, scaled), exponent))
    n = b.select(tiny, b.fsub(n, code.splat(25.0)), n)
    return n, b.fsub(m, code.splat(1.0))


def _exponent(code: Code, x: Vector) -> tuple[Vector, Vector]:
    """Return n, as bits to take from those of x and as a number."""
    above = code.b.sub(bits(code, x), wholes(code, SQRT_HALF))
    n = code.b.sitofp(code.b.ashr(above, wholes(code, 23)), code.vector)
    return code.b.and_(above, wholes(code, EXPONENT)), n


def _log(code: Code, n: Vector, f: Vector) -> Vector:
    """n ln 2 + log(1 + f)."""
    b = code.b
    curve = code.fma(polynomial(code, f, LOG), f, code.splat(-0.5))
    tail = code.fma(b.fmul(f, f), curve, b.fmul(n, code.splat(LN2[1])))
    return code.fma(n, code.splat(LN2[0]), b.fadd(f, tail))


def _log1p(code: Code, x: Vector) -> Vector:
    """log(1 + x) for finite x > -1; what the sum 1 + x rounds off is added to f. NaN stays, -0 becomes 0."""
    b, one = code.b, code.splat(1.0)
    total = b.fadd(x, one)
    lost = b.fsub(x, b.fsub(total, one))
    exponent, n = _exponent(code, total)
    m = number(code, b.sub(bits(code, total), exponent))
    scale = number(code, b.sub(wholes(code, ONE), exponent))  # 2^-n
    rest = choose(code, x, ">", 2.0**25, code.splat(0.0), b.fmul(lost, scale))
    return _log(code, n, b.fadd(b.fsub(m, one), rest))


def _special(code: Code, x: Vector, pole: float, result: Vector) -> Vector:
    """Put -inf at the pole, NaN below it; inf and NaN as they are."""
    b = code.b
    beyond = choose(code, x, "<", pole, code.splat(nan), x)
    beyond = choose(code, x, "==", pole, code.splat(-inf), beyond)
    inside = b.and_(b.fcmp_ordered(">", x, code.splat(pole)), b.fcmp_ordered("<", x, code.splat(inf)))
    return b.select(inside, result, beyond)
