"""Two ways to mistype words, to measure corrections with."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from frontal.tasks.language_typos import NEIGHBOURS, key_places

Mistype = Callable[[str, np.random.Generator], str]
SPREAD = 0.45  # standard deviation of a finger around the middle of its key, in widths of a key
SLIPS = 0.04  # share of the letters that a hurried hand leaves out, doubles, or brings before their turn
ATTEMPTS = 1000


def one_edit(layout: str = "qwerty") -> Mistype:
    """Return what makes one mistake of the channel's kinds in a word: one letter for another, most often for a
    neighbour, one left out, one too much, or two in the wrong order.
    """
    places = key_places(layout)
    letters = sorted(key for key in places if key.isalpha())

    def near(letter: str, rng: np.random.Generator) -> str:
        here = places.get(letter.lower())
        around = [k for k in letters if here and 0 < np.hypot(*np.subtract(places[k], here)) < NEIGHBOURS]
        other = str(rng.choice(around if around and rng.random() < 0.8 else letters))
        return other.upper() if letter.isupper() else other

    def mistype(word: str, rng: np.random.Generator) -> str:
        for _ in range(ATTEMPTS):
            at = int(rng.integers(len(word)))
            match int(rng.integers(4)):
                case 0:
                    typed = word[:at] + near(word[at], rng) + word[at + 1 :]
                case 1:
                    typed = word[:at] + word[at + 1 :]
                case 2:
                    typed = word[:at] + near(word[at], rng) + word[at:]
                case _:
                    typed = word[:at] + word[at + 1 : at + 2] + word[at] + word[at + 2 :]
            if typed and typed != word:
                return typed
        return word

    return mistype


def fingers(layout: str = "qwerty") -> Mistype:
    """Return what types a word with fingers that fall beside the middles of the keys, and slip.

    Each touch is drawn around the middle of its key and gives the key it lies nearest to; besides, a letter is
    left out, doubled, or comes before the one before it. A word is typed until something went wrong: it may be
    more than one thing.
    """
    places = key_places(layout)
    keys = [key for key in places if key.isalpha()]
    middles = np.array([places[key] for key in keys])  # (A, 2)

    def touch(letter: str, rng: np.random.Generator) -> str:
        if letter.lower() not in places or not letter.isalpha():
            return letter
        fell = np.array(places[letter.lower()]) + rng.normal(0, SPREAD, 2)
        key = keys[int(np.hypot(*(middles - fell).T).argmin())]
        return key.upper() if letter.isupper() else key

    def once(word: str, rng: np.random.Generator) -> str:
        typed: list[str] = []
        for letter in word:
            slip = int(rng.random() / SLIPS)  # 0, 1, 2: a slip of that kind
            if slip == 0:
                continue
            touched = touch(letter, rng)
            if slip == 2 and typed:
                typed.insert(-1, touched)
            else:
                typed += [touched] * (2 if slip == 1 else 1)
        return "".join(typed)

    def mistype(word: str, rng: np.random.Generator) -> str:
        for _ in range(ATTEMPTS):
            typed = once(word, rng)
            if typed and typed != word:
                return typed
        return word

    return mistype
