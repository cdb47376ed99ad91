"""Facts that deny: who has left a place, or is not in one."""

from __future__ import annotations

from random import Random

from frontal.data.stories_world import MOVES, Cast

DENIALS = 0.4  # part of the facts


def negation(cast: Cast, random: Random, facts: int) -> tuple[list[str], list[tuple[str, str, tuple[int, ...]]]]:
    """Tell who goes where, who has left, and who is not there; the last fact about a person is what is known.

    A person who is denied a place may be in any other: "maybe". No one is denied two places in a row.
    """
    told: list[str] = []
    last: dict[str, tuple[str, bool, int]] = {}  # place, whether there, fact
    while len(told) < facts:
        person = random.choice(cast.names)
        before = last.get(person)
        if (before is None or before[1]) and random.random() < DENIALS:
            place = random.choice(cast.rooms) if before is None else before[0]
            says = "is not in" if before is None else random.choice(("has left", "is no longer in"))
            last[person] = (place, False, len(told))
            told.append(f"{person} {says} the {place}.")
        else:
            place = random.choice([room for room in cast.rooms if before is None or room != before[0]])
            last[person] = (place, True, len(told))
            told.append(f"{person} {random.choice(MOVES)} the {place}.")
    asked = [
        (f"Is {person} in the {room}?", _answer(place == room, there), (fact,))
        for person, (place, there, fact) in last.items()
        for room in sorted({place for place, _, _ in last.values()})
    ]
    return told, asked


def _answer(same: bool, there: bool) -> str:
    if there:
        return "yes" if same else "no"
    return "no" if same else "maybe"
