"""`frontal suggest`: a phone's keyboard in the terminal, on a saved language model."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from frontal.cli.console import Console
from frontal.cli.options import Run, Switch, text_option, whole_number
from frontal.cli.saved import kind_of
from frontal.errors import FrontalError

if TYPE_CHECKING:
    from frontal.tasks.language_suggest import Keyboard

KIND = "language-model"
LETTERS = 5  # of a line


@dataclass(frozen=True)
class Options:
    """Suggest letters, words and corrections while you type.

    In a terminal you write, and see what is likely next; lines that are piped in are answered one by one. Nothing
    leaves this machine, and nothing is written unless you name a file.
    """

    run: Run
    """folder that `frontal language` saved"""
    learn: Annotated[str | None, text_option("FILE", "nothing is kept")] = None
    """JSON file with the words you use: read at the beginning if it is there, written at the end"""
    layout: Annotated[str | None, text_option("NAME", "qwerty")] = None
    """keys whose neighbours are hit by mistake: qwerty, qwertz or azerty"""
    measure: Annotated[str | None, text_option("FILE|test", "nothing is measured")] = None
    """write this text as a user would who takes every right suggestion, and say how many keys that saves"""
    characters: Annotated[str | None, text_option("N", "20000")] = None
    """of the text that is measured, from its beginning; 0 for all"""
    seed: Annotated[str | None, text_option("N", "0")] = None
    """of the typing errors that are measured"""
    out: Annotated[str | None, text_option("DIR", "no files")] = None
    """folder for the report of what was measured"""
    json: Switch = False
    """print one JSON object on stdout, and everything else on stderr"""
    debug: Switch = False
    """show the traceback of an error"""


def run(options: Options, say: Callable[[str], None]) -> dict[str, Any]:
    """Measure, or suggest: in a terminal, or line by line."""
    characters = whole_number("--characters", options.characters or "20000")
    seed = whole_number("--seed", options.seed or "0")
    if options.measure is None:
        for name in ("characters", "seed", "out"):
            if getattr(options, name) is not None:
                raise FrontalError(f"--{name} says how to measure; add --measure FILE, or --measure test")
    _refuse_other_runs(options.run)
    if options.measure is not None:
        from frontal.tasks.language_suggest_measure import measure_run
        from frontal.training.progress import progress_for

        return measure_run(
            Path(options.run), options.measure, layout=options.layout or "qwerty", characters=characters or None,
            seed=seed, out=None if options.out is None else Path(options.out), progress=progress_for(), say=say,
        )  # fmt: skip
    keyboard = _keyboard(options)
    if not options.json and sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM") != "dumb":
        from frontal.cli.suggest_page import write_in_terminal

        result: dict[str, Any] = write_in_terminal(keyboard, f"frontal suggest {options.run}")
    else:
        result = {"lines": [_answer(keyboard, line, say) for line in _lines()]}
    if options.learn is not None:
        keyboard.clear()
        result["learned"] = str(keyboard.memory.save(options.learn))
    return result


def show(result: dict[str, Any], console: Console) -> None:
    """Print what was written, or measured."""
    if "metrics" in result:
        console.table(result["table"], title=result["verdict"])
        for name in result["files"]:
            console.say(name)
    elif "text" in result:
        console.say(result["text"])
        keys, characters = result["keys"], result["characters"]
        if characters:
            console.say(f"\n{keys} keys for {characters} characters: {result['saved']:.0%} saved.")
    if "learned" in result:
        console.say(f"Your words are kept in {result['learned']}")


def _refuse_other_runs(run: str) -> None:
    kind = kind_of(run)
    if kind not in (None, KIND):
        raise FrontalError(f"{run} holds a {kind}; a keyboard needs a language model, from `frontal language TEXT`")


def _keyboard(options: Options) -> Keyboard:
    from frontal.tasks.language_model import LanguageModel
    from frontal.tasks.language_suggest import Keyboard
    from frontal.tasks.language_suggest_memory import Memory

    memory = Memory() if options.learn is None else Memory.load(options.learn)
    return Keyboard(LanguageModel.load(options.run), memory=memory, layout=options.layout or "qwerty")


def _lines() -> Iterator[str]:
    """Yield the lines of standard input as they come; what is no UTF-8 in them is replaced."""
    for line in sys.stdin.buffer:
        yield line.decode("utf-8", "replace").rstrip("\r\n")


def _answer(keyboard: Keyboard, line: str, say: Callable[[str], None]) -> dict[str, Any]:
    """Say what is suggested at the end of a line."""
    keyboard.clear()
    keyboard.type(line)
    words, letters, correction = keyboard.words, keyboard.letters[:LETTERS], keyboard.correction
    parts = [line, *(f"{word} {probability:.0%}" for word, probability, _ in words)]
    parts.append("next letter: " + " ".join(f"{each.letter!r} {each.probability:.0%}" for each in letters))
    parts += [] if correction is None else [f"did you mean: {correction.word}?"]
    say("\t".join(parts))
    return {
        "text": line, "words": [each._asdict() for each in words], "letters": [each._asdict() for each in letters],
        "correction": None if correction is None else correction._asdict(),
    }  # fmt: skip
