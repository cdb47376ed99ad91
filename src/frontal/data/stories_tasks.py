"""What is asked about the small world: one row a task, in the manner of bAbI (Weston et al. 2015), in our own words.

A task tells a story and lists every question that may be asked after it, with the answer and the facts from
which it follows. Tasks 1, 2, 5, 6, 7, 8, 4 and 9 of bAbI stand behind the rows, in this order; questions that the
story does not answer ("unknown", "maybe") are ours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

from frontal.data.stories_negation import negation
from frontal.data.stories_positions import positions
from frontal.data.stories_world import Cast, World

Asked = tuple[str, str, tuple[int, ...]]  # question, answer, places of the facts from which it follows
Told = tuple[list[str], list[Asked]]

COUNTS = ("none", "one", "two", "three")
WALKS = {"move": 1.0}
CARRIES = {"move": 0.5, "take": 0.3, "drop": 0.2}
HANDS_OVER = {"move": 0.2, "take": 0.4, "drop": 0.2, "give": 0.2}
GIVES = {"move": 0.3, "give": 0.35, "present": 0.35}
FEW = 4  # things of which a list of up to two is made: 11 answers


@dataclass(frozen=True)
class Task:
    """A kind of question.

    Attributes:
        about: in one sentence.
        tell: from who there is, chance, and the number of facts to a story and what may be asked after it.
    """

    about: str
    tell: Callable[[Cast, Random, int], Told]


def _single_fact(cast: Cast, random: Random, facts: int) -> Told:
    world = _lived(cast, random, facts, WALKS)
    asked: list[Asked] = [(f"Where is {who}?", world.place[who], (fact,)) for who, fact in world.moved.items()]
    asked += [(f"Where is {who}?", "unknown", ()) for who in cast.names if who not in world.moved]
    return world.facts, asked


def _two_facts(cast: Cast, random: Random, facts: int) -> Told:
    world = _lived(cast, random, facts, CARRIES)
    asked: list[Asked] = []
    for thing in cast.things:
        place, reasons = world.whereabouts(thing) or ("unknown", ())
        asked.append((f"Where is the {thing}?", place, reasons))
    return world.facts, asked


def _who_gave_what(cast: Cast, random: Random, facts: int) -> Told:
    world = _lived(cast, random, facts, GIVES)
    latest: dict[str, tuple[str, int]] = {}
    for (giver, thing, receiver), fact in sorted(world.given.items(), key=lambda row: row[1]):
        latest[f"Who gave the {thing} to {receiver}?"] = (giver, fact)
        latest[f"What did {giver} give to {receiver}?"] = (thing, fact)
        latest[f"Who did {giver} give the {thing} to?"] = (receiver, fact)
        latest[f"Who received the {thing}?"] = (receiver, fact)
    return world.facts, [(question, answer, (fact,)) for question, (answer, fact) in latest.items()]


def _yes_no(cast: Cast, random: Random, facts: int) -> Told:
    world = _lived(cast, random, facts, WALKS)
    heard = sorted({room for room in cast.rooms if any(f"the {room}." in fact for fact in world.facts)})
    asked = [
        (f"Is {person} in the {room}?", "yes" if world.place[person] == room else "no", (world.moved[person],))
        for person in world.place
        for room in heard
    ]
    return world.facts, asked


def _counting(cast: Cast, random: Random, facts: int) -> Told:
    world = _lived(cast, random, facts, HANDS_OVER)
    asked = [
        (f"How many things does {person} carry?", COUNTS[len(world.carries(person))], _handled(world, person))
        for person in cast.names
    ]
    return world.facts, asked


def _lists(cast: Cast, random: Random, facts: int) -> Told:
    few = Cast(cast.people, cast.places, min(cast.objects, FEW))
    world = _lived(few, random, facts, HANDS_OVER, carried=2)
    asked = [
        (f"What does {person} carry?", ",".join(world.carries(person)) or "nothing", _handled(world, person))
        for person in cast.names
    ]
    return world.facts, asked


def _lived(cast: Cast, random: Random, facts: int, chances: dict[str, float], *, carried: int = 3) -> World:
    world = World(cast, random, carried=carried)
    while len(world.facts) < facts:
        world.happen(chances)
    return world


def _handled(world: World, person: str) -> tuple[int, ...]:
    return tuple(world.handled.get(person, ()))


TASKS = {
    "single-fact": Task("where is someone: the last place told", _single_fact),
    "two-facts": Task("where is a thing: where its carrier is, or was when putting it down", _two_facts),
    "who-gave-what": Task("who gave what to whom, the last time", _who_gave_what),
    "yes-no": Task("is someone in a place: yes or no", _yes_no),
    "counting": Task("how many things someone carries: none to three", _counting),
    "lists": Task("what someone carries: nothing, or up to two things", _lists),
    "positions": Task("what lies north, south, east or west of something", positions),
    "negation": Task("is someone in a place: yes, no or maybe, where facts may also deny", negation),
}


def questions_of(task: Task, cast: Cast, random: Random, facts: int) -> Iterator[Told]:
    """Tell stories that allow a question, without end."""
    while True:
        told, asked = task.tell(cast, random, facts)
        if asked:
            yield told, asked
