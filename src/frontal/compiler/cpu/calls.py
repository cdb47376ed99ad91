"""How a kernel calls the products of `gemm`, and what it must know to lay out memory for them."""

from __future__ import annotations

from llvmlite import ir

from frontal.compiler.cpu import gemm
from frontal.compiler.cpu.code import VOID, Code
from frontal.compiler.cpu.target import Target


def panels(code: Code, N: ir.Value) -> ir.Value:
    """Return the number of panels of N columns."""
    full = gemm.columns(code.target, code.bits)
    return code.b.sdiv(code.add(N, full - 1), code.index(full))


def packed_numbers(code: Code, K: ir.Value, N: ir.Value) -> ir.Value:
    """Return the size of a packed weight (K, N)."""
    b, lanes = code.b, code.index(code.lanes)
    return code.times(K, b.sdiv(code.add(N, code.lanes - 1), lanes), lanes)


def packed_size(target: Target, bits: int, K: int, N: int) -> int:
    """The same, ahead of time."""
    return gemm.packed_size(target, bits, K, N)


def outer_scratch(target: Target, bits: int, rows: int) -> int:
    """Numbers that one thread needs for `outer` with a result of so many rows."""
    return gemm.outer_scratch(target, bits, rows)


def pack(code: Code, *arguments: ir.Value) -> None:
    """Call pack(W, row_stride, column_stride, K, N, out, first, last)."""
    code.call(gemm.name_of("pack", code.bits), VOID, arguments)


def product(code: Code, *arguments: ir.Value) -> None:
    """Call product(M, K, N, A, lda, packed, C, ldc, accumulate, first, last)."""
    code.call(gemm.name_of("product", code.bits), VOID, arguments)


def outer(code: Code, *arguments: ir.Value) -> None:
    """Call outer(M, N, K, A, lda, B, ldb, C, ldc, scratch, first, last)."""
    code.call(gemm.name_of("outer", code.bits), VOID, arguments)
