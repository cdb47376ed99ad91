"""How the threads share the work of a kernel."""

from __future__ import annotations

from dataclasses import dataclass

from frontal.compiler.cpu.abi import Arguments
from frontal.compiler.plan import Plan

CHUNK_ROWS = 128  # rows times steps that wait for the products after the loop; more leave the cache
WORK_PER_THREAD = 1 << 18  # multiplications below which a second thread costs more than it brings
CACHE = 1 << 20  # bytes of weights that a core can keep at hand


@dataclass(frozen=True)
class Shares:
    """Threads; whether they work as a team on all rows; rows of one thread; steps of a chunk."""

    threads: int
    team: bool
    rows: int
    chunk: int


def shares(plan: Plan, arguments: Arguments, T: int, B: int, available: int, itemsize: int) -> Shares:
    """Decide for T steps of B rows."""
    weights = sum(m.groups * m.K * m.N for m in arguments.matmuls)
    inputs = sum(p.K * p.N for p in plan.projections)
    work = T * B * (weights + inputs + 64 * sum(plan.state_sizes))
    threads = max(1, min(available, work // WORK_PER_THREAD))
    team = threads > 1 and (2 * threads > B or weights * itemsize > CACHE)
    if not team:
        threads = max(1, min(threads, B))
    rows = B if team else -(-B // threads)
    chunk = max(1, min(T, CHUNK_ROWS // max(rows, 1)))
    return Shares(threads, team, rows, chunk)
