"""How often a keyboard finds the word that was mistyped, and how often it doubts one that was not."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter

import numpy as np

from frontal.errors import FrontalError
from frontal.tasks.language_suggest_user import units
from frontal.tasks.language_suggest_written import SHOWN, Written
from frontal.tasks.language_typos_make import Mistype
from frontal.training.progress import Progress, SilentProgress

SHORTEST = 3  # letters of a word that is mistyped
RULES = (
    f"Words of at least {SHORTEST} letters, drawn by chance, are typed behind the true text before them, once with an "
    "error and once without, each with a space behind it. Right: the word that was meant stands first of all that may "
    "have been meant, what was typed included. False alarm: another word is offered for one that was typed rightly."
)


@dataclass(frozen=True)
class Corrections:
    """What became of words that were mistyped, and of the same words typed rightly.

    Attributes:
        words: how many.
        first: share of the mistyped ones for which the right word stood first.
        in_three: share for which it was among the first three.
        false_alarms: share of the others that were doubted.
        milliseconds: for one mistyped word, the median.
    """

    words: int
    first: float
    in_three: float
    false_alarms: float
    milliseconds: float


def mistyped_words(text: str, mistype: Mistype, count: int, seed: int) -> list[tuple[int, str, str]]:
    """Draw words of a text; return where each begins, the word, and how it was typed."""
    rng = np.random.default_rng(seed)
    words = [(start, text[start:end]) for start, end, _ in units(text)]
    long = [(start, word) for start, word in words if len(word) >= SHORTEST and word.isalpha()]
    if not long:
        raise FrontalError(f"the text has no words of at least {SHORTEST} letters to mistype")
    drawn = sorted(rng.choice(len(long), min(count, len(long)), replace=False).tolist())
    return [(*long[place], mistype(long[place][1], rng)) for place in drawn]


def correct(
    keyboard: Written, text: str, drawn: list[tuple[int, str, str]], progress: Progress | None = None
) -> Corrections:
    """Type the words that were drawn from `text`, wrongly and rightly, each in its place."""
    progress = progress or SilentProgress()
    progress.start(len(drawn), "mistyping")
    read = 0
    ranks: list[int] = []
    doubted: list[bool] = []
    seconds: list[float] = []
    try:
        for start, word, typed in drawn:
            keyboard.type(text[read:start])
            began = perf_counter()
            keyboard.type(typed + " ")
            meant = [each.word for each in keyboard.meant()]
            seconds.append(perf_counter() - began)
            ranks.append(meant.index(word) if word in meant else len(meant) + SHOWN)
            keyboard.backspace(len(typed) + 1)
            keyboard.type(word + " ")
            doubted.append(keyboard.correction is not None)
            keyboard.backspace()
            read = start + len(word)
            progress.update(1, right=f"{np.mean(np.array(ranks) == 0):.0%}")
    finally:
        progress.stop()
    found = np.array(ranks)
    return Corrections(
        len(drawn), float((found == 0).mean()), float((found < SHOWN).mean()), float(np.mean(doubted)),
        1000 * float(np.median(seconds)),
    )  # fmt: skip
