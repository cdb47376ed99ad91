"""`frontal answer`: learn to answer questions about stories and measure, or answer with a saved run."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import tyro

from frontal.cli.console import Console
from frontal.cli.options import Assignments, Switch, chosen, setting_option, text_option
from frontal.cli.report import show_run
from frontal.cli.run_folder import run_folder
from frontal.cli.saved import kind_of
from frontal.errors import FrontalError
from frontal.tasks.answer_settings import KIND, AnswerSettings

if TYPE_CHECKING:
    from frontal.tasks.answer_estimator import Answerer
    from frontal.tasks.answer_reply import Reply

ANEW, TOLD, HELP, QUIT = "/new", "/story", "/help", "/quit"
HINT = f"Tell facts, a line each; a line that ends in ? asks. {ANEW} begins anew, {TOLD} shows the story, {QUIT} ends."
NUMBER = re.compile(r"\d+\s+")  # before a fact, as in files of stories
setting = partial(setting_option, AnswerSettings)
Source = Annotated[tyro.conf.Positional[str], tyro.conf.arg(metavar="TASK|FILE|RUN", help_behavior_hint="(required)")]


@dataclass(frozen=True)
class Options:
    """Learn to answer questions about stories; or, given a folder that holds a run, answer yours.

    The report stands beside answers without a memory, and shows which facts were looked at. With a RUN, facts
    and questions are typed or piped in, line by line; a line that ends in ? is a question.
    """

    settings: ClassVar[type] = AnswerSettings

    data: Source
    """to learn: single-fact, two-facts, who-gave-what, yes-no, counting, lists, positions, negation, which are made on
    the spot, several with commas in between, or all; or a file of stories: numbered lines, question and answer with a
    tab in between, or JSON lines. To answer: the folder of a run"""
    story: Annotated[str | None, text_option("FILE", "typed or piped in")] = None
    """with a RUN: a file with a fact a line, which --question asks about"""
    question: Annotated[str | None, text_option("TEXT", "typed or piped in")] = None
    """with a RUN: one question about the story"""
    questions: Annotated[str | None, setting("questions", "N")] = None
    facts: Annotated[str | None, setting("facts", "N")] = None
    hops: Annotated[str | None, setting("hops", "N")] = None
    hidden: Annotated[str | None, setting("hidden", "N")] = None
    support: Annotated[str | None, setting("support", "X")] = None
    epochs: Annotated[str | None, setting("epochs", "N")] = None
    test: Annotated[str | None, setting("test", "PART")] = None
    set: Assignments = ()
    """any other setting; they are listed below"""
    seed: Annotated[str | None, setting("seed", "N")] = None
    out: Annotated[str | None, text_option("DIR", "runs/NAME-of-the-data, or the next free NAME-2, NAME-3 …")] = None
    """folder of the run; an earlier run in a folder named here is replaced, other files never are"""
    json: Switch = False
    """print one JSON object on stdout at the end, and everything else on stderr"""
    debug: Switch = False
    """show the traceback of an error"""


def run(options: Options, say: Callable[[str], None]) -> dict[str, Any]:
    """Learn, report and save; or answer."""
    kind = kind_of(options.data)
    given: dict[str, Any] = chosen(AnswerSettings, options, options.set)
    if kind is not None:
        return _answer(options, kind, given, say)
    for name in ("story", "question"):
        if getattr(options, name) is not None:
            raise FrontalError(
                f"--{name} is for a saved run, and {options.data} is none; learn first, without --{name}"
            )
    settings = AnswerSettings.from_options(**given)
    from frontal.tasks.answer import answer_run
    from frontal.training import progress_for

    with run_folder(options.data, options.out) as folder:
        return answer_run(options.data, settings, folder, progress=progress_for(), say=say)


def show(result: dict[str, Any], console: Console) -> None:
    """Tell a person what was learned; answers were shown as they came."""
    if "replies" in result:
        return
    console.say("")
    console.table(result["tasks"], title="right answers in the test part")
    console.say(f"\n{result['verdict']}")
    show_run(result, console)
    console.say(f"To ask: frontal answer {result['run']}")


def _answer(options: Options, kind: str, given: dict[str, Any], say: Callable[[str], None]) -> dict[str, Any]:
    """Answer with a saved run: one question, what is piped in, or what a person types."""
    if kind != KIND:
        raise FrontalError(
            f"{options.data} holds a {kind}; to ask about stories, learn first: frontal answer TASK|FILE"
        )
    asked = {name: given.pop(name) for name in ("sure",) if name in given}
    if given or options.out is not None:
        name = "out" if options.out is not None else next(iter(given))
        raise FrontalError(f"{name} says how to learn, and {options.data} has learned; leave it out")
    if (options.story is None) != (options.question is None):
        raise FrontalError("--story and --question go together: a file with a fact a line, and what is asked about it")
    from frontal.tasks.answer_estimator import Answerer

    model = Answerer.load(Path(options.data))
    model.chosen = AnswerSettings.from_options(**{**model.chosen.to_dict(), **asked})
    if options.story is not None and options.question is not None:
        replies = [model.answer(_facts(options.story), options.question)]
        say("\n".join(replies[0].lines()))
    elif sys.stdin.isatty():
        replies = _in_terminal(model, say)
    else:
        replies = _conversed(model, _piped(), say)
    return {"kind": KIND, "run": options.data, "replies": [reply.to_dict() for reply in replies]}


def _facts(path: str) -> list[str]:
    from frontal.data.textfile import decode

    lines = decode(Path(path).read_bytes(), path, []).splitlines()
    return [NUMBER.sub("", line.strip(), count=1) for line in lines if line.strip()]


def _in_terminal(model: Answerer, say: Callable[[str], None]) -> list[Reply]:
    """Listen until the person has enough."""
    with suppress(ImportError):
        import readline  # noqa: F401 - gives the line that is typed its arrow keys and its past

    one = model.example
    say(f"It has learned stories such as\n  {' '.join(one.facts)}\n  {one.question}  {one.answer}\n{HINT}\n")
    return _conversed(model, _typed(), say)


def _typed() -> Iterator[str]:
    with suppress(EOFError, KeyboardInterrupt):
        while True:
            yield input("> ")


def _piped() -> Iterator[str]:
    for line in sys.stdin.buffer:
        yield line.decode("utf-8", "replace")


def _conversed(model: Answerer, lines: Iterator[str], say: Callable[[str], None]) -> list[Reply]:
    """Take facts and answer questions; what cannot be answered is said, and the story goes on."""
    facts: list[str] = []
    replies: list[Reply] = []
    for line in map(str.strip, lines):
        if line == QUIT:
            break
        if line.startswith("/"):
            say(_command(line, facts))
        elif line.endswith("?"):
            try:
                replies.append(model.answer(facts, line))
                say("\n".join(replies[-1].lines()))
            except FrontalError as error:
                say(str(error))
        elif line:
            facts.append(line)
    return replies


def _command(line: str, facts: list[str]) -> str:
    if line == ANEW:
        facts.clear()
        return "The story is forgotten."
    if line == TOLD:
        return "\n".join(f"  {number} {fact}" for number, fact in enumerate(facts, start=1)) or "No facts yet."
    return HINT if line == HELP else f"{line} is no command. {HINT}"
