"""What a page asks with, read strictly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any, final

from frontal.errors import FrontalError, did_you_mean


@final
class Given:
    """The parameters of one call; what is missing, or null, takes the default, and without one is an error.

    Every method raises `FrontalError` that says the name, what was given and what was expected.

    Args:
        parameters: by name, as JSON gave them.
    """

    def __init__(self, parameters: Mapping[str, Any]) -> None:
        self._parameters = parameters

    def raw(self, name: str) -> Any:
        """Return a parameter as it came; None where it is missing."""
        return self._parameters.get(name)

    def text(self, name: str, default: str | None = None) -> str:
        """Return a text."""
        value = self._or(name, default)
        if not isinstance(value, str):
            raise self._wrong(name, "a text")
        return value

    def whole(self, name: str, low: int, high: int, default: int | None = None) -> int:
        """Return a whole number from `low` to `high`, both included."""
        value = self._or(name, default)
        if not _is_whole(value) or not low <= value <= high:
            raise self._wrong(name, f"a whole number from {low} to {high}")
        return value

    def number(self, name: str, low: float, high: float, default: float | None = None) -> float:
        """Return a finite number from `low` to `high`, both included."""
        value = self._or(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise self._wrong(name, f"a number from {low:g} to {high:g}")
        if not isfinite(value):
            raise self._wrong(name, "a finite number")
        return float(value)

    def flag(self, name: str, default: bool = False) -> bool:
        """Return true or false."""
        value = self._or(name, default)
        if not isinstance(value, bool):
            raise self._wrong(name, "true or false")
        return value

    def choice(self, name: str, allowed: Sequence[str], default: str | None = None) -> str:
        """Return one of the allowed words."""
        value = self.text(name, default)
        if value not in allowed:
            raise FrontalError(f"{name} = {value!r} is not known; {did_you_mean(value, allowed)}")
        return value

    def steps(self, name: str, total: int) -> slice:
        """Return the steps of `[first, stop]`, at least one of the `total`; all of them where nothing is given."""
        value = self._or(name, [0, total])
        if not (isinstance(value, list) and len(value) == 2 and all(map(_is_whole, value))):
            raise self._wrong(name, "two whole numbers, [first, stop]")
        first, stop = value
        if not 0 <= first < stop <= total:
            raise self._wrong(name, f"[first, stop] with 0 <= first < stop <= {total}")
        return slice(first, stop)

    def wholes(self, name: str, low: int, high: int, most: int) -> list[int]:
        """Return a list of at most `most` whole numbers from `low` to `high`, both included."""
        value = self._or(name, None)
        if not isinstance(value, list) or not all(_is_whole(one) and low <= one <= high for one in value):
            raise self._wrong(name, f"a list of whole numbers from {low} to {high}")
        if len(value) > most:
            raise FrontalError(f"{name} holds {len(value)} numbers; at most {most} can be asked for at once")
        return list(value)

    def _or(self, name: str, default: Any) -> Any:
        value = self._parameters.get(name)
        value = default if value is None else value
        if value is None:
            known = ", ".join(map(repr, self._parameters)) or "nothing"
            raise FrontalError(f"{name!r} is missing; given: {known}")
        return value

    def _wrong(self, name: str, expected: str) -> FrontalError:
        shown = repr(self._parameters.get(name))
        return FrontalError(f"{name} = {shown if len(shown) <= 80 else shown[:77] + '…'}; expected {expected}")


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
