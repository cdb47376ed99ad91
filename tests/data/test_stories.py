"""Generated stories: right by a solver that reads the sentences, all different, their answers balanced."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stories_solver import solve

from frontal.data.stories import numbered_text, without_seen
from frontal.data.stories_make import SHORTEST, make_stories
from frontal.data.stories_read import read_stories
from frontal.data.stories_tasks import TASKS
from frontal.data.stories_world import OBJECTS, PEOPLE, PLACES, Cast
from frontal.errors import FrontalError


@pytest.mark.parametrize("task", TASKS)
@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 10_000), facts=st.integers(SHORTEST + 2, 30), people=st.integers(3, 10))
def test_answers_are_those_of_a_solver_that_reads(task, seed, facts, people):
    for one in make_stories(task, 40, facts=facts, cast=Cast(people, 6, 5), seed=seed):
        assert solve(one.facts, one.question) == one.answer
        assert SHORTEST <= len(one.facts) <= facts


@pytest.mark.parametrize("task", TASKS)
def test_the_supporting_facts_are_enough(task):
    for one in make_stories(task, 300, seed=1):
        if one.support:
            assert solve([one.facts[place] for place in one.support], one.question) == one.answer
            assert list(one.support) == sorted(set(one.support))


@pytest.mark.parametrize("task", TASKS)
def test_no_story_is_told_twice(task):
    stories = make_stories(task, 1500, seed=2)
    assert len({one.facts for one in stories}) == 1500
    assert without_seen(stories[1000:], stories[:1000]) == stories[1000:]


@pytest.mark.parametrize("task", TASKS)
def test_answers_are_balanced(task):
    asked = Counter(one.answer for one in make_stories(task, 1200, seed=3))
    assert max(asked.values()) - min(asked.values()) <= 25, asked
    assert len(asked) >= 2


def test_the_seed_decides():
    first, same, other = (make_stories("lists", 20, seed=seed) for seed in (0, 0, 1))
    assert first == same
    assert first != other


@pytest.mark.parametrize(("names", "known"), [("names", PEOPLE), ("rooms", PLACES), ("things", OBJECTS)])
def test_the_cast_is_as_large_as_asked(names, known):
    assert getattr(Cast(3, 3, 3), names) == known[:3]
    with pytest.raises(FrontalError, match=r"within 2 \.\. 10, got 11"):
        Cast(11, 11, 11)


def test_what_cannot_be_made_is_said():
    with pytest.raises(FrontalError, match="did you mean 'single-fact'"):
        make_stories("single-facts", 3)
    with pytest.raises(FrontalError, match="facts must be at least 2"):
        make_stories("yes-no", 3, facts=1)
    with pytest.raises(FrontalError, match="no new ones are found; with more people"):
        make_stories("positions", 500, facts=2, cast=Cast(2, 2, 2))


def test_what_is_written_is_read_again(tmp_path):
    stories = make_stories("two-facts", 30, seed=5)
    path = tmp_path / "stories.txt"
    path.write_text(numbered_text(stories))
    again = read_stories(path).questions
    for old, new in zip(stories, again, strict=True):
        assert (old.facts, old.question, old.answer, old.support) == (new.facts, new.question, new.answer, new.support)
    assert [one.story for one in again] == list(range(30))
