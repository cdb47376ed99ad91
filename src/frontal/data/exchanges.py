"""Conversations from a file: who asked what, what was answered, and what was said before."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from frontal.data.exchanges_museum import MUSEUM, museum_conversations
from frontal.data.labelled_clean import listed
from frontal.data.textfile import decode
from frontal.errors import FrontalError

_JSON = (".json", ".jsonl", ".ndjson")
_SPEAKER = re.compile(r"([^\W\d_][\w .'’-]{0,23}):\s+(.*)")
_FORMATS = (
    "a TSV with question and answer on each line, a text with a turn a line and blank lines between conversations, "
    "or JSON lines with a list of turns each"
)


class Exchange(NamedTuple):
    """A question, its answer, and the turns before, the oldest first."""

    before: tuple[str, ...]
    question: str
    answer: str
    id: str


@dataclass(frozen=True)
class Conversations:
    """Conversations of two who take turns; the first one asks.

    Attributes:
        name: the source, for messages.
        turns: (N,) of each conversation its turns, an even number of them.
        ids: (N,) where each begins in the source.
        notes: what was left out or guessed.
        test: conversations to test with, where the source has some of its own.
    """

    name: str
    turns: list[list[str]]
    ids: list[str]
    notes: list[str] = field(default_factory=list[str])
    test: Conversations | None = None

    def __len__(self) -> int:
        return len(self.turns)

    def split(self, part: float, seed: int) -> tuple[Conversations, Conversations]:
        """Hold out a part of the conversations, drawn by chance: only such whose answers all stand elsewhere, too.

        An answer that stands nowhere else could not be learned if it were held out.
        """
        left = Counter(answer for turns in self.turns for answer in turns[1::2])
        held: set[int] = set()
        for place in np.random.default_rng(seed).permutation(len(self)).tolist():
            own = Counter(self.turns[place][1::2])
            if len(held) < round(part * len(self)) and all(left[answer] > own[answer] for answer in own):
                held.add(place)
                left -= own
        kept = [place for place in range(len(self)) if place not in held]
        first, second = (
            Conversations(self.name, [self.turns[p] for p in places], [self.ids[p] for p in places], self.notes)
            for places in (kept, sorted(held))
        )
        return first, second

    def exchanges(self) -> list[Exchange]:
        """Return every question with its answer and all turns before."""
        return [
            Exchange(tuple(turns[:place]), turns[place], turns[place + 1], name)
            for turns, name in zip(self.turns, self.ids, strict=True)
            for place in range(0, len(turns), 2)
        ]


def read_conversations(source: Any) -> Conversations:
    """Read conversations.

    Args:
        source: a file: TSV, `question<TAB>answer` on each line, a conversation of its own unless
            blank lines stand between groups; a text, a turn a line, blank lines between
            conversations, `NAME:` before each turn or none; JSON lines, a list of turns each, or an
            object with `turns` or with `question` and `answer`. "museum" is made on the spot. In
            memory a list of lists of turns, or Conversations.

    Raises:
        FrontalError: not found, or a line is not what it should be (it is named).
    """
    if isinstance(source, Conversations):
        return source
    if isinstance(source, list | tuple):
        numbered = [(f"conversation {number}", list(turns)) for number, turns in enumerate(source)]
        return _assembled("the data", numbered, [])
    if not isinstance(source, str | os.PathLike):
        raise FrontalError(f"conversations come from {_FORMATS}; got {type(source).__name__}")
    if str(source) == MUSEUM:
        return _museum()
    path = Path(source)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise FrontalError(f"cannot read {str(path)[:200]}: {error.strerror or error}; give {_FORMATS}") from None
    notes: list[str] = []
    lines = decode(data, str(path), notes).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if path.suffix.lower() in _JSON:
        return _assembled(str(path), _from_json(path, lines), notes)
    if path.suffix.lower() == ".tsv" or _all_tabbed(lines):
        return _assembled(str(path), _from_tsv(path, lines), notes)
    return _assembled(str(path), _from_text(path, lines, notes), notes)


_Numbered = list[tuple[str, list[str]]]


def _museum() -> Conversations:
    made, test = museum_conversations(), museum_conversations(200, seed=1, held_out=True)
    ids = [f"conversation {number}" for number in range(len(made))]
    note = f"{len(made)} conversations at a museum's desk, made on the spot; {len(test)} to test, in other words."
    return Conversations(MUSEUM, made, ids, [note], Conversations(MUSEUM, test, ids[: len(test)]))


def _all_tabbed(lines: list[str]) -> bool:
    filled = [line for line in lines if line.strip()]
    return bool(filled) and all(line.count("\t") == 1 for line in filled)


def _from_tsv(path: Path, lines: list[str]) -> _Numbered:
    groups = _groups(lines)
    for number, line in (row for group in groups for row in group):
        if line.count("\t") != 1 or not all(part.strip() for part in line.split("\t")):
            raise FrontalError(f"{path}, line {number}: expected question<TAB>answer, got {line[:60]!r}")
    if len(groups) == 1:
        groups = [[row] for row in groups[0]]
    return [(f"line {group[0][0]}", [turn for _, line in group for turn in line.split("\t")]) for group in groups]


def _from_text(path: Path, lines: list[str], notes: list[str]) -> _Numbered:
    groups = _groups(lines)
    rows = [row for group in groups for row in group]
    spoken = [_SPEAKER.fullmatch(line.strip()) for _, line in rows]
    if rows and all(spoken) and len({match[1] for match in spoken if match}) == 2:
        for group in groups:
            names = [line.strip().partition(":")[0] for _, line in group]
            twice = next((place for place in range(1, len(names)) if names[place] == names[place - 1]), None)
            if twice is not None:
                raise FrontalError(
                    f"{path}, line {group[twice][0]}: {names[twice]!r} speaks twice in a row; two take turns, so put "
                    "both sentences on one line, or a blank line between conversations"
                )
        notes.append("The names before the turns were left out.")
        groups = [[(number, line.strip().partition(":")[2]) for number, line in group] for group in groups]
    if len(groups) == 1 and len(rows) > 20:
        raise FrontalError(
            f"{path} is one conversation of {len(rows)} lines; put a blank line between conversations, or write "
            "question<TAB>answer on each line"
        )
    return [(f"line {group[0][0]}", [line for _, line in group]) for group in groups]


def _from_json(path: Path, lines: list[str]) -> _Numbered:
    found: _Numbered = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            value: Any = json.loads(line)
        except json.JSONDecodeError as error:
            raise FrontalError(f"{path}, line {number}: no JSON ({error.msg}, column {error.colno})") from None
        if isinstance(value, dict):
            value = value.get("turns", [value.get("question"), value.get("answer")])
        given: list[Any] = value if isinstance(value, list) else [value]
        turns: list[Any] = [turn.get("content", turn.get("text")) if isinstance(turn, dict) else turn for turn in given]
        if not all(isinstance(turn, str) for turn in turns):
            raise FrontalError(
                f"{path}, line {number}: expected a list of texts, or an object with turns, or with question and "
                f"answer; got {line[:60]!r}"
            )
        found.append((f"line {number}", turns))
    return found


def _groups(lines: list[str]) -> list[list[tuple[int, str]]]:
    """Lines with their numbers, a list for each run of lines without a blank one."""
    groups: list[list[tuple[int, str]]] = [[]]
    for number, line in enumerate(lines, start=1):
        if line.strip():
            groups[-1].append((number, line))
        elif groups[-1]:
            groups.append([])
    return [group for group in groups if group]


def _assembled(name: str, numbered: _Numbered, notes: list[str]) -> Conversations:
    kept: _Numbered = []
    odd: list[str] = []
    for place, given in numbered:
        turns = [" ".join(turn.split()) for turn in given]
        if not all(turns):
            raise FrontalError(f"{name}, {place}: a turn is empty; each one needs a word")
        for turn in turns:
            if any("\ud800" <= letter <= "\udfff" for letter in turn):
                raise FrontalError(f"{name}, {place}: half of a surrogate pair in {turn[:40]!r}; it is no text")
        if len(turns) % 2:
            odd.append(place)
        if len(turns) > 1:
            kept.append((place, turns[: len(turns) // 2 * 2]))
    if odd:
        notes.append(f"Last turns without an answer: {len(odd)} ({listed(odd)}); left out.")
    if not kept:
        raise FrontalError(f"{name} holds no exchange; give {_FORMATS}")
    return Conversations(name, [turns for _, turns in kept], [place for place, _ in kept], notes)
