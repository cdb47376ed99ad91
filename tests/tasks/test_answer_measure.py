"""What is measured and what it is measured against, by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from frontal.data.stories import Question
from frontal.data.stories_make import make_stories
from frontal.diagnostics.attention_facts import FactAttention, draw_attention, share_on_support
from frontal.tasks.answer_baselines import answer_baselines
from frontal.tasks.answer_measure import Answers
from frontal.tasks.answer_read import answer_parts, task_names
from frontal.tasks.answer_reply import Reply
from frontal.tasks.answer_settings import AnswerSettings

FACTS = ("Anna ran to the attic.", "Ben ran to the cellar.", "Clara ran to the hall.")


def looked(weights, support=(0,), truth="attic"):
    return FactAttention(FACTS, "Where is Anna?", "attic", np.array(weights, dtype=float), truth, support)


def test_the_fact_looked_at_most_is_that_over_all_hops():
    assert looked([[0.6, 0.5, 0.0], [0.0, 0.2, 0.1]]).most == 1
    assert looked([[0.6, 0.5, 0.0], [0.0, 0.2, 0.1]]).on_support is False
    assert looked([[0.6, 0.5, 0.0]]).on_support is True
    assert looked([[0.6, 0.5, 0.0]], support=()).on_support is None
    none = FactAttention(FACTS, "Where is Anna?", "attic", np.zeros((0, 3)), "attic", (0,))
    assert none.most is None
    shares = [looked([[1, 0, 0]]), looked([[0, 1, 0]]), looked([[0, 1, 0]], support=()), none]
    assert share_on_support(shares) == 0.5
    assert math.isnan(share_on_support([none]))


def test_facts_that_were_seen():
    assert looked([[0.6, 0.1, 0.0], [0.0, 0.3, 0.1]]).seen(0.25) == list(FACTS[:2])
    assert FactAttention(FACTS, "Where?", "attic", np.zeros((0, 3))).seen(0.25) == list(FACTS)


def test_bars_are_as_long_as_the_attention():
    lines = looked([[1.0, 0.5, 0.0]]).bars()
    assert [line.count("█") for line in lines] == [8, 4, 0]
    assert lines[0].endswith("Anna ran to the attic. *")
    assert lines[2].endswith("0.00 Clara ran to the hall.")


def test_the_picture_shows_every_fact_and_marks_the_support():
    figure = draw_attention([looked([[1, 0, 0], [0, 1, 0]]), looked([[0, 0, 1]], truth="hall")])
    first, second = figure.axes
    assert [label.get_text() for label in first.get_yticklabels()] == list(FACTS)
    assert len(first.lines) == 1
    assert first.images[0].get_array().T.tolist() == [[1, 0, 0], [0, 1, 0]]
    assert "right: hall" in second.get_title(loc="left")
    figure.draw_without_rendering()


def test_answers_by_task():
    questions = [
        Question(FACTS, "Where is Anna?", "attic", (0,), "a"),
        Question(FACTS, "Where is Ben?", "cellar", (1,), "b"),
        Question(FACTS, "Where is Clara?", "hall", (), "b"),
    ]
    probabilities = np.array([[0.8, 0.2], [0.7, 0.3], [0.4, 0.6]])
    looks = [np.array([[0.9, 0.1, 0.0]]), np.array([[0.9, 0.1, 0.0]]), np.array([[0.0, 0.0, 1.0]])]
    said = Answers.of(questions, ["attic", "cellar"], probabilities, np.array([0, 1, -1]), looks)
    assert said.given == ["attic", "attic", "cellar"]
    assert said.accuracy == pytest.approx(1 / 3)
    assert said.on_support == 0.5
    a, b = said.by_task()
    assert (a["accuracy"], a["questions"], a["looked at support"]) == (1, 1, 1)
    assert (b["accuracy"], b["questions"], b["looked at support"]) == (0, 2, 0)


def test_baselines_by_hand():
    train = [Question(FACTS, f"Where is {who}?", place) for who, place in (("Anna", "attic"), ("Ben", "cellar"))]
    train += [Question(FACTS, "Where is Clara?", "hall")] * 3
    test = [Question(FACTS[::-1], "Where is Ben?", "cellar"), Question(("Dora sings.",), "Where is Dora?", "attic")]
    said = answer_baselines(train, test)
    assert said["most frequent"] == ["hall", "hall"]
    assert said["last mentioned"] == ["attic", "hall"]  # no place is mentioned: the most frequent one
    assert said["likest fact"] == ["cellar", "hall"]
    assert said["words counted"][0] == "cellar"  # the question's word Ben decides


def test_the_most_frequent_answer_is_that_of_the_task():
    train = [Question(FACTS, "Who?", answer, (), task) for task, answer in (("a", "x"), ("b", "y"), ("b", "y"))]
    test = [Question(FACTS, "Who?", "x", (), task) for task in ("a", "b", "new")]
    assert answer_baselines(train, test)["most frequent"] == ["x", "y", "y"]


def test_counting_words_finds_what_words_alone_say():
    train = [Question((f"The {colour} door.",), "Which?", colour) for colour in ("red", "blue") for _ in range(20)]
    assert answer_baselines(train, train[::20])["words counted"] == ["red", "blue"]


def test_a_reply_says_what_it_doubts():
    ranking = [("attic", 0.5), ("hall", 0.3), ("cellar", 0.2)]
    doubtful = Reply(ranking, looked([[1, 0, 0]], support=()), [], [], 0.6)
    assert not doubtful.sure
    assert doubtful.lines()[0] == "attic  (50%)  I am not sure; next would be hall 30%, cellar 20%."
    assert len(doubtful.lines()) == 4
    assert Reply(ranking, looked([[1, 0, 0]]), [], [], 0.5).sure
    assert not Reply(ranking, looked([[1, 0, 0]]), ["zoe"], ["zoe"], 0.5).sure
    aside = Reply(ranking, looked([[1, 0, 0]]), ["zoe", "zoo"], [], 0.5)
    assert aside.sure
    assert aside.lines()[1] == "I never learned 'zoe', 'zoo', which did not matter here."
    assert doubtful.to_dict()["ranking"][1] == {"answer": "hall", "probability": 0.3}


def test_tasks_by_their_names():
    assert task_names("yes-no,lists") == ["yes-no", "lists"]
    assert len(task_names("all")) == 8
    assert task_names("stories.txt") == []


def test_parts_of_generated_tasks_share_no_story():
    parts = answer_parts(AnswerSettings(questions=200), "yes-no,single-fact")
    assert len(parts.train) == 400
    assert len(parts.test) == 40
    for task in ("yes-no", "single-fact"):
        learned, tested = ({one.facts for one in part if one.task == task} for part in (parts.train, parts.test))
        assert not learned & tested
    assert len({one.story for one in parts.train}) == 400


def test_stories_of_a_file_stay_together(tmp_path):
    text = "".join(
        f"1 Kim has {n} cats.\n2 How many?\t{n}\n3 Lee has {n} dogs.\n4 How many dogs?\t{n}\n" for n in range(20)
    )
    path = tmp_path / "stories.txt"
    path.write_text(text + "1 Kim has 3 cats.\n2 How many?\t3\n" * 20)
    parts = answer_parts(AnswerSettings(test=0.5), str(path))
    assert {one.story for one in parts.train} & {one.story for one in parts.test} == set()
    learned = {(one.facts, one.question) for one in parts.train}
    assert not any((one.facts, one.question) in learned for one in parts.test)
    assert "word for word, were left out" in parts.said


@pytest.mark.parametrize(
    ("questions", "batch", "epochs"), [(10_000, 64, 8), (400, 8, 24), (12, 8, 100), (1_000_000, 64, 5)]
)
def test_batches_and_epochs_follow_the_number_of_questions(questions, batch, epochs):
    chosen = AnswerSettings().complete(questions)
    assert (chosen.batch_size, chosen.epochs) == (batch, epochs)
    asked = AnswerSettings(batch_size=3, epochs=2).complete(questions)
    assert (asked.batch_size, asked.epochs) == (3, 2)


def test_make_stories_of_all_tasks_can_be_answered_by_one_network():
    names = {one.task for name in task_names("all") for one in make_stories(name, 5)}
    assert names == set(task_names("all"))
