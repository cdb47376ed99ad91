"""The manifest of a run: its format, who wrote it, and the size and SHA-256 of each file and of itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from stat import S_ISREG
from typing import Any, NoReturn

from frontal._version import __version__
from frontal.errors import FrontalError
from frontal.training.plain_json import dump, parse

FORMAT = "frontal run"
FORMAT_VERSION = 1
MANIFEST = "manifest.json"
OWN_FILES = ("settings.json", "model.safetensors", "metrics.json", "log.jsonl")
LIMIT_BYTES = 1 << 20

_KIND = re.compile(r"[a-z][a-z0-9_-]{0,63}")
_FILE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")


def manifest_bytes(kind: str, contents: Mapping[str, bytes]) -> bytes:
    """Describe the files of a run; a kind that is not a lower-case word raises `FrontalError`."""
    if not _KIND.fullmatch(kind):
        raise FrontalError(f"kind must be a lower-case word such as 'forecaster', got {kind!r}")
    files = {name: {"size": len(data), "sha256": sha256(data).hexdigest()} for name, data in contents.items()}
    return _sealed(
        {
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            "frontal_version": __version__,
            "kind": kind,
            "files": files,
        }
    )


def is_file_name(name: str) -> bool:
    """Whether a run may hold a further file of that name: plain, and none of its own."""
    return bool(_FILE_NAME.fullmatch(name)) and name not in (*OWN_FILES, MANIFEST)


def read_manifest(place: Path) -> dict[str, Any]:
    """Read and check a run's manifest; what it says is then safe to follow."""
    path = place / MANIFEST
    try:
        status = path.lstat()
    except FileNotFoundError:
        begun = any((place / name).exists() for name in OWN_FILES)
        refuse(place, f"it is {'half written' if begun else 'not a run'}: it has no {MANIFEST}")
    if not S_ISREG(status.st_mode) or status.st_size > LIMIT_BYTES:
        refuse(place, f"its {MANIFEST} is no ordinary file of at most {LIMIT_BYTES} bytes")
    raw = path.read_bytes()
    manifest = read_object(place, MANIFEST, raw)
    _check_version(place, manifest)
    manifest.pop("sha256", None)
    if raw != _sealed(manifest):
        refuse(place, f"its {MANIFEST} was changed since it was written")
    _check_entries(place, manifest)
    return manifest


def read_listed(place: Path, name: str, entry: Mapping[str, Any]) -> bytes:
    """Read a listed file; a link, a wrong size or a missing file is refused before anything is read."""
    path = place / name
    try:
        status = path.lstat()
    except FileNotFoundError:
        refuse(place, f"it is half written: {name} is missing")
    if not S_ISREG(status.st_mode):
        refuse(place, f"its {name} is a link or no ordinary file")
    if status.st_size != entry["size"]:
        refuse(place, f"its {name} was changed: it has {status.st_size} bytes, not {entry['size']}")
    data = path.read_bytes()
    if sha256(data).hexdigest() != entry["sha256"]:
        refuse(place, f"its {name} was changed since it was written (SHA-256 differs)")
    return data


def read_object(place: Path, name: str, data: bytes) -> dict[str, Any]:
    """Return the JSON object in a file's bytes."""
    try:
        return parse(data)
    except ValueError as error:
        refuse(place, f"its {name} is not JSON as frontal writes it: {error}")


def refuse(place: Path, why: str) -> NoReturn:
    """Raise the error that says which run cannot be used, and why."""
    raise FrontalError(f"cannot use {place} as a run: {why}")


def _sealed(manifest: dict[str, Any]) -> bytes:
    """The manifest's only spelling, with a digest of itself."""
    return dump({**manifest, "sha256": sha256(dump(manifest)).hexdigest()})


def _check_version(place: Path, manifest: dict[str, Any]) -> None:
    version = manifest.get("format_version")
    if manifest.get("format") != FORMAT or not isinstance(version, int):
        refuse(place, f"it is not a run: its {MANIFEST} is not frontal's")
    if version > FORMAT_VERSION:
        writer = manifest.get("frontal_version")
        refuse(
            place,
            f"frontal {writer} wrote it in format {version}, newer than format {FORMAT_VERSION} of this "
            f"frontal {__version__}; upgrade with: pip install -U frontal",
        )


def _check_entries(place: Path, manifest: dict[str, Any]) -> None:
    """Check what even a manifest with the right digest may not say."""
    files, kind = manifest.get("files"), manifest.get("kind")
    if not isinstance(kind, str) or not _KIND.fullmatch(kind) or not isinstance(files, dict):
        refuse(place, f"its {MANIFEST} names no kind or no files")
    if not isinstance(manifest.get("frontal_version"), str):
        refuse(place, f"its {MANIFEST} does not say which frontal wrote it")
    for name, entry in files.items():
        if name not in OWN_FILES and not is_file_name(name):
            refuse(place, f"its {MANIFEST} lists {name!r}, which is not a plain file name")
        if not isinstance(entry, dict) or set(entry) != {"size", "sha256"}:
            refuse(place, f"its {MANIFEST} gives no size and SHA-256 for {name}")
    for name in OWN_FILES:
        if name not in files:
            refuse(place, f"its {MANIFEST} does not list {name}")
