"""A museum's desk: conversations with slots, follow-up questions and phrasings that are held out."""

from __future__ import annotations

import random
from collections.abc import Callable

MUSEUM = "museum"

DAYS = {  # opening hours, and the guided tour
    "mondays": ("we are closed", "there is no tour"),
    "tuesdays": ("we are open from 9 to 17", "the tour begins at 11"),
    "wednesdays": ("we are open from 9 to 17", "the tour begins at 15"),
    "thursdays": ("we are open from 9 to 21", "the tour begins at 18"),
    "fridays": ("we are open from 9 to 17", "there is no tour"),
    "saturdays": ("we are open from 10 to 18", "the tour begins at 14"),
    "sundays": ("we are open from 10 to 16", "the tour begins at 12"),
}
PEOPLE = {  # euros for the ticket, and for the audio guide
    "adults": (14, 5), "students": (9, 4), "children": (5, 2), "seniors": (10, 3), "families": (30, 8),
    "teachers": (7, 6),
}  # fmt: skip
THINGS = {  # where they are, and how old
    "dinosaurs": ("in room 1 on the ground floor", "about 80 million years old"),
    "mummies": ("in room 12 on the first floor", "about 3000 years old"),
    "paintings": ("in room 20 on the second floor", "about 400 years old"),
    "coins": ("in room 14 on the first floor", "about 2000 years old"),
    "meteorites": ("in room 3 on the ground floor", "about 4 billion years old"),
    "swords": ("in room 17 on the first floor", "about 600 years old"),
    "robots": ("in room 25 on the second floor", "about 50 years old"),
    "masks": ("in room 22 on the second floor", "about 150 years old"),
    "shells": ("in room 5 on the ground floor", "about 300 million years old"),
    "clocks": ("in room 18 on the first floor", "about 250 years old"),
}
SLOTS: dict[str, tuple[str, ...]] = {"day": tuple(DAYS), "who": tuple(PEOPLE), "thing": tuple(THINGS)}

ANSWERS: dict[str, tuple[str, Callable[[str], str]]] = {  # intent: the kind of its slot, and the answer
    "hours": ("day", lambda slot: f"On {slot.capitalize()} {DAYS[slot][0]}."),
    "tour": ("day", lambda slot: f"On {slot.capitalize()} {DAYS[slot][1]}."),
    "ticket": ("who", lambda slot: f"The ticket for {slot} costs {PEOPLE[slot][0]} euros."),
    "guide": ("who", lambda slot: f"The audio guide for {slot} costs {PEOPLE[slot][1]} euros."),
    "where": ("thing", lambda slot: f"The {slot} are {THINGS[slot][0]}."),
    "age": ("thing", lambda slot: f"The {slot} are {THINGS[slot][1]}."),
}
OTHER = {"hours": "tour", "tour": "hours", "ticket": "guide", "guide": "ticket", "where": "age", "age": "where"}

# phrasings to learn from / phrasings that are held out
OPENINGS: dict[str, tuple[str, str]] = {
    "hours": (
        "When are you open on {}?|What are your opening hours on {}?|Are you open on {}?|Can I come on {}?|"
        "Until when is the museum open on {}?|When do you close on {}?|What time do you open on {}?|Opening hours {}",
        "Is the museum open on {}?|At what time do you open on {}?|When can I come on {}?|"
        "Until what time are you open on {}?",
    ),
    "tour": (
        "When is the tour on {}?|Is there a guided tour on {}?|What time is the guided tour on {}?|Tour {}|"
        "When does the tour begin on {}?|Do you have a tour on {}?|Can I take a guided tour on {}?",
        "At what time does the tour begin on {}?|Is there a tour on {}?|When can I take a tour on {}?|"
        "Do you have guided tours on {}?",
    ),
    "ticket": (
        "How much is the ticket for {}?|What does a ticket cost for {}?|What do {} pay?|Ticket {}|"
        "How much do {} pay for the ticket?|What is the price of a ticket for {}?|Are there tickets for {}?",
        "How much is a ticket for {}?|What do {} pay for a ticket?|What is the ticket price for {}?|Price for {}?",
    ),
    "guide": (
        "How much is the audio guide for {}?|What does an audio guide cost for {}?|Audio guide {}|"
        "What do {} pay for the audio guide?|Is there an audio guide for {}?|Price of the audio guide for {}?",
        "What does the audio guide cost for {}?|How much do {} pay for an audio guide?|"
        "What is the price of an audio guide for {}?",
    ),
    "where": (
        "Where are the {}?|Where can I see the {}?|Where do I find the {}?|In which room are the {}?|"
        "How do I get to the {}?|I am looking for the {}.|Which floor are the {} on?",
        "Where can I find the {}?|On which floor are the {}?|How do I find the {}?|I want to see the {}.",
    ),
    "age": (
        "How old are the {}?|What is the age of the {}?|How many years old are the {}?|From when are the {}?|"
        "Are the {} very old?|Tell me the age of the {}.",
        "What age are the {}?|Are the {} old?|Tell me how old the {} are.",
    ),
}
SAME: dict[str, tuple[str, str]] = {  # the same question about something else: what was asked must be remembered
    "day": ("And on {}?|What about {}?|And {}?|How about {}?", "And what about {}?|On {}?"),
    "who": ("And for {}?|What about {}?|And {}?|How about {}?", "And what about {}?|For {}?"),
    "thing": ("And the {}?|What about the {}?|How about the {}?", "And what about the {}?|The {}?"),
}
TURNED: dict[str, tuple[str, str]] = {  # another question about the same: what it was about must be remembered
    "hours": ("And when are you open then?|Are you open that day?", "When are you open that day?"),
    "tour": ("And is there a tour then?|When is the tour that day?", "And is there a tour that day?"),
    "ticket": ("And the ticket?|How much is the ticket for them?", "And how much is the ticket?"),
    "guide": ("And the audio guide?|How much is the audio guide for them?", "And how much is the audio guide?"),
    "where": ("And where are they?|Where can I see them?", "And where can I see them?"),
    "age": ("And how old are they?|How old are these?", "How old are they?"),
}
SMALL: tuple[tuple[str, str, str], ...] = (  # to learn from, held out, answer
    ("Hello|Hi|Good morning|Hi there", "Hello there|Good morning to you", "Good day! How can I help you?"),
    ("Thank you|Thanks|Thanks a lot|Thank you very much", "Many thanks|Thanks very much", "You are welcome."),
    ("Bye|Goodbye|See you|Bye bye", "Goodbye and thanks|See you then", "Goodbye, and enjoy your day."),
    ("Can I take photos?|Are photos allowed?|May I take pictures?", "Are pictures allowed?|May I take photos?",
     "Photos are allowed without flash."),
    ("Can I bring my dog?|Are dogs allowed?|Do you allow dogs?", "Is my dog allowed?|Can I come with a dog?",
     "Dogs must wait outside, except guide dogs."),
    ("Is there a cafe?|Where can I eat something?|Can I eat here?|Where is the cafe?",
     "Where can I eat?|Do you have a cafe?", "The cafe is beside the entrance."),
    ("Where are the toilets?|Is there a toilet?|Where is the toilet?", "Where can I find a toilet?|Toilets?",
     "The toilets are behind the stairs."),
    ("Where can I park?|Is there a car park?|Do you have parking?", "Is there parking?|Where do I park my car?",
     "You can park behind the museum."),
    ("Can I leave my coat?|Where is the cloakroom?|Where can I leave my bag?",
     "Is there a cloakroom?|Can I leave my bag?", "The cloakroom is to the left of the entrance."),
    ("Is there a lift?|Can I come with a wheelchair?|Is there access for wheelchairs?",
     "Do you have a lift?|Is the museum open to wheelchairs?", "A lift goes to every floor."),
)  # fmt: skip
STRANGE = tuple(  # none of the museum's business
    """What is the capital of France?
Who won the match yesterday?
Can you write a poem?
My car is broken
How do I cook rice?
What is seven times eight?
Will it rain tomorrow?
Who is the president?
I want to book a flight to Rome
Is the moon made of cheese?
Tell me a joke
What is your favourite colour?
How tall is the tower in Paris?
Do you love me?
The train is late again
Where did I leave my keys?
Which phone should I buy?
Play some music
How do I learn to swim?
What happened in the war?
Can you lend me money?
Why is the sky blue?
Translate this letter
My tooth hurts
What is the meaning of life?
Sell my shares
How far is it to the sun?
Are you a robot or a human being?
Which team do you like?
Order a pizza with mushrooms""".splitlines()
)


def museum_conversations(count: int = 800, seed: int = 0, *, held_out: bool = False) -> list[list[str]]:
    """Return conversations at a museum's desk, of one to four questions each.

    Args:
        count: conversations.
        seed: of everything random.
        held_out: ask in the phrasings that are otherwise never used.
    """
    rng = random.Random(seed)
    return [_conversation(rng, int(held_out)) for _ in range(count)]


def _conversation(rng: random.Random, part: int) -> list[str]:
    turns: list[str] = []
    intent = slot = ""
    for _ in range(rng.randint(1, 4)):
        way = rng.random()
        if way < 0.15:
            *phrasings, answer = rng.choice(SMALL)
            turns += [rng.choice(phrasings[part].split("|")), answer]
            intent = ""
            continue
        if intent and way < 0.5:
            slot = rng.choice([other for other in SLOTS[ANSWERS[intent][0]] if other != slot])
            phrasing = _phrasing(rng, SAME[ANSWERS[intent][0]], part)
        elif intent and way < 0.7:
            intent = OTHER[intent]
            phrasing = _phrasing(rng, TURNED[intent], part)
        else:
            intent = rng.choice(list(ANSWERS))
            slot = rng.choice(SLOTS[ANSWERS[intent][0]])
            phrasing = _phrasing(rng, OPENINGS[intent], part)
        turns += [phrasing.format(slot), ANSWERS[intent][1](slot)]
    return turns


def _phrasing(rng: random.Random, phrasings: tuple[str, str], part: int) -> str:
    return rng.choice(phrasings[part].split("|"))
