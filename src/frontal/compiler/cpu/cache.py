"""Object code kept on disk, so that a kernel is compiled once a machine.

An entry is a header with a checksum, then the object file. Whatever is wrong with an entry or its
folder, it counts as absent: kernels are then compiled in memory, and nothing is raised.
"""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from hashlib import sha256
from pathlib import Path

from frontal.cache_folder import cache_folder

MAGIC = b"frontal object 1\n"
MOST_BYTES = 200 << 20  # of all entries together; the oldest go first


def read(key: str) -> bytes | None:
    """Return the object code kept under a key; None if there is none, or none to be trusted."""
    try:
        path = _entry(key)
        if not (_is_ours(path.parent) and _is_ours(path)):
            return None
        content = path.read_bytes()
    except (OSError, RuntimeError):  # RuntimeError: there is no home folder
        return None
    digest, body = content[len(MAGIC) : len(MAGIC) + 32], content[len(MAGIC) + 32 :]
    whole = content.startswith(MAGIC) and sha256(body).digest() == digest
    return body if whole and body else None


def write(key: str, code: bytes) -> bool:
    """Keep object code under a key; return whether that worked."""
    temporary = None
    try:
        path = _entry(key)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not _is_ours(path.parent):
            return False
        _prune(path.parent)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
        with os.fdopen(handle, "wb") as file:
            file.write(MAGIC + sha256(code).digest() + code)
        Path(temporary).replace(path)
    except (OSError, RuntimeError):
        if temporary is not None:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()
        return False
    return True


def _entry(key: str) -> Path:
    return cache_folder() / f"{sha256(key.encode()).hexdigest()}.o"


def _is_ours(path: Path) -> bool:
    """Whether nobody else can have written to a file or folder, for what lies there is run."""
    if not hasattr(os, "getuid"):
        return True
    status = path.stat()
    return status.st_uid == os.getuid() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _prune(directory: Path) -> None:
    """Remove the oldest entries when there are too many."""
    entries = []
    for path in directory.glob("*.o"):
        with contextlib.suppress(OSError):
            status = path.stat()
            entries.append((status.st_mtime, status.st_size, path))
    excess = sum(size for _, size, _ in entries) - MOST_BYTES
    for _, size, path in sorted(entries):
        if excess <= 0:
            return
        with contextlib.suppress(OSError):
            path.unlink()
        excess -= size
