"""The page of `frontal suggest` in a terminal: the text, the words, the letters."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from time import perf_counter
from typing import TYPE_CHECKING, Any

from frontal.cli.suggest_keys import Key, Keys, raw_terminal, read_keys

if TYPE_CHECKING:
    from rich.console import RenderableType

    from frontal.tasks.language_suggest import Keyboard

LETTERS = 8  # bars
LEAST = 0.005  # of a letter that is shown
BAR = 40  # columns of the longest one
TEXT_LINES = 8
CHOICES = {"first": 0, "second": 1, "third": 2}
NAMES = {" ": "space", "\n": "line end", "\t": "tab"}
HELP = "Tab takes   ← → mark   Alt-1 2 3 take at once   ↑ corrects   Ctrl-D leaves"


@dataclass
class Session:
    """A user at the keyboard."""

    keyboard: Keyboard
    keys: int = 0
    """pressed; of what was pasted every letter counts"""
    chosen: int = 0
    """place of the word that Tab takes"""
    seconds: list[float] = field(default_factory=list[float])
    """from a key to what is suggested"""

    def press(self, key: Key) -> bool:
        """Do what a key says; return False if it ends the session."""
        began = perf_counter()
        going = self._do(key)
        self.keys += len(key.text) or key.name not in ("left", "right", "down", "leave")
        _ = self.keyboard.words, self.keyboard.letters
        self.seconds.append(perf_counter() - began)
        return going

    def _do(self, key: Key) -> bool:
        keyboard = self.keyboard
        if key.name in ("left", "right"):
            step = 1 if key.name == "right" else -1
            self.chosen = min(max(self.chosen + step, 0), max(len(keyboard.words) - 1, 0))
            return True
        chosen, self.chosen = self.chosen, 0
        place = CHOICES.get(key.name, chosen if key.name == "take" else None)
        if key.name == "text":
            keyboard.type(key.text)
        elif place is not None and place < len(keyboard.words):
            keyboard.accept(place)
        elif key.name == "backspace":
            keyboard.backspace()
        elif key.name == "delete word":
            keyboard.backspace(len(keyboard.text) - keyboard.last_word()[0])
        elif key.name == "clear":
            keyboard.clear()
        elif key.name == "up":
            keyboard.correct()
        return key.name != "leave"

    def said(self) -> dict[str, Any]:
        """Return what was written and how."""
        letters = len(self.keyboard.text)
        return {
            "text": self.keyboard.text, "keys": self.keys, "characters": letters,
            "saved": 1 - self.keys / letters if letters else 0.0,
        }  # fmt: skip


def write_in_terminal(keyboard: Keyboard, title: str) -> dict[str, Any]:
    """Let a person write until Ctrl-D; return what was written."""
    from rich.console import Console
    from rich.live import Live

    console = Console(highlight=False, markup=False, emoji=False, no_color=bool(os.environ.get("NO_COLOR")) or None)
    session, keys = Session(keyboard), Keys()
    with (
        raw_terminal() as terminal,
        Live(page(session, title, console.height), console=console, screen=True, auto_refresh=False) as live,
    ):
        size = console.size
        while (pressed := read_keys(terminal, keys, 0.2)) is not None:
            if not all(map(session.press, pressed)):
                break
            if pressed or console.size != size:
                size = console.size
                live.update(page(session, title, size.height), refresh=True)
    return session.said()


def page(session: Session, title: str, height: int) -> RenderableType:
    """Return what the terminal shows."""
    from rich.console import Group
    from rich.panel import Panel
    from rich.text import Text

    room = max(min(TEXT_LINES, height - 9), 1)
    shown = Text("\n".join(_shown(session.keyboard.text).split("\n")[-room:]), overflow="fold")
    shown.append("▏", style="bold cyan")
    letters = _letters(session, max(min(LETTERS, height - room - 8), 0))
    return Group(
        Panel(shown, title=title, title_align="left", border_style="dim"),
        _words(session),
        _correction(session),
        Text(),
        *letters,
        Text(),
        Text(_summary(session), style="dim", overflow="ellipsis", no_wrap=True),
        Text(HELP, style="dim", overflow="ellipsis", no_wrap=True),
    )


def _shown(text: str) -> str:
    return "".join(letter if letter == "\n" or letter.isprintable() else "·" for letter in text)


def _words(session: Session) -> RenderableType:
    from rich.text import Text

    line = Text(no_wrap=True, overflow="ellipsis")
    for place, (word, probability, kind) in enumerate(session.keyboard.words):
        style = "reverse bold" if place == session.chosen else "bold"
        line.append(f" {place + 1} ", style="dim")
        line.append(f" {_shown(word)} ", style=style + (" yellow" if kind == "correction" else ""))
        line.append(f" {probability:.0%}   ", style="dim")
    return line


def _correction(session: Session) -> RenderableType:
    from rich.text import Text

    offered = session.keyboard.correction
    if offered is None:
        return Text()
    start, end = session.keyboard.last_word()
    typed = _shown(session.keyboard.text[start:end])
    return Text.assemble(("   ↑  ", "dim"), (typed, "strike"), " → ", (_shown(offered.word), "bold yellow"))


def _letters(session: Session, count: int) -> list[RenderableType]:
    from rich.text import Text

    letters = [each for each in session.keyboard.letters if each.probability >= LEAST][:count]
    most = max((each.probability for each in letters), default=1.0) or 1.0
    lines: list[RenderableType] = []
    for letter, probability in letters:
        colour = "green" if probability > 0.3 else "yellow" if probability > 0.1 else "blue"
        name = NAMES.get(letter, _shown(letter))
        line = Text(f" {name:>8} ", no_wrap=True)
        line.append(
            "█" * max(round(BAR * probability / max(most, 0.3)), 1) if probability > 0.005 else "▏", style=colour
        )
        line.append(f" {probability:.0%}", style="dim")
        lines.append(line)
    return lines


def _summary(session: Session) -> str:
    said = session.said()
    milliseconds = 1000 * sorted(session.seconds)[len(session.seconds) // 2] if session.seconds else 0.0
    saved = f"{said['keys']} keys for {said['characters']} characters: {said['saved']:.0%} saved"
    return f"{saved} · {milliseconds:.0f} ms a key"
