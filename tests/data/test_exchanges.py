"""Conversations from files of three formats, and the museum's desk."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path

import pytest

from frontal.data.exchanges import read_conversations
from frontal.data.exchanges_museum import ANSWERS, OPENINGS, SLOTS, STRANGE, museum_conversations
from frontal.errors import FrontalError

TURNS = [["Hi", "Good day!", "Are you open?", "Yes."], ["Bye", "Goodbye."]]


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8", newline="")
    return path


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.tsv", "Hi\tGood day!\nAre you open?\tYes.\n\nBye\tGoodbye.\n"),
        ("a.txt", "Hi\nGood  day!\nAre you open?\nYes.\n\n\nBye\nGoodbye."),
        ("a.txt", "Ann: Hi\nBob: Good day!\nAnn: Are you open?\nBob: Yes.\n\nAnn: Bye\nBob: Goodbye.\n"),
        ("a.jsonl", "\n".join(json.dumps(turns) for turns in TURNS)),
        ("a.jsonl", json.dumps({"turns": TURNS[0]}) + '\n{"question": "Bye", "answer": "Goodbye."}\n'),
        ("a.jsonl", "\n".join(json.dumps([{"role": "?", "content": turn} for turn in turns]) for turns in TURNS)),
    ],
)
def test_formats_say_the_same(tmp_path: Path, name: str, text: str, newline: str):
    data = read_conversations(write(tmp_path / name, text.replace("\n", newline)))
    assert data.turns == TURNS
    assert [(e.before, e.question, e.answer) for e in data.exchanges()] == [
        ((), "Hi", "Good day!"),
        (("Hi", "Good day!"), "Are you open?", "Yes."),
        ((), "Bye", "Goodbye."),
    ]


def test_lines_without_blank_ones_are_conversations_of_their_own(tmp_path: Path):
    data = read_conversations(write(tmp_path / "faq.txt", "Hi\tGood day!\nBye\tGoodbye.\n"))
    assert data.turns == [["Hi", "Good day!"], ["Bye", "Goodbye."]]
    assert data.ids == ["line 1", "line 2"]


def test_a_last_turn_without_an_answer_is_left_out_and_said(tmp_path: Path):
    data = read_conversations(write(tmp_path / "a.txt", "Hi\nGood day!\nWell\n\nHm\n\nBye\nGoodbye.\n"))
    assert data.turns == [["Hi", "Good day!"], ["Bye", "Goodbye."]]
    assert data.notes == ["Last turns without an answer: 2 ('line 1', 'line 5'); left out."]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.tsv", "Hi\tGood day!\nBye\n", "line 2: expected question<TAB>answer"),
        ("a.tsv", "Hi\t\n", "line 1: expected"),
        ("a.jsonl", '["Hi", "Good day!"]\n["Hi", 3]\n', "line 2: expected a list of texts"),
        ("a.jsonl", "Hi\n", "line 1: no JSON"),
        ("a.jsonl", '{"question": "Hi"}\n', "line 1: expected"),
        ("a.jsonl", '["Hi", " "]\n', "line 1: a turn is empty"),
        ("a.jsonl", '["Hi", "\\ud800"]\n', "line 1: half of a surrogate"),
        ("a.txt", "A: Hi\nB: Good day!\nB: Well?\nA: No.\n", "line 3: 'B' speaks twice"),
        ("a.txt", "Hello\n" * 30, "one conversation of 30 lines"),
        ("a.txt", "\n\n", "holds no exchange"),
        ("a.txt", "alone\n", "holds no exchange"),
        ("a.bin", "\x00\x01", "binary"),
    ],
)
def test_what_cannot_be_is_named_with_its_line(tmp_path: Path, name: str, text: str, said: str):
    with pytest.raises(FrontalError, match=said):
        read_conversations(write(tmp_path / name, text))


def test_what_is_not_there(tmp_path: Path):
    with pytest.raises(FrontalError, match="No such file"):
        read_conversations(tmp_path / "no.tsv")
    with pytest.raises(FrontalError, match="got int"):
        read_conversations(3)


def test_the_museum_answers_as_its_tables_say():
    """Every opening question is answered from the table of its own slot, whatever the phrasing."""
    truth: dict[str, str] = {}
    for intent, phrasings in OPENINGS.items():
        kind, answer = ANSWERS[intent]
        for phrasing in "|".join(phrasings).split("|"):
            for slot in SLOTS[kind]:
                assert truth.setdefault(phrasing.format(slot), answer(slot)) == answer(slot)  # no phrasing is in two
    asked = 0
    for turns in museum_conversations(300) + museum_conversations(300, seed=1, held_out=True):
        for question, answer in zip(turns[::2], turns[1::2], strict=True):
            asked += question in truth
            assert truth.get(question, answer) == answer
    assert asked > 500


def test_phrasings_that_are_held_out_are_never_learned():
    learned, held = (
        {question for turns in museum_conversations(800, held_out=part) for question in turns[::2]}
        for part in (False, True)
    )
    assert not learned & held
    assert not set(STRANGE) & (learned | held)


def test_the_museum_needs_a_memory():
    """The same question has two answers, by what was said before."""
    answers: defaultdict[str, set[str]] = defaultdict(set)
    for turns in museum_conversations(2000):
        for question, answer in zip(turns[::2], turns[1::2], strict=True):
            answers[question].add(answer)
    for turns in museum_conversations(500):
        for before, question, answer in zip(turns[1::2], turns[2::2], turns[3::2], strict=False):
            if question == "And the audio guide?":  # after the ticket, for the same people
                assert before.startswith("The ticket for")
                assert before.split()[3] == answer.split()[4]
    assert answers["And on sundays?"] == {
        "On Sundays we are open from 10 to 16.",
        "On Sundays the tour begins at 12.",
    }
    assert answers["When are you open on sundays?"] == {"On Sundays we are open from 10 to 16."}


def test_only_answers_that_stand_elsewhere_are_held_out():
    turns = [["q", "common", "r", "also common"]] * 8 + [["q", "common", f"r {k}", f"rare {k}"] for k in range(8)]
    data = read_conversations(turns)
    kept, held = data.split(0.25, seed=0)
    assert len(kept) == 12
    assert held.turns == [["q", "common", "r", "also common"]] * 4
    kept, held = data.split(0.9, seed=0)
    assert (len(kept), len(held)) == (9, 7)  # one must stay to be learned
    assert read_conversations([["q", "only here"]] * 1).split(0.5, seed=0)[1].turns == []


def test_the_museum_is_tested_in_other_words():
    data = read_conversations("museum")
    assert data.test is not None
    assert not {e.question for e in data.exchanges()} & {e.question for e in data.test.exchanges()}
