"""The simulated user, key by key; corrections counted; the figures and the page."""

from __future__ import annotations

import numpy as np
import pytest
from suggest_stand_in import TEXT, StandIn

from frontal.errors import FrontalError
from frontal.tasks.language_suggest import Keyboard
from frontal.tasks.language_suggest_corrections import correct, mistyped_words
from frontal.tasks.language_suggest_measure import measure
from frontal.tasks.language_suggest_user import units, write
from frontal.tasks.language_suggest_written import Suggestion, Written
from frontal.tasks.language_typos_make import one_edit


class Fixed(Written):
    """Offers what it is told to, by what was begun."""

    def __init__(self, offers: dict[str, list[str]]) -> None:
        super().__init__()
        self.offers = offers
        self.meanings: dict[str, list[str]] = {}

    @property
    def words(self) -> list[Suggestion]:
        return [Suggestion(word, 0.5, "next") for word in self.offers.get(self.begun, [])]

    def meant(self) -> list[Suggestion]:
        start, end = self.last_word()
        typed = self.text[start:end]
        return [Suggestion(word, 0.5, "correction") for word in self.meanings.get(typed, [typed])]

    def _changed(self) -> None:
        pass


@pytest.mark.parametrize(
    ("text", "offers", "keys"),
    [
        ("to be", {}, [3, 2]),  # t o space, b e
        ("to be", {"": ["to"]}, [1, 2]),  # the choice brings the space
        (
            "to be",
            {"t": ["to"], "b": ["be"]},
            [2, 2],
        ),  # the last choice brings a space too, which goes
        ("to, be", {"t": ["to"]}, [4, 2]),  # t, choice, comma in place of the space, space
        ("to\nbe", {"t": ["to"]}, [3, 2]),
        ("to-be", {"t": ["to"]}, [4, 2]),  # t, choice, the space taken back, hyphen
        ("to  be", {"t": ["to"]}, [4, 2]),  # t, choice, its space made the user's, one more
        ("to .", {"t": ["to"]}, [4]),  # the same before a mark
        ("to be", {"to": ["to"]}, [3, 2]),  # a word that was typed to its end is not chosen
        ("  to", {"": ["to"]}, [2, 1]),
        ("I am", {"": ["I", "am", "to"]}, [1, 1]),
    ],
)
def test_the_keys_of_a_user(text: str, offers: dict[str, list[str]], keys: list[int]):
    keyboard = Fixed(offers)
    found = write(keyboard, text)
    assert found.keys.tolist() == keys
    assert keyboard.text == text
    assert found.letters.sum() == len(text)
    assert len(found.seconds) >= found.keys.sum()


def test_units_cover_the_text():
    for text in ("", " ", "a", "Ay, sir.", "don't -- stop", "\n\nx"):
        found = units(text)
        assert "".join(text[start:end] for start, _, end in found) == text
        assert all(start <= word_end <= end for start, word_end, end in found)


def test_the_share_that_is_saved_by_part():
    found = write(Fixed({"": ["bbbb"]}), "aaaa " * 10 + "bbbb " * 10)
    assert found.by_part(2).tolist() == [0, 0.8]
    assert found.saved == pytest.approx(0.4)
    assert found.chosen.tolist() == [False] * 10 + [True] * 10


def test_corrections_are_counted():
    text = "one two three"
    keyboard = Fixed({})
    keyboard.meanings = {"oen": ["one", "oen"], "tow": ["tow", "town", "two"], "thre": ["thre"], "two": ["tow", "two"]}
    drawn = [(0, "one", "oen"), (4, "two", "tow"), (8, "three", "thre")]
    found = correct(keyboard, text, drawn)
    assert (found.words, found.first) == (3, pytest.approx(1 / 3))
    assert (found.in_three, found.false_alarms) == (pytest.approx(2 / 3), pytest.approx(1 / 3))
    assert keyboard.text == text


def test_words_are_drawn_by_chance_and_in_order():
    drawn = mistyped_words(TEXT, one_edit(), 9, seed=3)
    assert drawn == mistyped_words(TEXT, one_edit(), 9, seed=3)
    assert drawn != mistyped_words(TEXT, one_edit(), 9, seed=4)
    assert [start for start, _, _ in drawn] == sorted({start for start, _, _ in drawn})
    assert all(TEXT[start:].startswith(word) and len(word) > 2 for start, word, _ in drawn)
    with pytest.raises(FrontalError, match="no words of at least 3 letters"):
        mistyped_words("to be or", one_edit(), 9, seed=3)


def test_what_was_measured_is_told():
    measured = measure(StandIn(), TEXT, mistyped=12)  # type: ignore[arg-type]
    metrics = measured.metrics()
    assert metrics["characters"] == len(TEXT)
    assert metrics["keys_saved_keyboard"] == pytest.approx(1 - metrics["keys"] / len(TEXT))
    assert metrics["keys_saved_keyboard"] > metrics["keys_saved_word_list"]
    assert metrics["corrected_one_edit_keyboard"] > 0.7
    assert metrics["false_alarms_one_edit_word_list"] == 0, "every word of the text is known"
    assert all(np.isfinite(value) for value in metrics.values())
    assert metrics["p50_ms"] <= metrics["p95_ms"] <= metrics["max_ms"]
    assert f"{metrics['keys_saved_keyboard']:.1%} of the keys are saved" in measured.verdict()
    assert len({len(row) for row in measured.rows()}) == 1
    assert len(measured.plot().axes) == 2


def test_the_simulated_user_writes_any_text():
    text = "The rat's  on--the mat ,\n\n'twas \"there\" é你.  "
    found = write(Keyboard(StandIn()), text)
    assert found.letters.sum() == len(text)
