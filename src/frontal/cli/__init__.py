"""The front door: `frontal VERB`, one verb a file.

Only this file runs for `frontal --help`; a verb's options, and torch, are imported when needed.
A verb is a module of this folder with a row in `VERBS` and three names: the dataclass `Options`,
`run(options, say) -> dict`, and `show(result, console)`, which tells a person what the dict says;
a fourth, `exit_code(result) -> int`, where 0 is not always right.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from io import TextIOWrapper

from frontal._version import __version__
from frontal.cli.failures import guard
from frontal.errors import FrontalError, did_you_mean

VERBS = {
    "forecast": "learn a series and forecast it, beside the naive forecasts",
    "classify": "learn to tell classes of sequences apart, beside answers without a memory",
    "generate": "let a saved language model write: drawn, likeliest, or matching an expression",
    "suggest": "a phone's keyboard: next letters, words and corrections while you type",
    "translate": "learn to translate from pairs of texts, or translate with a saved run",
    "language": "learn what comes next in a text, beside n-grams and compressors",
    "answer": "learn to answer questions about stories, and show which facts were looked at; or ask a saved run",
    "chat": "learn to answer from conversations, and talk: it remembers, and says when it is out of its depth",
    "predict": "forecast or classify with a saved run",
    "evaluate": "measure a saved run on data it has not seen",
    "improve": "try what may make a saved forecast better: memory, inputs, layers, units, data",
    "read": "show a text as one unit of a network reads it, with what the network expected",
    "neurons": "find the units of a network that watch quotes, brackets, line ends …",
    "scope": "the microscope: look into a saved run, or one that is training, on a page in the browser",
    "diagnose": "look inside a saved run: gradients, memory and gates along real data",
    "data": "list the public data sets, where they lie and on whose terms; download one",
    "menu": "read menus of 3 and of 60 courses: which network still knows the first one",
    "bench": "train cells on standard problems, side by side: frontal bench cells",
    "cells": "list the published cells; print the equations of one and draw it",
    "check": "check a cell of your own: shapes, gradients, lengths, kernels",
    "explain": "say what runs a cell, and print the plan of its kernels",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program with `argv` (default: the command line); return its exit code.

    0: done; 1: a check failed, or a bug in frontal; 2: the input cannot be used as it is; 130: stopped by Ctrl-C.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal without "…" still shows the rest
    verb = words[0] if words and words[0] in VERBS else None
    title = f"frontal {verb}" if verb else "frontal"
    return guard(lambda: _dispatch(words), title, as_json="--json" in words, debug="--debug" in words)


def _dispatch(words: list[str]) -> int:
    first = words[0] if words else "--help"
    if first in ("-h", "--help"):
        print(_overview())
    elif first == "--version":
        print(f"frontal {__version__}")
    elif first in VERBS:
        return _run_verb(first, words[1:])
    else:
        kind = "option" if first.startswith("-") else "verb"
        known = ["--help", "--version"] if kind == "option" else VERBS
        raise FrontalError(f"unknown {kind} {first!r}; {did_you_mean(first, known)}")
    return 0


def _overview() -> str:
    width = max(map(len, VERBS))
    verbs = "\n".join(f"  {verb:<{width}}  {summary}" for verb, summary in VERBS.items())
    return f"""usage: frontal VERB ...

Recurrent neural networks: trained, measured and saved in one command.

verbs:
{verbs}

options:
  --help     this page; `frontal VERB --help` explains a verb and its options
  --version  the version of frontal

try: frontal forecast airline"""


def _run_verb(verb: str, words: list[str]) -> int:
    from frontal.cli import options
    from frontal.cli.console import Console

    module = import_module(f"frontal.cli.{verb}")
    if {"-h", "--help"} & set(words):
        print(options.help_text(module.Options, f"frontal {verb}"))
        return 0
    given = options.parse(module.Options, f"frontal {verb}", words)
    console = Console(as_json=given.json)
    with console.own_stdout():
        result = module.run(given, console.say)
    if given.json:
        console.emit(result)
    else:
        module.show(result, console)
    return module.exit_code(result) if hasattr(module, "exit_code") else 0
