"""Chosen files out of a zip or tar archive, and nothing anywhere else."""

from __future__ import annotations

import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path, PurePosixPath
from typing import IO

from frontal.errors import FrontalError

CHUNK = 1 << 20  # bytes

Member = tuple[str, Callable[[], IO[bytes] | None]]  # name; opens it, or None for what is no ordinary file


def unpack(archive: Path, into: Path, wanted: Callable[[str], bool], *, most_bytes: int) -> list[Path]:
    """Write the wanted files of an archive below a folder; return their paths.

    The archive's own folder, the first part of every name, is left out. Links, devices and what is
    not wanted are never written.

    Args:
        archive: a zip file, or a tar file, compressed or not, by its content.
        into: a folder that holds nothing yet.
        wanted: told a name below the archive's own folder, with `/` between its parts.
        most_bytes: of all files together, counted while they are written.

    Raises:
        FrontalError: not an archive, damaged, a name that leads out of it, a wanted name that is no
            ordinary file or comes twice, more bytes than allowed, or the disk is full.
    """
    written: list[Path] = []
    left = most_bytes
    try:
        for name, opened in _members(archive):
            inner = _inner_name(name, archive)
            if inner is None or not wanted(inner):
                continue
            source = opened()
            if source is None:
                raise FrontalError(f"{archive.name}: {name!r} is a link or a device, where a file is expected")
            target = into / inner
            target.parent.mkdir(parents=True, exist_ok=True)
            with source:
                left -= _copy(source, target, left, archive)
            written.append(target)
    except FileExistsError as error:
        raise FrontalError(f"{archive.name} holds two files called {Path(error.filename).name!r}") from None
    except (tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError) as error:
        raise FrontalError(f"{archive.name} is damaged: {error}") from None
    except OSError as error:
        raise FrontalError(f"cannot unpack {archive.name}: {error.strerror or error}") from None
    return written


def _members(archive: Path) -> Iterator[Member]:
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as file:
            yield from ((info.filename, _zip_opener(file, info)) for info in file.infolist() if not info.is_dir())
    elif tarfile.is_tarfile(archive):
        with closing(tarfile.open(archive)) as file:
            yield from ((info.name, _tar_opener(file, info)) for info in file if not info.isdir())
    else:
        raise FrontalError(f"{archive.name} is neither a zip nor a tar file")


def _zip_opener(file: zipfile.ZipFile, info: zipfile.ZipInfo) -> Callable[[], IO[bytes] | None]:
    kind = info.external_attr >> 28  # the upper bits of a Unix mode; 8 is an ordinary file, 0 is not said
    if info.flag_bits & 1:
        raise FrontalError(f"{info.filename!r} is encrypted")
    return lambda: file.open(info) if kind in (0, 8) else None


def _tar_opener(file: tarfile.TarFile, info: tarfile.TarInfo) -> Callable[[], IO[bytes] | None]:
    return lambda: file.extractfile(info) if info.isreg() else None


def _inner_name(name: str, archive: Path) -> str | None:
    """Return a name without its first part; None if that is all there is."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or any(mark in name for mark in "\\:\0"):
        raise FrontalError(f"{archive.name} holds the name {name!r}, which leads out of its folder; nothing was kept")
    return "/".join(path.parts[1:]) or None


def _copy(source: IO[bytes], target: Path, most_bytes: int, archive: Path) -> int:
    size = 0
    with target.open("xb") as file:
        while block := source.read(CHUNK):
            size += len(block)
            if size > most_bytes:
                raise FrontalError(f"{archive.name} unpacks to more bytes than the catalogue states")
            file.write(block)
    return size
