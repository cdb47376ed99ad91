"""`frontal language`: learn what comes next in a text, measure on a part of it, save the run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, ClassVar

from frontal.cli.console import Console
from frontal.cli.options import Assignments, SomeData, Switch, chosen, setting_option, text_option
from frontal.cli.report import show_run
from frontal.cli.run_folder import run_folder
from frontal.errors import FrontalError
from frontal.tasks.language_settings import LanguageSettings

STDLIB = "python-stdlib"
LINES = 12  # of the sample on the screen
setting = partial(setting_option, LanguageSettings)


@dataclass(frozen=True)
class Options:
    """Learn a language: what comes next in a text, character by character, or in bytes, pieces of words, words.

    The figures stand beside those of n-grams and compressors; the run can write (`frontal generate`),
    help one to type (`frontal suggest`) and measure other texts (`frontal evaluate`).
    """

    settings: ClassVar[type] = LanguageSettings

    data: SomeData = ()
    """files of text in any encoding, folders (binary files are left out), data sets by name such as tinyshakespeare,
    or - for standard input"""
    python_stdlib: Switch = False
    """learn the source of Python's standard library, which is on every machine"""
    style: Switch = False
    """the texts have styles, and the model writes in each: a CSV of texts and labels, a folder with a file or a folder
    a style, X.pos and X.neg, a play with its roles, or places, which are made on the spot"""
    text: Annotated[str | None, setting("text", "COL")] = None
    label: Annotated[str | None, setting("label", "COL")] = None
    glob: Annotated[str | None, setting("glob", "PATTERN")] = None
    symbols: Annotated[str | None, setting("symbols", "KIND")] = None
    cell: Annotated[str | None, setting("cell", "NAME")] = None
    hidden: Annotated[str | None, setting("hidden", "N")] = None
    layers: Annotated[str | None, setting("layers", "N")] = None
    minutes: Annotated[str | None, setting("minutes", "M")] = None
    epochs: Annotated[str | None, setting("epochs", "N")] = None
    test: Annotated[str | None, setting("test", "PART")] = None
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
    """Train, report and save; return the result of the recipe."""
    given: dict[str, Any] = chosen(LanguageSettings, options, options.set)
    settings = LanguageSettings.from_options(given.pop("preset", None), **given)
    sources = (*options.data, *([STDLIB] if options.python_stdlib else []))
    if not sources:
        raise FrontalError(
            "say what to learn: files or folders of text, a data set such as tinyshakespeare, - for standard input, "
            "or --python-stdlib"
        )
    from frontal.tasks.language import language_run
    from frontal.tasks.language_style_run import style_run
    from frontal.training import progress_for

    first, *others = sources
    if settings.style and others:
        raise FrontalError(f"--style takes one source, which holds all styles; got {len(sources)}")
    with run_folder(first, options.out) as folder:
        if settings.style:
            return style_run(first, settings, folder, progress=progress_for(), say=say)
        return language_run(sources, settings, folder, progress=progress_for(), say=say)


def show(result: dict[str, Any], console: Console) -> None:
    """Tell a person what the run found and where it lies."""
    if "styles" in result:
        show_styles(result, console)
        return
    show_costs(result, console)
    lines = result["sample"].splitlines()[:LINES]
    console.say("\nwhat it writes")
    for line in lines:
        console.say(f"  {line}")
    show_run(result, console)


def show_costs(result: dict[str, Any], console: Console) -> None:
    """Print what the test part costs, beside simpler predictions, and what follows."""
    console.say("")
    console.table(result["costs"], title="what the test part costs")
    console.say(f"\n{result['verdict']}")


def show_styles(result: dict[str, Any], console: Console) -> None:
    """Print how many texts are recognised, some that were written, and what follows."""
    console.say("")
    console.table(result["recognised"], title="recognised as the style asked for, or as its own")
    console.say(f"\n{result['verdict']}\n\nwhat it writes")
    for style, lines in result["samples"].items():
        console.say(f"  {style}: {' · '.join(lines[:3])}" if max(map(len, lines)) < 30 else f"  {style}: {lines[0]}")
    show_run(result, console)
