"""Files that are the old ones or the new ones, never half of each.

What is not finished lies beside its place under a hidden name, `.NAME.<8 hex digits>.new`.
"""

from __future__ import annotations

import os
import re
import shutil
from contextlib import suppress
from pathlib import Path
from secrets import token_hex
from stat import S_IMODE, S_ISREG

from frontal.errors import FrontalError


def write_atomic(path: str | os.PathLike[str], data: bytes) -> Path:
    """Write one file so that after an error or a crash it is as it was before or whole.

    Raises:
        FrontalError: not an ordinary file, or the system refused (disk full, no permission).
    """
    target = Path(os.path.realpath(path))
    try:
        mode = target.stat().st_mode if target.exists() else None
        if mode is not None and not S_ISREG(mode):
            raise FrontalError(f"cannot write {path}: it is not an ordinary file")
        target.parent.mkdir(parents=True, exist_ok=True)
        for leftover in siblings(target, "new"):
            discard(leftover, target)
        new = beside(target, "new")
        try:
            write_synced(new, data, 0o666 if mode is None else S_IMODE(mode))
            new.replace(target)
        except BaseException:
            new.unlink(missing_ok=True)
            raise
        sync_directory(target.parent)
    except OSError as error:
        raise FrontalError(f"cannot write {path}: {reason(error)}") from error
    return target


def write_synced(path: Path, data: bytes, mode: int = 0o666) -> None:
    """Create a file that was not there and wait until its bytes are on the disk."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), mode)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_directory(path: Path) -> None:
    """Wait until the names in a directory are on the disk (Windows has no such call and needs none)."""
    if os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def beside(target: Path, ending: str) -> Path:
    """Return a fresh hidden name beside `target`."""
    return target.with_name(f".{target.name}.{token_hex(4)}.{ending}")


def siblings(target: Path, ending: str) -> list[Path]:
    """Return what lies beside `target` under names of `beside`, oldest first."""
    if not target.parent.is_dir():
        return []
    pattern = re.compile(rf"\.{re.escape(target.name)}\.[0-9a-f]{{8}}\.{ending}")
    found = [path for path in target.parent.iterdir() if pattern.fullmatch(path.name)]
    return sorted(found, key=_modified)


def _modified(path: Path) -> int:
    try:
        return path.lstat().st_mtime_ns
    except FileNotFoundError:  # another save has just removed it
        return 0


def discard(path: Path, target: Path) -> None:
    """Remove what lies beside `target`; what resists is left to the next save.

    It is renamed first, so that nobody takes a half removed directory for a whole one.
    """
    with suppress(OSError):
        doomed = path.rename(beside(target, "new"))
        if doomed.is_dir():
            shutil.rmtree(doomed)
        else:
            doomed.unlink()


def reason(error: OSError) -> str:
    """Say why the system refused, and which file."""
    where = f" ({error.filename})" if error.filename is not None else ""
    return f"{error.strerror or error}{where}"
