"""Ceilings: what grows beyond them holds a second idea."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from source import ROOT, SOURCE

FILE, FUNCTION, CELL, TASK, README = 400, 60, 60, 300, 150
FOLDERS = ("src", "tests", "benchmarks", "examples")


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def long_files(folder: Path, ceiling: int) -> list[str]:
    return [f"{path.name}: {lines(path)} lines" for path in sorted(folder.rglob("*.py")) if lines(path) > ceiling]


def long_functions(folder: Path, ceiling: int) -> list[str]:
    """Functions longer than `ceiling` lines, their docstrings not counted."""
    return [
        f"{path.name}:{node.lineno}: {node.name} has {length} lines"
        for path in sorted(folder.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (length := code_lines(node)) > ceiling
    ]


def code_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    docstring = node.body[0] if ast.get_docstring(node) is not None else None
    told = (docstring.end_lineno or 0) - docstring.lineno + 1 if docstring else 0
    return (node.end_lineno or node.lineno) - node.lineno + 1 - told


@pytest.mark.parametrize("folder", FOLDERS)
def test_files(folder: str) -> None:
    assert long_files(ROOT / folder, FILE) == []


def test_functions() -> None:
    assert long_functions(SOURCE, FUNCTION) == []


def test_cells() -> None:
    assert long_files(SOURCE / "cells", CELL) == []


def test_tasks() -> None:
    assert long_files(SOURCE / "tasks", TASK) == []


def test_readme() -> None:
    assert lines(ROOT / "README.md") <= README


def test_a_long_file_and_a_long_function_are_seen(tmp_path: Path) -> None:
    body = "".join(f"    x = {number}\n" for number in range(6))
    (tmp_path / "long.py").write_text(f"class A:\n  def f(self):\n{body}", encoding="utf-8")
    assert long_files(tmp_path, 8) == []
    assert long_files(tmp_path, 7) == ["long.py: 8 lines"]
    assert long_functions(tmp_path, 7) == []
    assert long_functions(tmp_path, 6) == ["long.py:2: f has 7 lines"]
