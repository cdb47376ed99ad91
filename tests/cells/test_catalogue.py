import pytest

from frontal.cells import catalogue, named
from frontal.errors import FrontalError


def test_the_catalogue_finds_the_files() -> None:
    assert set(catalogue()) >= {"elman", "gru", "lstm"}
    assert named("lstm") is catalogue()["lstm"]


def test_an_unknown_name_suggests_the_nearest() -> None:
    with pytest.raises(FrontalError, match="did you mean 'elman'"):
        named("ellman")


@pytest.mark.parametrize("name", sorted(catalogue()))
def test_each_cell_names_its_paper_and_its_deviations(name: str) -> None:
    text = catalogue()[name].__doc__ or ""
    assert "Deviations:" in text
    assert any(str(year) in text for year in range(1980, 2030))
