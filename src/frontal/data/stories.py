"""Stories and what is asked about them: facts in the order in which they are told, a question, its answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from frontal.errors import FrontalError


@dataclass(frozen=True)
class Question:
    """One question about one story.

    Attributes:
        facts: sentences, in the order in which they are told.
        question: what is asked after the last fact.
        answer: one of few; several words, and several things with commas in between, are one answer.
        support: places in `facts`, from 0, from which the answer follows; () where that is not known.
        task: what kind of question it is; "" where there is one kind.
        story: number of the story; questions about one story share it.
    """

    facts: tuple[str, ...]
    question: str
    answer: str
    support: tuple[int, ...] = ()
    task: str = ""
    story: int = 0

    def __post_init__(self) -> None:
        if not self.facts:
            raise FrontalError(f"the question {self.question!r} has no story: give it at least one fact")
        if not self.question.strip() or not self.answer.strip():
            raise FrontalError(f"a question and its answer must not be empty, got {self.question!r}, {self.answer!r}")
        if self.support and not 0 <= min(self.support) <= max(self.support) < len(self.facts):
            raise FrontalError(f"support {list(self.support)} must be places of the {len(self.facts)} facts, from 0")


def without_seen(questions: Sequence[Question], seen: Sequence[Question]) -> list[Question]:
    """Return the questions that do not occur, word for word and with the same story, among those seen."""
    known = {(one.facts, one.question) for one in seen}
    return [one for one in questions if (one.facts, one.question) not in known]


def numbered_text(questions: Sequence[Question]) -> str:
    """Return stories as numbered lines, one question a story, as `read_stories` reads them."""
    lines: list[str] = []
    for one in questions:
        lines += [f"{number} {fact}" for number, fact in enumerate(one.facts, start=1)]
        support = " ".join(str(place + 1) for place in one.support)
        lines.append(f"{len(one.facts) + 1} {one.question}\t{one.answer}\t{support}".rstrip())
    return "\n".join(lines) + "\n"
