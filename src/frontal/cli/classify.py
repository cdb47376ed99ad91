"""`frontal classify`: learn labelled sequences, measure on a part of them, save the run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, ClassVar

from frontal.cli.classes import show_classes
from frontal.cli.console import Console
from frontal.cli.options import Assignments, Data, Switch, chosen, part_or_file, setting_option, text_option
from frontal.cli.report import show_run
from frontal.cli.run_folder import run_folder
from frontal.tasks.classify_settings import ClassifySettings

setting = partial(setting_option, ClassifySettings)


@dataclass(frozen=True)
class Options:
    """Learn to tell classes of sequences apart.

    The report stands beside answers without a memory, and says how good the answers are before the
    end of a sequence; the run can be used again by `frontal predict` and `frontal evaluate`.
    """

    settings: ClassVar[type] = ClassifySettings

    data: Data
    """a long CSV (id, time, channels, label), a CSV of texts, a .ts file, a folder of WAV files by label, idx images,
    JSON or FASTA with a label a step, or a data set by its name, such as ucr_uea/BasicMotions"""
    label: Annotated[str | None, setting("label", "COL")] = None
    id: Annotated[str | None, setting("id", "COL")] = None
    time: Annotated[str | None, setting("time", "COL")] = None
    per_step: Switch = False
    """a label for every step of a sequence, in place of one for the whole"""
    test: Annotated[str | None, setting("test", "PART|DATA")] = None
    cell: Annotated[str | None, setting("cell", "NAME")] = None
    hidden: Annotated[str | None, setting("hidden", "N")] = None
    layers: Annotated[str | None, setting("layers", "N")] = None
    members: Annotated[str | None, setting("members", "N")] = None
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
    """Train, report and save; return the result of the recipe."""
    given: dict[str, Any] = chosen(ClassifySettings, options, options.set)
    given, test = part_or_file(given)
    settings = ClassifySettings.from_options(given.pop("preset", None), **given)
    from frontal.tasks.classify import classify_run
    from frontal.training import progress_for

    with run_folder(options.data, options.out) as folder:
        return classify_run(options.data, settings, folder, test=test, progress=progress_for(), say=say)


def show(result: dict[str, Any], console: Console) -> None:
    """Tell a person what the run found and where it lies."""
    show_classes(result, console)
    show_run(result, console)
