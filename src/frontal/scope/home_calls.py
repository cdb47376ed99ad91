"""Home: what is open, what it is, and opening more."""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from frontal._version import __version__
from frontal.diagnostics.capture_read import Capture
from frontal.errors import FrontalError
from frontal.scope.given import Given
from frontal.scope.workspace import Call, Look, Workspace
from frontal.training.manifest import MANIFEST, read_manifest
from frontal.training.plain_json import plain

TYPED = 40  # characters of a text that its title shows


def ping(workspace: Workspace, given: Given) -> dict[str, Any]:
    """Say that the server is there."""
    return {"version": __version__, "looks": [look.id for look in workspace.looks()]}


def looks(workspace: Workspace, given: Given) -> dict[str, Any]:
    """List what is open."""
    return {"looks": [_summary(workspace, look) for look in workspace.looks()]}


def describe(workspace: Workspace, given: Given) -> dict[str, Any]:
    """Tell everything about one look: also its settings and measures."""
    look = workspace.look(given.text("look"))
    settings = getattr(look.model, "chosen", None) or getattr(look.model, "settings", None)
    return {
        **_summary(workspace, look),
        "settings": {} if settings is None else {name: _shown(value) for name, value in vars(settings).items()},
        "parameters": _parameters(look),
    }


def open_data(workspace: Workspace, given: Given) -> dict[str, Any]:
    """Open the model of a look along a text that was typed, or a file that was dropped.

    Parameters: `look`, whose model; `text`, or `name` and `base64` of a file; `id`, a look to replace.
    """
    of, id = given.text("look"), given.text("id", "") or None
    model = _model(workspace.look(of))
    if given.raw("base64") is not None:
        with _dropped(workspace, given) as path:
            return {"look": workspace.open_data(of, path, f"{model} on {path.name}", id=id).id}
    text = given.text("text")
    line = " ".join(text.split())
    title = f"{model} on “{line if len(line) <= TYPED else line[: TYPED - 1] + '…'}”"
    return {"look": workspace.open_data(of, text, title, id=id).id}


def close(workspace: Workspace, given: Given) -> dict[str, Any]:
    """Close a look; the last one stays."""
    id = given.text("look")
    if len(workspace.looks()) == 1:
        raise FrontalError(f"{workspace.look(id).title} is the only look; open another one before you close it")
    workspace.remove(id)
    return {"looks": [_summary(workspace, look) for look in workspace.looks()]}


@contextmanager
def _dropped(workspace: Workspace, given: Given) -> Iterator[Path]:
    """Yield a dropped file under its own name, without any folder, in one of the workspace; it is gone afterwards."""
    name = given.text("name")
    try:
        data = b64decode(given.text("base64"), validate=True)
    except binascii.Error as error:
        raise FrontalError(f"{name}: the content of a file is sent as base64; this is none: {error}") from error
    with TemporaryDirectory(dir=workspace.folder, prefix="dropped-") as folder:
        path = Path(folder) / (re.sub(r"[^\w. -]", "_", re.split(r"[/\\]", name)[-1])[-100:].strip(". ") or "file")
        path.write_bytes(data)
        yield path


def _summary(workspace: Workspace, look: Look) -> dict[str, Any]:
    index = look.capture.index

    def signals() -> list[dict[str, Any]]:
        return [{**asdict(signal), "liveliest": liveliest(look.capture, signal.name)} for signal in index.signals]

    return {
        "id": look.id,
        "title": look.title,
        "kind": index.kind,
        "data": PurePath(index.name).name,
        "steps": index.steps,
        "model": index.model,
        "live": look.model is not None,
        "signals": workspace.cached((look.id, "signals"), signals),
        "cells": list(dict.fromkeys(signal.cell for signal in index.signals)),
        **_of_run(look.run),
    }


def liveliest(capture: Capture, signal: str) -> int:
    """Return the unit whose extremes of every 64 steps are spread most: what is seen before anything is known."""
    low, high = capture.overview(signal)  # each (U, N / 64)
    return int(np.nan_to_num(np.concatenate([low, high], 1)).std(1).argmax())


def _of_run(run: str | None) -> dict[str, Any]:
    """Tell of a saved run its place, what it was trained for, its size in bytes, and when it was saved."""
    if run is None or not (Path(run) / MANIFEST).is_file():
        return {"run": run, "task": None, "bytes": None, "date": None}
    manifest = read_manifest(Path(run))
    saved = datetime.fromtimestamp((Path(run) / MANIFEST).stat().st_mtime, UTC)
    size = sum(path.stat().st_size for path in Path(run).iterdir() if path.is_file())
    return {"run": run, "task": manifest["kind"], "bytes": size, "date": saved.isoformat(timespec="seconds")}


def _model(look: Look) -> str:
    return look.capture.index.model if look.run is None else Path(look.run).resolve().name


def _parameters(look: Look) -> int | None:
    return None if look.subject is None else sum(p.numel() for p in look.subject.model.parameters())


def _shown(value: Any) -> Any:
    with suppress(FrontalError):
        return plain(value, "setting", nan_as_null=True)
    return str(value)


CALLS: dict[str, Call] = {"ping": ping, "looks": looks, "describe": describe, "open": open_data, "close": close}
