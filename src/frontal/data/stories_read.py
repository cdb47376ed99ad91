"""Stories and questions out of files: numbered lines with tabs, or JSON lines."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from frontal.data.stories import Question
from frontal.data.textfile import decode
from frontal.errors import FrontalError

_NUMBERED = re.compile(r"(\d+)[ \t]+(.*\S)\s*")
_FORM = "expected a number and a fact, or a number, a question, a tab, its answer"
FIELDS = ("story", "question", "answer")


@dataclass(frozen=True)
class Stories:
    """Questions about stories, the name of where they come from, and what had to be guessed."""

    questions: list[Question]
    name: str
    notes: list[str]


def read_stories(path: str | Path) -> Stories:
    """Read questions about stories from a file.

    Numbered lines: a fact a line; a question with a tab, its answer, and if known a tab and the numbers of the
    lines from which it follows. A line with number 1 begins a new story; a question is about the facts above it.
    JSON lines, for a name that ends in .jsonl or .json: {"story": [facts], "question": …, "answer": …}, and if
    known "support": [places of facts, from 0] and "task".

    Raises:
        FrontalError: a line that cannot be read (it is named), or no question at all.
        OSError: the file cannot be opened.
    """
    path, notes = Path(path), list[str]()
    if path.is_dir():
        raise FrontalError(f"{path} is a folder; name a file of stories, or a run that `frontal answer` saved")
    lines = decode(path.read_bytes(), str(path), notes).splitlines()
    as_json = path.suffix in (".jsonl", ".json")
    questions = _json_lines(lines, str(path)) if as_json else _numbered_lines(lines, str(path))
    if not questions:
        raise FrontalError(f"{path} holds no question; {_FORM}")
    return Stories(questions, path.name, notes)


def _numbered_lines(lines: list[str], name: str) -> list[Question]:
    found: list[Question] = []
    facts: dict[int, str] = {}  # by the number of their line in the story
    story, previous = -1, 0
    for row, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        where = f"{name}, line {row}"
        match = _NUMBERED.fullmatch(line)
        if match is None:
            raise FrontalError(f"{where}: {_FORM}; got {_shown(line)}")
        number, text = int(match[1]), match[2]
        if number == 1:
            facts, story = {}, story + 1
        elif number <= previous or story < 0:
            raise FrontalError(f"{where}: number {number} comes after {previous}; a new story begins with 1")
        previous = number
        if "\t" in text:
            found.append(_asked(text, facts, story, where))
        elif text.endswith("?"):
            raise FrontalError(f"{where}: a question without its answer; {_FORM}; got {_shown(line)}")
        else:
            facts[number] = text
    return found


def _asked(text: str, facts: dict[int, str], story: int, where: str) -> Question:
    question, answer, *rest = (part.strip() for part in text.split("\t"))
    if not facts:
        raise FrontalError(f"{where}: the question {question!r} comes before any fact of its story")
    places = {number: place for place, number in enumerate(facts)}
    support: list[int] = []
    for word in " ".join(rest).split():
        if not word.isdigit() or int(word) not in places:
            raise FrontalError(f"{where}: {word!r} behind the answer is not the number of a fact of this story")
        support.append(places[int(word)])
    return _question(where, tuple(facts.values()), question, answer, tuple(support), "", story)


def _json_lines(lines: list[str], name: str) -> list[Question]:
    found: list[Question] = []
    stories: dict[tuple[str, ...], int] = {}
    for row, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        where = f"{name}, line {row}"
        try:
            said = json.loads(line)
        except ValueError as error:
            raise FrontalError(f"{where}: not a JSON object on a line of its own ({error})") from None
        if not isinstance(said, dict) or not set(FIELDS) <= set(said):
            lacking = [field for field in FIELDS if not isinstance(said, dict) or field not in said]
            raise FrontalError(
                f"{where} lacks {', '.join(map(repr, lacking))}; "
                'expected {"story": [facts], "question": …, "answer": …}'
            )
        facts = _texts(said["story"], where)
        support = said.get("support", [])
        if not isinstance(support, list) or not all(type(place) is int for place in support):
            raise FrontalError(f"{where}: support must be a list of places of facts, from 0, got {support!r}")
        story = stories.setdefault(facts, len(stories))
        texts = (str(said["question"]), str(said["answer"]), tuple(support), str(said.get("task", "")))
        found.append(_question(where, facts, *texts, story))
    return found


def _texts(story: Any, where: str) -> tuple[str, ...]:
    if not isinstance(story, list) or not all(isinstance(fact, str) and fact.strip() for fact in story):
        raise FrontalError(f"{where}: story must be a list of texts, one a fact, got {_shown(repr(story))}")
    return tuple(story)


def _question(where: str, *parts: Any) -> Question:
    try:
        return Question(*parts)
    except FrontalError as error:
        raise FrontalError(f"{where}: {error}") from None


def _shown(line: str) -> str:
    return repr(line if len(line) <= 60 else line[:59] + "…")
