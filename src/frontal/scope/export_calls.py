"""What the page needs to write a view into one file."""

from __future__ import annotations

from typing import Any

from frontal._version import __version__
from frontal.scope.document import document
from frontal.scope.given import Given
from frontal.scope.workspace import Call, Workspace


def exported(workspace: Workspace, given: Given) -> dict[str, Any]:
    """Return the exported page before and after what was recorded."""
    head, tail = document("exported.js")
    return {"head": head, "tail": tail, "version": __version__}


CALLS: dict[str, Call] = {"exported": exported}
