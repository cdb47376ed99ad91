"""Regular expressions as numbers, and what is left of one behind a character: its derivative.

Brzozowski 1964, *Derivatives of regular expressions*; Owens, Reppy & Turon 2009 for the rules that
keep the derivatives of an expression few.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

EMPTY: Final = 0
"""the expression that no text matches"""
NOTHING: Final = 1
"""the expression that only the empty text matches"""

_KINDS = {"d": str.isdecimal, "s": str.isspace, "w": lambda char: char == "_" or char.isalnum()}


@dataclass(frozen=True)
class CharacterSet:
    """Characters: in one of the ranges, or of one of the kinds; or all others.

    Attributes:
        ranges: first and last character of each.
        kinds: letters as behind a backslash: d, s, w, and D, S, W for their opposites.
        negated: all characters but these.
    """

    ranges: tuple[tuple[str, str], ...] = ()
    kinds: str = ""
    negated: bool = False

    def __contains__(self, char: str) -> bool:
        found = any(first <= char <= last for first, last in self.ranges)
        found = found or any(_KINDS[kind.lower()](char) == kind.islower() for kind in self.kinds)
        return found != self.negated


class Expressions:
    """Builds expressions; each is a number, and alike ones, as far as the rules see it, are one number."""

    def __init__(self) -> None:
        self._forms: list[tuple[Any, ...]] = [("empty",), ("nothing",)]
        self._numbers: dict[tuple[Any, ...], int] = {}
        self._after: dict[tuple[int, str], int] = {}
        self.takes_nothing = [False, True]
        """whether the empty text matches, for each expression"""

    @property
    def sets(self) -> list[CharacterSet]:
        """All sets of characters that were used."""
        return [form[1] for form in self._forms if form[0] == "one of"]

    def one_of(self, characters: CharacterSet) -> int:
        """One character of a set."""
        return self._number(("one of", characters), takes_nothing=False)

    def then(self, first: int, second: int) -> int:
        """One behind the other."""
        if EMPTY in (first, second):
            return EMPTY
        if NOTHING in (first, second):
            return second if first == NOTHING else first
        if self._forms[first][0] == "then":
            _, a, b = self._forms[first]
            return self.then(a, self.then(b, second))
        both = self.takes_nothing[first] and self.takes_nothing[second]
        return self._number(("then", first, second), takes_nothing=both)

    def either(self, *expressions: int) -> int:
        """Any of them."""
        ways: set[int] = set()
        for expression in expressions:
            form = self._forms[expression]
            ways |= form[1] if form[0] == "either" else {expression}
        ways.discard(EMPTY)
        if len(ways) > 1 and NOTHING in ways and any(self.takes_nothing[way] for way in ways - {NOTHING}):
            ways.discard(NOTHING)
        if len(ways) < 2:
            return next(iter(ways), EMPTY)
        return self._number(("either", frozenset(ways)), takes_nothing=any(self.takes_nothing[way] for way in ways))

    def repeat(self, expression: int, least: int, most: int | None) -> int:
        """An expression so many times; None for as often as one likes."""
        if most == 0 or expression == NOTHING or (expression == EMPTY and least == 0):
            return NOTHING
        if expression == EMPTY or (least, most) == (1, 1):
            return expression
        if self._forms[expression][0] == "repeat" and self._forms[expression][2:] == (0, None):
            return expression
        least = 0 if self.takes_nothing[expression] else least
        return self._number(("repeat", expression, least, most), takes_nothing=least == 0)

    def after(self, expression: int, char: str) -> int:
        """What must match behind `char`, where it is the first character of a text that matches."""
        key = (expression, char)
        if key not in self._after:
            self._after[key] = self._derivative(self._forms[expression], char)
        return self._after[key]

    def _derivative(self, form: tuple[Any, ...], char: str) -> int:
        match form:
            case "one of", characters:
                return NOTHING if char in characters else EMPTY
            case "then", first, second:
                ways = [self.then(self.after(first, char), second)]
                while self.takes_nothing[first]:  # a loop, since `a?a?a?…` may be long
                    if self._forms[second][0] != "then":
                        ways.append(self.after(second, char))
                        break
                    _, first, second = self._forms[second]
                    ways.append(self.then(self.after(first, char), second))
                return self.either(*ways)
            case "either", ways:
                return self.either(*(self.after(way, char) for way in ways))
            case "repeat", expression, least, most:
                rest = self.repeat(expression, max(least - 1, 0), None if most is None else most - 1)
                return self.then(self.after(expression, char), rest)
            case _:
                return EMPTY

    def _number(self, form: tuple[Any, ...], *, takes_nothing: bool) -> int:
        if form not in self._numbers:
            self._numbers[form] = len(self._forms)
            self._forms.append(form)
            self.takes_nothing.append(takes_nothing)
        return self._numbers[form]
