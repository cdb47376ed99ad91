"""The machine code that all kernels of one dtype share."""

from __future__ import annotations

from functools import cache

from frontal.compiler.cpu import gemm, jit
from frontal.compiler.cpu.source import digest
from frontal.compiler.cpu.target import Target
from frontal.compiler.cpu.team import yield_symbols


@cache
def symbols(target: Target, bits: int) -> dict[str, int]:
    """Return what kernels call by name: products, and the operating system's yield."""
    key = f"{digest()} gemm {bits}"
    library = jit.load(f"matrix products, {bits} bits", key, target, lambda: gemm.library(target, bits))
    names = (gemm.name_of(function, bits) for function in ("pack", "product", "outer"))
    return {**{name: library.address(name) for name in names}, **yield_symbols()}
