"""Dialogue: what is read, what is remembered, what is refused; its parts beside slow and obvious ones."""

from __future__ import annotations

from collections import Counter
from math import exp, log, sqrt
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import frontal
from frontal.data.exchanges import read_conversations
from frontal.data.exchanges_museum import STRANGE
from frontal.data.words import words
from frontal.errors import FrontalError
from frontal.tasks.pairs_chat_familiar import BEGIN, END, Familiar
from frontal.tasks.pairs_chat_measure import measure_dialogue
from frontal.tasks.pairs_chat_model import Dialogue, hidden, joined, without_a_word
from frontal.tasks.pairs_chat_settings import ChatSettings
from frontal.tasks.pairs_nearest import Nearest

SENTENCES = st.lists(st.text("ab c", min_size=1, max_size=8), min_size=1, max_size=6)
HOURS = {"mondays": "Closed.", "sundays": "From 10 to 16.", "fridays": "From 9 to 17."}
TOURS = {"mondays": "No tour.", "sundays": "At 12.", "fridays": "At 11."}


def turns() -> list[list[str]]:
    """Two questions about three days; "And on …?" is about what was asked before."""
    found: list[list[str]] = []
    for day, other in (("mondays", "sundays"), ("sundays", "fridays"), ("fridays", "mondays"), ("sundays", "mondays"),
                       ("mondays", "fridays"), ("fridays", "sundays")):  # fmt: skip
        for ask, table in (("When are you open on {}?", HOURS), ("Is there a tour on {}?", TOURS)):
            found.append([ask.format(day), table[day], f"And on {other}?", table[other]])
        found.append(["Thank you very much", "You are welcome."])
    return found * 6


@pytest.fixture(scope="module")
def model() -> Dialogue:
    return frontal.Dialogue(hidden=32, epochs=16, learning_rate=0.01, dropout=0.1, hide=0.2).fit(turns())


def test_it_remembers_what_was_asked(model: Dialogue):
    for ask, table in (("When are you open on {}?", HOURS), ("Is there a tour on {}?", TOURS)):
        talk = model.talk()
        assert talk.say(ask.format("mondays")).text == table["mondays"]
        assert talk.say("And on sundays?").text == table["sundays"]
        assert talk.turns[-2:] == ["And on sundays?", table["sundays"]]


def test_what_it_cannot_know_is_refused_and_leaves_no_trace(model: Dialogue):
    talk = model.talk()
    talk.say("Is there a tour on mondays?")
    reply = talk.say("What is the capital of France?")
    assert not reply.sure
    assert reply.text.startswith("I am out of my depth")
    assert "“" in reply.text
    assert reply.answer not in reply.text.partition("“")[0]
    assert talk.say("xyzzy plugh").text.endswith("nothing that I know comes near it.")
    assert talk.say("And on fridays?").text == TOURS["fridays"]
    assert np.mean([not model.reply(question).sure for question in STRANGE]) > 0.9


def test_misspelled_words_are_put_right(model: Dialogue):
    reply = model.reply("when are yuo openn on sundys?")
    assert reply.read == "when are yuo open on sundays?"  # three letters are too few to guess at
    assert reply.answer == HOURS["sundays"]
    assert model.reply("WHEN ARE YOU OPEN ON SUNDAYS?").answer == HOURS["sundays"]


def test_answers_that_differ_are_found_and_may_be_drawn(model: Dialogue):
    reply = model.reply("And on sundays?")
    assert reply.others
    assert len({reply.answer, *reply.others}) == 1 + len(reply.others)
    chosen = model.chosen
    try:
        model.chosen = chosen.replace(beams=2, groups=1)
        assert len(model.reply("And on sundays?").others) <= 1
        model.chosen = chosen.replace(temperature=1.0)
        drawn = Counter(model.reply("And on sundays?", seed=seed).answer for seed in range(30))
        assert len(drawn) > 1
        assert model.reply("And on sundays?", seed=3) == model.reply("And on sundays?", seed=3)
    finally:
        model.chosen = chosen


def test_the_likelihood_of_an_answer_is_the_networks(model: Dialogue):
    reply = model.reply("Is there a tour on mondays?")
    (nats,) = model.writer.surprise(["is there a tour on mondays?"], [reply.answer])
    assert reply.answer_log_p == pytest.approx(-nats / 4, rel=1e-4)  # No, tour, the full stop, the end


def test_the_bars_leave_out_the_part_in_doubt(model: Dialogue):
    _, held = read_conversations(turns()).split(0.1, 0)
    rng = np.random.default_rng(0)
    asked = [without_a_word(e, rng) for e in held.exchanges()]
    replies = model.replies([(e.question, e.before) for e in asked])
    questions, answers = ([getattr(r, name) for r in replies] for name in ("question_log_p", "answer_log_p"))
    assert model.bars == pytest.approx((np.quantile(questions, 0.05), np.quantile(answers, 0.05)), rel=1e-5)


def test_saved_and_loaded_it_says_the_same(model: Dialogue, tmp_path: Path):
    model.save(tmp_path / "run")
    again = frontal.load(tmp_path / "run")
    for question in ("And on fridays?", "Thank you", "What is the capital of France?"):
        before = ("Is there a tour on mondays?", "No tour.")
        assert again.reply(question, before) == model.reply(question, before)


def test_measured_beside_the_nearest_question(model: Dialogue):
    learned = read_conversations(turns())
    test = read_conversations(
        [["When are you open on mondays?", "Closed.", "And on fridays?", HOURS["fridays"], "Hm?", "Never said."]]
        + [["Is there a tour on sundays?", "At 12.", "And on mondays?", "No tour."]] * 2
    )
    score = measure_dialogue(model, learned, test)
    assert len(score.asked) == 6  # what was never learned is left out
    figures = score.metrics()
    assert figures["right"] == 1
    assert figures["right_later_turns"] == 1
    assert figures["right_nearest"] < 1
    assert figures["right_forgetful"] < 1


def test_answers_that_stand_once_are_all_learned():
    faq = [
        [f"What is thing {word} about?", f"It is about {word}."]
        for word in ["red", "blue", "green", "old", "new", "big"]
    ]
    faq += [["Hi", "Hello."], ["Thanks", "Welcome."], ["Bye", "So long."], ["Yes", "Fine."], ["No", "Well."]]
    model = frontal.Dialogue(hidden=24, learning_rate=0.01, memory=0, hide=0.0).fit(faq)
    assert [model.reply(question).answer for question, _ in faq] == [answer for _, answer in faq]
    score = measure_dialogue(model, *read_conversations(faq).split(0.1, 0))
    assert "a word left out" in score.said


@settings(max_examples=30, deadline=None)
@given(SENTENCES, st.text("abcd ", min_size=0, max_size=6), st.integers(1, 4))
def test_familiar_is_witten_bell(sentences: list[str], text: str, order: int):
    known = list(dict.fromkeys(sentences))
    letters = {letter for sentence in known for letter in sentence}

    def probability(letter: str, context: str) -> float:
        if len(context) == 0:
            below, runs = 1 / (len(letters) + 2), [s + END for s in known]
            followed = Counter(letter for run in runs for letter in run)
        else:
            below = probability(letter, context[1:])
            runs = [BEGIN * (order - 1) + s + END for s in known]
            n = len(context)
            followed = Counter(
                r[k + n] for r in runs for k in range(order - 1 - n, len(r) - n) if r[k : k + n] == context and k >= 0
            )
        if not followed:
            return below
        return (followed[letter] + len(followed) * below) / (followed.total() + len(followed))

    padded = BEGIN * (order - 1) + text + END
    slow = [log(probability(padded[k], padded[k - order + 1 : k])) for k in range(order - 1, len(padded))]
    familiar = Familiar(sentences, order)
    assert familiar.log_p(text) == pytest.approx(np.mean(slow))
    context = padded[: order - 1]
    everything = [*letters, END, "?"]
    assert sum(familiar._probability(context, letter) for letter in everything) == pytest.approx(1)
    assert exp(familiar.log_p(text)) <= 1


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text("ab c", min_size=1, max_size=12), min_size=1, max_size=6), st.text("abc d", max_size=9))
def test_nearest_has_the_greatest_cosine(questions: list[str], asked: str):
    bags = [Counter(words(question)) for question in questions]
    having = Counter(word for bag in bags for word in bag)
    weight = {word: log(1 + len(questions) / count) for word, count in having.items()}
    rarest = log(1 + max(1, len(having)))

    def cosine(a: Counter[str], b: Counter[str]) -> float:
        dot = sum(a[w] * b[w] * weight[w] ** 2 for w in a if w in weight)
        lengths = [sqrt(sum((c * weight.get(w, rarest)) ** 2 for w, c in bag.items())) for bag in (a, b)]
        return dot / (lengths[0] * lengths[1]) if dot else 0.0

    near, mine = Nearest(questions).look(asked), Counter(words(asked))
    assert near.similarity == pytest.approx(max(cosine(mine, bag) for bag in bags))
    assert cosine(mine, bags[near.place]) == pytest.approx(near.similarity)


def test_what_the_encoder_reads():
    before = ["One?", "Two.", "Three?", "Four."]
    assert joined("Five?", before, 2) == "three? | four. | five?"
    assert joined("Five?", before, 0) == "five?"
    assert joined("Five?", [], 2) == "five?"
    learned = read_conversations([["one two three", "x"]] * 10).exchanges()
    copies = hidden(learned, ChatSettings(hide=0.5))
    assert len(copies) == 5
    assert all(copy.question.split().count("<unk>") == 1 for copy in copies)


def test_what_cannot_be(model: Dialogue):
    with pytest.raises(FrontalError, match="needs a word"):
        model.reply("  ")
    with pytest.raises(FrontalError, match="not fitted"):
        frontal.Dialogue().talk()
    with pytest.raises(FrontalError, match="multiple of groups"):
        frontal.Dialogue(beams=4, groups=3)
    with pytest.raises(FrontalError, match="too few"):
        frontal.Dialogue().fit([["a", "b"]])
