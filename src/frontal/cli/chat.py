"""`frontal chat`: learn conversations and measure, or talk with a saved run."""

from __future__ import annotations

import json
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
from frontal.tasks.pairs_chat_settings import ChatSettings

if TYPE_CHECKING:
    from frontal.tasks.pairs_chat_model import Dialogue, Reply, Talk

KIND = "dialogue"
ANEW, WHY, OTHERS, HELP, QUIT = "/new", "/why", "/others", "/help", "/quit"
HINT = f"{ANEW} begins anew, {WHY} tells how sure it was, {OTHERS} shows what else it found, {QUIT} or Ctrl-D ends."
TALKS = ("temperature", "beams", "groups", "diversity", "seed")  # settings that a run still takes
setting = partial(setting_option, ChatSettings)
Source = Annotated[tyro.conf.Positional[str], tyro.conf.arg(metavar="FILE|RUN", help_behavior_hint="(required)")]


@dataclass(frozen=True)
class Options:
    """Learn to answer from a file of conversations; or, given a folder that holds a run, talk.

    It remembers what was said before, and says when it is out of its depth. Lines that are piped in are
    answered line by line.
    """

    settings: ClassVar[type] = ChatSettings

    data: Source
    """to learn: a TSV of question, tab, answer; a text with a turn a line and blank lines between conversations; JSON
    lines with a list of turns each; museum, which is made on the spot. To talk: the folder of a run"""
    lines: Switch = False
    """with a RUN: answer each line of standard input by a line of JSON; a line {"new": true} begins anew"""
    temperature: Annotated[str | None, setting("temperature", "X")] = None
    beams: Annotated[str | None, setting("beams", "N")] = None
    groups: Annotated[str | None, setting("groups", "N")] = None
    diversity: Annotated[str | None, setting("diversity", "X")] = None
    memory: Annotated[str | None, setting("memory", "N")] = None
    doubt: Annotated[str | None, setting("doubt", "PART")] = None
    hidden: Annotated[str | None, setting("hidden", "N")] = None
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
    """Learn, report and save; or talk."""
    kind = kind_of(options.data)
    given: dict[str, Any] = chosen(ChatSettings, options, options.set)
    if kind is not None:
        return _talk(options, kind, given, say)
    if options.lines:
        raise FrontalError(f"--lines is for a saved run, and {options.data} is none; learn first, without --lines")
    settings = ChatSettings.from_options(**given)
    from frontal.tasks.pairs_chat import chat_run
    from frontal.training import progress_for

    with run_folder(options.data, options.out) as folder:
        return chat_run(options.data, settings, folder, progress=progress_for(), say=say)


def show(result: dict[str, Any], console: Console) -> None:
    """Tell a person what was learned; a conversation was shown as it went."""
    if "replies" in result:
        return
    show_right(result, console)
    show_run(result, console)
    console.say(f"To talk: frontal chat {result['run']}")


def show_right(result: dict[str, Any], console: Console) -> None:
    """Print how many answers are right, beside simpler ways of finding them, and what follows."""
    console.say("")
    console.table(result["answers"], title="right answers, word for word")
    console.say(f"\n{result['verdict']}")


def _talk(options: Options, kind: str, given: dict[str, Any], say: Callable[[str], None]) -> dict[str, Any]:
    """Talk with a saved run, in the terminal or line by line."""
    if kind != KIND:
        raise FrontalError(f"{options.data} holds a {kind}; to talk, learn first: frontal chat FILE")
    learns = [name for name in given if name not in TALKS] + (["out"] if options.out else [])
    if learns:
        raise FrontalError(f"{learns[0]} says how to learn, and {options.data} has learned; leave it out")
    from frontal.tasks.pairs_chat_model import Dialogue

    model = Dialogue.load(Path(options.data))
    model.chosen = ChatSettings.from_options(**{**model.chosen.to_dict(), **given})
    if sys.stdin.isatty() and not options.lines:
        return {"run": options.data, "replies": _in_terminal(model, say)}
    return {"run": options.data, "replies": _piped(model, options.lines, say)}


def _in_terminal(model: Dialogue, say: Callable[[str], None]) -> list[dict[str, Any]]:
    """Talk until the person has enough."""
    with suppress(ImportError):
        import readline  # noqa: F401 - gives the line that is typed its arrow keys and its past

    asked = [e.question for e in model.known if not e.before and e.question.endswith("?")] or [model.known[0].question]
    say(f"It knows {len(model.known)} questions, such as “{asked[0]}”\n{HINT}\n")
    talk = model.talk()
    replies: list[tuple[str, Reply]] = []
    while True:
        try:
            line = input("you: ").strip()
        except (EOFError, KeyboardInterrupt):
            say("")
            break
        if line == QUIT:
            break
        if line.startswith("/"):
            say(_command(line, talk, replies[-1][1] if replies else None))
        elif line:
            replies.append((line, talk.say(line)))
            reply = replies[-1][1]
            read = f"  (read as: {reply.read})" if reply.read != " ".join(line.split()) else ""
            say(f" it: {reply.text}{read}")
    return [_said(line, reply) for line, reply in replies]


def _command(line: str, talk: Talk, last: Reply | None) -> str:
    if line == ANEW:
        talk.turns.clear()
        return "     What was said is forgotten."
    if line in (WHY, OTHERS) and last is None:
        return "     Nothing was asked yet."
    if line == WHY and last is not None:
        bars = talk.model.bars
        return (
            f"     question {last.question_log_p:.2f} nats a character (bar {bars[0]:.2f}), answer "
            f"{last.answer_log_p:.3f} nats a word (bar {bars[1]:.3f}): {'sure' if last.sure else 'out of its depth'}; "
            f"it would have said: {last.answer}"
        )
    if line == OTHERS and last is not None:
        return "\n".join(f"     {text}" for text in last.others) or "     Nothing else."
    return f"     {HINT}" if line == HELP else f"     {line} is no command. {HINT}"


def _piped(model: Dialogue, as_json: bool, say: Callable[[str], None]) -> list[dict[str, Any]]:
    """Answer the lines of standard input; a blank one begins a conversation anew."""
    talk, replies = model.talk(), list[dict[str, Any]]()
    for number, line in enumerate(_lines(), start=1):
        question = _asked(line, number) if as_json else line.strip()
        if not question:
            talk.turns.clear()
            continue
        replies.append(_said(question, talk.say(question)))
        say(json.dumps(replies[-1], ensure_ascii=False) if as_json else replies[-1]["text"])
    return replies


def _asked(line: str, number: int) -> str:
    """Return the question of a line, a text or a JSON object with `question`; "" for `new`, or a blank line."""
    if not line.lstrip().startswith("{"):
        return line.strip()
    with suppress(json.JSONDecodeError):
        value = json.loads(line)
        if value.get("new") is True:
            return ""
        if isinstance(value.get("question"), str) and value["question"].strip():
            return value["question"].strip()
    raise FrontalError(f'line {number}: expected a question, {{"question": "…"}} or {{"new": true}}, got {line[:60]!r}')


def _lines() -> Iterator[str]:
    """Yield the lines of standard input as they come; what is no UTF-8 in them is replaced."""
    for line in sys.stdin.buffer:
        yield line.decode("utf-8", "replace").rstrip("\r\n")


def _said(question: str, reply: Reply) -> dict[str, Any]:
    nearest = None if reply.nearest is None else {"question": reply.nearest.question, "answer": reply.nearest.answer}
    return {
        "question": question, "text": reply.text, "sure": reply.sure, "answer": reply.answer,
        "question_log_p": reply.question_log_p, "answer_log_p": reply.answer_log_p, "others": list(reply.others),
        "nearest": nearest, "read": reply.read,
    }  # fmt: skip
