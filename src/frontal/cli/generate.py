"""`frontal generate`: let a saved language model write."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import perf_counter
from types import SimpleNamespace
from typing import Annotated, Any, ClassVar

import tyro

from frontal.cli.console import Console
from frontal.cli.options import Assignments, Run, Switch, chosen, setting_option, text_option
from frontal.cli.saved import kind_of
from frontal.errors import FrontalError
from frontal.tasks.language_generate_settings import GenerateSettings
from frontal.tasks.language_match_parse import MatchError

KIND = "language-model"
SMOOTH = 0.03  # seconds between two looks of the terminal at the text
setting = partial(setting_option, GenerateSettings)
Stop = Annotated[
    tyro.conf.UseAppendAction[tuple[str, ...]], tyro.conf.arg(metavar="TEXT", help_behavior_hint="(repeatable)")
]


@dataclass(frozen=True)
class Options:
    r"""Write text with a saved language model.

    The prompt and the text go to stdout as they come; everything else goes to stderr. Ctrl-C ends the
    text where it is. Whatever the model has never seen is left out of the prompt, and told.
    """

    settings: ClassVar[type] = GenerateSettings

    run: Run
    """folder that `frontal language` saved"""
    prompt: Annotated[str | None, text_option("TEXT|-", "the beginning of a line")] = None
    r"""what stands before the text; \n is a line end; - reads it from stdin"""
    prompt_file: Annotated[str | None, text_option("FILE", "none")] = None
    """file with the prompt"""
    length: Annotated[str | None, setting("length", "N")] = None
    temperature: Annotated[str | None, setting("temperature", "X")] = None
    top_k: Annotated[str | None, setting("top_k", "N")] = None
    top_p: Annotated[str | None, setting("top_p", "P")] = None
    min_p: Annotated[str | None, setting("min_p", "P")] = None
    beams: Annotated[str | None, setting("beams", "N")] = None
    match: Annotated[str | None, setting("match", "REGEX")] = None
    stop: Stop = ()
    r"""a text that ends the text, and is left out; \n is a line end"""
    samples: Annotated[str | None, setting("samples", "N")] = None
    style: Annotated[str | None, setting("style", "NAME")] = None
    prompt_style: Annotated[str | None, setting("prompt_style", "NAME")] = None
    set: Assignments = ()
    """any other setting; they are listed below"""
    seed: Annotated[str | None, setting("seed", "N")] = None
    out: Annotated[str | None, text_option("FILE", "no file")] = None
    """write prompt and text to this file too"""
    json: Switch = False
    """print one JSON object on stdout at the end, and everything else on stderr"""
    debug: Switch = False
    """show the traceback of an error"""


def run(options: Options, say: Callable[[str], None]) -> dict[str, Any]:
    """Write; return the result of the recipe."""
    _refuse_other_runs(options.run)
    named = SimpleNamespace(**{name: value for name, value in vars(options).items() if value != ()})
    given: dict[str, Any] = chosen(GenerateSettings, named, options.set)
    if options.stop:
        given["stop"] = tuple(map(unescaped, options.stop))
    try:
        settings = GenerateSettings.from_options(**given)
    except MatchError as error:
        _aside(error.pointed)
        raise
    prompt = _prompt(options)
    from frontal.tasks.language_generate_run import generate_run

    write = _nowhere if options.json else _Typing()
    out = None if options.out is None else Path(options.out)
    return generate_run(Path(options.run), prompt, settings, out=out, write=write, say=_aside)


def show(result: dict[str, Any], console: Console) -> None:
    """Do nothing: the text was shown as it came."""


def exit_code(result: dict[str, Any]) -> int:
    """130 where Ctrl-C ended the text."""
    return 130 if result["interrupted"] else 0


def unescaped(text: str) -> str:
    r"""Return a text with \n, \t and \\ as what they mean; other backslashes stay.

    Example:
        >>> unescaped(r"one\ntwo \d")
        'one\ntwo \\d'
    """
    parts = text.split(r"\\")
    return "\\".join(part.replace(r"\n", "\n").replace(r"\t", "\t") for part in parts)


def _refuse_other_runs(run: str) -> None:
    kind = kind_of(run)
    if kind not in (KIND, None):
        raise FrontalError(
            f"{run} holds a {kind}, which writes no text; frontal language FILE trains a model that does"
        )


def _prompt(options: Options) -> str:
    if options.prompt is not None and options.prompt_file is not None:
        raise FrontalError("--prompt and --prompt-file are two prompts; give one of them")
    if options.prompt_file is not None:
        return _decoded(Path(options.prompt_file).read_bytes(), options.prompt_file)
    if options.prompt == "-":
        return _decoded(sys.stdin.buffer.read(), "stdin")
    return unescaped(options.prompt or "")


def _decoded(raw: bytes, name: str) -> str:
    try:
        return raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise FrontalError(f"the prompt in {name} is not UTF-8: byte {error.start} is {raw[error.start]:#x}") from None


def _aside(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _nowhere(text: str) -> None:
    """Take a piece that nobody sees."""


class _Typing:
    """Prints pieces as they come, without a system call for each."""

    def __init__(self) -> None:
        self.looked = perf_counter()

    def __call__(self, piece: str) -> None:
        sys.stdout.write(piece)
        if perf_counter() - self.looked > SMOOTH:
            sys.stdout.flush()
            self.looked = perf_counter()
