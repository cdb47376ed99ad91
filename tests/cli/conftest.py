from __future__ import annotations

import sys
from pathlib import Path

import pytest
from recipes import Recipes


@pytest.fixture
def recipes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Recipes:
    """Stand-ins for the recipes, in an empty working folder."""
    stand_ins = Recipes()
    monkeypatch.setitem(sys.modules, stand_ins.__name__, stand_ins)
    monkeypatch.chdir(tmp_path)
    return stand_ins
