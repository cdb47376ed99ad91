"""`frontal scope`: the microscope, a page in the browser on which a network is seen at work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import tyro

from frontal.cli.console import Console
from frontal.cli.options import MaybeData, Switch, text_option, whole_number
from frontal.cli.saved import kind_of
from frontal.errors import FrontalError

if TYPE_CHECKING:
    from frontal.scope.workspace import Workspace

READS = {
    "text": ("language-model", "classifier", "translator", "dialogue", "answerer"),
    "csv": ("forecaster", "panel-forecaster", "classifier"),
    "audio": ("classifier",),
}
MaybeRun = Annotated[tyro.conf.Positional[str | None], tyro.conf.arg(metavar="[RUN]", help_behavior_hint="")]
Others = Annotated[
    tyro.conf.UseAppendAction[tuple[str, ...]],
    tyro.conf.arg(name="with", metavar="RUN", help_behavior_hint="(repeatable)"),
]


@dataclass(frozen=True)
class Options:
    """Look into a network with a page in the browser: its units, gates, gradients, its training.

    The page stays on this machine: it is served to 127.0.0.1 alone, to whoever has the address that is
    printed. A page that is open goes on when the same port is served again within a day. While a run is
    trained, its folder shows the training as it goes.
    """

    json: ClassVar[bool] = False

    run: MaybeRun = None
    """folder that a command of frontal saved; or is training; or of a capture"""
    data: MaybeData = None
    """what it reads: a file, a folder, a data set by its name; default: its own test part, or its series"""
    text: Annotated[str | None, text_option("FILE", "none")] = None
    """a text for a language model, or a folder of texts; pairs for a translator; stories for an answerer"""
    csv: Annotated[str | None, text_option("FILE", "none")] = None
    """a table for a forecaster or a classifier"""
    audio: Annotated[str | None, text_option("DIR", "none")] = None
    """a folder of recordings for a classifier of sounds"""
    with_: Others = ()
    """a second run, to compare: along the same data"""
    demo: Switch = False
    """look at the small language model that comes with frontal"""
    steps: Annotated[str, text_option("N", "20000")] = "20000"
    """symbols or steps that are read: the first ones of a text, the last ones of a series"""
    capture: Annotated[str | None, text_option("DIR", "none")] = None
    """keep what is seen in a new folder; frontal scope DIR opens it again, without the model"""
    port: Annotated[str | None, text_option("N", "8787, or the next free one")] = None
    """of this machine"""
    no_browser: Switch = False
    """only print the address"""
    debug: Switch = False
    """show the traceback of an error"""


def run(options: Options, say: Callable[[str], None]) -> dict[str, Any]:
    """Open everything, and serve until Ctrl-C."""
    most, port = whole_number("--steps", options.steps), whole_number("--port", options.port)
    if most < 2:
        raise FrontalError(f"--steps {most}: too few to look at; give 2 or more")
    from frontal.scope.launch import listening, serve_on
    from frontal.scope.workspace import Workspace

    with listening(port) as door, Workspace(most=most) as workspace:  # a port that is taken is said at once
        _open(options, workspace, say)
        serve_on(door, workspace, open_browser=not options.no_browser, say=say, debug=options.debug)
    return {}


def show(result: dict[str, Any], console: Console) -> None:
    """Say goodbye."""
    console.say("\nThe microscope is closed.")


def _open(options: Options, workspace: Workspace, say: Callable[[str], None]) -> None:
    """Open the runs that were named; nothing but the training where a run cannot be looked at."""
    from frontal.scope import opening
    from frontal.training import progress_for

    run, data = options.run, _data(options)
    if options.demo:
        if run is not None or data is not None:
            raise FrontalError("--demo brings its own run and text; leave them out, or leave --demo out")
        run, data = opening.demo()
    if run is None:
        raise FrontalError("say which run: frontal scope RUN; or try: frontal scope --demo")
    if opening.is_capture(run):
        if data is not None or options.with_ or options.capture is not None:
            raise FrontalError(f"{run} is a capture, which holds its data and is alone; leave everything else out")
        opening.add_capture(workspace, run)
        return
    workspace.training = run
    alone = data is None and not options.with_ and options.capture is None
    if alone and opening.is_trained_now(run):
        say(f"{run} is not saved yet; its training is shown.")
        return
    kind = kind_of(run)
    if alone and kind is not None and kind not in opening.EXPECTED:
        say(f"{run} is a {_said(kind)}, which cannot be looked at step by step; its training is shown.")
        return
    keep = None if options.capture is None else Path(options.capture)
    for number, name in enumerate((run, *options.with_)):
        _check_kind(options, run, name)
        opening.add_run(workspace, name, data, keep=None if number else keep, progress=progress_for())


def _check_kind(options: Options, first: str, run: str) -> None:
    """Raise `FrontalError` for a run that cannot read what was given, or what the first one reads."""
    from frontal.scope.opening import EXPECTED

    kind = kind_of(run)
    if kind not in EXPECTED:
        return  # whoever opens it will say
    for name, kinds in READS.items():
        if getattr(options, name) is not None and kind not in kinds:
            what, how = EXPECTED[kind]
            raise FrontalError(f"{run} is a {_said(kind)} and reads {what}: give {how}, not --{name}")
    other = kind_of(first)
    if kind != other:
        both = f"{run} is a {_said(kind)} and {first} a {_said(other)}"
        raise FrontalError(f"{both}: runs are compared that read the same")


def _said(kind: str | None) -> str:
    return "run" if kind is None else kind.replace("-", " ")


def _data(options: Options) -> Any:
    """Return the one thing to read that was given."""
    given = {f"--{name}": getattr(options, name) for name in READS} | {"DATA": options.data}
    found = {name: value for name, value in given.items() if value is not None}
    if len(found) > 1:
        raise FrontalError(f"{' and '.join(found)} are given; one thing can be read at a time")
    for name, value in found.items():
        if name == "DATA":
            return value
        path = Path(value)
        if not path.exists():
            raise FrontalError(f"{name} {value}: no such file or folder")
        return path
    return None
