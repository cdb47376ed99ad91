"""Parameters are read strictly, and what is wrong is said."""

from __future__ import annotations

from typing import Any

import pytest

from frontal.errors import FrontalError
from frontal.scope.given import Given


def test_what_is_given_is_returned() -> None:
    given = Given(
        {"t": "", "w": 3, "n": 2, "f": True, "c": "h", "s": [2, 5], "l": [1, 1, 2], "r": {"x": [1]}, "none": None}
    )
    assert given.text("t") == ""
    assert given.whole("w", 0, 3) == 3
    assert given.number("n", 0, 5) == 2.0
    assert isinstance(given.number("n", 0, 5), float)
    assert given.flag("f") is True
    assert given.choice("c", ["h", "c"]) == "h"
    assert given.steps("s", 5) == slice(2, 5)
    assert given.wholes("l", 1, 2, 3) == [1, 1, 2]
    assert given.raw("r") == {"x": [1]}
    assert given.raw("none") is None


def test_what_is_missing_or_null_takes_the_default() -> None:
    given = Given({"x": None})
    for name in ("x", "y"):
        assert given.text(name, "a") == "a"
        assert given.text(name, "") == ""
        assert given.whole(name, 0, 9, 0) == 0
        assert given.number(name, 0, 9, 0) == 0.0
        assert given.flag(name) is False
        assert given.choice(name, ["a"], "a") == "a"
        assert given.steps(name, 7) == slice(0, 7)
        assert given.raw(name) is None
        for method in (given.text, lambda n: given.whole(n, 0, 1), lambda n: given.wholes(n, 0, 1, 1)):
            with pytest.raises(FrontalError, match=f"'{name}' is missing; given: 'x'"):
                method(name)


@pytest.mark.parametrize(
    ("method", "arguments", "value", "said"),
    [
        ("text", (), 3, "v = 3; expected a text"),
        ("whole", (0, 5), 6, "v = 6; expected a whole number from 0 to 5"),
        ("whole", (0, 5), -1, "from 0 to 5"),
        ("whole", (0, 5), 1.0, "v = 1.0; expected"),
        ("whole", (0, 5), True, "v = True; expected"),
        ("whole", (0, 5), "1", "v = '1'; expected"),
        ("number", (0, 5), 5.5, "a number from 0 to 5"),
        ("number", (0, 5), "x", "expected a number from"),
        ("number", (0, 5), False, "expected a number from"),
        ("number", (0, 5), float("nan"), "expected a number from"),
        ("number", (0, 5), 10**400, "expected a number from"),
        ("number", (0, float("inf")), float("inf"), "expected a finite number"),
        ("flag", (), 1, "expected true or false"),
        ("choice", (["index", "time"],), "indx", "did you mean 'index'"),
        ("steps", (9,), [3, 3], "0 <= first < stop <= 9"),
        ("steps", (9,), [3, 10], "0 <= first < stop <= 9"),
        ("steps", (9,), [-1, 2], "0 <= first < stop <= 9"),
        ("steps", (9,), [1], "two whole numbers"),
        ("steps", (9,), [1.5, 2], "two whole numbers"),
        ("steps", (9,), "12", "two whole numbers"),
        ("wholes", (0, 5, 2), [1, 6], "a list of whole numbers from 0 to 5"),
        ("wholes", (0, 5, 2), 3, "a list of whole numbers"),
        ("wholes", (0, 5, 2), [1, 2, 3], "holds 3 numbers; at most 2"),
        ("text", (), ["x" * 500], "…; expected a text"),
    ],
)
def test_what_does_not_fit_is_said(method: str, arguments: tuple[Any, ...], value: Any, said: str) -> None:
    with pytest.raises(FrontalError) as found:
        getattr(Given({"v": value}), method)("v", *arguments)
    assert said in str(found.value)
    assert len(str(found.value)) < 200
