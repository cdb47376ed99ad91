"""The kernels of one plan: written, compiled and loaded when first asked for."""

from __future__ import annotations

from llvmlite import ir

from frontal.compiler.cpu import backward, forward, jit
from frontal.compiler.cpu.code import new_module
from frontal.compiler.cpu.libraries import symbols
from frontal.compiler.cpu.source import digest
from frontal.compiler.cpu.target import Target, host
from frontal.compiler.plan import Plan


class Kernels:
    """Addresses of "inference", "forward" and "backward" of one plan, for numbers of so many bits."""

    def __init__(self, plan: Plan, bits: int, title: str, target: Target | None = None) -> None:
        self.plan, self.bits, self.title = plan, bits, title
        self.target = target or host()
        self._libraries: dict[str, jit.Library] = {}
        self._addresses: dict[str, int] = {}

    def address(self, kind: str) -> int:
        """Return the address of a kernel."""
        known = self._addresses.get(kind)
        if known is None:
            key = f"{digest()} {kind} {self.bits} {self.plan.structure}"
            self._libraries[kind] = jit.load(
                f"{self.title} {kind}", key, self.target, lambda: self.module(kind), symbols(self.target, self.bits)
            )
            known = self._addresses[kind] = self._libraries[kind].address(kind)
        return known

    def module(self, kind: str) -> ir.Module:
        """Return the kernel as LLVM IR."""
        module = new_module(f"frontal_{kind}", self.target)
        if kind == "backward":
            backward.write(module, kind, self.plan, self.target, self.bits)
        else:
            forward.write(module, kind, self.plan, kind, self.target, self.bits)
        return module
