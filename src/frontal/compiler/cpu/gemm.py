"""Matrix products of one dtype, for every kernel: packing, operand · weight, leftᵀ · right.

A weight is packed into panels of a few vectors' columns, each panel row after row, so that a tile of
sums in registers reads it straight through.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from llvmlite import ir

from frontal.compiler.cpu.code import I64, POINTER, VOID, Code, new_module
from frontal.compiler.cpu.gemm_tile import emit_panel, panel_name, tile_vectors
from frontal.compiler.cpu.target import Target

BLOCK = 128  # steps of a sum at a time, so that a block of a panel stays in the nearest cache
LONG = 256  # the same where the result is large and goes through memory for each block
FEW_PANELS = 3  # up to which copying the left factor does not pay
STRETCH = 96  # rows of a result at a time, so that their part of the left factor is copied close together
STRIP = 16  # steps that are turned at a time when a transposed weight is packed

PACK = [POINTER, I64, I64, I64, I64, POINTER, I64, I64]
PRODUCT = [I64, I64, I64, POINTER, I64, POINTER, POINTER, I64, I64, I64, I64]
OUTER = [I64, I64, I64, POINTER, I64, POINTER, I64, POINTER, I64, POINTER, I64, I64]


def name_of(function: str, bits: int) -> str:
    """Return under which name a kernel calls "pack", "product" or "outer"."""
    return f"frontal_{function}{bits}"


def columns(target: Target, bits: int) -> int:
    """Columns of a panel."""
    return tile_vectors(target) * target.lanes(bits)


def packed_size(target: Target, bits: int, K: int, N: int) -> int:
    """Numbers of a packed weight (K, N)."""
    lanes = target.lanes(bits)
    return K * (-(-N // lanes) * lanes)


def outer_scratch(target: Target, bits: int, rows: int) -> int:
    """Numbers that `outer` needs to itself for a result of so many rows."""
    return LONG * (columns(target, bits) + -(-rows // STRETCH) * STRETCH)


def library(target: Target, bits: int) -> ir.Module:
    """Return the module with all products."""
    module = new_module(f"frontal_gemm{bits}", target)
    for vectors in range(1, tile_vectors(target) + 1):
        emit_panel(module, target, bits, vectors)
    _write_pack(Code(module, name_of("pack", bits), PACK, target, bits))
    _write_product(Code(module, name_of("product", bits), PRODUCT, target, bits))
    _write_outer(Code(module, name_of("outer", bits), OUTER, target, bits))
    return module


def _width(code: Code, N: ir.Value, panel: ir.Value) -> tuple[ir.Value, ir.Value, ir.Value]:
    """Return columns of a panel, its vectors, and the columns in the last of them."""
    b, full = code.b, columns(code.target, code.bits)
    used = code.least(b.sub(N, code.times(panel, full)), full)
    vectors = b.sdiv(code.add(used, code.lanes - 1), code.index(code.lanes))
    return used, vectors, b.sub(used, code.times(code.add(vectors, -1), code.lanes))


def _write_pack(code: Code) -> None:
    """pack(W, row_stride, column_stride, K, N, out, first, last): panels first .. last - 1 of W[k][n]."""
    W, rows, steps, K, N, out, first, last = code.arguments
    b, full = code.b, columns(code.target, code.bits)
    with code.loop(first, last) as panel:
        used, vectors, _ = _width(code, N, panel)
        width = code.times(vectors, code.lanes)
        source = code.at(W, code.times(panel, full, steps))
        target = code.at(out, code.times(panel, full, K))
        with b.if_else(b.icmp_signed("==", steps, code.index(1))) as (straight, turned):
            with straight, code.loop(0, K) as k:
                _copy_row(code, code.at(source, code.times(k, rows)), code.at(target, code.times(k, width)), used)
            with turned, code.loop(0, K, STRIP) as start:
                stop = code.least(code.add(start, STRIP), K)
                with code.loop(0, used) as n, code.loop(start, stop) as k:
                    number = code.get(code.at(source, code.times(n, steps), code.times(k, rows)))
                    code.put(number, code.at(target, code.times(k, width), n))
                with code.loop(used, width) as n, code.loop(start, stop) as k:
                    code.put(ir.Constant(code.number, 0.0), code.at(target, code.times(k, width), n))
    b.ret_void()


def _copy_row(code: Code, source: ir.Value, target: ir.Value, used: ir.Value) -> None:
    """Copy a row of a panel, the last vector filled up with zeros."""
    b = code.b
    whole = b.sub(used, b.srem(used, code.index(code.lanes)))
    with code.loop(0, whole, code.lanes) as n:
        code.store(code.load(code.at(source, n)), code.at(target, n))
    rest = b.sub(used, whole)
    with code.when(b.icmp_signed(">", rest, code.index(0))):
        code.store(code.load(code.at(source, whole), code.below(rest)), code.at(target, whole))


def _write_product(code: Code) -> None:
    """product(M, K, N, A, lda, packed, C, ldc, accumulate, first, last): C = or += A · panels first .. last - 1."""
    M, K, N, A, lda, packed, C, ldc, accumulate, first, last = code.arguments
    b, full = code.b, columns(code.target, code.bits)
    with code.loop(first, last) as panel:
        _, vectors, rest = _width(code, N, panel)
        width = code.times(vectors, code.lanes)
        weights = code.at(packed, code.times(panel, full, K))
        target = code.at(C, code.times(panel, full))
        with _blocks(code, K, BLOCK) as (start, count):
            adds = b.select(b.icmp_signed("==", start, code.index(0)), accumulate, code.index(1))
            arguments = [
                M, count, code.at(A, start), lda, code.index(1), code.at(weights, code.times(start, width)), width,
                target, ldc, adds, rest,
            ]  # fmt: skip
            _call_panel(code, vectors, arguments)
    b.ret_void()


def _write_outer(code: Code) -> None:
    """outer(M, N, K, A, lda, B, ldb, C, ldc, scratch, first, last): rows first .. last - 1 of C += Aᵀ · B.

    A single column of C is taken as a row, so that vectors run along it.
    """
    _, N, K, A, lda, B, ldb, C, ldc, scratch, first, last = code.arguments
    b = code.b
    rows = b.sub(last, first)
    A, C = code.at(A, first), code.at(C, code.times(first, ldc))
    one = code.index(1)
    column = b.and_(b.icmp_signed("==", N, one), b.icmp_signed("==", ldc, one))
    pick = b.select
    _outer(
        code, pick(column, one, rows), pick(column, rows, N), K, (pick(column, B, A), pick(column, ldb, lda)),
        (pick(column, A, B), pick(column, lda, ldb)), (C, pick(column, rows, ldc)), scratch,
    )  # fmt: skip
    b.ret_void()


Matrix = tuple[ir.Value, ir.Value]  # address and distance of rows


def _outer(  # noqa: PLR0917
    code: Code, rows: ir.Value, N: ir.Value, K: ir.Value, A: Matrix, B: Matrix, C: Matrix, scratch: ir.Value
) -> None:
    """Emit C += Aᵀ · B, a block of the sum and a panel of B at a time."""
    b, full = code.b, columns(code.target, code.bits)
    panels = b.sdiv(code.add(N, full - 1), code.index(full))
    lefts = code.at(scratch, LONG * full)
    gathers = b.icmp_signed(">", panels, code.index(FEW_PANELS))
    with code.when(b.icmp_signed(">", rows, code.index(0))), _blocks(code, K, LONG) as (start, count):
        source = code.at(A[0], code.times(start, A[1]))
        with code.when(gathers):
            _gather(code, rows, count, (source, A[1]), lefts)
        with code.loop(0, panels) as panel:
            used, vectors, rest = _width(code, N, panel)
            width, column = code.times(vectors, code.lanes), code.times(panel, full)
            right = code.at(B[0], code.times(start, B[1]), column)
            with code.loop(0, count) as k:
                _copy_row(code, code.at(right, code.times(k, B[1])), code.at(scratch, code.times(k, width)), used)
            with code.loop(0, rows, STRETCH) as first:
                height = code.least(b.sub(rows, first), STRETCH)
                target = code.at(C[0], column, code.times(first, C[1]))
                left = b.select(gathers, code.at(lefts, code.times(first, LONG)), code.at(source, first))
                step = b.select(gathers, code.index(STRETCH), A[1])
                arguments = [
                    height, count, left, code.index(1), step, scratch, width, target, C[1],
                    code.index(1), rest,
                ]  # fmt: skip
                _call_panel(code, vectors, arguments)


def _gather(code: Code, rows: ir.Value, count: ir.Value, A: Matrix, target: ir.Value) -> None:
    """Copy stretches of the columns of A, each row after row without gaps."""
    b = code.b
    with code.loop(0, rows, STRETCH) as first, code.loop(0, count) as k:
        height = code.least(b.sub(rows, first), STRETCH)
        place = code.at(target, code.times(first, LONG), code.times(k, STRETCH))
        _copy_row(code, code.at(A[0], code.times(k, A[1]), first), place, height)


@contextmanager
def _blocks(code: Code, K: ir.Value, most: int) -> Iterator[tuple[ir.Value, ir.Value]]:
    """Run the block for stretches of the sum: where each begins, and how long it is."""
    with code.loop(0, K, most) as start:
        yield start, code.least(code.b.sub(K, start), most)


def _call_panel(code: Code, vectors: ir.Value, arguments: list[ir.Value]) -> None:
    for count in range(1, tile_vectors(code.target) + 1):
        with code.when(code.b.icmp_signed("==", vectors, code.index(count))):
            code.call(panel_name(code.bits, count), VOID, arguments)
