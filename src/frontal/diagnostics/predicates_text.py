"""What a unit may watch in a text: forty questions to each character."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

import numpy as np

from frontal.diagnostics.predicate import Predicate, Truth

Holds = Callable[[str], Truth]
CLOSING: Final = {")": "(", "]": "[", "}": "{"}


def matching(pattern: str, flags: int = re.MULTILINE) -> Holds:
    """Hold at every character of what an expression matches, or of its group 1 if it has one."""
    expression = re.compile(pattern, flags)
    group = min(expression.groups, 1)

    def holds(text: str) -> Truth:
        held = np.zeros(len(text), dtype=bool)
        for match in expression.finditer(text):
            held[match.start(group) : match.end(group)] = True
        return held

    return holds


def character(test: Callable[[str], bool]) -> Holds:
    """Hold where a character passes a test."""
    return lambda text: np.fromiter(map(test, text), dtype=bool, count=len(text))


def after(holds: Holds) -> Holds:
    """Hold one character later."""
    return lambda text: np.concatenate([[False], holds(text)])[: len(text)]


def column(least: int, most: int | None = None) -> Holds:
    """Hold from one column of a line, counted from 0, to before another."""

    def holds(text: str) -> Truth:
        starts = np.array([0, *(match.end() for match in re.finditer("\n", text))])
        places = np.arange(len(text))
        columns = places - starts[np.searchsorted(starts, places, side="right") - 1]
        return (columns >= least) & (columns < (len(text) + 1 if most is None else most))

    return holds


def depth(least: int, opening: str = "([{") -> Holds:
    """Hold inside so many brackets, the brackets themselves included; a blank line closes all."""

    def holds(text: str) -> Truth:
        held, now = np.zeros(len(text), dtype=bool), 0
        for place, sign in enumerate(text):
            now += sign in opening
            held[place] = now >= least
            if CLOSING.get(sign, "") in opening and sign in CLOSING:
                now = max(now - 1, 0)
            elif sign == "\n" and text[place - 1 : place] == "\n":
                now = 0
        return held

    return holds


TEXT: Final[tuple[Predicate[str], ...]] = tuple(
    Predicate(name, holds)
    for name, holds in {
        "inside a URL": matching(r"(?:https?|ftp)://[^\s<>\"')\]]+|www\.[^\s<>\"')\]]+"),
        "inside an e-mail address": matching(r"[\w.+-]+@[\w-]+\.[\w.]+"),
        "inside double quotes": matching(r'"[^"\n]*"'),
        "inside single quotes": matching(r"(?<!\w)'[^'\n]*'"),
        "inside any quotes": matching(r"\"[^\"\n]*\"|(?<!\w)'[^'\n]*'|“[^”]*”|«[^»]*»"),
        "inside a triple-quoted string": matching(r"(\"\"\".*?\"\"\"|'''.*?''')", re.DOTALL),
        "inside round brackets": depth(1, "("),
        "inside square brackets": depth(1, "["),
        "inside curly brackets": depth(1, "{"),
        "inside two brackets or more": depth(2),
        "inside a tag": matching(r"</?\w[^<>\n]*>"),
        "inside a comment": matching(r"(?:^|(?<=\s))(?:#|//).*$|/\*(?:.|\n)*?\*/|<!--(?:.|\n)*?-->"),
        "in a line with import": matching(r"^[ \t]*(?:import|from|#include|using)\b.*$"),
        "in a line that defines": matching(r"^[ \t]*(?:def|class|function|fn|func)\b.*$"),
        "right of an equals sign": matching(r"^[^=\n]*(?<![=!<>])=(?!=)(.*)$"),
        "in a line that ends with a colon": matching(r"^.*:[ \t]*$"),
        "in an empty line": matching(r"^[ \t]*\n"),
        "in leading white space": matching(r"^[ \t]+"),
        "in an indented line": matching(r"^[ \t]+\S.*$"),
        "in a line indented by 8 or more": matching(r"^(?: {8}|\t\t)[ \t]*\S.*$"),
        "first character of a line": after(character(lambda c: c == "\n")),
        "first 5 columns of a line": column(0, 5),
        "column 20 or more": column(20),
        "column 40 or more": column(40),
        "column 60 or more": column(60),
        "end of a line": character(lambda c: c == "\n"),
        "white space": character(str.isspace),
        "first letter of a word": matching(r"\b[^\W\d_]"),
        "inside a word": character(str.isalpha),
        "last letter of a word": matching(r"[^\W\d_]\b"),
        "beyond the 5th letter of a word": matching(r"\b[^\W\d_]{5}([^\W\d_]+)"),
        "inside a word of capitals": matching(r"\b[A-Z]{2,}\b"),
        "inside a word that begins with a capital": matching(r"\b[A-Z][a-z]+\b"),
        "capital letter": character(str.isupper),
        "vowel": character(lambda c: c.casefold() in "aeiouyàâäéèêëîïôöùûü"),
        "inside a number": matching(r"(?<![\w.])\d[\d.,_]*\b"),
        "digit": character(str.isdigit),
        "punctuation": character(lambda c: not (c.isalnum() or c.isspace() or c == "_")),
        "first word of a sentence": matching(r"(?:^|[.!?]\s+)(\w+)"),
        "escape or entity": matching(r"\\.|&#?\w+;"),
        "not ASCII": character(lambda c: not c.isascii()),
    }.items()
)
