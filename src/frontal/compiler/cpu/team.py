"""The threads that run a kernel: torch's own OpenMP team where it can be had, else a few of Python's."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

import torch
from llvmlite import ir

from frontal.compiler.cpu import jit
from frontal.compiler.cpu.code import I32, I64, POINTER, VOID, Code, new_module
from frontal.compiler.cpu.target import host

KERNEL = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64)
SPINS = 4096  # before a waiting thread lets others have its core
LINE = 8  # 64-bit words of a cache line

_callable: dict[int, Callable[..., None]] = {}
_forked = False
_granted: ContextVar[int | None] = ContextVar("granted", default=None)


def available() -> int:
    """Return how many threads a kernel may have, but one in a forked child, where OpenMP would hang.

    Those of torch, unless `granted` says otherwise.
    """
    return 1 if _forked else _granted.get() or torch.get_num_threads()


@contextmanager
def granted(threads: int) -> Iterator[None]:
    """Let kernels have so many threads inside the block, whatever torch's operators have there."""
    token = _granted.set(threads)
    try:
        yield
    finally:
        _granted.reset(token)


def run(address: int, arguments: ctypes.Array[ctypes.c_int64], threads: int) -> bool:
    """Run the kernel at an address, void kernel(arguments, thread, threads), on so many threads at once.

    Returns:
        False if there were fewer (OMP_DYNAMIC, OMP_THREAD_LIMIT, a parallel region around the call); nothing was run.
    """
    if threads == 1:
        kernel = _callable.get(address)
        if kernel is None:
            kernel = _callable[address] = KERNEL(address)
        kernel(ctypes.addressof(arguments), 0, 1)
        return True
    parallel = _openmp()
    if parallel is None:
        _in_pool(address, arguments, threads)
        return True
    call = (ctypes.c_int64 * 4)(address, ctypes.addressof(arguments), threads, 0)
    parallel(_trampoline(), ctypes.addressof(call), threads, 0)
    return bool(call[3])


def _in_pool(address: int, arguments: ctypes.Array[ctypes.c_int64], threads: int) -> None:
    kernel = KERNEL(address)
    place = ctypes.addressof(arguments)
    with ThreadPoolExecutor(threads - 1) as pool:
        others = [pool.submit(kernel, place, k, threads) for k in range(1, threads)]
        kernel(place, 0, threads)
        for other in others:
            other.result()


@cache
def _runtime() -> ctypes.CDLL | None:
    """Return the OpenMP library that torch has loaded."""
    candidates: list[str | None] = [None, *map(str, (Path(torch.__file__).parent / "lib").glob("lib*omp*"))]
    for name in candidates:
        try:
            library = ctypes.CDLL(name)
            if all(hasattr(library, f) for f in ("GOMP_parallel", "omp_get_thread_num", "omp_get_num_threads")):
                return library
        except (OSError, TypeError):  # TypeError: Windows has no handle of the whole process
            continue
    return None


@cache
def _openmp() -> Callable[..., None] | None:
    library = _runtime()
    if library is None:
        return None
    parallel = library.GOMP_parallel
    parallel.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint, ctypes.c_uint]
    parallel.restype = None
    return parallel


@cache
def _trampoline() -> int:
    """Return the address of a function that OpenMP can call: it tells the kernel which thread it is.

    It calls the kernel only if there are as many threads as were asked for, and says so.
    """
    library = _runtime()
    assert library is not None
    names = ("omp_get_thread_num", "omp_get_num_threads")
    symbols = {name: _address(getattr(library, name)) for name in names}
    return jit.load("threads", f"trampoline {TRAMPOLINE}", host(), _write_trampoline, symbols).address("frontal_team")


TRAMPOLINE = 2  # counts its versions


def _write_trampoline() -> ir.Module:
    module = new_module("frontal_threads", host())
    code = Code(module, "frontal_team", [POINTER], host(), 32)
    b, (block,) = code.b, code.arguments
    kind = ir.FunctionType(VOID, [POINTER, I64, I64])
    kernel = b.inttoptr(b.load(block, typ=I64), kind.as_pointer())
    arguments = b.load(b.gep(block, [ir.Constant(I64, 1)], source_etype=I64), typ=POINTER)
    thread, threads = (b.sext(code.call(f, I32, []), I64) for f in ("omp_get_thread_num", "omp_get_num_threads"))
    wanted = b.load(b.gep(block, [ir.Constant(I64, 2)], source_etype=I64), typ=I64)
    with code.when(b.icmp_signed("==", wanted, threads)):
        b.call(kernel, [arguments, thread, threads])
        with code.when(b.icmp_signed("==", thread, ir.Constant(I64, 0))):
            b.store(ir.Constant(I64, 1), b.gep(block, [ir.Constant(I64, 3)], source_etype=I64))
    b.ret_void()
    return module


def barrier(code: Code, state: ir.Value, threads: ir.Value) -> None:
    """Emit a wait until all threads are here.

    The state is two cache lines, zero before the first use: how many have come, and how often all did.
    """
    b, one = code.b, ir.Constant(I64, 1)
    with code.when(b.icmp_signed(">", threads, one)):
        code.call(_barrier(code), VOID, [state, threads])


def _barrier(code: Code) -> str:
    """Write the waiting function into the module, once; return its name."""
    name = "frontal_barrier"
    if name not in code.module.globals:
        _write_barrier(Code(code.module, name, [POINTER, I64], code.target, code.bits, internal=True))
    return name


def _write_barrier(code: Code) -> None:
    b, (arrived, threads) = code.b, code.arguments
    code.function.attributes.add("noinline")
    one, zero = ir.Constant(I64, 1), ir.Constant(I64, 0)
    rounds = b.gep(arrived, [ir.Constant(I64, LINE)], source_etype=I64)
    before = b.load_atomic(rounds, "acquire", 8, typ=I64)
    count = b.add(b.atomic_rmw("add", arrived, one, "acq_rel"), one)
    with b.if_else(b.icmp_signed("==", count, threads)) as (last, others):
        with last:
            b.atomic_rmw("xchg", arrived, zero, "acq_rel")
            b.atomic_rmw("add", rounds, one, "acq_rel")
        with others:
            spin, rest, test, done = (code.function.append_basic_block(n) for n in ("spin", "rest", "test", "done"))
            entry = b.block
            b.branch(spin)
            b.position_at_end(spin)
            spins = b.phi(I64)
            spins.add_incoming(zero, entry)
            _pause(code)
            b.cbranch(
                b.icmp_signed("==", b.and_(spins, ir.Constant(I64, SPINS - 1)), ir.Constant(I64, SPINS - 1)), rest, test
            )
            b.position_at_end(rest)
            _yield(code)
            b.branch(test)
            b.position_at_end(test)
            spins.add_incoming(b.add(spins, one), test)
            now = b.load_atomic(rounds, "acquire", 8, typ=I64)
            b.cbranch(b.icmp_signed("==", now, before), spin, done)
            b.position_at_end(done)
    b.ret_void()


def _pause(code: Code) -> None:
    """Tell the core that it waits."""
    if code.target.triple.startswith(("x86_64", "i386", "i686")):
        code.call("llvm.x86.sse2.pause", VOID, [])


def _yield(code: Code) -> None:
    """Let another thread have the core."""
    name = "SwitchToThread" if "windows" in code.target.triple else "sched_yield"
    code.call(name, I32, [])


def yield_symbols() -> dict[str, int]:
    """Return the address of the function that lets another thread have the core."""
    if os.name == "nt":
        return {"SwitchToThread": _address(ctypes.CDLL("kernel32").SwitchToThread)}
    return {"sched_yield": _address(ctypes.CDLL(None).sched_yield)}


def _address(function: object) -> int:
    return ctypes.cast(function, ctypes.c_void_p).value or 0  # pyright: ignore[reportArgumentType]


def _after_fork() -> None:
    global _forked  # noqa: PLW0603
    _forked = True


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
