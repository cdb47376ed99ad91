"""Adding a cell is adding one file: nothing else knows the names."""

from pathlib import Path

import pytest

import frontal.cells
from frontal.cells import catalogue, named
from frontal.errors import FrontalError

SOURCE = """
from frontal.cell import Cell
from frontal.cells.gru import GRU  # an import is not a definition


class Copycat(Cell):
    def step(self, x, h):
        return h
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that the catalogue takes for a part of its own."""
    monkeypatch.setattr(frontal.cells, "__path__", [*frontal.cells.__path__, str(tmp_path)])
    return tmp_path


def test_every_file_of_at_most_sixty_lines_is_a_cell() -> None:
    files = {file.stem: file for file in Path(frontal.cells.__file__).parent.glob("*.py")}
    lines = {name: len(file.read_text(encoding="utf-8").splitlines()) for name, file in files.items()}
    assert {name: count for name, count in lines.items() if count > 60} == {}
    assert set(catalogue()) == set(files) - {"__init__"}


def test_a_new_file_is_a_new_cell(folder: Path) -> None:
    (folder / "copycat_of_the_test.py").write_text(SOURCE)
    assert named("copycat_of_the_test").__name__ == "Copycat"


def test_a_file_with_two_cells_is_refused(folder: Path) -> None:
    (folder / "twins_of_the_test.py").write_text(SOURCE + SOURCE.replace("Copycat", "Twin"))
    with pytest.raises(FrontalError, match=r"exactly one cell, it defines \['Copycat', 'Twin'\]"):
        catalogue()
