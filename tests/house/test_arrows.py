"""The picture of the house, measured: a room imports only from lines below its own.

Imports inside functions count too. There our own names are refused, since a knot could hide in them;
what others wrote and is slow or optional may stand there, with a reason beside it (ruff's PLC0415).
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from source import SOURCE, Import, imports, modules

LINES = [  # from the front door down; rooms on one line do not know each other
    {"cli"},
    {"scope", "serving"},
    {"tasks"},
    {"training", "diagnostics", "data", "export"},
    {"layers"},
    {"cells", "compiler"},
    {"cell"},
    {"atomic", "cache_folder"},
    {"errors", "_version"},
]
HEIGHT = {room: len(LINES) - line for line, rooms in enumerate(LINES) for room in rooms}
DOORS = {"", "__main__"}  # frontal/__init__.py and __main__.py hand out what the rooms make


def wrong_arrows(package: Path) -> list[str]:
    return [
        f"{arrow} ({fault})" for module in modules(package) for arrow in imports(module) if (fault := fault_of(arrow))
    ]


def fault_of(arrow: Import) -> str | None:
    if arrow.relative:
        return "a relative import; write it in full"
    if arrow.target[0] != "frontal" or arrow.module.room in DOORS:
        return None
    if arrow.in_function and arrow.module.room != "cli" and arrow.module.path.name != "__init__.py":
        return "an import inside a function"
    source, target = arrow.module.room, arrow.target[1] if len(arrow.target) > 1 else ""
    if target not in HEIGHT:
        return "not a room of the house"
    if source != target:
        return None if HEIGHT[target] < HEIGHT[source] else "upwards or sideways"
    return between_tasks(arrow) if source == "tasks" else None


def between_tasks(arrow: Import) -> str | None:
    """Tasks do not import each other: a file knows those of its own task, which share its first word."""
    if arrow.module.path.name == "__init__.py" or len(arrow.target) < 3:
        return None
    ours, theirs = arrow.module.parts[1].split("_")[0], arrow.target[2].split("_")[0]
    return None if ours.startswith(theirs) or theirs.startswith(ours) else "from one task to another"


def named_cells(package: Path) -> list[str]:
    """Return where `compiler/` names a cell of the catalogue."""
    cells = {
        node.name
        for path in (package / "cells").glob("*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef)
    }
    if not cells:
        return []
    pattern = re.compile(rf"\b({'|'.join(sorted(cells))})(Cell)?\b", re.IGNORECASE)
    return [
        f"{path.name}:{number}: {line.strip()}"
        for path in sorted((package / "compiler").rglob("*.py"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if pattern.search(line)
    ]


def test_arrows_point_down() -> None:
    assert wrong_arrows(SOURCE) == []


def test_every_file_stands_in_a_room() -> None:
    assert {module.room for module in modules()} - set(HEIGHT) - DOORS == set()


def test_compiler_names_no_cell() -> None:
    assert named_cells(SOURCE) == []


@pytest.mark.parametrize(
    ("file", "line", "fault"),
    [
        ("cell.py", "from frontal.layers import LSTM", "upwards or sideways"),
        ("cells/lstm.py", "import frontal.compiler.choose", "upwards or sideways"),
        ("data/series.py", "from frontal.training.loop import train", "upwards or sideways"),
        ("layers/stack.py", "from frontal import LSTM", "not a room"),
        ("layers/stack.py", "from . import lstm", "relative"),
        ("layers/stack.py", "def f():\n    import frontal.cell", "inside a function"),
        (
            "layers/stack.py",
            "class A:\n    def f(self):\n        from frontal.cli import main",
            "inside a function",
        ),
        ("tasks/forecast.py", "from frontal.tasks.classify_settings import C", "one task to another"),
    ],
)
def test_a_wrong_arrow_is_seen(tmp_path: Path, file: str, line: str, fault: str) -> None:
    path = tmp_path / file
    path.parent.mkdir(exist_ok=True)
    path.write_text(line, encoding="utf-8")
    (found,) = wrong_arrows(tmp_path)
    assert fault in found


def test_a_right_arrow_is_none_of_our_business(tmp_path: Path) -> None:
    (tmp_path / "tasks").mkdir()
    source = "import torch\nfrom frontal.tasks.forecast_settings import F\nfrom frontal.layers import LSTM\n"
    (tmp_path / "tasks" / "forecast.py").write_text(source, encoding="utf-8")
    assert wrong_arrows(tmp_path) == []


def test_a_named_cell_is_seen(tmp_path: Path) -> None:
    for name, text in (("cells/lstm.py", "class LSTM: ..."), ("compiler/plan.py", "if name == 'lstm': ...")):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert named_cells(tmp_path) == ["plan.py:1: if name == 'lstm': ..."]
