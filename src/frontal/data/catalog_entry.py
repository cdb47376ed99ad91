"""What the catalogue knows of a data set: its files, where each comes from, and how each is checked."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Part:
    """One file of a data set, or many of one kind.

    The checksum of one file is the SHA-256 of its bytes. That of many is the SHA-256 of their listing:
    a line `sha256  name` for each, in the order of names, as the program sha256sum prints it.
    """

    name: str
    """below the folder of the set; with `*` for many files"""
    size: int
    """bytes, of all files together"""
    sha256: str
    address: str | None = None
    """https; None where the file was made from something else, and nobody offers it"""
    count: int = 1
    """files that the name stands for"""
    unpacked: bool = False
    """whether size and checksum are those of what is inside a .gz file, for packing is not repeatable"""


@dataclass(frozen=True)
class Archive:
    """A zip or tar file that holds parts of a set under their names, below one folder."""

    address: str
    size: int
    """bytes, about: it may be packed anew, so that what counts are the checksums of what is inside"""


@dataclass(frozen=True)
class Entry:
    """One data set."""

    name: str
    """also the name of its folder"""
    title: str
    task: str
    """what it is for"""
    licence: str
    """in a few words; "none stated" is one too"""
    terms: str
    """what is known of the terms, and who is to be credited"""
    reader: str
    """the command of frontal, the function of frontal.data, or the library's call that reads it"""
    parts: tuple[Part, ...]
    archive: Archive | None = None
    """where parts without an address of their own are"""
    remark: str = ""
    """what a reader of the files should know"""

    @property
    def size(self) -> int:
        """Bytes of all parts."""
        return sum(part.size for part in self.parts)


def github(repository: str, commit: str, folder: str, listing: str) -> tuple[Part, ...]:
    """Return the files of one folder at one commit of a repository on GitHub.

    Args:
        repository: owner/name.
        commit: all forty digits, so that what lies there never changes.
        folder: below the repository; "" for its top.
        listing: a line for each file: `name size sha256`, and its name there where that is another one.
    """
    base = "/".join(filter(None, ("https://raw.githubusercontent.com", repository, commit, folder)))
    parts = []
    for line in listing.strip().splitlines():
        name, size, sha256, *other = line.split()
        parts.append(Part(name, int(size), sha256, f"{base}/{other[0] if other else name}"))
    return tuple(parts)
