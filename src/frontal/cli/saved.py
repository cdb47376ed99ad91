"""What a saved run is, for the verbs that use it; no verb of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from frontal.errors import FrontalError


def kind_of(run: str) -> str | None:
    """Return the kind that a run's manifest names; None where there is none, which whoever loads it will say."""
    from frontal.training.manifest import MANIFEST, read_manifest

    return read_manifest(Path(run))["kind"] if (Path(run) / MANIFEST).is_file() else None


def refuse(options: Any, what: str, *names: str) -> None:
    """Raise `FrontalError` for an option that says nothing to a run of this kind."""
    for name in names:
        if getattr(options, name) is not None:
            raise FrontalError(f"--{name.replace('_', '-')} means nothing to {options.run}, {what}; leave it out")
