"""Files of tests that pytest imports by their bare names have names of their own."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from source import ROOT


def taken_twice(tests: Path) -> list[str]:
    """Names that two files share whose folders are no packages: the second one would not be collected."""
    homes: defaultdict[str, list[str]] = defaultdict(list)
    for path in sorted(tests.rglob("*.py")):
        if not (path.parent / "__init__.py").is_file() and path.name != "conftest.py":
            homes[path.name].append(str(path.relative_to(tests).parent))
    return [f"{name}: {', '.join(folders)}" for name, folders in homes.items() if len(folders) > 1]


def test_every_file_of_tests_has_a_name_of_its_own() -> None:
    assert taken_twice(ROOT / "tests") == []


def test_a_name_that_is_taken_twice_is_seen(tmp_path: Path) -> None:
    for folder in ("cli", "data", "cells"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "test_panel.py").touch()
    (tmp_path / "cells" / "__init__.py").touch()
    assert taken_twice(tmp_path) == ["test_panel.py: cli, data"]
