"""What an answerer learns and is asked: generated tasks, a file of stories, or questions in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from random import Random
from typing import Any, cast

from frontal.data.stories import Question, without_seen
from frontal.data.stories_make import make_stories
from frontal.data.stories_read import Stories, read_stories
from frontal.data.stories_tasks import TASKS
from frontal.data.stories_world import Cast
from frontal.errors import FrontalError, did_you_mean
from frontal.tasks.answer_settings import AnswerSettings

ALL = "all"
LEAST = 2  # stories in each part


@dataclass(frozen=True)
class AnswerParts:
    """The questions to learn from, those to test on, and one sentence on who chose them."""

    train: list[Question]
    test: list[Question]
    name: str
    said: str
    notes: list[str]


def task_names(source: str) -> list[str]:
    """Return the generated tasks that a text names, with commas in between, or all; [] where it names none."""
    names = list(TASKS) if source == ALL else source.split(",")
    return names if set(names) <= set(TASKS) else []


def read_questions(settings: AnswerSettings, X: Any, *, held_out: bool = False) -> Stories:
    """Read questions: a file, tasks by their names, or a list of `Question`.

    Args:
        settings: of the recipe.
        X: what `Answerer.fit` takes.
        held_out: of generated tasks the stories to test on, in place of those to learn from.
    """
    if isinstance(X, Stories):
        return X
    if isinstance(X, str | PathLike):
        source = str(cast("str | PathLike[str]", X))
        parts = answer_parts(settings, source) if task_names(source) else None
        if parts is None:
            return _file(source)
        return Stories(parts.test if held_out else parts.train, parts.name, parts.notes)
    questions = list(X) if isinstance(X, Sequence) else []
    if not questions or not all(isinstance(one, Question) for one in questions):
        raise FrontalError(
            f"questions must be a list of frontal.data.stories.Question, a file or a task ({', '.join(TASKS)}), "
            f"got {type(X).__name__}"
        )
    return Stories(questions, f"{len(questions)} questions", [])


def answer_parts(settings: AnswerSettings, source: str) -> AnswerParts:
    """Read tasks or a file and split off the stories for the test; none of them is told in the training part."""
    names = task_names(source)
    return _generated(settings, names) if names else _split(_file(source), settings)


def _generated(settings: AnswerSettings, names: list[str]) -> AnswerParts:
    cast_of = Cast(settings.people, settings.places, settings.objects)
    tested = max(LEAST, round(settings.questions * settings.test))
    train: list[Question] = []
    test: list[Question] = []
    for name in names:
        made = make_stories(
            name, settings.questions + tested, facts=settings.facts, cast=cast_of, seed=settings.seed, start=len(train)
        )
        train += made[: settings.questions]
        test += made[settings.questions :]
    each = " of each task" if len(names) > 1 else ""
    said = f"{settings.questions} stories{each} are learned, {tested} others are tested; no two are alike."
    name = f"all {len(names)} tasks" if len(names) == len(TASKS) else ", ".join(names)
    return AnswerParts(train, test, name, said, [])


def _split(stories: Stories, settings: AnswerSettings) -> AnswerParts:
    numbers = sorted({one.story for one in stories.questions})
    Random(settings.seed).shuffle(numbers)
    tested = set(numbers[: round(len(numbers) * settings.test)])
    train = [one for one in stories.questions if one.story not in tested]
    drawn = [one for one in stories.questions if one.story in tested]
    test = without_seen(drawn, train)
    if min(len(tested), len(numbers) - len(tested)) < LEAST:
        raise FrontalError(
            f"{stories.name}: {len(numbers)} stories cannot be split into a training part and a test part "
            f"(test={settings.test:g}); give more stories or another test"
        )
    if not test:
        raise FrontalError(f"{stories.name}: every question drawn for the test is among those learned, word for word")
    said = f"{len(tested)} of {len(numbers)} stories were drawn for the test."
    if len(test) < len(drawn):
        said += f" {len(drawn) - len(test)} of their questions, which others learned word for word, were left out."
    return AnswerParts(train, test, stories.name, said, stories.notes)


def _file(source: str) -> Stories:
    if not Path(source).exists():
        raise FrontalError(f"{source!r} is neither a task nor a file nor a run; {did_you_mean(source, [*TASKS, ALL])}")
    return read_stories(source)
