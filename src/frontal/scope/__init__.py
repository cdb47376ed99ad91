"""The microscope: a trained network along data, on a page of its own machine.

Importing this starts nothing: each name is imported when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from frontal.scope.launch import running, serve
    from frontal.scope.opening import scope, workspace_of
    from frontal.scope.widget import Scope
    from frontal.scope.workspace import Look, Workspace

__all__ = ["Look", "Scope", "Workspace", "running", "scope", "serve", "workspace_of"]

_HOMES = {
    "Look": "frontal.scope.workspace",
    "Scope": "frontal.scope.widget",
    "Workspace": "frontal.scope.workspace",
    "running": "frontal.scope.launch",
    "scope": "frontal.scope.opening",
    "serve": "frontal.scope.launch",
    "workspace_of": "frontal.scope.opening",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'frontal.scope' has no attribute {name!r}", name=name, obj=None)
    value = globals()[name] = getattr(import_module(_HOMES[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
