"""From a task's settings dataclass to options with their help, and from words to an `Options` object.

A setting has one home, the settings dataclass: its sentence and its default are read from there.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout, suppress
from dataclasses import MISSING, Field, fields
from inspect import cleandoc, getsource
from io import BytesIO, StringIO, TextIOWrapper
from shutil import get_terminal_size
from textwrap import dedent, fill
from typing import Annotated, Any, TypeVar, overload

import tyro
from tyro.conf import DisallowNone, FlagCreatePairsOff, Positional, UseAppendAction

from frontal.errors import FrontalError, did_you_mean

Parsed = TypeVar("Parsed")
POSITIONALS = ("data", "run", "cell_name", "subject", "action", "name", "targets")
SETTINGS = {  # attributes of an options class, and what its help calls the settings that they name
    "settings": "more settings",
    "other_settings": "more settings for many series",
    "protocol_settings": "settings of the preset ltc-traffic",
}
MARKERS = (FlagCreatePairsOff, DisallowNone)

Data = Annotated[Positional[str], tyro.conf.arg(metavar="DATA", help_behavior_hint="(required)")]
MaybeData = Annotated[Positional[str | None], tyro.conf.arg(metavar="[DATA]", help_behavior_hint="")]
SomeData = Annotated[Positional[tuple[str, ...]], tyro.conf.arg(metavar="DATA", help_behavior_hint="(one or more)")]
Run = Annotated[Positional[str], tyro.conf.arg(metavar="RUN", help_behavior_hint="(required)")]
CellName = Annotated[Positional[str], tyro.conf.arg(metavar="CELL", help_behavior_hint="(required)")]
MaybeCellName = Annotated[Positional[str | None], tyro.conf.arg(metavar="[CELL]", help_behavior_hint="")]
Action = Annotated[Positional[str | None], tyro.conf.arg(metavar="[show|get]", help_behavior_hint="")]
MaybeName = Annotated[Positional[str | None], tyro.conf.arg(metavar="[NAME]", help_behavior_hint="")]
Subject = Annotated[Positional[str], tyro.conf.arg(metavar="cells", help_behavior_hint="(required)")]
Several = Annotated[UseAppendAction[tuple[str, ...]], tyro.conf.arg(metavar="CELL", help_behavior_hint="(repeatable)")]
Assignments = Annotated[
    UseAppendAction[tuple[str, ...]], tyro.conf.arg(metavar="NAME=VALUE", help_behavior_hint="(repeatable)")
]
Switch = Annotated[bool, tyro.conf.arg(help_behavior_hint="(default: off)")]


def text_option(metavar: str, default: str) -> Any:
    """Return the annotation of an option that takes text, with its default in words."""
    return tyro.conf.arg(metavar=metavar, help_behavior_hint=f"(default: {default})")


def setting_option(settings: type, name: str, metavar: str) -> Any:
    """Return the annotation of the option for one setting, its help taken from the setting itself."""
    sentence, default = documented(settings)[name]
    return tyro.conf.arg(metavar=metavar, help=sentence, help_behavior_hint=default)


def documented(settings: type) -> dict[str, tuple[str, str]]:
    """Return, for every setting, its sentence and its default as `(default: …)`.

    The second text is empty where the sentence speaks of the default itself.
    """
    sentences = _sentences(settings)
    return {field.name: (sentences[field.name], _default(field, sentences[field.name])) for field in fields(settings)}


def chosen(settings: type, options: Any, assignments: Sequence[str]) -> dict[str, str]:
    """Return the settings that the person gave as text: options by their names, and `--set name=value`."""
    names = [field.name for field in fields(settings)]
    values = {name: getattr(options, name, None) for name in names}
    given = {name: value for name, value in values.items() if value is not None}
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        name = name.strip().replace("-", "_")
        if not equals:
            raise FrontalError(f"--set expects NAME=VALUE, got {assignment!r}")
        if name not in names:
            raise FrontalError(f"--set {assignment}: unknown setting {name!r}; {did_you_mean(name, names)}")
        if name in given:
            raise FrontalError(f"{name} is given twice: {given[name]!r} and {value!r}; keep one of them")
        given[name] = value
    return given


def parse(options: type[Parsed], program: str, words: Sequence[str]) -> Parsed:
    """Return the `options` dataclass filled from `words`; what does not fit raises `FrontalError`."""
    _refuse_unknown_flags(options, program, words)
    said = StringIO()
    try:
        with redirect_stderr(said):
            parsed, unknown = tyro.cli(options, prog=program, args=words, config=MARKERS, return_unknown_args=True)
    except SystemExit as stop:
        raise FrontalError(_without_box(said.getvalue())) from stop
    if unknown:
        what = "unknown option" if unknown[0].startswith("-") else "one argument too many:"
        raise FrontalError(f"{what} {unknown[0]!r}; quote names that contain spaces ({program} --help lists all)")
    return parsed


@overload
def whole_number(option: str, text: str) -> int: ...
@overload
def whole_number(option: str, text: str | None) -> int | None: ...
def whole_number(option: str, text: str | None) -> int | None:
    """Return the number that an option was given as text; anything else raises `FrontalError`."""
    try:
        return None if text is None else int(text)
    except ValueError:
        raise FrontalError(f"{option} {text}: expected a whole number") from None


def number(option: str, text: str) -> float:
    """Return the number that an option was given as text; anything else raises `FrontalError`."""
    try:
        return float(text)
    except ValueError:
        raise FrontalError(f"{option} {text}: expected a number") from None


def part_or_file(given: dict[str, str]) -> tuple[dict[str, str], str | None]:
    """Take `test` out of the settings given where it names a file and not a part (a number)."""
    try:
        float(given.get("test", "1"))
    except ValueError:
        return {name: value for name, value in given.items() if name != "test"}, given["test"]
    return given, None


def help_text(options: type, program: str) -> str:
    """Return the help of a verb: usage, what it does, every option, and the settings behind `--set`."""
    page = TextIOWrapper(
        BytesIO(), encoding=sys.stdout.encoding or "utf-8", errors="backslashreplace", write_through=True
    )
    with redirect_stdout(page), suppress(SystemExit):
        tyro.cli(options, prog=program, args=["--help"], config=MARKERS)
    page.seek(0)
    more = _more_settings(options)
    lines = (
        fill(line, _width(), break_on_hyphens=False) if len(line) > _width() else line
        for line in page.read().splitlines()
    )
    return "\n".join([*lines, more]).rstrip()


def _width() -> int:
    return max(min(get_terminal_size().columns, 100), 40)


def _more_settings(options: type) -> str:
    """List what `--set` reaches beyond the options, for an options class that names its `settings`."""
    shown = {field.name for field in fields(options)}
    lists: list[str] = []
    for kind, title in SETTINGS.items():
        settings = getattr(options, kind, None)
        if settings is None:
            continue
        rest = {n: f"{text} {default}" for n, (text, default) in documented(settings).items() if n not in shown}
        column = max(map(len, rest), default=0) + 4
        lines = [
            fill(
                text.strip(),
                _width(),
                initial_indent=f"  {name}".ljust(column),
                subsequent_indent=" " * column,
                break_on_hyphens=False,
            )
            for name, text in rest.items()
        ]
        lists += [f"{title}, for --set NAME=VALUE:", *lines] if lines else []
    return "\n".join(lists)


def _refuse_unknown_flags(options: type, program: str, words: Sequence[str]) -> None:
    known = [
        f"--{field.name.rstrip('_').replace('_', '-')}" for field in fields(options) if field.name not in POSITIONALS
    ]
    for word in words:
        flag = word.partition("=")[0].replace("_", "-")
        if flag.startswith("--") and flag not in known:
            raise FrontalError(f"unknown option {flag}; {did_you_mean(flag, known)} ({program} --help lists all)")


def _without_box(message: str) -> str:
    """Return what stands in a frame drawn by tyro, up to the first rule, without the title."""
    said: list[str] = []
    for line in message.splitlines()[1:]:
        text = line.strip(" │|")
        if not text.strip("─-╰╯+"):
            break
        said.append(text)
    return " ".join(said)


def _sentences(settings: type) -> dict[str, str]:
    """Return the docstring under each field, as one line; a field without one has an empty sentence."""
    found: dict[str, str] = {}
    for parent in reversed(settings.__mro__[:-1]):
        body = ast.parse(dedent(getsource(parent))).body[0].body  # type: ignore[attr-defined]
        for statement, below in zip(body, [*body[1:], None], strict=True):
            match statement, below:
                case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                    found[name] = " ".join(cleandoc(text).split())
    return {field.name: found.get(field.name, "") for field in fields(settings)}


def _default(field: Field[Any], sentence: str) -> str:
    if "default" in sentence.casefold():
        return ""
    value = field.default_factory() if field.default_factory is not MISSING else field.default
    if value is None or value == ():
        return "(default: none)"
    return f"(default: {str(value).casefold() if isinstance(value, bool) else value})"
