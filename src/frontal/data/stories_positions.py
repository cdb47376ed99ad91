"""Places on a map: what lies on which side of what."""

from __future__ import annotations

from random import Random

from frontal.data.stories_world import Cast

SIDES = {"north": (0, 1), "south": (0, -1), "east": (1, 0), "west": (-1, 0)}
Point = tuple[int, int]


def positions(cast: Cast, random: Random, facts: int) -> tuple[list[str], list[tuple[str, str, tuple[int, ...]]]]:
    """Tell where places lie, each fact from one place to a neighbour; ask for what one fact says.

    Of "The attic is north of the cellar." are asked "What is north of the cellar?" and "What is the attic north
    of?": the same words about another place are another question.
    """
    where = _map(cast, random)
    place_at = {point: place for place, point in where.items()}
    pairs = [
        (place_at[x + dx, y + dy], side, place)
        for place, (x, y) in where.items()
        for side, (dx, dy) in SIDES.items()
        if (x + dx, y + dy) in place_at
    ]
    told: dict[frozenset[str], str] = {}
    asked: list[tuple[str, str, tuple[int, ...]]] = []
    random.shuffle(pairs)
    for upper, side, lower in pairs:
        if len(told) == facts:
            break
        if frozenset((upper, lower)) in told:
            continue
        fact = (len(told),)
        told[frozenset((upper, lower))] = f"The {upper} is {side} of the {lower}."
        asked += [(f"What is {side} of the {lower}?", upper, fact), (f"What is the {upper} {side} of?", lower, fact)]
    return list(told.values()), asked


def _map(cast: Cast, random: Random) -> dict[str, Point]:
    """Put every place beside one that is there already."""
    where: dict[str, Point] = {}
    taken = {(0, 0)}
    for place in random.sample(cast.rooms, len(cast.rooms)):
        free = sorted(_around(taken) - set(where.values()))
        where[place] = random.choice(free) if where else (0, 0)
        taken.add(where[place])
    return where


def _around(points: set[Point]) -> set[Point]:
    return {(x + dx, y + dy) for x, y in points for dx, dy in SIDES.values()}
