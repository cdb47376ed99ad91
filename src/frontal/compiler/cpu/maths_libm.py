"""Functions left to the C library, called lane by lane."""

from __future__ import annotations

import ctypes
import sys

from llvmlite import ir

from frontal.compiler.cpu.code import I32, Code

RARE = (
    "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cosh", "log10", "pow", "sinh", "tan",
)  # in fp32 and fp64  # fmt: skip
OWN = ("cos", "erf", "exp", "exp2", "expm1", "log", "log1p", "log2", "sin", "tanh")
"""In fp64 only: fp32 has kernels of its own, of which sin and cos ask the library for far arguments."""
ROUNDING = ("ceil", "floor", "rint", "trunc")
"""LLVM calls these by itself on x86 without SSE 4.1."""


def libm_symbols() -> dict[str, int]:
    """Return the address of every C function that kernels may call, by its name, for the JIT to register."""
    library = ctypes.CDLL("ucrtbase" if sys.platform == "win32" else None)
    names = [base + suffix for base in (*RARE, *OWN, *ROUNDING) for suffix in ("", "f")]
    return {name: ctypes.cast(getattr(library, name), ctypes.c_void_p).value or 0 for name in names}


def each(code: Code, name: str, *vectors: ir.Value) -> ir.Value:
    """Call a C function on every lane.

    Args:
        code: where to.
        name: of the function for doubles; fp32 calls the one with an f at its end.
        vectors: its arguments.
    """
    helper = f"each_{name}_{code.suffix}"
    if helper not in code.module.globals:
        _define(code, helper, name, len(vectors))
    return code.call(helper, code.vector, vectors)


def _define(code: Code, helper: str, name: str, arguments: int) -> None:
    """Write the loop over the lanes, once a module and never inlined: the call costs more than it."""
    inner = Code(
        code.module, helper, [code.vector] * arguments, code.target, code.bits, returns=code.vector, internal=True
    )
    inner.function.attributes.add("noinline")
    inner.function.attributes.add("nounwind")
    symbol = name + ("f" if code.bits == 32 else "")
    result: ir.Value = ir.Constant(code.vector, ir.Undefined)
    for lane in range(code.lanes):
        k = ir.Constant(I32, lane)
        numbers = [inner.b.extract_element(vector, k) for vector in inner.arguments]
        result = inner.b.insert_element(result, inner.call(symbol, code.number, numbers), k)
    function = code.module.globals[symbol]
    for attribute in ("nobuiltin", "nounwind"):  # LLVM must not swap it for one that is not registered
        function.attributes.add(attribute)
    inner.b.ret(result)
