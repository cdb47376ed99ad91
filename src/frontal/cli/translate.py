"""`frontal translate`: learn pairs of texts and measure, or translate with a saved run."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any, ClassVar

import tyro

from frontal.cli.console import Console
from frontal.cli.options import Assignments, Switch, chosen, setting_option, text_option
from frontal.cli.report import show_run
from frontal.cli.run_folder import run_folder
from frontal.cli.saved import kind_of
from frontal.cli.translations import show_translations
from frontal.errors import FrontalError
from frontal.tasks.pairs_settings import PairsSettings

setting = partial(setting_option, PairsSettings)
LEARNS = ("valid", "test", "swap", "symbols", "cell", "hidden", "layers", "epochs", "preset", "seed", "out")
Source = Annotated[tyro.conf.Positional[str], tyro.conf.arg(metavar="DATA|RUN", help_behavior_hint="(required)")]
Other = Annotated[tyro.conf.Positional[str | None], tyro.conf.arg(metavar="[TARGETS]", help_behavior_hint="")]


@dataclass(frozen=True)
class Options:
    """Learn to translate from pairs of texts; or, given a folder that holds a run, translate.

    frontal translate pairs.tsv, frontal translate train.en train.fr, frontal translate multi30k and
    frontal translate toy-dates learn; frontal translate RUN --text "…" and frontal translate RUN < FILE
    translate, line by line.
    """

    settings: ClassVar[type] = PairsSettings

    data: Source
    """to learn: a table of source, tab, target; a file of sources; a folder with train.AA and train.BB; a data set by
    its name; toy-dates, toy-reversal, toy-arithmetic. To translate: the folder of a run"""
    targets: Other = None
    """to learn from two files: the other one, line by line the same; either may be compressed with gzip"""
    text: Annotated[str | None, text_option("TEXT", "the lines of standard input")] = None
    """with a RUN: what to translate"""
    plot: Annotated[str | None, text_option("FILE.png", "no file")] = None
    """with a RUN: draw where the attention looked for the first text"""
    valid: Annotated[str | None, setting("valid", "PART|PAIRS|A,B")] = None
    test: Annotated[str | None, setting("test", "PART|PAIRS|A,B")] = None
    agreement: Annotated[str | None, text_option("FILE.csv", "no file")] = None
    """count how many translations agree: a CSV with the columns source, expected, refused and, if you like, kind"""
    swap: Switch = False
    """translate the second side into the first"""
    symbols: Annotated[str | None, setting("symbols", "KIND")] = None
    cell: Annotated[str | None, setting("cell", "NAME")] = None
    hidden: Annotated[str | None, setting("hidden", "N")] = None
    layers: Annotated[str | None, setting("layers", "N")] = None
    epochs: Annotated[str | None, setting("epochs", "N")] = None
    preset: Annotated[str | None, setting("preset", "NAME")] = None
    set: Assignments = ()
    """any other setting; they are listed below"""
    seed: Annotated[str | None, setting("seed", "N")] = None
    out: Annotated[str | None, text_option("DIR", "runs/NAME-of-the-data, or the next free NAME-2, NAME-3 …")] = None
    """folder of the run; an earlier run in a folder named here is replaced, other files never are"""
    json: Switch = False
    """print one JSON object on stdout, and everything else on stderr"""
    debug: Switch = False
    """show the traceback of an error"""


def run(options: Options, say: Callable[[str], None]) -> dict[str, Any]:
    """Learn, report and save; or translate."""
    kind = kind_of(options.data)
    if kind is not None:
        return _translate(options, kind, say)
    for name in ("text", "plot"):
        if getattr(options, name) is not None:
            raise FrontalError(
                f"--{name} is for a saved run, and {options.data} is none; learn first, without --{name}"
            )
    given: dict[str, Any] = chosen(PairsSettings, options, options.set)
    parts = {name: given.pop(name) for name in ("valid", "test") if not _is_number(given.get(name, "0"))}
    preset = given.pop("preset", None)
    if preset is None and options.data.startswith("toy-"):
        preset = "toy"
    settings = PairsSettings.from_options(preset, **given)
    from frontal.tasks.pairs import Sources, translate_run
    from frontal.training import progress_for

    sources = Sources(options.data, options.targets, parts.get("valid"), parts.get("test"), options.agreement)
    with run_folder(options.data, options.out) as folder:
        return translate_run(sources, settings, folder, progress=progress_for(), say=say)


def _translate(options: Options, kind: str, say: Callable[[str], None]) -> dict[str, Any]:
    """Translate the text given, or standard input, with a run."""
    if kind != "translator":
        raise FrontalError(f"{options.data} holds a {kind}, not a translator")
    for name in ("targets", "agreement", *LEARNS):
        if getattr(options, name):
            where = "TARGETS" if name == "targets" else f"--{name}"
            raise FrontalError(f"{where} is for learning, and {options.data} has learned already; leave it out")
    if options.text is None and sys.stdin.isatty():
        raise FrontalError(f'nothing to translate: type frontal translate {options.data} --text "…", or < FILE')
    from frontal.data.pairs_lines import lines_of
    from frontal.tasks.pairs import translate_texts

    notes: list[str] = []
    texts = [options.text] if options.text is not None else lines_of(sys.stdin.buffer.read(), "standard input", notes)
    for note in notes:
        say(note)

    return translate_texts(
        Path(options.data), texts, plot=None if options.plot is None else Path(options.plot), say=say
    )


def show(result: dict[str, Any], console: Console) -> None:
    """Print the translations, or the scores and where the run lies."""
    if "translations" in result:
        for row in result["translations"]:
            print(row["translation"])
        return
    show_translations(result, console)
    show_run(result, console)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
