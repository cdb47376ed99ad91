"""From LLVM IR to machine code in this process, by way of the cache on disk."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock, Timer

import llvmlite
import llvmlite.binding as llvm
from llvmlite import ir

from frontal._version import __version__
from frontal.cache_folder import cache_folder
from frontal.compiler.cpu import cache
from frontal.compiler.cpu.maths_libm import libm_symbols
from frontal.compiler.cpu.target import Target

PATIENCE_SECONDS = 1.0  # after which a compilation says that it is one


@dataclass(frozen=True)
class Library:
    """Machine code in this process; the addresses are good while it lives."""

    engine: llvm.ExecutionEngine

    def address(self, function: str) -> int:
        """Return where a function begins."""
        return self.engine.get_function_address(function)


_loaded: dict[str, Library] = {}
_locks: dict[str, Lock] = {}
_guard = Lock()


def load(
    name: str, key: str, target: Target, build: Callable[[], ir.Module], symbols: Mapping[str, int] | None = None
) -> Library:
    """Return a module's functions as machine code.

    Args:
        name: for people who wait.
        key: a text that determines what `build` returns.
        target: the machine.
        build: writes the module; not called if it was compiled before, here or in another process.
        symbols: addresses of functions of ours that it calls, by name.
    """
    versions = f"{__version__} {llvmlite.__version__} {llvm.llvm_version_info}"
    full = f"{versions}\n{target.triple} {target.features} {target.vector_bytes}\n{key}"
    with _guard:
        lock = _locks.setdefault(full, Lock())
    with lock:
        if full not in _loaded:
            for symbol, address in {**libm_symbols(), **(symbols or {})}.items():
                llvm.add_symbol(symbol, address)
            _loaded[full] = _library(name, full, target, build)
        return _loaded[full]


def _library(name: str, key: str, target: Target, build: Callable[[], ir.Module]) -> Library:
    machine = target.machine()
    code = cache.read(key)
    if code is None:
        with _telling(name):
            code = compile_module(build(), machine)
        cache.write(key, code)
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(f'target triple = "{target.triple}"'), machine)
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    return Library(engine)


def compile_module(module: ir.Module, machine: llvm.TargetMachine) -> bytes:
    """Return a module as object code."""
    parsed = llvm.parse_assembly(str(module))
    parsed.verify()
    options = llvm.create_pipeline_tuning_options(speed_level=2)
    builder = llvm.create_pass_builder(machine, options)
    builder.getModulePassManager().run(parsed, builder)
    return machine.emit_object(parsed)


@contextmanager
def _telling(name: str) -> Iterator[None]:
    """Say what is being waited for, if it takes long."""

    def tell() -> None:
        print(f"frontal: compiling {name} … (once; kept in {cache_folder()})", file=sys.stderr, flush=True)

    timer = Timer(PATIENCE_SECONDS, tell)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
