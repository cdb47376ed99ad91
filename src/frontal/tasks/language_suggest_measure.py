"""The recipe behind `frontal suggest RUN --measure`: keys saved, time for a key, errors corrected."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from frontal.data.corpus_read import read_corpus
from frontal.errors import FrontalError
from frontal.tasks.language_model import LanguageModel
from frontal.tasks.language_suggest import Keyboard
from frontal.tasks.language_suggest_corrections import Corrections, correct, mistyped_words
from frontal.tasks.language_suggest_plain import PlainKeyboard
from frontal.tasks.language_suggest_report import Measured, suggest_report
from frontal.tasks.language_suggest_trie import TEST_FILE
from frontal.tasks.language_suggest_user import Keystrokes, write
from frontal.tasks.language_suggest_voices import Balance
from frontal.tasks.language_typos_make import fingers, one_edit
from frontal.training.progress import Progress, SilentProgress
from frontal.training.run_directory import Run, read_run

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MISTYPED = 200  # words, for each kind of error
LEAST = 200  # characters of a text that is measured


def measure_run(
    run: Path,
    source: str,
    *,
    layout: str,
    characters: int | None,
    seed: int,
    out: Path | None,
    progress: Progress | None = None,
    say: Callable[[str], None],
) -> dict[str, Any]:
    """Measure the keyboard of a saved run on a text that it has not learned, beside a list of words.

    Args:
        run: of a `LanguageModel`.
        source: a text file, folder or data set, or "test" for the part that the run kept for testing.
        layout: of the keys.
        characters: of the text, from its beginning; None for all.
        seed: of the words that are mistyped, and of the errors.
        out: folder for the report, if it is wanted.
        progress: shown meanwhile.
        say: called with every sentence a person should read.
    """
    saved = read_run(run)
    model = LanguageModel.load(saved)
    text, name = _text(saved, source, characters)
    say(f"Measured on {len(text)} characters of {name}.")
    measured = measure(model, text, layout=layout, seed=seed, progress=progress)
    command = ["frontal", "suggest", str(run), "--measure", source, "--characters", str(characters or 0)]
    command += ["--seed", str(seed), *([] if layout == "qwerty" else ["--layout", layout])]
    report = suggest_report(measured, name, shlex.join(command))
    files: list[str] = []
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        for file, data in (("suggest.html", report.to_html().encode()), ("suggest.png", _png(measured.plot()))):
            (out / file).write_bytes(data)
            files.append(str(out / file))
    return {
        "run": str(run), "metrics": {**measured.metrics(), "seed": seed}, "table": measured.rows(),
        "verdict": report.verdict, "files": files,
    }  # fmt: skip


def measure(
    model: LanguageModel,
    text: str,
    *,
    layout: str = "qwerty",
    seed: int = 0,
    mistyped: int = MISTYPED,
    progress: Progress | None = None,
) -> Measured:
    """Write a text with and without a memory and with a list of words; mistype words and have them corrected."""
    progress = progress or SilentProgress()
    forgetful = Keyboard(model, layout=layout, balance=Balance(memory=0.0, learn_after=len(text)))
    writers = {
        "keyboard": Keyboard(model, layout=layout),
        "without memory": forgetful,
        "word list": PlainKeyboard(model.words),
    }
    keystrokes: dict[str, Keystrokes] = {}
    for name, writer in writers.items():
        keystrokes[name] = write(writer, text, look=_look, progress=progress)
    corrections: dict[str, dict[str, Corrections]] = {}
    for kind, mistype in (("one edit", one_edit(layout)), ("fingers", fingers(layout))):
        drawn = mistyped_words(text, mistype, mistyped, seed)
        corrections[kind] = {
            "keyboard": correct(Keyboard(model, layout=layout), text, drawn, progress),
            "word list": correct(PlainKeyboard(model.words), text, drawn, progress),
        }
    return Measured(keystrokes, corrections)


def _look(keyboard: Any) -> object:
    """Ask for all that the page shows after a key; the list of words has no letters."""
    return keyboard.words, getattr(keyboard, "letters", None), keyboard.correction


def _text(run: Run, source: str, characters: int | None) -> tuple[str, str]:
    """Return the beginning of a text, and what it is called."""
    if source == "test":
        if TEST_FILE not in run.files:
            raise FrontalError(f"{run.path} keeps no test part; name a text that it has not learned: --measure FILE")
        pieces, name = [run.files[TEST_FILE].decode()], "the test part"
    else:
        corpus = read_corpus(source)
        pieces, name = corpus.pieces(), corpus.name
    text = ""
    for piece in pieces:
        text += piece
        if characters is not None and len(text) >= characters:
            break
    if len(text) < LEAST:
        raise FrontalError(f"{name} has {len(text)} characters; measuring a keyboard needs at least {LEAST}")
    return text[:characters], name


def _png(figure: Figure) -> bytes:
    image = BytesIO()
    figure.savefig(image, format="png", dpi=130)
    return image.getvalue()
