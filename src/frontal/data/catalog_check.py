"""Is a part of a data set in a folder, and is it byte for byte the one that the catalogue means?"""

from __future__ import annotations

import gzip
import zlib
from fnmatch import fnmatchcase
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, cast

from frontal.data.catalog_entry import Part
from frontal.errors import FrontalError

CHUNK = 1 << 20  # bytes read at once


def files_of(part: Part, folder: Path) -> list[Path]:
    """Return the files of a part that are in a folder, in the order of names."""
    if part.count == 1:
        path = folder / part.name
        return [path] if path.is_file() else []
    below, _, pattern = part.name.rpartition("/")
    if not (folder / below).is_dir():
        return []
    return sorted(path for path in (folder / below).iterdir() if fnmatchcase(path.name, pattern) and path.is_file())


def missing(part: Part, folder: Path) -> int:
    """Return how many files of a part are not in a folder."""
    return max(part.count - len(files_of(part, folder)), 0)


def size_fault(part: Part, folder: Path) -> str | None:
    """Return what is wrong with a part whose files are all there, by their number and sizes; None: nothing.

    This reads no file, so that it is quick; `checksum_fault` reads them all.
    """
    files = files_of(part, folder)
    if len(files) > part.count:
        return f"{len(files)} files instead of {part.count}"
    size = sum(path.stat().st_size for path in files)
    if not part.unpacked and len(files) == part.count and size != part.size:
        return f"{size:,} bytes instead of {part.size:,}"
    return None


def checksum_fault(part: Part, folder: Path) -> str | None:
    """Return what is wrong with a part in a folder, every byte read; None: it is what the catalogue means.

    Raises:
        FrontalError: a file cannot be read.
    """
    absent = missing(part, folder)
    if absent:
        return "missing" if part.count == 1 else f"{absent:,} of {part.count:,} files are missing"
    fault = size_fault(part, folder)
    if fault is not None:
        return fault
    files = files_of(part, folder)
    try:
        found = digest(files[0], unpacked=part.unpacked) if part.count == 1 else listing_digest(files, folder)
    except OSError as error:
        raise FrontalError(f"cannot read {error.filename or files[0]}: {error.strerror or error}") from None
    except (EOFError, zlib.error):
        return "not a whole gzip file"
    return None if found == part.sha256 else f"SHA-256 {found} instead of {part.sha256}"


def digest(path: Path, *, unpacked: bool = False) -> str:
    """Return the SHA-256 of a file, or of what a .gz file holds."""
    state = sha256()
    with path.open("rb") as packed:
        file = cast(BinaryIO, gzip.GzipFile(fileobj=packed)) if unpacked else packed
        while block := file.read(CHUNK):
            state.update(block)
    return state.hexdigest()


def listing_digest(files: list[Path], folder: Path) -> str:
    """Return the SHA-256 of the lines `sha256  name`, names below `folder`, in their order."""
    lines = (f"{digest(path)}  {path.relative_to(folder).as_posix()}\n" for path in files)
    return sha256("".join(lines).encode()).hexdigest()
