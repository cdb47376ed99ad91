"""A tile of a matrix product: rows × vectors of sums, all in registers, and the rows of a panel cut into tiles."""

from __future__ import annotations

from dataclasses import dataclass

from llvmlite import ir

from frontal.compiler.cpu.code import I64, POINTER, Code
from frontal.compiler.cpu.target import Target

UNROLL = 4  # steps of the sum in one turn of the loop
IN_FLIGHT = 8  # independent sums that hide the latency of two multiply-add units


def tile_rows(target: Target) -> int:
    """Rows of the largest tile."""
    return 6 if target.fma else 4


def tile_vectors(target: Target) -> int:
    """Vectors of the largest tile: sums, one row of the panel and one broadcast number fill the registers."""
    return (target.registers - 4) // tile_rows(target) if target.fma else 2


@dataclass
class Operands:
    """What a tile multiplies.

    a[r, k] = A[r * a_row + k * a_step], b[k, n] = B[k * b_step + n], c[r, n] = C[r * ldc + n].
    The last vector of C has `last` columns, of B all.
    """

    K: ir.Value
    A: ir.Value
    a_row: ir.Value
    a_step: ir.Value
    B: ir.Value
    b_step: ir.Value
    C: ir.Value
    ldc: ir.Value
    accumulate: ir.Value
    last: ir.Value


PANEL = [I64, I64, POINTER, I64, I64, POINTER, I64, POINTER, I64, I64, I64]


def panel_name(bits: int, vectors: int) -> str:
    """Name of the function that multiplies with one panel."""
    return f"panel{bits}_{vectors}"


def emit_panel(module: ir.Module, target: Target, bits: int, vectors: int) -> None:
    """Emit panel(rows, K, A, a_row, a_step, B, b_step, C, ldc, accumulate, last): C = or += A · one panel of B.

    Rows are cut into as few tiles as possible, of nearly equal height.
    """
    code = Code(module, panel_name(bits, vectors), PANEL, target, bits, internal=True)
    code.function.attributes.add("noinline")
    b, (rows, *rest) = code.b, code.arguments
    operands = Operands(*rest)
    most = tile_rows(target)
    tiles = b.sdiv(code.add(rows, most - 1), code.index(most))
    tiles = b.select(b.icmp_signed("<", tiles, code.index(1)), code.index(1), tiles)
    low, higher = b.sdiv(rows, tiles), b.srem(rows, tiles)
    first: ir.Value = code.index(0)
    for height in range(most, 0, -1):
        is_low = b.icmp_signed("==", low, code.index(height))
        is_high = b.icmp_signed("==", low, code.index(height - 1))
        others = b.select(is_high, higher, code.index(0))
        after = code.add(first, code.times(b.select(is_low, b.sub(tiles, higher), others), height))
        with code.loop(first, after, height) as row:
            emit_tile(code, height, vectors, row, operands)
        first = after
    b.ret_void()


def emit_tile(code: Code, rows: int, vectors: int, row: ir.Value, o: Operands) -> None:
    """Emit the product of a few rows, from `row` on, with one panel."""
    b = code.b
    A = code.at(o.A, code.times(row, o.a_row))
    C = code.at(o.C, code.times(row, o.ldc))
    addresses = [[code.at(C, code.times(r, o.ldc), v * code.lanes) for v in range(vectors)] for r in range(rows)]
    mask = code.below(o.last)
    sums = _start(code, addresses, o, mask)
    chains = min(UNROLL, -(-IN_FLIGHT // len(sums)))
    sums += [code.splat(0.0)] * (len(sums) * (chains - 1))
    whole = b.and_(o.K, code.index(-UNROLL))
    with code.carry(0, whole, UNROLL, sums) as k:
        for j in range(UNROLL):
            _step(code, rows, vectors, A, o, code.add(k, j), sums, j % chains)
    with code.carry(whole, o.K, 1, sums) as k:
        _step(code, rows, vectors, A, o, k, sums, 0)
    size = rows * vectors
    for chain in range(1, chains):
        sums[:size] = [b.fadd(x, y) for x, y in zip(sums[:size], sums[chain * size :], strict=False)]
    _finish(code, addresses, sums, o, mask)


def _start(code: Code, addresses: list[list[ir.Value]], o: Operands, mask: ir.Value) -> list[ir.Value]:
    """Return the sums to begin with: zero, or what C holds."""
    b, before = code.b, code.b.block
    wanted = b.icmp_signed("!=", o.accumulate, code.index(0))
    with b.if_then(wanted):
        loaded = [code.load(address, None) for row in addresses for address in row[:-1]]
        last = [code.load(row[-1], mask) for row in addresses]
        inside = b.block
    width = len(addresses[0])
    sums = []
    for r in range(len(addresses)):
        for value in [*loaded[r * (width - 1) : (r + 1) * (width - 1)], last[r]]:
            phi = b.phi(code.vector)
            phi.add_incoming(code.splat(0.0), before)
            phi.add_incoming(value, inside)
            sums.append(phi)
    return sums


def _step(  # noqa: PLR0917
    code: Code, rows: int, vectors: int, A: ir.Value, o: Operands, k: ir.Value, sums: list[ir.Value], chain: int
) -> None:
    a, p = code.at(A, code.times(k, o.a_step)), code.at(o.B, code.times(k, o.b_step))
    weights = [code.load(code.at(p, v * code.lanes)) for v in range(vectors)]
    for r in range(rows):
        number = code.splat(code.get(code.at(a, code.times(r, o.a_row))))
        for v in range(vectors):
            place = (chain * rows + r) * vectors + v
            sums[place] = code.fma(number, weights[v], sums[place])


def _finish(code: Code, addresses: list[list[ir.Value]], sums: list[ir.Value], o: Operands, mask: ir.Value) -> None:
    """Store the sums."""
    b, width = code.b, len(addresses[0])
    for r, row in enumerate(addresses):
        for v, address in enumerate(row[:-1]):
            code.store(sums[r * width + v], address)
    whole = b.icmp_signed("==", o.last, code.index(code.lanes))
    with b.if_else(whole) as (then, otherwise):
        with then:
            for r, row in enumerate(addresses):
                code.store(sums[r * width + width - 1], row[-1])
        with otherwise:
            for r, row in enumerate(addresses):
                code.store(sums[r * width + width - 1], row[-1], mask)
