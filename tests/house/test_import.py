"""`import frontal` and `--help` start nothing, write nothing, and bring no optional dependency."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from source import ROOT

OPTIONAL = {"polars", "pandas", "pyarrow", "sklearn", "datasets", "optuna", "onnx", "fastapi", "gymnasium"}
DRAWING = {"matplotlib", "narwhals", "rich"}  # slow, and needed only by who draws or makes a table
HEAVY = {"torch", "numpy", "matplotlib", "llvmlite", "narwhals", "safetensors"}
SPY = """
import sys, json, os
deeds = []
def watch(event, args):
    if event == "open" and isinstance(args[2], int) and args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
        deeds.append(f"{event} {args[0]}")
    name = event.removeprefix("os.")
    if event.split(".")[0] in ("subprocess", "socket", "webbrowser") or name in (
        "mkdir", "remove", "rename", "rmdir", "system", "fork", "posix_spawn", "putenv"):
        deeds.append(f"{event} {args[:1]}")
sys.addaudithook(watch)
before = dict(os.environ)
"""
EVERY_MODULE = """
import importlib, pkgutil, frontal
for module in pkgutil.walk_packages(frontal.__path__, "frontal."):
    module.name == "frontal.__main__" or importlib.import_module(module.name)
"""
REPORT = """
deeds = list(deeds)
changed = sorted(key for key in {*before, *os.environ} if before.get(key) != os.environ.get(key))
json.dump({"modules": sorted({name.split(".")[0] for name in sys.modules}), "deeds": deeds, "env": changed},
          sys.stderr)
"""


def watched(code: str, cwd: Path) -> dict[str, list[str]]:
    """Run `code` in a fresh interpreter; return its top modules, what it did, and the variables it set."""
    command = [sys.executable, "-B", "-W", "error", "-c", SPY + code + REPORT]
    done = subprocess.run(command, cwd=cwd, env=environment(), capture_output=True, text=True, check=True)
    return json.loads(done.stderr)


def environment() -> dict[str, str]:
    from os import environ

    return {**environ, "PYTHONPATH": str(ROOT / "src")}


@pytest.mark.parametrize(
    ("code", "absent"),
    [
        (
            "import frontal\ndir(frontal), frontal.__version__, frontal.FrontalError",
            HEAVY | OPTIONAL | {"tyro", "rich"},
        ),
        ("from frontal.cli import main\nmain(['--help'])", HEAVY | OPTIONAL | {"tyro", "rich"}),
        ("from frontal.cli import main\nmain(['--version'])", HEAVY | OPTIONAL | {"tyro", "rich"}),
        ("from frontal.cli import main\nmain(['forecast', '--help'])", HEAVY | OPTIONAL),
        ("from frontal.cli import main\nmain(['predict', '--help'])", HEAVY | OPTIONAL),
        ("from frontal.cli import main\nmain(['evaluate', '--help'])", HEAVY | OPTIONAL),
    ],
)
def test_it_is_light_and_does_nothing(tmp_path: Path, code: str, absent: set[str]) -> None:
    seen = watched(code, tmp_path)
    assert absent & set(seen["modules"]) == set()
    assert seen["deeds"] == []
    assert seen["env"] == []
    assert list(tmp_path.iterdir()) == []


def test_all_public_names_without_an_optional_dependency(tmp_path: Path) -> None:
    code = "import frontal\nassert all(getattr(frontal, name) is not None for name in frontal.__all__)"
    assert OPTIONAL & set(watched(code, tmp_path)["modules"]) == set()


def test_no_module_brings_what_only_drawing_needs(tmp_path: Path) -> None:
    seen = set(watched(EVERY_MODULE, tmp_path)["modules"])
    assert "torch" in seen
    assert seen & (DRAWING | OPTIONAL) == set()


def test_public_names() -> None:
    import frontal

    assert dir(frontal) == sorted(frontal.__all__)
    assert {getattr(frontal, name).__name__ for name in frontal.__all__ if name != "__version__"} == {
        name for name in frontal.__all__ if name != "__version__"
    }
    with pytest.raises(AttributeError, match="no attribute 'Forcaster'"):
        _ = frontal.Forcaster


def test_the_spy_sees(tmp_path: Path) -> None:
    seen = watched("open('x', 'w').close(); os.environ['A_NEW_ONE'] = '1'; import sqlite3", tmp_path)
    assert [deed for deed in seen["deeds"] if deed.startswith("open x")]
    assert seen["env"] == ["A_NEW_ONE"]
    assert "sqlite3" in seen["modules"]
