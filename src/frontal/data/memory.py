"""Whether data fit into memory, before an hour is spent on finding out."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from frontal.errors import FrontalError

_MEMINFO = Path("/proc/meminfo")
_CGROUP = Path("/sys/fs/cgroup")


def available_bytes() -> int | None:
    """Memory that this process may still take; None where the system does not tell."""
    known = [bytes_ for bytes_ in (_free(), _allowed()) if bytes_ is not None]
    return min(known, default=None)


def refuse_too_large(name: str, arithmetic: str, needed: int) -> None:
    """Raise FrontalError when `needed` bytes are more than nine tenths of what is free.

    Args:
        name: of the source.
        arithmetic: how the bytes come about: "1000 rows × 3 columns × 4 bytes".
        needed: bytes.
    """
    free = available_bytes()
    if free is not None and needed > 0.9 * free:
        raise FrontalError(
            f"{name} does not fit into memory: {arithmetic} are {needed / 1e9:.1f} GB, and {free / 1e9:.1f} GB are "
            "free; give a part of it (fewer rows, or every n-th), or use a machine with more memory"
        )


def refuse_large_files(name: str, files: Iterable[Path], growth: int, why: str) -> None:
    """Raise FrontalError when files that grow `growth` times in memory are too large for it.

    Args:
        name: of the source.
        files: which exist.
        growth: bytes in memory for each byte of a file.
        why: what grows: "16-bit samples become 32-bit numbers".
    """
    size = sum(file.stat().st_size for file in files)
    refuse_too_large(name, f"{size:,} bytes × {growth} ({why})", size * growth)


def _free() -> int | None:
    try:
        for line in _MEMINFO.read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return None


def _allowed() -> int | None:
    """What the control group of this process still allows, where one does."""
    try:
        limit, used = (
            (_CGROUP / name).read_text(encoding="ascii").strip() for name in ("memory.max", "memory.current")
        )
    except OSError:
        return None
    return max(int(limit) - int(used), 0) if limit.isdigit() else None
