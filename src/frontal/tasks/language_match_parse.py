r"""Reads a regular expression: what the `re` module of Python calls so, where it is regular.

Taken: characters, `.`, `\d \s \w` and their opposites, `\n \t` and the like, `\x41 \u00e9`, `[a-z_]`,
`[^…]`, groups, `|`, `* + ? {2} {2,} {,3} {2,3}`, and `^` and `$` at the ends, where they say nothing,
since the whole text must match. Refused: back-references and what looks around or changes its rules.
"""

from __future__ import annotations

from typing import Final

from frontal.errors import FrontalError
from frontal.tasks.language_match_expression import NOTHING, CharacterSet, Expressions

DEEPEST = 50  # groups within groups
LONGEST = 10_000  # repetitions that a count may ask for
_ESCAPES: Final = {"a": "\a", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_DIGITS: Final = {"x": 2, "u": 4, "U": 8}
_PLACES: Final = {"b": "a word's border", "B": "no word's border", "A": "the beginning", "Z": "the end", "z": "the end"}
_GROUPS: Final = {
    "?=": "a look ahead", "?!": "a look ahead", "?<=": "a look behind", "?<!": "a look behind", "?>": "an atomic group",
    "?P=": "a back-reference", "?(": "a condition", "?#": "a comment",
}  # fmt: skip


class MatchError(FrontalError):
    """An expression that cannot be used.

    Attributes:
        pointed: the expression, and a caret under the place.
    """

    def __init__(self, message: str, text: str, place: int) -> None:
        super().__init__(f"{message} (column {place + 1} of {text!r})")
        self.pointed = f"  {text}\n  {' ' * place}^" if text.isprintable() else repr(text)


def parse(text: str, expressions: Expressions) -> int:
    """Return the number of an expression; what is not taken raises `MatchError` with a caret under it."""
    return _Parser(text, expressions).whole()


class _Parser:
    def __init__(self, text: str, expressions: Expressions) -> None:
        self.text, self.make = text, expressions
        self.at, self.depth = 0, 0

    def whole(self) -> int:
        self._skip("^")
        found = self._alternatives()
        if self.at < len(self.text):
            raise self._error("this bracket closes nothing; type \\) for the character")
        return found

    def _alternatives(self) -> int:
        ways = [self._sequence()]
        while self._skip("|"):
            ways.append(self._sequence())
        return self.make.either(*ways)

    def _sequence(self) -> int:
        parts: list[int] = []
        while self.at < len(self.text) and self.text[self.at] not in "|)":
            if self.text[self.at] == "$" and self.depth == 0 and self.at == len(self.text) - 1:
                self.at += 1
                break
            parts.append(self._repeated(self._atom()))
        found = NOTHING
        for part in reversed(parts):
            found = self.make.then(part, found)
        return found

    def _atom(self) -> int:
        start, char = self.at, self._next()
        if char == "(":
            return self._group(start)
        self.at = start
        if self._counts() is not None:
            raise self._error(f"nothing stands before this {char} that it could repeat; type \\{char} for it", start)
        self.at = start + 1
        if char in "^$":
            raise self._error(f"{char} is taken only at the {_end(char)}; type \\{char} for the character", start)
        if char == ".":
            return self.make.one_of(CharacterSet((("\n", "\n"),), negated=True))
        if char == "[":
            return self.make.one_of(self._class(start))
        return self.make.one_of(self._escape(start, in_class=False) if char == "\\" else _only(char))

    def _group(self, start: int) -> int:
        if self.text.startswith("?", self.at) and not self._skip("?:") and not self._name():
            rest = self.text[self.at :]
            kind = next((name for begin, name in _GROUPS.items() if rest.startswith(begin)), "a flag")
            raise self._error(f"{kind} is not taken; plain groups are, (…) and (?:…)", start)
        self.depth += 1
        if self.depth > DEEPEST:
            raise self._error(f"groups lie within groups more than {DEEPEST} deep", start)
        found = self._alternatives()
        if not self._skip(")"):
            raise self._error("this bracket is not closed; type \\( for the character", start)
        self.depth -= 1
        return found

    def _name(self) -> bool:
        """Skip the name of a group, which changes nothing."""
        end = self.text.find(">", self.at)
        named = self.text.startswith("?P<", self.at) and self.text[self.at + 3 : max(end, 0)].isidentifier()
        self.at = end + 1 if named else self.at
        return named

    def _repeated(self, atom: int) -> int:
        start = self.at
        counts = self._counts()
        if counts is None:
            return atom
        least, most = counts
        if most is not None and most < least:
            raise self._error(f"at least {least} times and at most {most} is never", start)
        if max(least, most or 0) > LONGEST:
            raise self._error(f"a count may be {LONGEST} at most", start)
        self._skip("?")  # lazy: which texts match does not change
        if self.text.startswith("+", self.at):
            raise self._error("possessive repetition is not taken; leave the + out")
        after = self.at
        if self._counts() is not None:
            raise self._error("one repetition stands behind another; put the first one in brackets, (…)", after)
        return self.make.repeat(atom, least, most)

    def _counts(self) -> tuple[int, int | None] | None:
        """Read `*`, `+`, `?` or `{…}`; a brace that counts nothing is a character."""
        for mark, counts in (("*", (0, None)), ("+", (1, None)), ("?", (0, 1))):
            if self._skip(mark):
                return counts
        end = self.text.find("}", self.at)
        if not self.text.startswith("{", self.at) or end < self.at + 2:
            return None
        least, comma, most = self.text[self.at + 1 : end].partition(",")
        if not all(part == "" or (part.isascii() and part.isdecimal()) for part in (least, most)):
            return None
        if not comma:
            most = least
        self.at = end + 1
        return int(least or 0), int(most) if most else None

    def _class(self, start: int) -> CharacterSet:
        negated = self._skip("^")
        ranges: list[tuple[str, str]] = []
        kinds, first = "", True
        while first or not self.text.startswith("]", self.at):
            low = self._member(start)
            if self.text.startswith("-", self.at) and not self.text.startswith("-]", self.at):
                ranges.append(self._range(low, start))
            else:
                kinds += low.kinds
                ranges += low.ranges
            first = False
        self.at += 1
        return CharacterSet(tuple(sorted(set(ranges))), "".join(sorted(set(kinds))), negated)

    def _range(self, low: CharacterSet, start: int) -> tuple[str, str]:
        place, self.at = self.at, self.at + 1
        high = self._member(start)
        if low.kinds or high.kinds or high.ranges[0][0] < low.ranges[0][0]:
            raise self._error("this range has no end above its beginning; type \\- for the character", place)
        return low.ranges[0][0], high.ranges[0][0]

    def _member(self, start: int) -> CharacterSet:
        if self.at == len(self.text):
            raise self._error("this bracket is not closed; type \\[ for the character", start)
        place, char = self.at, self._next()
        return self._escape(place, in_class=True) if char == "\\" else _only(char)

    def _escape(self, start: int, *, in_class: bool) -> CharacterSet:
        if self.at == len(self.text):
            raise self._error("nothing stands behind this backslash; type \\\\ for the character", start)
        char = self._next()
        if char in "dswDSW":
            return CharacterSet(kinds=char)
        if char in _ESCAPES or (char == "b" and in_class):
            return _only(_ESCAPES.get(char, "\b"))
        if char in _DIGITS:
            return _only(self._by_number(start, _DIGITS[char]))
        if char in _PLACES:
            raise self._error(f"\\{char}, {_PLACES[char]}, is not taken: it looks around", start)
        if char.isascii() and char.isdecimal():
            raise self._error(f"\\{char}, a back-reference, is not taken: it is not regular", start)
        if char.isascii() and char.isalpha():
            raise self._error(f"\\{char} has no meaning; type {char} for the character", start)
        return _only(char)

    def _by_number(self, start: int, digits: int) -> str:
        number = self.text[self.at : self.at + digits]
        self.at += digits
        try:
            return chr(int(number, 16)) if len(number) == digits and number.isascii() and number.isalnum() else chr(-1)
        except (ValueError, OverflowError):
            raise self._error(f"{digits} hexadecimal digits of a character must stand here", start) from None

    def _next(self) -> str:
        char = self.text[self.at]
        self.at += 1
        return char

    def _skip(self, mark: str) -> bool:
        found = self.text.startswith(mark, self.at)
        self.at += len(mark) if found else 0
        return found

    def _error(self, message: str, place: int | None = None) -> MatchError:
        return MatchError(message, self.text, self.at if place is None else place)


def _only(char: str) -> CharacterSet:
    return CharacterSet(((char, char),))


def _end(char: str) -> str:
    return "beginning of the whole expression" if char == "^" else "end of the whole expression"
