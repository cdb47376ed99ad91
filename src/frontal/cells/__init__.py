"""The catalogue: one file a cell; a file added here is found by itself."""

from __future__ import annotations

from importlib import import_module
from inspect import isabstract
from pkgutil import iter_modules
from types import ModuleType

from frontal.cell import Cell
from frontal.errors import FrontalError, did_you_mean

__all__ = ["catalogue", "named"]


def catalogue() -> dict[str, type[Cell]]:
    """Return every cell of this folder by name, which is the name of its file."""
    names = sorted(module.name for module in iter_modules(__path__))
    return {name: _cell_of(import_module(f"{__name__}.{name}")) for name in names}


def named(name: str) -> type[Cell]:
    """Return the cell of that name; an unknown name raises `FrontalError` with the nearest one."""
    known = catalogue()
    if name not in known:
        raise FrontalError(f"no cell is named {name!r}; {did_you_mean(str(name), known)}")
    return known[name]


def _cell_of(module: ModuleType) -> type[Cell]:
    """Return the one cell that the module defines."""
    found = [
        value
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, Cell)
        and not isabstract(value)
        and value.__module__ == module.__name__
    ]
    if len(found) != 1:
        names = [cell.__name__ for cell in found]
        raise FrontalError(f"{module.__name__} must define exactly one cell, it defines {names}")
    return found[0]
