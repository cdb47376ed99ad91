"""Elementwise functions on vectors, without branches: fp32 kernels of our own, fp64 from the C library.

Errors, measured over all exponents: see `tests/compiler/test_maths.py`.
"""

from __future__ import annotations

from collections.abc import Callable

from llvmlite import ir

from frontal.compiler.cpu import maths_erf, maths_exp, maths_log, maths_sine
from frontal.compiler.cpu.code import Code
from frontal.compiler.cpu.maths_lanes import Vector, at_least, choose, intrinsic, minus_abs
from frontal.compiler.cpu.maths_libm import RARE, each, libm_symbols

__all__ = ["FUNCTIONS", "Function", "libm_symbols"]

Function = Callable[..., ir.Value]
"""Takes the code and one vector or two, returns a vector."""


def _libm(name: str) -> Function:
    return lambda code, *vectors: each(code, name, *vectors)


def _intrinsic(name: str) -> Function:
    return lambda code, x: intrinsic(code, name, x)


def _by_type(single: Function, double: Function) -> Function:
    return lambda code, *vectors: (single if code.bits == 32 else double)(code, *vectors)


def _sigmoid(code: Code, x: Vector) -> Vector:
    """1 / (1 + e^-x), as e / (1 + e) below zero, with e = e^-|x|."""
    one, small = code.splat(1.0), each(code, "exp", minus_abs(code, x))
    return code.b.fdiv(choose(code, x, "<", 0.0, small, one), code.b.fadd(small, one))


def _softplus(code: Code, x: Vector) -> Vector:
    """log(1 + e^x), as max(x, 0) + log(1 + e^-|x|)."""
    small = each(code, "exp", minus_abs(code, x))
    return code.b.fadd(at_least(code, x, 0.0), each(code, "log1p", small))


def _divide(code: Code, x: Vector, y: Vector) -> Vector:
    return code.b.fdiv(x, y)


def _reciprocal(code: Code, x: Vector) -> Vector:
    return code.b.fdiv(code.splat(1.0), x)


def _rsqrt(code: Code, x: Vector) -> Vector:
    return _reciprocal(code, intrinsic(code, "sqrt", x))


def _extreme(relation: str) -> Function:
    """The greater or lesser of two; NaN if either is."""

    def extreme(code: Code, x: Vector, y: Vector) -> Vector:
        chosen = code.b.select(code.b.fcmp_ordered(relation, x, y), x, y)  # y if one is NaN
        return code.b.select(code.b.fcmp_unordered("uno", x, x), x, chosen)

    return extreme


def _sign(code: Code, x: Vector) -> Vector:
    """-1, 0 or 1; 0 for NaN, as torch has it."""
    below = choose(code, x, "<", 0.0, code.splat(-1.0), code.splat(0.0))
    return choose(code, x, ">", 0.0, code.splat(1.0), below)


FUNCTIONS: dict[str, Function] = {
    "exp": _by_type(maths_exp.exp, _libm("exp")),
    "exp2": _by_type(maths_exp.exp2, _libm("exp2")),
    "expm1": _by_type(maths_exp.expm1, _libm("expm1")),
    "tanh": _by_type(maths_exp.tanh, _libm("tanh")),
    "sigmoid": _by_type(maths_exp.sigmoid, _sigmoid),
    "log": _by_type(maths_log.log, _libm("log")),
    "log1p": _by_type(maths_log.log1p, _libm("log1p")),
    "log2": _by_type(maths_log.log2, _libm("log2")),
    "softplus": _by_type(maths_log.softplus, _softplus),
    "sin": _by_type(maths_sine.sin, _libm("sin")),
    "cos": _by_type(maths_sine.cos, _libm("cos")),
    "erf": _by_type(maths_erf.erf, _libm("erf")),
    "sqrt": _intrinsic("sqrt"),
    "rsqrt": _rsqrt,
    "reciprocal": _reciprocal,
    "divide": _divide,
    "abs": _intrinsic("fabs"),
    "floor": _intrinsic("floor"),
    "ceil": _intrinsic("ceil"),
    "trunc": _intrinsic("trunc"),
    "round": _intrinsic("rint"),  # half to even, in the rounding mode that everybody leaves on
    "maximum": _extreme(">"),
    "minimum": _extreme("<"),
    "sign": _sign,
    **{name: _libm(name) for name in RARE},
}
"""What a kernel can compute elementwise; names are torch's."""
