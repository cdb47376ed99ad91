"""A slow solver that reads the sentences again for every question: the judge of the generated answers."""

from __future__ import annotations

import re
from collections.abc import Sequence

MOVES = "walked to|ran to|strolled to|hurried to"
TAKES = "picked up|took|grabbed"
DROPS = "put down|dropped|set down"
GIVES = "handed|gave|passed"


def solve(facts: Sequence[str], question: str) -> str:
    """Return the answer, by whichever reading of the question fits."""
    for pattern, reading in READINGS.items():
        if match := re.fullmatch(pattern, question):
            return reading(list(facts), *match.groups())
    raise ValueError(f"no reading of {question!r}")


def place_of(facts: list[str], person: str) -> str:
    for fact in reversed(facts):
        if match := re.fullmatch(rf"{person} (?:{MOVES}) the (\w+)\.", fact):
            return match[1]
    return "unknown"


def place_of_thing(facts: list[str], thing: str) -> str:
    for number in range(len(facts) - 1, -1, -1):
        if match := re.fullmatch(rf"(\w+) (?:{TAKES}) the {thing}\.", facts[number]):
            return place_of(facts, match[1])
        if match := re.fullmatch(rf"(\w+) (?:{DROPS}) the {thing}\.", facts[number]):
            return place_of(facts[:number], match[1])
    return "unknown"


def carried_by(facts: list[str], person: str) -> list[str]:
    things: set[str] = set()
    for fact in facts:
        if match := re.fullmatch(rf"{person} (?:{TAKES}) the (\w+)\.|\w+ (?:{GIVES}) the (\w+) to {person}\.", fact):
            things.add(match[1] or match[2])
        if match := re.fullmatch(rf"{person} (?:{DROPS}) the (\w+)\.|{person} (?:{GIVES}) the (\w+) to \w+\.", fact):
            things.discard(match[1] or match[2])
    return sorted(things)


def how_many(facts: list[str], person: str) -> str:
    return ["none", "one", "two", "three"][len(carried_by(facts, person))]


def which(facts: list[str], person: str) -> str:
    return ",".join(carried_by(facts, person)) or "nothing"


def is_in(facts: list[str], person: str, place: str) -> str:
    (last,) = [fact for fact in facts if fact.startswith(person)][-1:]
    there = f"the {place}." in last
    if re.search("is not in|has left|is no longer in", last):
        return "no" if there else "maybe"
    return "yes" if there else "no"


def last_of(facts: list[str], pattern: str) -> str:
    return next(match[1] for fact in reversed(facts) if (match := re.fullmatch(pattern, fact)))


READINGS = {
    r"Where is ([A-Z]\w+)\?": place_of,
    r"Where is the (\w+)\?": place_of_thing,
    r"Is (\w+) in the (\w+)\?": is_in,
    r"How many things does (\w+) carry\?": how_many,
    r"What does (\w+) carry\?": which,
    r"Who gave the (\w+) to (\w+)\?": lambda f, o, r: last_of(f, rf"(\w+) (?:{GIVES}) the {o} to {r}\."),
    r"What did (\w+) give to (\w+)\?": lambda f, g, r: last_of(f, rf"{g} (?:{GIVES}) the (\w+) to {r}\."),
    r"Who did (\w+) give the (\w+) to\?": lambda f, g, o: last_of(f, rf"{g} (?:{GIVES}) the {o} to (\w+)\."),
    r"Who received the (\w+)\?": lambda f, o: last_of(f, rf"\w+ (?:{GIVES}) the {o} to (\w+)\."),
    r"What is (\w+) of the (\w+)\?": lambda f, side, p: last_of(f, rf"The (\w+) is {side} of the {p}\."),
    r"What is the (\w+) (\w+) of\?": lambda f, p, side: last_of(f, rf"The {p} is {side} of the (\w+)\."),
}
