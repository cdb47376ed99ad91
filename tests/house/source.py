"""The source tree as the house tests read it: modules, their rooms, their imports."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "frontal"


@dataclass(frozen=True)
class Module:
    path: Path
    package: Path
    """folder of the package `frontal` that the file belongs to"""

    @property
    def parts(self) -> tuple[str, ...]:
        """`cli/options.py` is ("cli", "options"); `cli/__init__.py` is ("cli",); `__init__.py` is ()."""
        relative = self.path.relative_to(self.package).with_suffix("").parts
        return relative[:-1] if relative[-1] == "__init__" else relative

    @property
    def room(self) -> str:
        return self.parts[0] if self.parts else ""

    @property
    def tree(self) -> ast.Module:
        return ast.parse(self.path.read_text(encoding="utf-8"), filename=str(self.path))

    def __str__(self) -> str:
        return self.path.relative_to(self.package).as_posix()


@dataclass(frozen=True)
class Import:
    module: Module
    line: int
    target: tuple[str, ...]
    """("frontal", "cell", "Cell") for `from frontal.cell import Cell`"""
    relative: bool
    in_function: bool

    def __str__(self) -> str:
        return f"{self.module}:{self.line}: {'.'.join(self.target)}"


def modules(package: Path = SOURCE) -> list[Module]:
    return [Module(path, package) for path in sorted(package.rglob("*.py"))]


def imports(module: Module) -> Iterator[Import]:
    """Yield every import, also those inside functions and under TYPE_CHECKING."""
    tree = module.tree
    functions = [
        node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
    ]
    inside = {id(node) for function in functions for node in ast.walk(function)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            targets = [tuple(alias.name.split(".")) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = tuple(node.module.split(".")) if node.module else ()
            targets = [(*base, alias.name) for alias in node.names]
        else:
            continue
        relative = isinstance(node, ast.ImportFrom) and node.level > 0
        for target in targets:
            yield Import(module, node.lineno, target, relative, id(node) in inside)
