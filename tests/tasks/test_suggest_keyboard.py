"""The keyboard as a user meets it: what is typed, accepted, taken back; what is offered and what never happens."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from suggest_stand_in import TEXT, StandIn

from frontal.data.tokenizer import Tokenizer
from frontal.data.tokenizer_bpe import BPE
from frontal.data.tokenizer_bytes import Bytes
from frontal.errors import FrontalError
from frontal.tasks.language_suggest import Keyboard
from frontal.tasks.language_suggest_memory import Memory
from frontal.tasks.language_suggest_plain import PlainKeyboard
from frontal.tasks.language_suggest_voices import Balance
from frontal.tasks.language_suggest_written import same

MODEL = StandIn()
KINDS = [None, Bytes(), BPE.learned(TEXT * 20, size=290)]
EDITS = st.lists(
    st.one_of(
        st.text(alphabet="the cat.r'é\n", min_size=1, max_size=6), st.sampled_from(["<accept>", "<correct>"]),
        st.integers(1, 9),
    ),
    max_size=8,
)  # fmt: skip


def after(text: str, tokenizer: Tokenizer | None = None) -> Keyboard:
    keyboard = Keyboard(StandIn(tokenizer=tokenizer) if tokenizer else MODEL)
    keyboard.type(text)
    return keyboard


@pytest.mark.parametrize("tokenizer", KINDS)
def test_next_words_and_completions(tokenizer: Tokenizer | None):
    keyboard = after("the ", tokenizer)
    assert "cat" in {each.word for each in keyboard.words}
    assert all(each.kind == "next" for each in keyboard.words)
    keyboard.type("c")
    assert keyboard.words[0].word == "cat"
    assert keyboard.words[0].kind == "completion"
    assert keyboard.words[0].probability > 0.8
    assert keyboard.letters[0].letter == "a"
    assert sum(each.probability for each in keyboard.letters) == pytest.approx(1, abs=1e-3)


def forgetful() -> Memory:
    """Return a memory that takes nothing in; else words that were taken back would stay known."""
    memory = Memory()
    memory.uses, memory.add = Counter(), lambda word, before="": None
    return memory


@pytest.mark.parametrize("tokenizer", KINDS)
@settings(max_examples=25, deadline=None)
@example(edits=[".", 1, "<accept>"])
@example(edits=["the cat. ", 9, "a"])
@example(edits=["<accept>", "a", 3, "a", "a"])
@given(edits=EDITS)
def test_after_any_edits_it_is_as_if_the_text_had_been_typed(tokenizer: Tokenizer | None, edits: list[str | int]):
    model = MODEL if tokenizer is None else StandIn(tokenizer=tokenizer)
    patient = Balance(steps=10_000, worth=0.0)  # a search that is cut short finds more where it has been before
    keyboard, text = Keyboard(model, memory=forgetful(), balance=patient), ""
    for edit in edits:
        if isinstance(edit, int):
            keyboard.backspace(edit)
        elif edit == "<accept>":
            if keyboard.words:
                keyboard.accept(0)
        elif edit == "<correct>":
            keyboard.correct()
        else:
            keyboard.type(edit)
        text = keyboard.text
    fresh = Keyboard(model, memory=forgetful(), balance=patient)
    fresh.type(text)
    said, expected = ([each.probability for each in board.words] for board in (keyboard, fresh))
    near = 0.1 if isinstance(tokenizer, BPE) else 1e-3  # pieces are those in which a text was typed
    assert said == pytest.approx(expected, rel=near)  # words that are equally likely may change places
    assert dict(keyboard.letters) == pytest.approx(dict(fresh.letters), rel=near, abs=1e-4)


def test_the_text_is_never_changed_unasked():
    keyboard = Keyboard(MODEL)
    text = "teh rta  sta, onn  the amt.\n\tDon't!"
    for letter in text:
        keyboard.type(letter)
        _ = keyboard.words, keyboard.letters, keyboard.correction
    assert keyboard.text == text


def test_a_long_paste_is_read_at_once():
    keyboard = Keyboard(MODEL)
    keyboard.type(TEXT * 3 + "the c")
    assert keyboard.words[0].word == "cat"
    letter_by_letter = after("")
    for letter in TEXT * 3 + "the c":
        letter_by_letter.type(letter)
    assert dict(letter_by_letter.letters) == pytest.approx(dict(keyboard.letters), rel=1e-4)
    keyboard.backspace(10**6)
    assert keyboard.text == ""
    remembering = Keyboard(MODEL, memory=keyboard.memory)  # what was written once is known
    assert [each.word for each in keyboard.words] == [each.word for each in remembering.words]


def test_accepting_brings_a_space_that_gives_way():
    keyboard = after("the c")
    keyboard.accept(0)
    assert keyboard.text == "the cat "
    keyboard.type(".")
    assert keyboard.text == "the cat."
    keyboard.type(" the ")
    keyboard.accept("rat")
    keyboard.type(" ")
    assert keyboard.text == "the cat. the rat "
    keyboard.type(" ")
    assert keyboard.text == "the cat. the rat  ", "a second space is the user's"
    keyboard.accept("mat")
    keyboard.type("s")
    assert keyboard.text == "the cat. the rat  mat s"


def test_there_are_no_more_words_than_are_shown():
    keyboard = after("the ")
    with pytest.raises(FrontalError, match="there are 3 words to choose from"):
        keyboard.accept(3)


@pytest.mark.parametrize("tokenizer", KINDS)
@pytest.mark.parametrize(("typed", "meant"), [("teh ", "the"), ("the cta. ", "cat"), ("on the mst\n", "mat")])
def test_corrections_are_offered_and_taken(tokenizer: Tokenizer | None, typed: str, meant: str):
    keyboard = after(typed, tokenizer)
    assert keyboard.correction is not None
    assert (keyboard.correction.word, keyboard.correction.kind) == (meant, "correction")
    assert keyboard.text == typed
    start, end = keyboard.last_word()
    keyboard.correct()
    assert keyboard.text == typed[:start] + meant + typed[end:]
    assert keyboard.correction is None, "what was chosen is not doubted"


@pytest.mark.parametrize("typed", ["the cat sat ", "there the cat", "the ca", "", " ", "...", "on the mat.\n"])
def test_what_is_right_is_not_corrected(typed: str):
    keyboard = after(typed)
    assert keyboard.correction is None
    keyboard.correct()
    assert keyboard.text == typed


def test_the_beginning_of_a_word_may_be_mistyped_too():
    keyboard = after("the cat sat on tge")
    assert keyboard.words[0].word == "the"
    assert keyboard.words[0].kind == "correction"
    keyboard.accept(0)
    assert keyboard.text == "the cat sat on the "


def test_words_of_the_user_are_learned_after_two_uses():
    keyboard = Keyboard(MODEL, balance=Balance(memory=0.5, learn_after=2))
    keyboard.type("Zubrowka sat. the ")
    keyboard.type("Z")
    assert "Zubrowka" not in {each.word for each in keyboard.words}
    keyboard.type("ubrowka sat on Zu")
    assert keyboard.words[0].word == "Zubrowka"
    keyboard.backspace(2)
    keyboard.type("Zubrwoka ")
    assert keyboard.correction is not None
    assert keyboard.correction.word == "Zubrowka"


def test_what_is_corrected_is_not_learned():
    keyboard = Keyboard(MODEL)
    for _ in range(3):
        keyboard.type("teh ")
        keyboard.correct()
    keyboard.type("cat ")
    assert keyboard.memory.uses == {"the": 3}


def test_a_new_text_keeps_what_was_learned():
    keyboard = Keyboard(MODEL)
    keyboard.type("Zubrowka")
    keyboard.clear()
    assert keyboard.text == ""
    assert keyboard.memory.uses == {"Zubrowka": 1}
    again = Keyboard(MODEL, memory=keyboard.memory, balance=Balance(memory=0.9, learn_after=1))
    again.type("Zu")
    assert again.words[0].word == "Zubrowka"


def test_lone_surrogates_and_unknown_letters_do_no_harm():
    keyboard = after("the c\ud800t 你好 ")
    assert keyboard.text == "the c\ufffdt 你好 "
    assert len(keyboard.words) == 3


def test_a_byte_level_model_spells_other_letters():
    text = "für mich, für dich, für alle. " * 5
    keyboard = Keyboard(StandIn(text, Bytes(), order=6))
    keyboard.type("dich, f")
    assert keyboard.words[0].word == "für"
    keyboard.type("ü")
    assert keyboard.words[0].word == "für"
    assert keyboard.letters[0].letter == "r"


def test_a_model_without_words_still_completes():
    keyboard = Keyboard(MODEL, words={})
    keyboard.type("the ca")
    assert keyboard.words[0].word == "cat"
    keyboard.type("x ")
    assert keyboard.correction is None


def test_a_memory_of_another_keyboard_is_used():
    memory = Memory()
    for _ in range(3):
        memory.add("Wittgenstein", "the")
    keyboard = Keyboard(MODEL, memory=memory, balance=Balance(memory=0.9))
    keyboard.type("the W")
    assert keyboard.words[0].word == "Wittgenstein"


def test_the_plain_keyboard_goes_by_frequency_alone():
    plain = PlainKeyboard({"the": 9, "then": 2, "there": 3, "cat": 5, "thus": 3})
    assert [each.word for each in plain.words] == ["the", "cat", "there"]
    plain.type("th")
    assert [each.word for each in plain.words] == ["the", "there", "thus"]
    plain.type("e")
    assert [each.word for each in plain.words] == ["there", "then"]
    plain.type("r ")
    assert [each.word for each in plain.meant()] == ["the", "there", "then"], "one edit, by frequency; then two"
    assert plain.correction is not None


@given(st.text("ab", max_size=12), st.text("ab", max_size=12))
def test_what_two_texts_have_in_common(one: str, other: str):
    apart = [k for k, (a, b) in enumerate(zip(one, other, strict=False)) if a != b]
    assert same(one, other) == min([*apart, len(one), len(other)])
