"""Files of stories: what is read, and which line is named where nothing can be."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from frontal.data.stories_read import read_stories
from frontal.errors import FrontalError

GOOD = """1 Kim has a dog.
2 Lee has a cat.
3 Who has a cat?\tLee\t2
4 Kim has a cat.

5 Who has cats?\tKim,Lee\t2 4
1 Lee is away.
2 Who is away?\tLee
"""


@pytest.fixture
def file(tmp_path: Path):
    def write(text: str, name: str = "stories.txt") -> Path:
        path = tmp_path / name
        path.write_bytes(text.encode())
        return path

    return write


def test_numbered_lines(file):
    first, second, third = read_stories(file(GOOD)).questions
    assert first.facts == ("Kim has a dog.", "Lee has a cat.")
    assert (first.question, first.answer, first.support) == ("Who has a cat?", "Lee", (1,))
    assert second.facts == (*first.facts, "Kim has a cat.")  # the questions in between are no facts
    assert second.support == (1, 2)
    assert third.facts == ("Lee is away.",)
    assert third.support == ()
    assert [one.story for one in (first, second, third)] == [0, 0, 1]


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n"])
def test_any_line_ends_and_encodings(file, end, tmp_path):
    assert len(read_stories(file(GOOD.replace("\n", end))).questions) == 3
    path = tmp_path / "latin.txt"
    path.write_bytes("1 Zoë lacht.\n2 Wer lacht?\tZoë\n".encode("latin-1"))
    stories = read_stories(path)
    assert stories.questions[0].answer == "Zoë"
    assert "Latin-1" in stories.notes[0]


def test_json_lines(file):
    rows = [
        {"story": ["Kim has a dog.", "Lee has a cat."], "question": "Who has a cat?", "answer": "Lee", "support": [1]},
        {"story": ["Kim has a dog.", "Lee has a cat."], "question": "Who has a dog?", "answer": "Kim", "task": "who"},
        {"story": ["Lee is away."], "question": "Is Lee here?", "answer": "no"},
    ]
    found = read_stories(file("\n".join(map(json.dumps, rows)), "stories.jsonl")).questions
    assert [one.answer for one in found] == ["Lee", "Kim", "no"]
    assert [one.story for one in found] == [0, 0, 1]
    assert found[0].support == (1,)
    assert found[1].task == "who"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1 Kim is here.\n2 Where is Kim?\n", r"line 2: a question without its answer; .* a tab"),
        ("1 Where is Kim?\there\n", r"line 1: the question 'Where is Kim\?' comes before any fact"),
        ("1 A.\n2 B?\tyes\n1 Where is Kim?\there\n", "line 3: the question"),
        ("Kim is here.\n", "line 1: expected a number and a fact"),
        ("1 Kim is here.\n3 Lee is here.\n2 Kim?\tyes\n", "line 3: number 2 comes after 3; a new story begins with 1"),
        ("2 Kim is here.\n", "line 1: number 2 comes after 0"),
        ("1 Kim is here.\n2 Where?\there\t7\n", "line 2: '7' behind the answer is not the number of a fact"),
        ("1 Kim is here.\n2 Where?\there\tone\n", "line 2: 'one' behind the answer"),
        ("1 Kim is here.\n2 Where?\t\t1\n", "line 2: a question and its answer must not be empty"),
        ("1 Kim is here.\n", "holds no question"),
        ("", "holds no question"),
        ("1 Kim\x00is here.\n", "binary"),
    ],
)
def test_the_line_is_named(file, text, said):
    with pytest.raises(FrontalError, match=said):
        read_stories(file(text))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"story": ["A."], "question": "B?"}', "line 1 lacks 'answer'"),
        ("[1, 2]", "line 1 lacks 'story', 'question', 'answer'"),
        ("{nonsense}", "line 1: not a JSON object"),
        ('{"story": "A.", "question": "B?", "answer": "c"}', "line 1: story must be a list of texts"),
        ('{"story": [], "question": "B?", "answer": "c"}', r"line 1: the question 'B\?' has no story"),
        ('{"story": ["A."], "question": "B?", "answer": "c", "support": [1]}', "line 1: support"),
        ('{"story": ["A."], "question": "B?", "answer": "c", "support": 0}', "line 1: support must be a list"),
    ],
)
def test_the_line_of_json_is_named(file, line, said):
    with pytest.raises(FrontalError, match=said):
        read_stories(file(line, "stories.jsonl"))


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(FrontalError, match="is a folder"):
        read_stories(tmp_path)
