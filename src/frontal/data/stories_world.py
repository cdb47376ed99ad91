"""A small world: people walk about and carry things; it knows after every fact what follows from which facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import final

from frontal.errors import FrontalError

PEOPLE = ("Anna", "Ben", "Clara", "David", "Emma", "Felix", "Greta", "Hugo", "Ida", "Jonas")
PLACES = ("attic", "cellar", "garage", "kitchen", "library", "hall", "studio", "pantry", "stable", "cabin")
OBJECTS = ("lamp", "book", "key", "cup", "umbrella", "hat", "violin", "basket", "letter", "coin")
MOVES = ("walked to", "ran to", "strolled to", "hurried to")
TAKES = ("picked up", "took", "grabbed")
DROPS = ("put down", "dropped", "set down")
GIVES = ("handed", "gave", "passed")


@dataclass(frozen=True)
class Cast:
    """Who and what there is in the stories: so many of the names that there are."""

    people: int = 6
    places: int = 6
    objects: int = 6

    def __post_init__(self) -> None:
        for name, known in (("people", PEOPLE), ("places", PLACES), ("objects", OBJECTS)):
            if not 2 <= getattr(self, name) <= len(known):
                raise FrontalError(f"{name} must be within 2 .. {len(known)}, got {getattr(self, name)}")

    @property
    def names(self) -> tuple[str, ...]:
        """Of the people."""
        return PEOPLE[: self.people]

    @property
    def rooms(self) -> tuple[str, ...]:
        """Of the places."""
        return PLACES[: self.places]

    @property
    def things(self) -> tuple[str, ...]:
        """Of the objects."""
        return OBJECTS[: self.objects]


@final
class World:
    """People who move, take, put down and hand over, and what is known of it.

    A thing that lies somewhere is taken only by who is known to be there, so that no fact tells more
    than it says.

    Args:
        cast: who and what there is.
        random: where chance comes from.
        carried: things that one person carries at most.

    Attributes:
        facts: sentences so far.
        place: of a person, as last told.
        moved: of a person, the fact that told it.
        holder: of a thing, the person who carries it.
        lying: of a thing that was put down, its place, or None where that was not told.
        reasons: of a thing, the facts from which holder or place follow.
        handled: of a person, the facts about what the person carries.
        given: of giver, thing and receiver, the fact that told it last.
    """

    def __init__(self, cast: Cast, random: Random, *, carried: int = 3) -> None:
        self.cast, self.random, self.carried = cast, random, carried
        self.facts: list[str] = []
        self.place: dict[str, str] = {}
        self.moved: dict[str, int] = {}
        self.holder: dict[str, str] = {}
        self.lying: dict[str, str | None] = {}
        self.reasons: dict[str, tuple[int, ...]] = {}
        self.handled: dict[str, list[int]] = {}
        self.given: dict[tuple[str, str, str], int] = {}

    def carries(self, person: str) -> list[str]:
        """Return what a person carries, in alphabetical order."""
        return sorted(thing for thing, holder in self.holder.items() if holder == person)

    def whereabouts(self, thing: str) -> tuple[str, tuple[int, ...]] | None:
        """Return the place of a thing and the two facts from which it follows; None where it does not."""
        holder = self.holder.get(thing)
        place = self.lying.get(thing) if holder is None else self.place.get(holder)
        if place is None:
            return None
        facts = self.reasons[thing] if holder is None else (*self.reasons[thing], self.moved[holder])
        return place, tuple(sorted(facts))

    def happen(self, chances: Mapping[str, float]) -> None:
        """Let one thing happen: "move", "take", "drop", "give", or "present", which hands over what is new."""
        kinds = list(chances)
        while True:
            (kind,) = self.random.choices(kinds, [chances[kind] for kind in kinds])
            if getattr(self, f"_{kind}")():
                return

    def tell(self, sentence: str) -> int:
        """Add a fact; return its place."""
        self.facts.append(sentence)
        return len(self.facts) - 1

    def _move(self) -> bool:
        person = self.random.choice(self.cast.names)
        place = self.random.choice([room for room in self.cast.rooms if room != self.place.get(person)])
        self.place[person] = place
        self.moved[person] = self.tell(f"{person} {self.random.choice(MOVES)} the {place}.")
        return True

    def _take(self) -> bool:
        person = self.random.choice(self.cast.names)
        free = [thing for thing in self.cast.things if self._can_take(person, thing)]
        if not free or len(self.carries(person)) >= self.carried:
            return False
        thing = self.random.choice(free)
        fact = self.tell(f"{person} {self.random.choice(TAKES)} the {thing}.")
        self._hold(person, thing, fact)
        return True

    def _drop(self) -> bool:
        if not self.holder:
            return False
        thing, person = self.random.choice(list(self.holder.items()))
        fact = self.tell(f"{person} {self.random.choice(DROPS)} the {thing}.")
        del self.holder[thing]
        self.lying[thing] = self.place.get(person)
        self.reasons[thing] = (self.moved[person], fact) if person in self.moved else ()
        self.handled.setdefault(person, []).append(fact)
        return True

    def _give(self) -> bool:
        giver, receiver = self.random.sample(self.cast.names, 2)
        return self._hand_over(giver, receiver, self.carries(giver))

    def _present(self) -> bool:
        giver, receiver = self.random.sample(self.cast.names, 2)
        new = [thing for thing in self.cast.things if thing not in self.holder and thing not in self.lying]
        return self._hand_over(giver, receiver, new)

    def _hand_over(self, giver: str, receiver: str, things: list[str]) -> bool:
        if not things or len(self.carries(receiver)) >= self.carried:
            return False
        thing = self.random.choice(things)
        fact = self.tell(f"{giver} {self.random.choice(GIVES)} the {thing} to {receiver}.")
        self.given[giver, thing, receiver] = fact
        self.handled.setdefault(giver, []).append(fact)
        self._hold(receiver, thing, fact)
        return True

    def _hold(self, person: str, thing: str, fact: int) -> None:
        self.lying.pop(thing, None)
        self.holder[thing] = person
        self.reasons[thing] = (fact,)
        self.handled.setdefault(person, []).append(fact)

    def _can_take(self, person: str, thing: str) -> bool:
        if thing in self.holder:
            return False
        return thing not in self.lying or (person in self.place and self.lying[thing] == self.place[person])
