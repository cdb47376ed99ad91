"""A data set is fetched: every file is checked before it gets its name, so that none is ever half there."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from time import time
from typing import Protocol

from frontal.atomic import beside, discard, siblings
from frontal.cache_folder import cache_folder
from frontal.data.catalog import download_folder, entry, folders, remedy
from frontal.data.catalog_check import checksum_fault, files_of
from frontal.data.catalog_entry import Archive, Entry, Part
from frontal.data.download import download
from frontal.data.unpack import unpack
from frontal.errors import FrontalError

ABANDONED = 3600.0  # seconds: what lies unfinished for longer is nobody's any more


class Progress(Protocol):
    """Told how far a download is; `frontal.training.progress` has some."""

    def start(self, total: float, description: str) -> None:
        """Begin a job of `total` bytes."""

    def update(self, advance: float) -> None:
        """Go on by `advance` bytes."""

    def stop(self) -> None:
        """End the job."""


@dataclass(frozen=True)
class Got:
    """What `get` did."""

    folder: Path
    """where the whole set lies now"""
    fetched: tuple[str, ...]
    """names of the parts that had to be fetched; none if all were there"""


def get(name: str, progress: Progress) -> Got:
    """See that the whole of a data set lies on this machine, and download what does not.

    Files go to the cache, beside those that an earlier, interrupted call has finished. Each is first
    written into a folder of its own, compared with its SHA-256, and only then moved to its place.

    Raises:
        FrontalError: no set of that name; nobody offers its files; no connection; a wrong checksum
            (the file is then removed); the disk is full.
    """
    known = entry(name)
    for folder in folders(name):
        if folder.is_dir() and not any(checksum_fault(part, folder) for part in known.parts):
            return Got(folder, ())
    folder = download_folder() / name
    lacking = [part for part in known.parts if checksum_fault(part, folder)]
    if known.archive is None and not all(part.address for part in lacking):
        raise FrontalError(f"{name!r} cannot be downloaded; {remedy(known)}")
    try:
        _fetch(known, lacking, folder, progress)
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        raise FrontalError(f"cannot write into {folder}: {error.strerror or error}{where}") from None
    return Got(folder, tuple(part.name for part in lacking))


def _fetch(known: Entry, lacking: list[Part], folder: Path, progress: Progress) -> None:
    cache_folder().mkdir(mode=0o700, parents=True, exist_ok=True)  # the kernels' cache wants it so
    folder.parent.mkdir(exist_ok=True)
    for leftover in siblings(folder, "new"):
        if time() - leftover.stat().st_mtime > ABANDONED:
            discard(leftover, folder)
    staging = beside(folder, "new")
    staging.mkdir()
    try:
        _fetch_files([part for part in lacking if part.address], staging, folder, progress, known.name)
        inside = [part for part in lacking if not part.address]
        if inside and known.archive is not None:
            _fetch_archive(known.archive, inside, staging, folder, progress, known.name)
    finally:
        progress.stop()
        shutil.rmtree(staging, ignore_errors=True)
    for part in lacking:
        fault = checksum_fault(part, folder)
        if fault is not None:
            raise FrontalError(f"{folder / part.name} is not the catalogue's ({fault}); remove it and try again")


def _fetch_files(parts: list[Part], staging: Path, folder: Path, progress: Progress, name: str) -> None:
    progress.start(sum(part.size for part in parts), name)
    for part in parts:
        target = staging / part.name
        target.parent.mkdir(parents=True, exist_ok=True)
        size = download(part.address or "", target, most_bytes=part.size, advance=progress.update)
        _keep(part, staging, folder, part.address or "")
        progress.update(part.size - size)


def _fetch_archive(
    archive: Archive, parts: list[Part], staging: Path, folder: Path, progress: Progress, name: str
) -> None:
    packed, loose = staging / "archive", staging / "files"
    loose.mkdir()
    progress.start(archive.size, name)
    download(archive.address, packed, most_bytes=4 * archive.size, advance=progress.update)
    unpack(
        packed,
        loose,
        lambda inner: any(fnmatchcase(inner, part.name) for part in parts),
        most_bytes=sum(part.size for part in parts),
    )
    for part in parts:
        _keep(part, loose, folder, archive.address)


def _keep(part: Part, staging: Path, folder: Path, address: str) -> None:
    """Compare a part with its checksum and move its files to their place."""
    fault = checksum_fault(part, staging)
    if fault is not None:
        raise FrontalError(
            f"{address} is not what the catalogue means ({part.name}: {fault}); nothing of it was kept. It has "
            "changed, or something on the way has changed it"
        )
    for file in files_of(part, staging):
        target = folder / file.relative_to(staging)
        target.parent.mkdir(parents=True, exist_ok=True)
        file.replace(target)
