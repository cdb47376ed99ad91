"""A backend is chosen with a reason; an unknown one is refused."""

import pytest

from frontal.cells.gru import GRU
from frontal.compiler import reference
from frontal.compiler.choose import choose
from frontal.errors import FrontalError


@pytest.mark.parametrize(("name", "reason"), [("auto", "GRU"), ("reference", "by name")])
def test_the_choice_says_why(name: str, reason: str):
    choice = choose(GRU(2, 3), name)
    assert choice.run is reference.run
    assert reason in choice.reason
    assert str(choice).startswith("backend: reference\nreason:  ")


def test_an_unknown_backend_suggests_the_nearest():
    with pytest.raises(FrontalError, match="unknown backend 'referense'; did you mean 'reference'"):
        choose(GRU(2, 3), "referense")
