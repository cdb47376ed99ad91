"""Keys of a terminal, one by one: what was pressed, from the bytes that it sends."""

from __future__ import annotations

import codecs
import os
import select
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from frontal.errors import FrontalError

PASTE_BEGINS, PASTE_ENDS = b"\x1b[200~", b"\x1b[201~"
SEQUENCES = {
    b"\x1b[A": "up", b"\x1bOA": "up", b"\x1b[B": "down", b"\x1bOB": "down",
    b"\x1b[C": "right", b"\x1bOC": "right", b"\x1b[D": "left", b"\x1bOD": "left",
    b"\x1b1": "first", b"\x1b2": "second", b"\x1b3": "third",
    b"\x1bOP": "first", b"\x1bOQ": "second", b"\x1bOR": "third",
    b"\x1b[11~": "first", b"\x1b[12~": "second", b"\x1b[13~": "third",
}  # fmt: skip
CONTROLS = {
    "\t": "take", "\x7f": "backspace", "\x08": "backspace", "\x17": "delete word", "\x15": "clear",
    "\x03": "leave", "\x04": "leave",
}  # fmt: skip


class Key(NamedTuple):
    """What was pressed.

    Attributes:
        name: "text", or what the key does, as in `CONTROLS` and `SEQUENCES`.
        text: of "text", several letters where they came at once.
    """

    name: str
    text: str = ""


class Keys:
    """Makes keys of bytes that come in pieces of any size."""

    def __init__(self) -> None:
        self._rest = b""
        self._pasted: list[str] | None = None
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    @property
    def unfinished(self) -> bool:
        """Whether a sequence has begun of which more may come."""
        return bool(self._rest)

    def feed(self, data: bytes) -> list[Key]:
        """Return the keys that are complete with more bytes."""
        data, self._rest = self._rest + data, b""
        keys: list[Key] = []
        while data:
            escape = data.find(b"\x1b")
            plain = data if escape < 0 else data[:escape]
            keys += self._text(self._decoder.decode(plain))
            data = data[len(plain) :]
            if data:
                size = _sequence_size(data)
                if size == 0:
                    self._rest = data
                    break
                keys += self._sequence(data[:size])
                data = data[size:]
        return _joined(keys)

    def flush(self) -> list[Key]:
        """Give up an escape sequence that does not go on: nothing that we know was pressed."""
        self._rest = b""
        return []

    def _sequence(self, data: bytes) -> list[Key]:
        if data == PASTE_BEGINS:
            self._pasted = []
        elif data == PASTE_ENDS and self._pasted is not None:
            text, self._pasted = "".join(self._pasted), None
            return [Key("text", text)] if text else []
        elif data in SEQUENCES and self._pasted is None:
            return [Key(SEQUENCES[data])]
        return []

    def _text(self, text: str) -> list[Key]:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        if self._pasted is not None:
            self._pasted.append("".join(letter for letter in text if _shows(letter) or letter == "\t"))
            return []
        keys = (Key(CONTROLS[letter]) if letter in CONTROLS else Key("text", letter) for letter in text)
        return [key for key in keys if key.name != "text" or _shows(key.text)]


def _shows(letter: str) -> bool:
    return letter == "\n" or (letter >= " " and not "\x7f" <= letter <= "\x9f")


def _sequence_size(data: bytes) -> int:
    """Return the bytes of the escape sequence that data begin with; 0 if it is not complete."""
    if len(data) < 2:
        return 0
    if data[1:2] == b"O":
        return 3 if len(data) > 2 else 0
    if data[1:2] != b"[":
        return 1 if data[1:2] == b"\x1b" else 2
    for size, byte in enumerate(data[2:], start=3):
        if 0x40 <= byte <= 0x7E:
            return size
        if not 0x20 <= byte <= 0x3F:
            return size - 1  # no sequence of ours: what follows is text
    return 0


def _joined(keys: list[Key]) -> list[Key]:
    """Put letters that came together into one text."""
    joined: list[Key] = []
    for key in keys:
        if key.name == "text" and joined and joined[-1].name == "text":
            joined[-1] = Key("text", joined[-1].text + key.text)
        else:
            joined.append(key)
    return joined


@contextmanager
def raw_terminal() -> Iterator[int]:
    """Let keys through one by one, without echo; put the terminal back on whatever way out. Yields its descriptor."""
    try:
        import termios
        import tty
    except ImportError as error:
        raise FrontalError(
            "this system has no terminal that gives its keys one by one; give lines instead: "
            "echo 'To be or' | frontal suggest RUN"
        ) from error
    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    stopped = {number: signal.signal(number, _stop) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        tty.setcbreak(terminal)
        mode = termios.tcgetattr(terminal)
        mode[0] &= ~termios.IXON  # Ctrl-S and Ctrl-Q are keys
        mode[3] &= ~(termios.ISIG | termios.IEXTEN)  # so are Ctrl-C, Ctrl-Z and Ctrl-V
        termios.tcsetattr(terminal, termios.TCSADRAIN, mode)
        _write("\x1b[?2004h")  # what is pasted comes between marks
        yield terminal
    finally:
        _write("\x1b[?2004l")
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)
        for number, handler in stopped.items():
            signal.signal(number, handler)


def read_keys(terminal: int, keys: Keys, seconds: float) -> list[Key] | None:
    """Wait so long for keys; return them, none if there were none, None if the terminal is gone."""
    wait = min(seconds, 0.05) if keys.unfinished else seconds
    if not select.select([terminal], [], [], wait)[0]:
        return keys.flush()
    data = os.read(terminal, 1 << 16)
    return keys.feed(data) if data else None


def _stop(number: int, _: object) -> None:
    raise SystemExit(128 + number)


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
