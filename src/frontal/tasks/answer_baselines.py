"""What answers without a memory of order reach: the least that a recurrent network must beat."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from frontal.data.stories import Question
from frontal.tasks.answer_encode import learn_words, spelled

PULL = 1e-4  # weight decay of the regression
ROUNDS = 60  # of its optimiser


def answer_baselines(train: Sequence[Question], test: Sequence[Question]) -> dict[str, list[str]]:
    """Return the answers to the test questions without a recurrent network, by name.

    Most frequent: always that answer of the task. Last mentioned: the last word of the story that is an answer.
    Likest fact: the last answer within the last of the facts that share most words with the question. Words counted:
    a regression on how often each word occurs in the story, and in the question.
    """
    most = _most_frequent(train)
    answers = {tuple(spelled(one.answer)): one.answer for one in train}
    return {
        "most frequent": [most[one.task] for one in test],
        "last mentioned": [_last_answer(" ".join(one.facts), answers) or most[one.task] for one in test],
        "likest fact": [_last_answer(_likest(one), answers) or most[one.task] for one in test],
        "words counted": _regression(train, test),
    }


def _most_frequent(questions: Sequence[Question]) -> defaultdict[str, str]:
    """Return the most frequent answer of every task, and of all together for a task that is new."""
    overall = Counter(one.answer for one in questions).most_common(1)[0][0]
    by_task: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for one in questions:
        by_task[one.task][one.answer] += 1
    return defaultdict(lambda: overall, {task: counts.most_common(1)[0][0] for task, counts in by_task.items()})


def _last_answer(text: str, answers: dict[tuple[str, ...], str]) -> str | None:
    """Return the answer of one word that comes last in a text."""
    return next((answers[word,] for word in reversed(spelled(text)) if (word,) in answers), None)


def _likest(one: Question) -> str:
    asked = set(spelled(one.question))
    return max(enumerate(one.facts), key=lambda row: (len(asked & set(spelled(row[1]))), row[0]))[1]


def _regression(train: Sequence[Question], test: Sequence[Question]) -> list[str]:
    vocabulary = learn_words(train)
    places = {word: place for place, word in enumerate(vocabulary.vocabulary)}
    names = sorted({one.answer for one in train})
    goals = torch.tensor([names.index(one.answer) for one in train])
    learned, asked = _counts(train, places), _counts(test, places)
    weights = torch.zeros(learned.shape[1], len(names), requires_grad=True)
    optimizer = torch.optim.LBFGS([weights], max_iter=ROUNDS, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimizer.zero_grad()
        error = cross_entropy(learned @ weights, goals) + PULL * weights.square().sum()
        error.backward()
        return error

    optimizer.step(closure)
    return [names[k] for k in (asked @ weights.detach()).argmax(1).tolist()]


def _counts(questions: Sequence[Question], places: dict[str, int]) -> Tensor:
    """Return how often each word occurs in the story and in the question, and a one: (N, 2 V + 1)."""
    counts = torch.zeros(len(questions), 2 * len(places) + 1)
    counts[:, -1] = 1
    for row, one in enumerate(questions):
        for shift, text in ((0, " ".join(one.facts)), (len(places), one.question)):
            for word in spelled(text):
                if word in places:
                    counts[row, shift + places[word]] += 1
    return counts
