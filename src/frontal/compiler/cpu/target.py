"""What the machine offers: the width of its vectors, how many registers, fused multiply-add."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import llvmlite.binding as llvm


@dataclass(frozen=True)
class Target:
    """A CPU as the writer sees it; features count, not the CPU's name, which a hypervisor may mask.

    Args:
        triple: LLVM's name of architecture and system.
        features: LLVM's feature flags, "+avx2,-avx512f,…".
        vector_bytes: width of a vector register: 64, 32 or 16.
        registers: how many of them there are.
        fma: whether multiply-add is one instruction.
    """

    triple: str
    features: str
    vector_bytes: int
    registers: int
    fma: bool

    @property
    def has_avx512(self) -> bool:
        """Whether 512-bit x86 instructions exist."""
        return self.vector_bytes == 64

    def lanes(self, bits: int) -> int:
        """Numbers of that many bits in one vector."""
        return self.vector_bytes * 8 // bits

    def machine(self) -> llvm.TargetMachine:
        """Return LLVM's code generator for this target."""
        return llvm.Target.from_triple(self.triple).create_target_machine(features=self.features, opt=3, jit=True)


@cache
def host(without: tuple[str, ...] = ()) -> Target:
    """Return this machine as a target; `without` switches families of features off, as "avx512" or "avx2"."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    features = dict(llvm.get_host_cpu_features())
    if "avx2" in without:
        without = (*without, "avx", "fma", "f16c", "avx10", "vaes", "vpclmul", "xop")
    for name in features:
        if name.startswith(without) if without else False:
            features[name] = False
    features["prefer-256-bit"] = False
    triple = llvm.get_process_triple()
    x86 = triple.startswith(("x86_64", "i386", "i686"))
    wide = x86 and all(features.get(name) for name in ("avx512f", "avx512dq", "avx512bw", "avx512vl"))
    middle = x86 and features.get("avx2", False) and features.get("fma", False)
    flags = ",".join(("+" if on else "-") + name for name, on in sorted(features.items()))
    return Target(
        triple=triple,
        features=flags,
        vector_bytes=64 if wide else 32 if middle else 16,
        registers=32 if wide or not x86 else 16,
        fma=bool(wide or middle or not x86),
    )
