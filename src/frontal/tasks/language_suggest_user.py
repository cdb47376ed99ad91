"""A simulated user who writes a given text with as few keys as the suggestions allow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from time import perf_counter, process_time

import numpy as np
from numpy.typing import NDArray

from frontal.tasks.language_suggest_trie import is_letter
from frontal.tasks.language_suggest_written import CLOSING, Written
from frontal.training.progress import Progress, SilentProgress

RULES = (
    "The simulated user looks at the three words before every letter of a word and takes the right one as soon as it "
    "is among them: one key, which also brings the space. A closing mark or a line end takes the place of that space; "
    "before anything else but a space it costs one key to take it away again. Every other character is one key, and a "
    "word that was typed to its end is not chosen any more."
)


@dataclass(frozen=True)
class Keystrokes:
    """What it took to write a text.

    Attributes:
        keys: pressed up to the end of each word and what follows it, counted one by one, (N,).
        letters: characters of each, (N,): the keys it takes where nothing is suggested.
        chosen: whether each word was chosen from the three, (N,).
        seconds: from each key to the next suggestions, (keys,).
        processor: the same in seconds of the processor, which other programs cannot lengthen, (keys,).
    """

    keys: NDArray[np.int64]
    letters: NDArray[np.int64]
    chosen: NDArray[np.bool_]
    seconds: NDArray[np.float64]
    processor: NDArray[np.float64]

    @property
    def saved(self) -> float:
        """The share of the keys that was saved."""
        return 1 - float(self.keys.sum()) / max(int(self.letters.sum()), 1)

    def by_part(self, parts: int) -> NDArray[np.float64]:
        """Return the share that was saved in equal parts of the text, one after the other, (parts,)."""
        place = (np.cumsum(self.letters) - self.letters) * parts // max(int(self.letters.sum()), 1)
        keys, letters = (np.bincount(place, weights, parts) for weights in (self.keys, self.letters))
        return 1 - keys / np.maximum(letters, 1)

    def milliseconds(self, share: float) -> float:
        """Return the time that so large a share of the keys stays below."""
        return 1000 * float(np.quantile(self.seconds, share))

    def processor_milliseconds(self, share: float) -> float:
        """Return the processor's time that so large a share of the keys stays below."""
        return 1000 * float(np.quantile(self.processor, share))


def write(
    keyboard: Written,
    text: str,
    *,
    look: Callable[[Written], object] = attrgetter("words"),
    progress: Progress | None = None,
) -> Keystrokes:
    """Let the simulated user write `text`; see `RULES`.

    Args:
        keyboard: begins empty.
        text: to write.
        look: what is asked of the keyboard after every key.
        progress: shown meanwhile.
    """
    user = _User(keyboard, look)
    keys: list[int] = []
    letters: list[int] = []
    chosen: list[bool] = []
    progress = progress or SilentProgress()
    progress.start(len(text), "writing")
    try:
        for start, word_end, end in units(text):
            before = user.keys
            chosen.append(user.word(text[start:word_end], text[word_end:end]))
            keys.append(user.keys - before)
            letters.append(end - start)
            progress.update(end - start, keys_saved=f"{1 - sum(keys) / sum(letters):.1%}")
    finally:
        progress.stop()
    assert keyboard.text == text
    return Keystrokes(np.array(keys), np.array(letters), np.array(chosen), *np.array(user.seconds).reshape(-1, 2).T)


def units(text: str) -> list[tuple[int, int, int]]:
    """Return where each word begins and ends and where what follows it ends; the first may have no letters.

    >>> units("Ay, sir.")
    [(0, 2, 4), (4, 7, 8)]
    """
    found: list[tuple[int, int, int]] = []
    place = 0
    while place < len(text):
        word_end = place
        while word_end < len(text) and is_letter(text[word_end]):
            word_end += 1
        end = word_end
        while end < len(text) and not is_letter(text[end]):
            end += 1
        found.append((place, word_end, end))
        place = end
    return found


class _User:
    def __init__(self, keyboard: Written, look: Callable[[Written], object]) -> None:
        self.keyboard, self.look = keyboard, look
        self.keys = 0
        self.seconds: list[tuple[float, float]] = []

    def word(self, word: str, rest: str) -> bool:
        """Write a word and what follows it; return whether the word was chosen."""
        for typed in range(len(word)):
            offered = [suggestion.word for suggestion in self.keyboard.words]
            if word in offered:
                self._press(lambda: self.keyboard.accept(word))
                self._after_choice(rest)
                return True
            self._press(lambda letter=word[typed]: self.keyboard.type(letter))
        for letter in rest:
            self._press(lambda letter=letter: self.keyboard.type(letter))
        return False

    def _after_choice(self, rest: str) -> None:
        """Write what follows a word that brought its space."""
        if not rest:  # the text ends without a space
            self.keyboard.backspace()
            return
        if rest[0] == " ":
            rest = rest[1:]
            if rest and rest[0] in CLOSING + " ":
                self._press(lambda: self.keyboard.type(" "))  # from now on it is the user's own space
        elif rest[0] not in CLOSING:
            self._press(self.keyboard.backspace)
        for letter in rest:
            self._press(lambda letter=letter: self.keyboard.type(letter))

    def _press(self, key: Callable[[], object]) -> None:
        """Press a key and wait for the suggestions."""
        began = perf_counter(), process_time()
        key()
        self.look(self.keyboard)
        self.seconds.append((perf_counter() - began[0], process_time() - began[1]))
        self.keys += 1
