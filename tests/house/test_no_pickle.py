"""No file that we read can run anything: no pickle, no eval, no import of a name that came from data.

`import_module` is for the `__init__` files alone: there the names come from a table or the folder.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from source import SOURCE, imports, modules

MODULES = {
    "pickle",
    "cPickle",
    "_pickle",
    "cloudpickle",
    "dill",
    "joblib",
    "shelve",
    "marshal",
    "runpy",
    "code",
}
CALLS = {"eval", "exec", "compile", "__import__", "execfile"}
ATTRIBUTES = {
    ("torch", "load"),
    ("torch", "save"),
    ("torch", "jit"),
    ("importlib", "import_module"),
    ("yaml", "load"),
    ("pandas", "read_pickle"),
    ("pydoc", "locate"),
    ("pkgutil", "resolve_name"),
}
KEYWORDS = {"allow_pickle", "weights_only", "trust_remote_code"}  # whoever needs one of them reads pickles


def dangers(package: Path) -> list[str]:
    found = []
    for module in modules(package):
        for arrow in imports(module):
            name = arrow.target[:1] + arrow.target[-1:]
            lazy = module.path.name == "__init__.py" and name == ("importlib", "import_module")
            if arrow.target[0] in MODULES or (name in ATTRIBUTES and not lazy):
                found.append(str(arrow))
        found += [f"{module}:{node.lineno}: {what}" for node in ast.walk(module.tree) if (what := danger(node))]
    return found


def danger(node: ast.AST) -> str | None:
    match node:
        case ast.Call(func=ast.Name(id=name)) if name in CALLS:
            return name
        case ast.Attribute(value=ast.Name(id=owner), attr=name) if (owner, name) in ATTRIBUTES:
            return f"{owner}.{name}"
        case ast.keyword(arg=str(name)) if name in KEYWORDS:
            return name
    return None


def test_the_source_is_free_of_them() -> None:
    assert dangers(SOURCE) == []


@pytest.mark.parametrize(
    "line",
    [
        "import pickle",
        "from pickle import loads",
        "import joblib.numpy_pickle",
        "def f(x):\n    return eval(x)",
        "import torch\ntorch.load('x')",
        "from torch import load",
        "import importlib\nimportlib.import_module(x)",
        "from importlib import import_module",
        "numpy.load(x, allow_pickle=True)",
        "__import__(x)",
    ],
)
def test_each_of_them_is_seen(tmp_path: Path, line: str) -> None:
    (tmp_path / "layers").mkdir()
    (tmp_path / "layers" / "bad.py").write_text(line, encoding="utf-8")
    assert len(dangers(tmp_path)) == 1


def test_ordinary_names_are_not(tmp_path: Path) -> None:
    text = "import re, torch\nre.compile('x')\nmodel.eval()\ntorch.compile(f)\nsafetensors.load(x)\n"
    (tmp_path / "good.py").write_text(text, encoding="utf-8")
    assert dangers(tmp_path) == []
