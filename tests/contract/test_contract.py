"""Every cell of the table keeps every property."""

import pytest

from frontal.cells import catalogue
from frontal.compiler import reference
from frontal.compiler.choose import Choice
from frontal.layers import stack

from .properties import PROPERTIES
from .table import ROWS, Row


@pytest.mark.parametrize("name", PROPERTIES)
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_cell_keeps_every_property(row: Row, name: str):
    PROPERTIES[name](row.make)


@pytest.mark.parametrize("name", PROPERTIES)
@pytest.mark.parametrize("row", ROWS[-4:], ids=lambda row: row.name)
def test_the_reference_keeps_every_property(row: Row, name: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(stack, "choose", lambda *_: Choice("reference", "a test", reference.run))
    PROPERTIES[name](row.make)


def test_the_table_has_every_cell_of_the_catalogue():
    assert set(catalogue().values()) <= {type(row.make()) for row in ROWS}


def test_the_table_has_no_name_twice():
    assert len({row.name for row in ROWS}) == len(ROWS)


def test_the_table_has_every_property_of_the_contract():
    assert set(PROPERTIES) == {
        "shapes", "gradients", "second_gradients", "lengths", "reset", "chunks",
        "save_and_load", "float64", "padding", "rows", "deterministic",
    }  # fmt: skip
