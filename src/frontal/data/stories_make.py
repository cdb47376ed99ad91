"""Stories drawn from a seed: no two alike, every answer about as often as any other."""

from __future__ import annotations

from collections import Counter
from random import Random

from frontal.data.stories import Question
from frontal.data.stories_tasks import TASKS, questions_of
from frontal.data.stories_world import Cast
from frontal.errors import FrontalError, did_you_mean

SHORTEST = 2  # facts of a story
TRIES = 2000  # stories drawn in vain, one after another, before it is said that there are no more
AHEAD = 10  # times that an answer may be wanted more often than the rarest one


def make_stories(
    task: str, count: int, *, facts: int = 10, cast: Cast | None = None, seed: int = 0, start: int = 0
) -> list[Question]:
    """Draw stories of one task, one question each; no two tell the same facts in the same order.

    So any part of them is unseen by any other part. Of the questions that a story allows, the one is
    asked whose answer was wanted least often so far.

    Args:
        task: a name in `TASKS`.
        count: of the stories.
        facts: of a story, at most; there are 2 at least.
        cast: who and what there is.
        seed: of all that is random.
        start: number of the first story.

    Raises:
        FrontalError: an unknown task, too few facts, or not so many different stories.

    Example:
        >>> from frontal.data.stories_make import make_stories
        >>> (one,) = make_stories("single-fact", 1, facts=3, seed=6)
        >>> one.answer in one.facts[one.support[0]]
        True
    """
    if task not in TASKS:
        raise FrontalError(f"no task is called {task!r}; {did_you_mean(task, TASKS)}")
    if facts < SHORTEST:
        raise FrontalError(f"facts must be at least {SHORTEST}, got {facts}")
    cast, random = cast or Cast(), Random(f"{task} {seed}")
    made: dict[tuple[str, ...], Question] = {}
    asked_so_far: Counter[str] = Counter()
    in_vain = 0
    while len(made) < count:
        told, asked = next(questions_of(TASKS[task], cast, random, random.randint(SHORTEST, facts)))
        random.shuffle(asked)
        question, answer, support = min(asked, key=lambda one: asked_so_far[one[1]])
        story, fewest = tuple(told), min(asked_so_far.values(), default=0)
        if story in made or asked_so_far[answer] > fewest + AHEAD:
            in_vain += 1
            if in_vain == TRIES:
                raise FrontalError(
                    f"{task}: after {len(made)} stories no new ones are found; with more people, places or facts "
                    f"there are {count} different ones"
                )
            continue
        in_vain = 0
        asked_so_far[answer] += 1
        made[story] = Question(story, question, answer, support, task, start + len(made))
    return list(made.values())
