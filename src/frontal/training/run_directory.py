"""A trained model on disk: a directory of plain files, each with its size and SHA-256 in a manifest.

Saving builds the whole directory beside its place (`.NAME.<token>.new`), waits until it is on the
disk, and then renames twice: the old run becomes `.NAME.<token>.old`, the new one becomes NAME.
A crash between the two leaves the complete old run under its `.old` name; reading finds it there, and
the next save puts it back first and removes what was left over. Two processes that save to one place
at the same time make one of them fail; the run is never a mixture.

Nothing in a run is code, and no text in it is ever imported or called.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from frontal.atomic import beside, discard, reason, siblings, sync_directory, write_synced
from frontal.errors import FrontalError
from frontal.training.live import kept_lines
from frontal.training.manifest import (
    MANIFEST,
    OWN_FILES,
    is_file_name,
    manifest_bytes,
    read_listed,
    read_manifest,
    read_object,
    refuse,
)
from frontal.training.plain_json import dump, plain

_DROPPINGS = {".DS_Store", "Thumbs.db", "desktop.ini"}  # left by file managers in every folder they show


@dataclass(frozen=True)
class Run:
    """What a run directory holds, every byte of it checked."""

    path: Path
    """Where it was read."""
    kind: str
    """What was trained, such as "forecaster"."""
    settings: dict[str, Any]
    tensors: dict[str, Tensor]
    """By name, on the CPU; whoever uses them checks their shapes."""
    metrics: dict[str, Any]
    """What was NaN or infinite when saved is None."""
    log: list[dict[str, Any]]
    """One dictionary an epoch; NaN and infinite as in `metrics`."""
    files: dict[str, bytes]
    """Plots and other files, by name."""
    format_version: int
    frontal_version: str
    """The frontal that wrote it."""


def save_run(
    path: str | os.PathLike[str],
    *,
    kind: str,
    settings: Mapping[str, Any],
    tensors: Mapping[str, Tensor],
    metrics: Mapping[str, Any],
    log: Sequence[Mapping[str, Any]],
    files: Mapping[str, bytes] | None = None,
) -> Path:
    """Write a run directory as a whole, replacing the run that was there.

    Args:
        path: the directory; what is there must be a run, empty or nothing (`check_run_target`).
        kind: a lower-case word that says who can load it.
        settings: JSON values (tuples become lists); NaN and infinite are refused.
        tensors: from any device; each is stored on its own even where two share memory.
        metrics: JSON values; NaN and infinite become null, which JSON can hold.
        log: the same, one line each.
        files: plots and others, as plain file names.

    Returns:
        The directory, without symbolic links.

    Raises:
        FrontalError: something that cannot be stored, or the system refused (disk full, no
            permission): then the old run is as it was.
    """
    target = check_run_target(path)
    contents = {
        "settings.json": dump(plain(settings, "settings", nan_as_null=False)),
        "model.safetensors": _tensor_bytes(tensors),
        "metrics.json": dump(plain(metrics, "metrics", nan_as_null=True)),
        "log.jsonl": b"".join(
            dump(plain(line, f"log[{row}]", nan_as_null=True), indent=None) for row, line in enumerate(log)
        ),
        **_checked_files({**kept_lines(target), **(files or {})}),
    }
    contents[MANIFEST] = manifest_bytes(kind, contents)
    try:
        _publish(target, contents)
    except OSError as error:
        raise FrontalError(f"cannot save the run {path}: {reason(error)}; what was there is as it was") from error
    return target


def check_run_target(path: str | os.PathLike[str]) -> Path:
    """Return where a run would be saved; raise `FrontalError` if that would destroy something else.

    Writes nothing, so it can be asked before a long training.
    """
    target = Path(os.path.realpath(path))
    if not target.name:
        raise FrontalError(f"cannot save a run as {path}: name a directory of its own")
    if not os.path.lexists(target):
        return target
    if target.is_file():
        raise FrontalError(f"cannot save a run as {path}: a file of that name exists; choose another name")
    try:
        found = {entry.name for entry in target.iterdir()} - _DROPPINGS
        known = {MANIFEST, *read_manifest(target)["files"]} if MANIFEST in found else set()
    except OSError as error:
        raise FrontalError(f"cannot save a run as {path}: {reason(error)}") from error
    except FrontalError as error:
        raise FrontalError(f"cannot save a run as {path}: {error}; choose another name") from error
    foreign = sorted(found - known)
    if foreign:
        what = "files that are not the run's" if known else "files but is not a run"
        raise FrontalError(
            f"cannot save a run as {path}: the directory holds {what} ({', '.join(foreign[:3])}"
            f"{', …' if len(foreign) > 3 else ''}), which would be lost; choose another name"
        )
    return target


def read_run(path: str | os.PathLike[str]) -> Run:
    """Read a run directory and check every byte against its manifest; files it does not list are ignored.

    Raises:
        FrontalError: no run, half written, written by a newer frontal, or changed since; a file is named.
    """
    try:
        return _read_settled(path)
    except OSError as error:
        raise FrontalError(f"cannot read the run {path}: {reason(error)}") from error


# --- writing -----------------------------------------------------------------------------------------


def _publish(target: Path, contents: Mapping[str, bytes]) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    _recover(target)
    new = beside(target, "new")
    try:
        new.mkdir()
        for name, data in contents.items():
            write_synced(new / name, data)
        sync_directory(new)
        _swap(target, new)
    except BaseException:
        discard(new, target)
        raise


def _swap(target: Path, new: Path) -> None:
    """Put `new` in the place of `target`, or leave everything as it was."""
    old = beside(target, "old")
    replaces = target.exists()
    if replaces:
        target.rename(old)
    try:
        new.rename(target)
        try:
            sync_directory(target.parent)
        except BaseException:
            target.rename(new)
            raise
    except BaseException:
        if replaces:
            old.rename(target)
        raise
    if replaces:
        discard(old, target)


def _recover(target: Path) -> None:
    """Put back a run that a crash left aside, and remove what else it left."""
    aside = siblings(target, "old")
    if aside and not target.exists():
        aside.pop().rename(target)
    for leftover in [*aside, *siblings(target, "new")]:
        discard(leftover, target)


def _tensor_bytes(tensors: Mapping[str, Tensor]) -> bytes:
    for name, tensor in tensors.items():
        if not isinstance(name, str) or not isinstance(tensor, Tensor):
            raise FrontalError(f"tensors[{name!r}] must be a tensor under a text name, got {type(tensor).__name__}")
    try:
        return save({name: _own_copy(tensor) for name, tensor in tensors.items()})
    except (SafetensorError, KeyError, ValueError, RuntimeError) as error:
        kinds = sorted({f"{tensor.dtype}, {tensor.layout}" for tensor in tensors.values()})
        raise FrontalError(f"these tensors cannot be stored ({'; '.join(kinds)}): {error}") from error


def _own_copy(tensor: Tensor) -> Tensor:
    return tensor.detach().cpu().clone(memory_format=torch.contiguous_format)


def _checked_files(files: Mapping[str, bytes]) -> dict[str, bytes]:
    for name, data in files.items():
        if not is_file_name(name):
            raise FrontalError(
                f"files[{name!r}]: use a plain name such as 'forecast.png' (letters, digits, '.', '_', '-'), "
                f"and none of {', '.join((*OWN_FILES, MANIFEST))}"
            )
        if not isinstance(data, bytes):
            raise FrontalError(f"files[{name!r}] must be bytes, got {type(data).__name__}")
    return dict(files)


# --- reading -----------------------------------------------------------------------------------------


def _read_settled(path: str | os.PathLike[str]) -> Run:
    """Read anew as long as another process replaces the run meanwhile."""
    target = Path(os.path.realpath(path))
    while True:
        place = _place(target, path)
        before = _identity(place)
        try:
            return _read(place)
        except (FrontalError, OSError):
            if before is not None and _identity(place) == before:
                raise


def _place(target: Path, path: str | os.PathLike[str]) -> Path:
    """Where the run lies: in its place, or aside if a crash came between the two renames."""
    for _ in range(5):  # a save that ends between two looks is seen by the next
        if target.is_dir():
            return target
        if target.is_file():
            raise FrontalError(f"{path} is a file, not a run directory")
        if aside := siblings(target, "old"):
            return aside[-1]
    raise FrontalError(f"no such run directory: {path}")


def _identity(place: Path) -> tuple[int, int] | None:
    try:
        status = place.stat()
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_mtime_ns


def _read(place: Path) -> Run:
    manifest = read_manifest(place)
    data = {name: read_listed(place, name, entry) for name, entry in manifest["files"].items()}
    settings, model, metrics, log = (data.pop(name) for name in OWN_FILES)
    return Run(
        path=place,
        kind=manifest["kind"],
        settings=read_object(place, "settings.json", settings),
        tensors=_tensors(place, model),
        metrics=read_object(place, "metrics.json", metrics),
        log=[read_object(place, "log.jsonl", line) for line in log.split(b"\n") if line],
        files=data,
        format_version=manifest["format_version"],
        frontal_version=manifest["frontal_version"],
    )


def _tensors(place: Path, data: bytes) -> dict[str, Tensor]:
    try:
        return load(data)
    except (SafetensorError, KeyError, ValueError, RuntimeError) as error:
        refuse(place, f"its model.safetensors does not hold tensors: {error}")
