"""Text that must match a regular expression, as a mask over the next symbol."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from frontal.data.styled_set import END
from frontal.data.tokenizer import REPLACEMENT, Tokenizer
from frontal.errors import FrontalError
from frontal.tasks.language_match_expression import EMPTY, Expressions
from frontal.tasks.language_match_parse import parse

STATES = 5_000  # of the automaton over characters, at most
NUMBERS = 20_000_000  # of the table over symbols, at most
NEVER: Final = np.iinfo(np.int32).max
Ints = NDArray[np.integer[Any]]


class Match:
    """The texts over a tokenizer's symbols that match an expression as a whole.

    A deterministic automaton reads symbols of one or many characters. Symbols that are no whole
    characters, such as the first of two bytes, are never allowed, nor are the unknown symbol and the end
    of a text with a style.

    Args:
        expression: as `language_match_parse` reads it.
        tokenizer: whose symbols spell the text.
        last: id of the symbol before the text, where it decides about a space; None at a beginning.

    Attributes:
        start: the first state.
        accepts: whether the text so far matches, for each state, (S,).
        left: the fewest symbols from each state to a text that matches, (S,); `NEVER` where none leads there.

    Raises:
        FrontalError: the expression cannot be used, or the symbols spell no text that matches.
    """

    def __init__(self, expression: str, tokenizer: Tokenizer, *, last: int | None = None) -> None:
        texts, classes = spellings(tokenizer)
        read = automaton(expression, sorted(set("".join(map("".join, texts)))))
        C, K = len(texts), tokenizer.size
        if len(read.accepts) * C * K > NUMBERS:
            raise FrontalError(f"{expression!r} has too many states for {K} symbols; use smaller counts")
        table = np.stack([_along(row, read) for row in texts], axis=1)  # (S, C, K), states over characters
        self._next = np.where(table == 0, 0, table * C + classes).reshape(-1, K)  # states that know their last symbol
        self.start = C + (0 if last is None else int(classes[last]))
        self.accepts = np.repeat(read.accepts, C)
        self.left = _distances(self._next, self.accepts)
        self._behind = self.left[self._next]  # (S, K)
        if self.left[self.start] == NEVER:
            missing = f", which know no {', '.join(map(repr, read.missing))}" if read.missing else ""
            raise FrontalError(f"no text over the {K} symbols of this model{missing} matches {expression!r}")

    def allowed(self, states: Ints, room: int) -> NDArray[np.bool_]:
        """Return which symbols lead to a text that matches, (B, K), with `room` symbols to go, this one included."""
        return self._behind[states] < room

    def after(self, states: Ints, ids: Ints) -> Ints:
        """Return the states, (B,), after one more symbol each."""
        return self._next[states, ids]


@dataclass(frozen=True)
class Automaton:
    """A deterministic automaton over characters; state 0 accepts nothing any more, state 1 is the first.

    Attributes:
        table: the next state, (S, classes of characters).
        classes: of each character.
        accepts: whether the text so far matches, (S,).
        missing: characters that the expression asks for by name and that are none of the alphabet.
    """

    table: Ints
    classes: dict[str, int]
    accepts: NDArray[np.bool_]
    missing: list[str]


def automaton(expression: str, alphabet: list[str]) -> Automaton:
    """Return the automaton of an expression over an alphabet; more than `STATES` states raise `FrontalError`."""
    make = Expressions()
    first = parse(expression, make)
    kinds: dict[tuple[bool, ...], int] = {}
    classes = {char: kinds.setdefault(tuple(char in s for s in make.sets), len(kinds)) for char in alphabet}
    examples = list({kind: char for char, kind in classes.items()}.values())
    ranges = [s.ranges[0] for s in make.sets if len(s.ranges) == 1 and not s.kinds and not s.negated]
    missing = sorted({low for low, high in ranges if low == high} - set(alphabet))
    states, queue = [EMPTY, first], deque([first])
    numbers = {EMPTY: 0, first: 1}
    rows = [[0] * len(kinds)]
    while queue:
        here, row = queue.popleft(), []
        for char in examples:
            there = make.after(here, char)
            if there not in numbers:
                numbers[there] = len(states)
                states.append(there)
                queue.append(there)
            row.append(numbers[there])
        rows.append(row)
        if len(states) > STATES:
            raise FrontalError(f"{expression!r} has more than {STATES} states; use smaller counts")
    table = np.array(rows, dtype=np.int32).reshape(len(states), len(kinds))
    return Automaton(table, classes, np.array([make.takes_nothing[e] for e in states]), missing)


def spellings(tokenizer: Tokenizer) -> tuple[list[list[str]], Ints]:
    """Return what each symbol adds to a text, by the class of the symbol before it, and the class of each symbol.

    Class 0 is the beginning of a text; all are in it where no symbol minds what stands before it. A
    symbol that is no whole text adds "".
    """
    alone = [tokenizer.decode([i]) for i in range(tokenizer.size)]
    unknown = unknown_symbols(tokenizer)
    whole = ["" if i in unknown or REPLACEMENT in text or END in text else text for i, text in enumerate(alone)]
    if tokenizer.kind != "words":
        return [whole], np.zeros(tokenizer.size, dtype=np.int32)
    probes = {"a" if text[0].isalnum() else text[0]: i for i, text in enumerate(alone)}
    kinds = {tuple(alone[i] for i in probes.values()): 0}
    examples: list[int] = []
    classes = np.zeros(tokenizer.size, dtype=np.int32)
    for i in range(tokenizer.size):
        kind = tuple(_second(tokenizer, i, probe) for probe in probes.values())
        if kind not in kinds:
            kinds[kind] = len(kinds)
            examples.append(i)
        classes[i] = kinds[kind]
    rows = [[_second(tokenizer, i, k) if whole[k] else "" for k in range(tokenizer.size)] for i in examples]
    return [whole, *rows], classes


def unknown_symbols(tokenizer: Tokenizer) -> tuple[int, ...]:
    """Return the ids that stand for no text of their own."""
    return (0,) if tokenizer.kind in ("characters", "words") else ()


def _second(tokenizer: Tokenizer, first: int, second: int) -> str:
    text = tokenizer.streaming()
    text(first)
    return text(second)


def _along(texts: list[str], read: Automaton) -> Ints:
    """Return the state after each text from each state, (S, K); an empty text leads to state 0."""
    S, longest = len(read.table), max(map(len, texts))
    padded = np.array([[read.classes[c] for c in text] + [-1] * (longest - len(text)) for text in texts])
    states = np.repeat(np.arange(S, dtype=np.int32)[:, None], len(texts), axis=1)
    for step in padded.reshape(len(texts), longest).T:
        states = np.where(step < 0, states, read.table[states, step])
    states[:, [not text for text in texts]] = 0
    return states


def _distances(table: Ints, accepts: NDArray[np.bool_]) -> Ints:
    """Return the fewest steps from each state to one that accepts."""
    before: list[list[int]] = [[] for _ in table]
    for here, row in enumerate(table):
        for there in np.unique(row).tolist():
            before[there].append(here)
    left = np.where(accepts, 0, NEVER).astype(np.int32)
    queue = deque(np.flatnonzero(accepts).tolist())
    while queue:
        there = queue.popleft()
        for here in before[there]:
            if left[here] == NEVER:
                left[here] = left[there] + 1
                queue.append(here)
    return left
