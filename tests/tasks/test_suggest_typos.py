"""The channel of typing errors, beside the slow recursion that defines it; the makers of errors."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontal.errors import FrontalError
from frontal.tasks.language_typos import LAYOUTS, Channel, Errors, Typed, key_places
from frontal.tasks.language_typos_make import Mistype, fingers, one_edit

ALPHABET = list("abesAz'")
ERRORS = Errors(near=-2.0, far=-5.0, case=-1.0, missing=-3.0, added=-2.5, swapped=-1.5)
WORDS = st.text(alphabet="abesAz'", max_size=6)


def slow(meant: str, typed: str) -> float:
    """The best alignment, by trying all: the last letters were typed for one another, left out, added, swapped."""
    places = key_places("qwerty")

    def instead(a: str, b: str) -> float:
        if a == b:
            return 0.0
        if a.lower() == b.lower():
            return ERRORS.case
        near = a.lower() in places and b.lower() in places
        return (
            ERRORS.near if near and np.hypot(*np.subtract(places[a.lower()], places[b.lower()])) < 1.3 else ERRORS.far
        )

    @cache
    def best(i: int, j: int) -> float:
        ways = [0.0] if i == j == 0 else []
        if i and j:
            ways.append(best(i - 1, j - 1) + instead(meant[i - 1], typed[j - 1]))
        if i:
            ways.append(best(i - 1, j) + ERRORS.missing)
        if j:
            ways.append(best(i, j - 1) + ERRORS.added)
        if i > 1 and j > 1 and meant[i - 2 : i] == typed[j - 1] + typed[j - 2]:
            ways.append(best(i - 2, j - 2) + ERRORS.swapped)
        return max(ways)

    return best(len(meant), len(typed))


def aligned(typed: Typed, words: list[str], pieces: int) -> tuple[list[float], list[float]]:
    """The channel of words that are read in pieces of so many letters: of all of each, and of its best beginning."""
    place = typed.begin(len(words))
    longest = max(map(len, words))
    for first in range(0, longest, pieces):
        parts = [word[first : first + pieces] for word in words]
        codes = np.array([[ALPHABET.index(c) for c in part] + [-1] * (pieces - len(part)) for part in parts])
        place = typed.read(place, codes)
    return place.rows[:, -1].tolist(), place.reached.tolist()


@given(st.lists(WORDS, min_size=1, max_size=4), WORDS, st.integers(1, 3))
def test_the_channel_is_the_best_alignment(words: list[str], typed: str, pieces: int):
    through = Channel(ALPHABET, ERRORS).start(typed)
    whole, begun = aligned(through, words, pieces)
    assert whole == pytest.approx([slow(word, typed) for word in words], abs=1e-4)
    best = [max(slow(word[:end], typed) for end in range(len(word) + 1)) for word in words]
    assert begun == pytest.approx(best, abs=1e-4)


def test_a_letter_that_the_alphabet_lacks_counts_as_any_other():
    through = Channel(ALPHABET, ERRORS).start("aé")
    assert aligned(through, ["as"], 2)[0] == pytest.approx([ERRORS.far])


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_layout_has_each_letter_once_with_its_neighbours(layout: str):
    places = key_places(layout)
    assert set("abcdefghijklmnopqrstuvwxyz") <= set(places)
    assert sum(map(len, LAYOUTS[layout])) == len(places)
    assert abs(np.subtract(places["d"], places["f"])).tolist() == [1, 0]


def test_neighbours_depend_on_the_layout():
    def likely(layout: str) -> float:
        channel = Channel(["a", "q"], ERRORS, layout)
        return aligned_one(channel, "a", "q")

    assert likely("qwerty") == likely("azerty") == ERRORS.near
    assert aligned_one(Channel(["y", "t"], ERRORS, "qwerty"), "y", "t") == ERRORS.near
    assert aligned_one(Channel(["y", "t"], ERRORS, "qwertz"), "y", "t") == ERRORS.far


def aligned_one(channel: Channel, meant: str, typed: str) -> float:
    through = channel.start(typed)
    return float(through.read(through.begin(1), np.array([[channel.index[meant]]])).rows[0, -1])


def test_an_unknown_layout_is_told():
    with pytest.raises(FrontalError, match="did you mean 'qwerty'"):
        key_places("qwrty")


@pytest.mark.parametrize("make", [one_edit, fingers])
def test_errors_are_errors_and_follow_the_seed(make: Callable[[str], Mistype]):
    mistype = make("qwerty")
    words = ["the", "Thou", "marriage", "'tis", "a"] * 20
    typed, again = ([mistype(word, rng) for word in words] for rng in map(np.random.default_rng, (3, 3)))
    assert typed == again
    assert all(wrong and wrong != right for wrong, right in zip(typed, words, strict=True))
    assert len(set(typed)) > 40


def test_one_edit_is_one_edit():
    ones = Errors(*[-1.0] * 6)
    mistype, rng = one_edit("qwerty"), np.random.default_rng(0)
    letters = sorted("abcdefghijklmnopqrstuvwxyzM")
    channel = Channel(letters, ones)
    for _ in range(200):
        wrong = mistype("Marriage", rng)
        through = channel.start(wrong)
        codes = np.array([[letters.index(c) for c in "Marriage"]])
        assert through.read(through.begin(1), codes).rows[0, -1] == -1


def test_fingers_hit_neighbours_most_of_all():
    mistype, rng = fingers("qwerty"), np.random.default_rng(0)
    wrong = [mistype("g", rng) for _ in range(300)]
    near = [typed for typed in wrong if typed in "fhtyvb"]
    assert len(near) > 0.7 * len(wrong)
